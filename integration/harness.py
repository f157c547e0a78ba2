"""Shared by the tests of the real service: the service in a folder of its own, the engine seen from outside, and a test
case with both, which validates every XML document that a test fetches against its official schema.

Environment variables: DUWS_BINARY, DUWS_ENGINE (the engine that the service uses: docker or podman),
DUWS_TEST_DOCKER_SOCKET (set by with-docker), DUWS_TEST_PODMAN_SOCKET (set by with-podman), DUWS_TEST_POSTGRES (set by
with-postgres, for services on PostgreSQL), DUWS_M51 (the folder of data/make-m51), DUWS_ISSUER (the folder of
issuer/fetch).
"""
import contextlib
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import unittest
import urllib.parse

from client import TEST_TIMEOUT, Client, until
from schemas import Schemas

BINARY = os.environ.get("DUWS_BINARY", "")
ENGINE_KIND = os.environ.get("DUWS_ENGINE", "docker")
PODMAN = ENGINE_KIND == "podman"

SANITIZER_WORDS = ("AddressSanitizer", "ThreadSanitizer", "LeakSanitizer", "runtime error:", "terminate called")


def merged(base, changes):
    result = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def socket_of(kind):
    return os.environ.get(f"DUWS_TEST_{kind.upper()}_SOCKET", "")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    """A client of the real engine, independent of the service."""

    JOB = "org.docker-uws.job"
    INSTALLATION = "org.docker-uws.installation"

    def __init__(self, kind=ENGINE_KIND):
        self.socket = socket_of(kind)

    def call(self, method, path, body=None):
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.strip() else None

    def labelled(self, path, label, value):
        filters = urllib.parse.quote(json.dumps({"label": [f"{label}={value}"]}))
        status, found = self.call("GET", f"{path}filters={filters}")
        assert status == 200, found
        return found

    def containers_of(self, job):
        return self.labelled("/containers/json?all=1&", self.JOB, job)

    def volumes_of(self, job):
        return self.labelled("/volumes?", self.JOB, job)["Volumes"] or []

    def networks_of(self, job):
        return self.labelled("/networks?", self.JOB, job)

    def inspect(self, job):
        """What the engine shows of the only container of a job."""
        containers = self.containers_of(job)
        assert len(containers) == 1, containers
        return self.call("GET", f"/containers/{containers[0]['Id']}/json")[1]

    def pause(self, job, is_paused=True):
        verb = "pause" if is_paused else "unpause"
        status, answer = self.call("POST", f"/containers/{self.containers_of(job)[0]['Id']}/{verb}")
        assert status == 204, answer

    def left_of(self, installation):
        """What a service still has on the engine, without the networks that it keeps, which belong to no job."""
        networks = self.labelled("/networks?", self.INSTALLATION, installation)
        return (self.labelled("/containers/json?all=1&", self.INSTALLATION, installation) +
                (self.labelled("/volumes?", self.INSTALLATION, installation)["Volumes"] or []) +
                [network for network in networks if self.JOB in network["Labels"]])

    def remove_networks(self, installation):
        for network in self.labelled("/networks?", self.INSTALLATION, installation):
            self.call("DELETE", "/networks/" + network["Id"])


class Database:
    """Creates databases for services: SQLite files, or databases on the server of DUWS_TEST_POSTGRES."""

    numbers = itertools.count()

    @staticmethod
    def row(url, query):
        """The values of the only row that a query returns; from PostgreSQL they are texts."""
        if url.startswith("sqlite3://"):
            with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite3://"))) as database:
                return database.execute(query).fetchone()
        return subprocess.run(["psql", "-qXAt", url, "-c", query], check=True, capture_output=True,
                              text=True).stdout.strip().split("|")

    @classmethod
    def ask(cls, url, query):
        """The only value that a query returns."""
        return cls.row(url, query)[0]

    @staticmethod
    def sqlite(folder):
        return f"sqlite3://{folder}/docker-uws.db"

    @classmethod
    def postgresql(cls, _folder):
        server = os.environ["DUWS_TEST_POSTGRES"]
        name = f"service_{os.getpid()}_{next(cls.numbers)}"
        subprocess.run(["psql", "-qX", server, "-c", f"CREATE DATABASE {name}"], check=True)
        head, query = server.split("?", 1)
        return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """docker-uws with a folder of its own. `changes` are merged into a configuration for tests, `engine` into the
    configuration of its only engine."""

    def __init__(self, changes=None, database=Database.sqlite, engine=None):
        self.folder = tempfile.mkdtemp(prefix="duws-it.")
        self.port = free_port()
        self.blobs = os.path.join(self.folder, "blobs")
        self.config = merged(
            {
                "http": {"address": "127.0.0.1", "port": self.port},
                "database": {"url": database(self.folder)},
                "blobs": {"folder": self.blobs},
                "identity": {"anonymous": "shared"},
                "images": {"allow": ["hello-world", "busybox", "configured", "source-extractor"]},
                "runs": {"stop_grace": "1s"},
                "engines": [{"name": "local", "socket": f"unix://{socket_of(ENGINE_KIND)}", **(engine or {})}],
            }, changes or {})
        self.config_file = os.path.join(self.folder, "docker-uws.yaml")
        with open(self.config_file, "w", encoding="utf-8") as file:
            json.dump(self.config, file, indent=1)  # all JSON is YAML
        self.log_file = os.path.join(self.folder, "log")
        self.process = None
        self.known_installation = None
        self.prefix = []  # words before its command, such as prlimit
        self.url = f"http://127.0.0.1:{self.port}"

    def launch(self, environment=None):
        """Starts the process, without waiting until the service answers."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([*self.prefix, BINARY, "serve", "--config", self.config_file],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **(environment or {})})

    def start(self, environment=None):
        self.launch(environment)
        until(self._is_up, f"the service to start; its log:\n{self.log()}")
        return self

    def start_again(self):
        """Runs another process with the same configuration while this one runs. Returns its exit code and output."""
        return subprocess.run([BINARY, "serve", "--config", self.config_file], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TEST_TIMEOUT, check=False)

    def kill(self):
        """Sends SIGKILL, and waits for the end of the process."""
        self.process.kill()
        self.process.wait()

    def _is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.log()}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/availability")
            # The service is available only when the engine has answered it.
            return b">true<" in connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """Sends SIGTERM. The exit code must be 0, and no sanitizer may have reported anything."""
        if self.process is None:
            return
        process, self.process = self.process, None
        ended = process.poll()
        if ended is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(TEST_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"the service does not end on SIGTERM:\n{self.log()}") from None
        log = self.log()
        words = [word for word in SANITIZER_WORDS if word in log]
        if ended is not None or process.returncode != 0 or words:
            raise AssertionError(f"the service ended {'by itself ' if ended is not None else ''}"
                                 f"with {process.returncode}, {words}:\n{log}")

    def installation(self):
        if self.known_installation is None:
            self.known_installation = Database.ask(self.config["database"]["url"], "SELECT id FROM installation")
        return self.known_installation

    def ask_for(self, query):
        """The numbers in the only row that a query of its database returns."""
        return [int(value) for value in Database.row(self.config["database"]["url"], query)]

    def ask(self, query):
        """The only number that a query of its database returns."""
        return self.ask_for(query)[0]

    def blob_files(self):
        return [name for _, _, names in os.walk(self.blobs) for name in names if not name.startswith(".")]

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class ServiceCase(unittest.TestCase):
    """Tests that share one service. After the last test all jobs are deleted, and nothing of them may be left."""

    CONFIG = {}
    ENGINE = {"cores": 64, "memory": "64G"}
    DATABASE = Database.sqlite
    HEADERS = {}
    PREFIX = []

    engine = Engine()

    @classmethod
    def config(cls):
        return cls.CONFIG

    @classmethod
    def prepare(cls, service):
        """Prepares what the tests need before the service starts."""

    @classmethod
    def setUpClass(cls):
        cls.schemas = Schemas()
        cls.addClassCleanup(cls.schemas.close)
        cls.service = Service(cls.config(), cls.DATABASE, cls.ENGINE)
        cls.service.prefix = cls.PREFIX
        cls.addClassCleanup(cls.service.close)
        cls.addClassCleanup(cls.service.stop)
        cls.prepare(cls.service)
        cls.service.start()
        cls.client = Client(cls.service.port, cls.schemas, cls.HEADERS)
        cls.addClassCleanup(cls.leave_nothing)

    @classmethod
    def leave_nothing(cls):
        if cls.service.process is None or cls.service.process.poll() is not None:
            return
        for job in cls.client.made:
            cls.client.delete(f"/jobs/{job}")
        installation = cls.service.installation()
        try:
            until(lambda: not cls.engine.left_of(installation), "the engine to be clean again")
            until(lambda: not cls.service.blob_files(), "all blobs to be removed")
        finally:
            cls.engine.remove_networks(installation)

    def setUp(self):
        # If the test fails, the part of the service's log that was written during the test is printed.
        before = len(self.service.log())
        self.addCleanup(lambda: self._show_log(before))

    def _show_log(self, start):
        if not self._outcome.success:
            print(f"--- the service's log of {self.id()}:\n{self.service.log()[start:]}---", flush=True)

    def tearDown(self):
        self.schemas.check()

    # -- checks that many tests make

    def assert_status(self, expected, reply):
        self.assertEqual(expected, reply.status, reply)
        return reply

    def assert_freed(self, job):
        """Waits until nothing of the job is left on the engine."""
        until(lambda: not self.engine.containers_of(job.id) and not self.engine.volumes_of(job.id) and
              not self.engine.networks_of(job.id),
              f"the engine to be free of {job.id}")
