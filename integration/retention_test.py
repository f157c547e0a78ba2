"""Tests destruction and archiving: they happen on time, also if the time passed while the service was down, and nothing
of a destroyed job stays (U43). DUWS_DATABASE names the database."""
import datetime
import unittest

from client import until
from harness import Database
from outage_case import OutageCase
from tree_case import DATABASE, POLITE, instant, soon


class RetentionCase(OutageCase):
    DATABASE = DATABASE

    def destroyed_at(self, job, **delta):
        due = soon(**delta)
        self.assert_status(303, job.post("/destruction", ("DESTRUCTION", due)))
        return instant(due)

    def be_down_until(self, time):
        """Kills the service, and starts it when that time has passed."""
        self.service.kill()
        until(lambda: datetime.datetime.utcnow() > time, f"{time} to pass")
        self.service.start()

    def rows(self):
        return [int(Database.ask(self.service.config["database"]["url"], f"SELECT count(*) FROM {table}"))
                for table in ("jobs", "job_parameters", "job_results", "runs", "ledger_holds")]

    def assert_forgotten(self, jobs):
        for job in jobs:
            until(lambda job=job: job.get().status == 404, f"{job.id} to be destroyed")
            self.assert_freed(job)
        until(lambda: not self.service.blob_files(), "the blobs of forgotten jobs to be removed")
        until(lambda: self.rows() == [0] * 5, "all rows of jobs, parameters, results, runs and holds to go")

    def uploaded(self):
        job = self.client.create_with([("IMAGE", "busybox:test"), ("ARG", "true"), ("INPUT", "d,param:data")],
                                      [("data", "d", None, b"x" * 1000)])
        return job

    def some_of_each(self):
        """Three jobs, which together have everything that a job can have: uploads, results, a container."""
        ended = self.client.shell("echo log; echo made > made", ("OUTPUT", "made"))
        ended.completed()
        running = self.counted("running", POLITE)
        running.wait_for("EXECUTING")
        until(lambda: running.get("/results/stdout").body == b"on\n", "the log")
        return {"pending": self.uploaded(), "ended": ended, "running": running}


class Destruction(RetentionCase):

    def test_on_time(self):
        jobs = self.some_of_each()
        due = max(self.destroyed_at(job, seconds=6) for job in jobs.values())
        for job in jobs.values():
            self.assert_status(200, job.get())
        self.assert_forgotten(jobs.values())
        self.assertGreater(datetime.datetime.utcnow(), due)

    def test_of_times_that_passed_while_the_service_was_down(self):
        jobs = self.some_of_each()
        self.be_down_until(max(self.destroyed_at(job, seconds=5) for job in jobs.values()))
        self.assert_forgotten(jobs.values())

    def test_a_later_time_keeps_the_job(self):
        job = self.client.shell("echo kept")
        job.completed()
        first = self.destroyed_at(job, seconds=5)
        self.destroyed_at(job, hours=1)
        self.be_down_until(first)
        self.assertEqual("kept\n", job.stdout())
        job.delete()
        self.assert_forgotten([job])


class Archive(RetentionCase):
    # The seconds that a destroyed job stays ARCHIVED. Within them the test must read it, also after a restart.
    ARCHIVED = 30
    CONFIG = {"jobs": {"archive_for": f"{ARCHIVED}s"}, "runs": {"stop_grace": "1s"}}

    def test_archived_on_time_and_forgotten_later(self):
        jobs = self.some_of_each()
        for job in jobs.values():
            self.destroyed_at(job, seconds=3)
        for name, job in jobs.items():
            until(lambda job=job: job.phase() == "ARCHIVED", f"the job {name} to be archived")
            self.assert_freed(job)
        until(lambda: not self.service.blob_files(), "the blobs of archived jobs to be removed")
        self.assert_forgotten(jobs.values())

    def test_archived_and_forgotten_for_times_that_passed_while_the_service_was_down(self):
        jobs = self.some_of_each()
        due = max(self.destroyed_at(job, seconds=5) for job in jobs.values())
        self.be_down_until(due)
        until(lambda: jobs["ended"].phase() == "ARCHIVED", "the job to be archived")
        self.assertEqual([], jobs["ended"].document()["results"])
        self.be_down_until(due + datetime.timedelta(seconds=self.ARCHIVED))
        self.assert_forgotten(jobs.values())


if __name__ == "__main__":
    unittest.main()
