"""Tests two services on one PostgreSQL database: one of them runs the jobs, and the change of a job through one service
is also reported to clients that wait at the other."""
import concurrent.futures
import http.client
import json
import signal
import time
import unittest

from client import TEST_TIMEOUT, Client, Job, until
from harness import Database, Service
from outage_case import OutageCase
from second_start import SecondStart


class NeighboursCase(OutageCase):
    DATABASE = Database.postgresql

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first = cls.service
        cls.neighbour = Service({"blobs": {"folder": first.blobs}, "volumes": first.config["volumes"]},
                                lambda _folder: first.config["database"]["url"], cls.ENGINE)
        cls.addClassCleanup(cls.neighbour.close)
        cls.addClassCleanup(cls.neighbour.stop)
        cls.neighbour.start()
        cls.there = Client(cls.neighbour.port, cls.schemas)

    def at_neighbours(self, job):
        return Job(self.there, job.url.replace(self.service.url, self.neighbour.url))

    def pending(self):
        """A pending job, and the same job as seen through the other service."""
        job = self.client.create(("IMAGE", "busybox:test"))
        return job, self.at_neighbours(job)

    def standing_by(self, client):
        return "runs no jobs" in client.get("/availability").text


class OneRunsTheJobs(SecondStart, NeighboursCase):

    REASON = "another service runs the jobs of this database"

    def test_the_other_says_so_and_its_log_says_which(self):
        self.assertIn("runs no jobs: " + self.REASON, self.there.get("/availability").text)
        self.assertIn(self.REASON, self.neighbour.log())
        self.assertIn(f"docker-uws pid {self.service.process.pid} on ", self.neighbour.log())
        self.assertFalse(self.standing_by(self.client))

    def test_what_is_asked_for_at_the_other_runs_too(self):
        job = self.there.shell("echo made > made", ("OUTPUT", "made"))
        job.completed()
        self.client.made.add(job.id)
        self.assertEqual(b"made\n", job.result("made"))
        self.assertRegex(self.service.log(), f"job ended.*{job.id}")
        self.assertNotRegex(self.neighbour.log(), f"job ended.*{job.id}")

    def test_what_waits_says_why_at_the_other(self):
        self.service.process.send_signal(signal.SIGSTOP)
        try:
            job = self.there.shell("true")
            self.client.made.add(job.id)
            told = job.get("/phase").text, self.there.get_json(job.url)["jobInfo"]["progress"]["message"]
        finally:
            self.service.process.send_signal(signal.SIGCONT)
        self.assertEqual("QUEUED", told[0])
        self.assertIn(self.REASON, told[1])
        job.completed()

    def test_an_abort_at_the_other_reaches_the_run(self):
        job = self.counted("aborted", self.wait_to_end("aborted"))
        self.wait_until_running("aborted", job)
        self.assert_status(303, self.at_neighbours(job).post("/phase", ("PHASE", "ABORT")))
        self.assertEqual("ABORTED", job.wait_for_end()["phase"])
        self.assert_freed(job)


class TheOtherTakesOver(NeighboursCase):

    def test_jobs_of_one_that_dies_go_on_at_the_other(self):
        names = ("takes-over-1", "takes-over-2")
        jobs = {name: self.counted(name, self.wait_to_end(name) + "; echo made > made", ("OUTPUT", "made"))
                for name in names}
        for name, job in jobs.items():
            self.wait_until_running(name, job)
        self.service.kill()
        queued = self.there.shell("true")
        self.client.made.add(queued.id)
        until(lambda: not self.standing_by(self.there), "the neighbour to take over")
        for name, job in jobs.items():
            self.let_end(name)
            same = self.at_neighbours(job)
            same.completed()
            self.assertEqual(b"made\n", same.result("made"))
            self.assertEqual(f"{name} is done\n", same.stdout())
            self.assert_ran_once(name)
        queued.completed()

        self.service.start()
        self.assertTrue(self.standing_by(self.client))
        self.neighbour.stop()
        until(lambda: not self.standing_by(self.client), "the first to lead again")
        self.client.shell("true").completed()


class Neighbours(NeighboursCase):

    def test_who_waits_there_is_told_of_a_change_here(self):  # U30
        job, same = self.pending()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiter = pool.submit(self.there.get_json, same.url + "?WAIT=60&PHASE=PENDING")
            time.sleep(0.5)
            self.assertFalse(waiter.done())
            begun = time.monotonic()
            self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
            self.assertEqual("ABORTED", waiter.result()["phase"])
        self.assertLess(time.monotonic() - begun, 10)

    def test_who_waits_there_is_told_of_a_destruction_here(self):  # U32
        job, same = self.pending()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiter = pool.submit(self.there.get, same.url + "?WAIT=60")
            time.sleep(0.5)
            self.assert_status(303, job.delete())
            self.assert_status(404, waiter.result())

    def test_events_there_tell_of_changes_here(self):
        job, same = self.pending()
        connection = http.client.HTTPConnection("127.0.0.1", self.neighbour.port, timeout=TEST_TIMEOUT)
        self.addCleanup(connection.close)
        connection.request("GET", same.url.removeprefix(self.neighbour.url), headers={"Accept": "text/event-stream"})
        stream = connection.getresponse()
        self.assertEqual("text/event-stream", stream.headers.get_content_type())

        def next_phase():
            while True:
                line = stream.readline()
                self.assertTrue(line, "the stream has ended")
                if line.startswith(b"data: "):
                    return json.loads(line.removeprefix(b"data: "))["phase"]

        self.assertEqual("PENDING", next_phase())
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        self.assertEqual("ABORTED", next_phase())

    def test_a_list_is_the_same_at_both(self):
        job, _ = self.pending()
        for client in (self.client, self.there):
            self.assertIn(job.id, [one["jobId"] for one in client.get_json("/jobs")["jobs"]])


if __name__ == "__main__":
    unittest.main()
