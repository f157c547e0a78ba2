"""Shared by the tests of the job tree. DUWS_DATABASE names the database: sqlite or postgresql."""
import datetime
import os
import re

from client import until
from harness import Database, ServiceCase

DATABASE = getattr(Database, os.environ.get("DUWS_DATABASE", "sqlite"))

# Shell scripts that end, or do not end, on SIGTERM.
POLITE = "trap 'echo bye; exit 0' TERM; echo on; while :; do sleep 0.1; done"
STUBBORN = "trap '' TERM; echo on; while :; do sleep 0.1; done"

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def soon(**delta):
    return (datetime.datetime.utcnow() + datetime.timedelta(**delta)).isoformat(timespec="milliseconds") + "Z"


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


class TreeCase(ServiceCase):
    DATABASE = DATABASE
    CONFIG = {"jobs": {"wait_cap": "3s", "max_execution_duration": "2h", "max_destruction": "10d"}}

    def pending(self, *pairs):
        return self.client.create(("IMAGE", "busybox:test"), ("ARG", "true"), *pairs)

    def running(self, script, *pairs):
        """A running job that has already written the line 'on'."""
        job = self.client.shell(script, *pairs)
        job.wait_for("EXECUTING")
        until(lambda: job.get("/results/stdout").body.startswith(b"on\n"), "the first line of the log")
        return job
