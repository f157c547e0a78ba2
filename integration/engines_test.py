"""Tests a service with several engines: a job runs on an engine that has capacity for it, and an engine that is away
does not delay the jobs on the others."""
import unittest

from client import until
from harness import Engine, ServiceCase, socket_of

KINDS = ("docker", "podman")


class BothAtOnce(ServiceCase):
    """A Docker and a Podman engine, each with capacity for two jobs."""

    ENGINES = {kind: Engine(kind) for kind in KINDS}

    @classmethod
    def config(cls):
        return {"engines": [{"name": kind, "socket": f"unix://{socket_of(kind)}", "cores": 2, "memory": "2G", "slots": 2}
                            for kind in KINDS]}

    @classmethod
    def leave_nothing(cls):
        super().leave_nothing()
        podman, installation = cls.ENGINES["podman"], cls.service.installation()
        until(lambda: not podman.left_of(installation), "Podman to be clean again")

    def engine_of(self, job):
        return job.document()["jobInfo"]["engine"]

    def test_both_are_told_of(self):
        for word in ("docker: up, docker 20", "podman: up, podman 4", "memory that ran out"):
            until(lambda: word in self.client.get("/availability").text, word)

    def test_the_same_job_on_both_and_no_more_than_they_hold(self):
        jobs = [self.client.shell("echo on; trap 'exit 0' TERM; sleep 1000 & wait", ("CORES", "1")) for _ in range(5)]
        until(lambda: [job.phase() for job in jobs].count("EXECUTING") == 4, "four of the five to run")
        running = [job for job in jobs if job.phase() == "EXECUTING"]
        waiting, = [job for job in jobs if job.phase() == "QUEUED"]
        self.assertEqual(["docker", "docker", "podman", "podman"], sorted(self.engine_of(job) for job in running))
        for job in running:
            engine = self.engine_of(job)
            self.assertEqual([1, 0], [len(self.ENGINES[kind].containers_of(job.id))
                                      for kind in sorted(KINDS, key=lambda kind: kind != engine)])
        until(lambda: "on docker or podman" in str(waiting.document()["jobInfo"]), "the reason")
        freed = self.engine_of(running[0])
        running[0].post("/phase", ("PHASE", "ABORT"))
        until(lambda: waiting.phase() == "EXECUTING", "the fifth to run")
        self.assertEqual(freed, self.engine_of(waiting))
        for job in [*running[1:], waiting]:
            job.post("/phase", ("PHASE", "ABORT"))
        for job in jobs:
            job.wait_for("ABORTED")
            self.assertEqual("on\n", job.stdout())

    def test_what_fits_only_one(self):
        # A small job runs on each engine. A job that needs a whole engine waits, while another small job can still run.
        small = [self.client.shell("sleep 1000", ("CORES", "0.5")) for _ in KINDS]
        until(lambda: all(job.phase() == "EXECUTING" for job in small), "the small ones to run")
        self.assertEqual(sorted(KINDS), sorted(self.engine_of(job) for job in small))
        whole = self.client.shell("echo whole", ("CORES", "2"))
        until(lambda: "waiting for 2 cores" in str(whole.document()["jobInfo"]), "the reason")
        freed = self.engine_of(small[1])
        small[1].delete()
        whole.completed()
        self.assertEqual(freed, self.engine_of(whole))
        small[0].delete()


class OneIsAway(ServiceCase):

    @classmethod
    def config(cls):
        return {"engines": [{"name": "gone", "socket": "unix:///nonexistent/podman.sock"},
                            {"name": "podman", "socket": f"unix://{socket_of('podman')}", "cores": 2, "memory": "2G"}]}

    engine = Engine("podman")

    def test_the_other_runs_the_jobs(self):
        job = self.client.shell("echo here")
        document = job.completed()
        self.assertEqual(["podman", "here\n"], [document["jobInfo"]["engine"], job.stdout()])
        text = self.client.get("/availability").text
        self.assertIn("gone: does not answer", text)
        self.assertIn("podman: up", text)


if __name__ == "__main__":
    unittest.main()
