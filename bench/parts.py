"""Shared by all benches: the service on a free port, HTTP over a unix socket, and the table of figures."""
import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

START_SECONDS = 20
SOCKETS = {"docker": "DUWS_TEST_DOCKER_SOCKET", "podman": "DUWS_TEST_PODMAN_SOCKET"}
STOP_SECONDS = 30


def parser(about):
    """A parser of the options that every bench with an engine has; see options()."""
    made = argparse.ArgumentParser(description=about.split("\n", 1)[0])
    made.add_argument("--binary", default="build/release/src/docker-uws")
    made.add_argument("--engine", choices=sorted(SOCKETS), default="docker")
    made.add_argument("--socket", help="of the engine; else the one that integration/with-ENGINE has started")
    made.add_argument("--image", default="hello-world", help="its program ends by itself; the engine has it")
    return made


def options(of):
    found = of.parse_args()
    found.socket = found.socket or os.environ.get(SOCKETS[found.engine])
    if not found.socket:
        of.error(f"run it by integration/with-{found.engine}, or give --socket")
    return found


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("engine", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(connection, method, target, body=None, headers=None, want=(200,)):
    """Makes one request and reads the whole response. Returns status, headers and body. A status that is not in `want`
    ends the bench."""
    connection.request(method, target, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status not in want:
        raise SystemExit(f"{method} {target} was answered with {answer.status}: {content[:500]!r}")
    return answer.status, answer.headers, content


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def folder():
    """A temporary folder. Its path is short, because the path of a unix socket has at most 107 bytes."""
    path = tempfile.mkdtemp(prefix="duws-bench.", dir="/tmp")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def process(arguments, log):
    """Starts a process. It ends with the block, or with this program, however that ends."""
    with open(log, "wb") as output:
        child = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *arguments], stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=output, start_new_session=True)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(what, ready, child, log):
    end = time.monotonic() + START_SECONDS
    while not ready():
        if child.poll() is not None or time.monotonic() > end:
            with open(log, errors="replace") as said:
                raise SystemExit(f"{what} did not start; it said:\n{said.read()}")
        time.sleep(0.05)


def answers(port, target):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", target)
        return connection.getresponse().status == 200
    except OSError:
        return False


@contextlib.contextmanager
def service(binary, engine_socket, image, engine=None, changes=None):
    """Starts docker-uws with default configuration, on SQLite; yields its port and pid. `engine` is added to the
    configuration of the engine, `changes` to the whole configuration."""
    with folder() as home:
        port, config, log = configure(home, engine_socket, image, engine, changes)
        with serve(binary, port, config, log) as child:
            yield port, child.pid


def configure(home, engine_socket, image, engine=None, changes=None):
    """Writes a configuration. Returns the port, the path of the configuration and the path of the log."""
    port = free_port()
    config, log = home + "/service.yaml", home + "/service.log"
    with open(config, "w") as file:
        json.dump({
            "http": {"address": "127.0.0.1", "port": port},
            "database": {"url": f"sqlite3://{home}/service.db"},
            "blobs": {"folder": home + "/blobs"},
            "identity": {"anonymous": "own"},
            "images": {"allow": [image]},
            "engines": [{"name": "bench", "socket": "unix://" + engine_socket, "pull": "never", **(engine or {})}],
            **(changes or {}),
        }, file)
    return port, config, log


@contextlib.contextmanager
def serve(binary, port, config, log):
    with process([os.path.abspath(binary), "serve", "--config", config], log) as child:
        wait_for("the service", lambda: answers(port, "/availability"), child, log)
        yield child


class Client:
    """A UWS client on one kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)

    def create(self, parameters):
        """Creates a job with PHASE=RUN, and returns its id."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        _, headers, _ = ask(self.connection, "POST", "/jobs", f"PHASE=RUN&{parameters}", form, (303,))
        return headers["Location"].rsplit("/", 1)[1]

    def run(self, image, more=""):
        """Creates a job, and returns its id when it is COMPLETED."""
        job = self.create(f"IMAGE={image}{more}")
        phase = None
        while phase != "COMPLETED":
            document = self.job(job, "?WAIT=-1")
            phase = document["phase"]
            if phase not in ("PENDING", "QUEUED", "EXECUTING", "COMPLETED"):
                raise SystemExit(f"the job ended as {phase}: {document}")
        return job

    def job(self, job, query=""):
        return json.loads(ask(self.connection, "GET", f"/jobs/{job}{query}", headers={"Accept": "application/json"})[2])

    def remove(self, job):
        ask(self.connection, "DELETE", f"/jobs/{job}", want=(303,))


def load(port, path, seconds, connections=16, script=None):
    """Sends requests with wrk for that time, and returns how many were answered."""
    with_script = ["-s", script] if script else []
    wrk = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *with_script,
                          f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True,
                         timeout=seconds + 20)
    count = re.search(r"(\d+) requests in", wrk.stdout)
    if not count or "Non-2xx" in wrk.stdout or "Socket errors" in wrk.stdout:
        raise SystemExit(f"wrk on {path}:\n{wrk.stdout}{wrk.stderr}")
    return int(count[1])


def cpu_seconds(pid):
    """The processor time of the process and its children, with all their threads. Those that have ended count, too."""
    while True:
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
        try:
            ticks = sum(own_ticks(process) for process in (*children.split(), pid))
        except FileNotFoundError:  # a child has just ended: its time now counts for its parent, so read all again
            continue
        return ticks / os.sysconf("SC_CLK_TCK")


def own_ticks(pid):
    """The processor time of a process and of its ended children, in clock ticks."""
    with open(f"/proc/{pid}/stat") as file:
        return sum(map(int, file.read().rpartition(")")[2].split()[11:15]))


def resident_megabytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def row(figure, goal, ratios, remark, at_least=False):
    """Prints a line of the table: the goal, the median, and the quartiles between which half of the ratios lie."""
    low, median, high = statistics.quantiles(ratios, n=4)
    line(figure, goal, median, f"{low:.2f} to {high:.2f}", remark, at_least)


def line(figure, goal, value, spread, remark, at_least=False):
    is_met = value >= goal if at_least else value <= goal
    wanted = (">= " if at_least else "<= ") + format(goal, ".2f")
    print(f"{figure:<40} {wanted:>9} {value:>8.2f}  {'met' if is_met else 'MISSED':<6}  {spread}", flush=True)
    print(f"    {remark}", flush=True)


def main(bench):
    """Runs the bench. Signals end it by an exception, so that everything is stopped and removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bench()
    except KeyboardInterrupt:
        sys.exit(130)
