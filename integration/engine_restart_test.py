"""Tests an engine that stops, or is killed, and starts again: Docker with and without --live-restore, Podman's service.
No other test may use this engine: with-docker and with-podman start a new one if no socket is given to them."""
import os
import signal
import subprocess
import time
import unittest

from client import TEST_TIMEOUT, until
from harness import ENGINE_KIND, PODMAN, socket_of
from outage_case import OutageCase

FOLDER = os.path.dirname(socket_of(ENGINE_KIND))
REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARY = f". {REPO}/scripts/lib.sh; . {REPO}/integration/lib/{ENGINE_KIND}.sh; "


def start_engine(*options):
    subprocess.run(["bash", "-c", LIBRARY + f'start_{ENGINE_KIND} "$@"', "start", FOLDER, *options], check=True)


def end_engine(how):
    with open(os.path.join(FOLDER, "pid"), encoding="ascii") as file:
        pid = file.read().strip()
    command = f"as_root kill -{how.name.removeprefix('SIG')} {pid}; wait_until {int(TEST_TIMEOUT)} is_gone {pid}"
    subprocess.run(["bash", "-c", LIBRARY + command], check=True)


class EngineCase(OutageCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        end_engine(signal.SIGTERM)
        start_engine(*cls.OPTIONS)
        super().setUpClass()

    def wait_until_away(self):
        until(lambda: "local: does not answer" in self.availability(), "the outage to be told")

    def wait_until_back(self):
        until(lambda: "local: up" in self.availability(), "the engine's return to be told")

    def start_all(self, scripts, traps=None):
        """Starts a job for each script, by name. `traps`: names of further jobs, which run until something ends them,
        with what each does on SIGTERM."""
        jobs = {name: self.counted(name, script) for name, script in scripts.items()}
        jobs |= {name: self.counted(name, "while :; do sleep 0.1; done", first=f"trap '{act}' TERM")
                 for name, act in (traps or {}).items()}
        for name, job in jobs.items():
            self.wait_until_running(name, job)
        return jobs

    def assert_transient(self, job, code, words):
        summary = job.failed()["errorSummary"]
        self.assertEqual(["transient", code], [summary["type"], summary["code"]], summary)
        self.assertIn(words, summary["message"])

    def assert_completed_unseen(self, job):
        """Expects that the job is COMPLETED, with a note that its engine was away. The engine may lose what a command
        writes while the engine is away."""
        self.assertRegex(" ".join(job.completed()["jobInfo"]["notes"]), "the engine was away")

    def assert_goes_on(self, how):
        """Ends and restarts an engine whose containers do not depend on it, and expects that jobs continue."""
        stays, ends = f"stays-{how.name}", f"ends-{how.name}"
        jobs = self.start_all({stays: self.wait_to_end(stays), ends: self.wait_to_end(ends)})
        end_engine(how)
        self.wait_until_away()
        self.let_end(ends)
        self.assertEqual({"EXECUTING"}, {job.phase() for job in jobs.values()})
        start_engine(*self.OPTIONS)
        self.wait_until_back()
        self.assert_completed_unseen(jobs[ends])
        self.assertEqual("EXECUTING", jobs[stays].phase())
        self.let_end(stays)
        jobs[stays].completed()
        self.assertEqual(f"{stays} is done\n", jobs[stays].stdout())
        self.assert_all_once(jobs)

    def assert_all_once(self, jobs):
        for name, job in jobs.items():
            self.assert_ran_once(name)
            self.assert_freed(job)


@unittest.skipIf(PODMAN, "Docker's")
class WithoutLiveRestore(EngineCase):

    def setUp(self):
        super().setUp()
        self.addCleanup(start_engine)

    def test_an_engine_that_is_stopped_takes_its_containers_along(self):
        jobs = self.start_all({"dies": "exec sleep 1000"}, {"stubborn": "", "traps": "exit 0", "fails": "exit 42"})
        end_engine(signal.SIGTERM)
        self.wait_until_away()
        queued = self.counted("queued", "true")
        start_engine()
        self.wait_until_back()
        # The service has seen the signals, so the jobs end like this however their commands reacted.
        for name, job in jobs.items():
            with self.subTest(name):
                self.assert_transient(job, "stopped_by_others", "that this service did not send")
        queued.completed()
        self.assert_all_once({**jobs, "queued": queued})

    def test_an_engine_that_is_killed_ends_its_containers_when_it_starts(self):
        jobs = self.start_all({"runs-on": "exec sleep 1000", "ends": self.wait_to_end("ends")})
        end_engine(signal.SIGKILL)
        self.wait_until_away()
        self.let_end("ends")
        time.sleep(1)  # a plain sleep, as no engine is there that could report the end
        self.assertEqual({"EXECUTING"}, {job.phase() for job in jobs.values()})
        start_engine()
        self.wait_until_back()
        self.assert_transient(jobs["runs-on"], "engine_died", "while the engine local, or this service, was away")
        self.assert_completed_unseen(jobs["ends"])
        self.assert_all_once(jobs)

    def test_the_service_and_the_engine_are_away_together(self):
        jobs = self.start_all({"both-die": "exec sleep 1000"}, {"both-trap": "exit 0"})
        self.service.kill()
        end_engine(signal.SIGTERM)
        start_engine()
        self.service.start()
        self.assert_transient(jobs["both-die"], "engine_died", "while the engine local, or this service, was away")
        # Its command ended with exit code 0 on a signal that the service has not seen.
        jobs["both-trap"].completed()
        self.assert_all_once(jobs)


@unittest.skipIf(PODMAN, "Docker's")
class WithLiveRestore(EngineCase):
    OPTIONS = ("--live-restore",)

    def test_an_engine_that_is_stopped_leaves_its_containers_running(self):
        self.assert_goes_on(signal.SIGTERM)

    def test_an_engine_that_is_killed_leaves_its_containers_running(self):
        self.assert_goes_on(signal.SIGKILL)


@unittest.skipUnless(PODMAN, "Podman's")
class Podman(EngineCase):

    def test_a_service_that_is_stopped_leaves_its_containers_running(self):
        self.assert_goes_on(signal.SIGTERM)

    def test_a_service_that_is_killed_leaves_its_containers_running(self):
        self.assert_goes_on(signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
