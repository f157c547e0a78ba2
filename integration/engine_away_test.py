"""Tests an engine that answers late, wrongly or not at all. Jobs keep their phase, what the engine did without its
answer reaching the service is not done again, and everything continues when the engine is back."""
import os
import random
import shutil
import tempfile
import time
import unittest

import chaos_proxy
from chaos_proxy import ChaosProxy
from client import TEST_TIMEOUT, until
from harness import ENGINE_KIND, socket_of
from outage_case import OutageCase


class ProxyCase(OutageCase):
    """The service reaches its engine only through a ChaosProxy."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="duws-chaos.")
        cls.addClassCleanup(shutil.rmtree, folder, True)
        cls.proxy = ChaosProxy(socket_of(ENGINE_KIND), os.path.join(folder, "engine.sock")).start()
        cls.addClassCleanup(cls.proxy.stop)
        cls.ENGINE = {**OutageCase.ENGINE, "socket": f"unix://{cls.proxy.path}"}
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.proxy.clear)


# The requests to the engine during a run: method and pattern of the path, in which {} is the job's id.
STEPS = {
    "volume": ("POST", r"^/volumes/create"),
    "create": ("POST", r"^/containers/create.*{}"),
    "stage": ("PUT", r"^/containers/[^/]*{}[^/]*/archive"),
    "start": ("POST", r"^/containers/[^/]*{}[^/]*/start"),
    "inspect": ("GET", r"^/containers/[^/]*{}[^/]*/json"),
    "logs": ("GET", r"^/containers/[^/]*{}[^/]*/logs"),
    "collect": ("GET", r"^/containers/[^/]*{}[^/]*/archive"),
    "remove": ("DELETE", r"^/containers/[^/]*{}"),
    "remove volume": ("DELETE", r"^/volumes/[^/]*{}"),
}


class OneFault(ProxyCase):

    def assert_unharmed(self, kind, steps):
        """Runs one job for each step at the same time, each with a fault of this kind at its step."""
        script = "echo run >> /truth/{}; echo to stdout; echo to stderr >&2; seq 1 10000 > made"
        jobs = []
        for step in steps:
            name = f"{step} {kind}".replace(" ", "-")
            job = self.client.create(("IMAGE", "busybox:test"), ("ENTRYPOINT", "/bin/sh"), ("ARG", "-c"),
                                     ("ARG", script.format(name)), ("MOUNT", "truth:/truth:rw"), ("OUTPUT", "made"))
            method, path = STEPS[step]
            jobs.append((name, job, self.proxy.add(kind, method, path.format(job.id), after_bytes=700)))
        for _, job, _ in jobs:
            job.start()
        for name, job, fault in jobs:
            with self.subTest(name):
                job.completed()
                self.assert_freed(job)
                self.assertEqual(1, fault.hits)
                self.assert_ran_once(name)
                self.assertEqual("to stdout\n", job.stdout())
                self.assertEqual(b"to stderr\n", job.result("stderr"))
                self.assertEqual("".join(f"{n}\n" for n in range(1, 10001)).encode(), job.result("made"))

    def test_the_connection_breaks_off_before_the_engine_hears(self):
        self.assert_unharmed(chaos_proxy.CUT_BEFORE, STEPS)

    def test_the_engine_did_it_and_nobody_heard(self):
        self.assert_unharmed(chaos_proxy.CUT_AFTER, STEPS)

    def test_the_answer_breaks_off_within(self):
        self.assert_unharmed(chaos_proxy.CUT_WITHIN, ("inspect", "collect"))

    def test_a_500_and_the_engine_did_nothing(self):
        self.assert_unharmed(chaos_proxy.FAIL_BEFORE, STEPS)

    def test_a_500_and_the_engine_did_it(self):
        self.assert_unharmed(chaos_proxy.FAIL_AFTER, STEPS)

    def test_an_answer_comes_late(self):
        self.assert_unharmed(chaos_proxy.DELAY, STEPS)

    def test_a_stop_that_breaks_off_or_fails_is_asked_for_again(self):
        for kind in (chaos_proxy.CUT_BEFORE, chaos_proxy.CUT_AFTER, chaos_proxy.FAIL_BEFORE, chaos_proxy.FAIL_AFTER):
            name = f"stop {kind}".replace(" ", "-")
            with self.subTest(name):
                job = self.counted(name, "while :; do sleep 0.1; done", first="trap 'echo bye; exit 3' TERM")
                self.wait_until_running(name, job)
                fault = self.proxy.add(kind, "POST", r"^/containers/[^/]+/stop")
                job.post("/phase", ("PHASE", "ABORT"))
                document = job.wait_for("ABORTED")
                self.assertEqual([1, None], [fault.hits, document["errorSummary"]])
                self.assertEqual("bye\n", job.stdout())
                self.assert_freed(job)
                self.assert_ran_once(name)

    def test_one_container_that_cannot_be_inspected_does_not_keep_the_service_busy(self):
        job = self.counted("silent", self.wait_to_end("silent"))
        self.wait_until_running("silent", job)
        fault = self.proxy.add(chaos_proxy.FAIL_BEFORE, "GET", rf"^/containers/duws-[^/]*{job.id}[^/]*/json", times=None)
        until(lambda: not self.proxy.is_too_late(fault), "the inspections that were asked for before")
        self.let_end("silent")
        self.counted("other", "true").completed()
        before = len(self.proxy.requests)
        time.sleep(5)  # a plain sleep, as the test checks that something does not happen
        self.assertLess(len(self.proxy.requests) - before, 150)
        self.assertEqual("EXECUTING", job.phase())
        self.proxy.clear()
        job.completed()


class Chaos(ProxyCase):

    def test_many_jobs_through_an_unreliable_engine(self):
        seed = int(os.environ.get("DUWS_SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"chaos seed: DUWS_SEED={seed}", flush=True)
        self.proxy.randomly(0.1, seed)
        jobs = {}
        for number in range(24):
            name = f"chaos-{number}"
            script = (f"seq 1 {number * 500}; echo {name} >&2; echo {name} > made", "exit 7")[number % 4 == 3]
            jobs[name] = self.counted(name, script, *([("OUTPUT", "made")] if number % 4 != 3 else []))
        documents = {name: job.wait_for_end(2 * TEST_TIMEOUT) for name, job in jobs.items()}
        self.proxy.clear()
        for number, (name, job) in enumerate(jobs.items()):
            with self.subTest(name, document=documents[name]):
                self.assert_ran_once(name)
                if number % 4 == 3:
                    self.assertEqual("the command ended with exit code 7", documents[name]["errorSummary"]["message"])
                    continue
                self.assertEqual("COMPLETED", documents[name]["phase"], documents[name])
                self.assertEqual("".join(f"{n}\n" for n in range(1, number * 500 + 1)), job.stdout())
                self.assertEqual(f"{name}\n".encode(), job.result("stderr"))
                self.assertEqual(f"{name}\n".encode(), job.result("made"))
                self.assert_freed(job)


class Away(ProxyCase):

    def test_jobs_keep_their_phase_and_go_on(self):
        self.addCleanup(lambda: self.proxy.listener or self.proxy.start())
        stays = self.counted("stays", self.wait_to_end("stays"))
        ends = self.counted("ends", self.wait_to_end("ends"))
        aborted = self.counted("aborted", "sleep 1000")
        deleted = self.counted("deleted", "sleep 1000")
        for name, job in (("stays", stays), ("ends", ends), ("aborted", aborted), ("deleted", deleted)):
            self.wait_until_running(name, job)
        self.proxy.stop()
        until(lambda: "local: does not answer" in self.availability(), "the outage to be told")
        self.assertIn(">false<", self.availability())
        queued = self.counted("queued", "echo at last")
        self.let_end("ends")
        self.assert_status(303, aborted.post("/phase", ("PHASE", "ABORT")))
        self.assert_status(303, deleted.delete())
        until(lambda: not self.engine_runs(ends), "a container to end behind our back")
        self.assertEqual(["EXECUTING", "EXECUTING", "EXECUTING", "QUEUED"],
                         [job.phase() for job in (stays, ends, aborted, queued)])
        self.assert_status(404, deleted.get())
        self.proxy.start()
        until(lambda: "local: up" in self.availability(), "the engine's return to be told")
        self.assertIn(">true<", self.availability())
        ends.completed()
        self.assertEqual("ends is done\n", ends.stdout())
        queued.completed()
        aborted.wait_for("ABORTED")
        self.assert_freed(deleted)
        self.let_end("stays")
        stays.completed()
        self.assertEqual("stays is done\n", stays.stdout())
        for name in ("stays", "ends", "aborted", "deleted", "queued"):
            self.assert_ran_once(name)

    def engine_runs(self, job):
        return self.engine.inspect(job.id)["State"]["Running"]


if __name__ == "__main__":
    unittest.main()
