"""Shared by the benches of requests: both databases with jobs, and what these can do without a service (floor)."""
import contextlib
import json
import os
import sqlite3
import subprocess
import sys

import parts

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../integration"))
from postgres_server import PostgresServer  # noqa: E402

FLOOR = "build/release/bench/floor"
IMAGE = "busybox:test"

# Inserts jobs that have ended. What follows yields the numbers n, from which their ids and creation times are made.
JOBS = """INSERT INTO jobs (id, owner, phase, creation_time, execution_duration, error_fatal, info, version, fence, claimed,
                            destroyed)
          SELECT 'filled' || n, '', 'COMPLETED', 1700000000000 + n, 3600, 0, '{}', 1, 1, 0, 0 FROM """
SERIES = {
    "SQLite": "(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < %d)"
              " SELECT n FROM counted)",
    "PostgreSQL": "generate_series(1, %d) AS n",
}


class Sqlite:
    name = "SQLite"
    server_pid = None

    def __init__(self, home):
        self.floor_address = home + "/service.db"
        self.url = "sqlite3://" + self.floor_address

    def run(self, *statements):
        with contextlib.closing(sqlite3.connect(self.floor_address)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def clear(self):
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.floor_address + ending)


class Postgres:
    name = "PostgreSQL"

    def __init__(self, server):
        self.server = server
        self.url = self.floor_address = server.url

    @property
    def server_pid(self):
        return self.server.process.pid

    def run(self, *statements):
        words = [word for statement in statements for word in ("-c", statement)]
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "SET client_min_messages = warning", *words,
                        self.url], check=True)

    def clear(self):
        self.run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


@contextlib.contextmanager
def each(home):
    """Both databases; the PostgreSQL server runs within the block."""
    server = PostgresServer()
    try:
        server.start()
        yield [Sqlite(home), Postgres(server)]
    finally:
        server.close()


def fill(database, count):
    """Inserts `count` more jobs that have ended and have no owner. The service must have created its tables before."""
    database.run(JOBS + SERIES[database.name] % count, "ANALYZE")


@contextlib.contextmanager
def service(options, home, database, changes=None, engine=None):
    """Starts the service; yields its port and pid. Anonymous callers share all jobs, so lists need no login."""
    place = parts.configure(home, options.socket, IMAGE, {"cores": 64, "memory": "64G", **(engine or {})}, {
        "database": {"url": database.url},
        "identity": {"anonymous": "shared"},
        **(changes or {}),
    })
    with parts.serve(options.binary, *place) as child:
        yield place[0], child.pid


def floor(*words):
    """Runs bench/floor with these arguments. Returns its count and its processor time in seconds."""
    told = subprocess.run([FLOOR, *map(str, words)], check=True, capture_output=True, text=True).stdout
    found = json.loads(told)
    return found["count"], found["cpu_seconds"]
