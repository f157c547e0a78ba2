"""A PostgreSQL server that a test may stop, kill and start again. Its programs are in the folder POSTGRES_BIN, or where
Debian has them."""
import os
import shutil
import signal
import subprocess
import tempfile

from client import TEST_TIMEOUT, until

BIN = os.environ.get("POSTGRES_BIN", "/usr/lib/postgresql/15/bin")


class PostgresServer:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="duws-pg.")
        self.process = None
        # PostgreSQL refuses to run as root.
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "postgres")
        subprocess.run([f"{BIN}/initdb", "-D", self.folder + "/data", "-U", "duws", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd="/", **self.user)
        self.url = f"postgresql://duws@/postgres?host={self.folder}"

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [f"{BIN}/postgres", "-D", self.folder + "/data", "-k", self.folder, "-c", "listen_addresses=",
                 "-c", "shared_buffers=32MB"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **self.user)
        until(self.answers, "PostgreSQL to start")

    def answers(self):
        return subprocess.run([f"{BIN}/pg_isready", "-q", "-h", self.folder, "-U", "duws"], check=False).returncode == 0

    def end(self, how):
        """Ends the server with a signal. SIGTERM waits for the clients, SIGINT does not. After SIGQUIT the server
        recovers at its next start. SIGKILL is a crash."""
        self.process.send_signal(how)
        self.process.wait(TEST_TIMEOUT)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
