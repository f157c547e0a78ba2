"""Checks what a killed service has left on the engine, in its database and among its blobs, and that it has not touched
what belongs to others."""
import os
import time

from client import TEST_TIMEOUT, pauses
from harness import Engine


def left(service):
    """What is left of runs. The rows of jobs and the blobs to which they refer do not count."""
    counts = ("SELECT count(*) FROM runs", "SELECT count(*) FROM ledger_holds", "SELECT count(*) FROM jobs WHERE claimed = 1",
              "SELECT count(*) FROM job_results WHERE blob IS NOT NULL",
              "SELECT count(*) FROM job_parameters WHERE blob IS NOT NULL")
    # One query for all counts, because each query starts a psql process.
    runs, holds, claims, *blobs = service.ask_for("SELECT " + ", ".join(f"({count})" for count in counts))
    found = {
        "on the engine": len(Engine().left_of(service.installation())),
        "rows of runs": runs,
        "holds": holds,
        "claims": claims,
        "blobs too many": len(service.blob_files()) - sum(blobs),
    }
    return {what: count for what, count in found.items() if count}


def assert_clean(service, whose):
    end = time.monotonic() + TEST_TIMEOUT
    for pause in pauses():
        if not (found := left(service)):
            return
        assert time.monotonic() < end, f"{whose} leaves {found}"
        time.sleep(pause)


class Strangers:
    """Containers and a volume on the engine that belong to others, and that the service must not touch."""

    def __init__(self):
        self.engine = Engine()
        name = f"stranger-{os.getpid()}"
        labels = {"org.docker-uws.installation": "another", "org.docker-uws.job": "theirs", "org.docker-uws.attempt": "1"}
        self.containers = [self._container(name, {}), self._container(f"duws-another-theirs-{os.getpid()}", labels)]
        self.volume = f"duws-another-volume-{os.getpid()}"
        status, answer = self.engine.call("POST", "/volumes/create", {"Name": self.volume, "Labels": labels})
        assert status == 201, answer
        self.before = self._state()

    def _container(self, name, labels):
        status, made = self.engine.call("POST", f"/containers/create?name={name}", {
            "Image": "busybox:test", "Cmd": ["sleep", "100000"], "Labels": labels,
            # Podman's default limits may be higher than this machine allows.
            "HostConfig": {"NetworkMode": "none", "Ulimits": [{"Name": name, "Soft": 1024, "Hard": 1024}
                                                              for name in ("nofile", "nproc")]}})
        assert status == 201, made
        status, answer = self.engine.call("POST", f"/containers/{made['Id']}/start")
        assert status == 204, answer
        return made["Id"]

    def _state(self):
        states = [self.engine.call("GET", f"/containers/{each}/json")[1]["State"] for each in self.containers]
        status, _ = self.engine.call("GET", "/volumes/" + self.volume)
        return [(state["Running"], state["StartedAt"]) for state in states], status

    def assert_untouched(self):
        assert self._state() == self.before, f"{self._state()} is not {self.before}"

    def close(self):
        for each in self.containers:
            self.engine.call("DELETE", f"/containers/{each}?force=1")
        self.engine.call("DELETE", "/volumes/" + self.volume)
