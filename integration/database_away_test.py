"""Tests what happens if the database is away, or its disk or that of the blobs is full: requests are refused with the
reason, runs continue, and what happens meanwhile is recorded afterwards. Nothing is lost, done twice or half stored."""
import concurrent.futures
import itertools
import os
import signal
import subprocess
import threading
import unittest

from client import TEST_TIMEOUT, until
from harness import Database
from outage_case import OutageCase
from postgres_proxy import PostgresProxy
from postgres_server import PostgresServer


def is_running(process):
    """Whether a process still runs. An ended process has no command line, even if no parent has waited for it yet."""
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            return bool(file.read())
    except OSError:
        return False


class DatabaseCase(OutageCase):

    def assert_refused(self, reply):
        """Expects a 503 with Retry-After and a body that says why."""
        self.assert_status(503, reply)
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        if reply.headers.get_content_type() == "application/problem+json":
            self.assertEqual([503, "unavailable"], [reply.json()["status"], reply.json()["code"]])
        else:
            self.assertEqual("text/plain", reply.headers.get_content_type())
        self.assertRegex(reply.text, "database|space")

    def ended_containers(self, jobs):
        return all(not self.engine.inspect(job.id)["State"]["Running"] for job in jobs)


class PostgresAway(DatabaseCase):

    @classmethod
    def setUpClass(cls):
        cls.server = PostgresServer()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.DATABASE = lambda _folder: cls.server.url
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.be_there)

    def be_there(self):
        if self.server.process.poll() is not None:
            self.server.start()
        until(lambda: self.client.get("/jobs").status == 200, "requests to be answered again")
        until(lambda: self.client.get("/availability").text.find(">true<") > 0, "the service to be available")

    def test_requests_are_told_to_come_again(self):
        job = self.client.shell("true")
        job.completed()
        self.server.end(signal.SIGINT)
        for path in ("/jobs", job.url, job.url + "/phase", job.url + "/results/stdout"):
            self.assert_refused(self.client.get(path))
            self.assert_refused(self.client.get(path, {"Accept": "application/json"}))
        self.assert_refused(self.client.post("/jobs", ("IMAGE", "busybox:test"), ("PHASE", "RUN")))
        self.assert_refused(self.client.post_files("/jobs", [("IMAGE", "busybox:test"), ("INPUT", "d,param:data")],
                                                [("data", "d", None, b"x")]))
        self.assert_refused(job.delete())
        self.assertIn("the database does not answer", self.availability())
        self.assertIn(">false<", self.availability())
        self.be_there()
        self.assertEqual("COMPLETED", job.phase())

    def test_jobs_go_on_and_their_ends_are_recorded_later(self):
        numbers = itertools.count()
        for how in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(how.name):
                names = [f"ends-{next(numbers)}" for _ in range(4)]
                jobs = {name: self.counted(name, self.wait_to_end(name) + "; echo made > made", ("OUTPUT", "made"))
                        for name in names}
                for name, job in jobs.items():
                    self.wait_until_running(name, job)
                if how == signal.SIGKILL:
                    self.crash()
                else:
                    self.server.end(how)
                for name in names:
                    self.let_end(name)
                until(lambda: self.ended_containers(jobs.values()), "the containers to end")
                self.assert_refused(self.client.get("/jobs"))
                self.be_there()
                for name, job in jobs.items():
                    job.completed()
                    self.assertEqual(f"{name} is done\n", job.stdout())
                    self.assertEqual(b"made\n", job.result("made"))
                    self.assert_ran_once(name)
                    self.assert_freed(job)

    def crash(self):
        """Crashes PostgreSQL: kills its postmaster, so that its other processes end by themselves without notifying
        their clients."""
        postmaster = self.server.process
        postmaster.send_signal(signal.SIGSTOP)  # so that it starts no more processes
        os.waitid(os.P_PID, postmaster.pid, os.WSTOPPED)
        others = subprocess.run(["pgrep", "-P", str(postmaster.pid)], check=True, capture_output=True,
                                text=True).stdout.split()
        self.server.end(signal.SIGKILL)
        lock = os.path.join(self.server.folder, "data/postmaster.pid")
        until(lambda: not self.server.answers(), "PostgreSQL to be gone")
        until(lambda: not any(map(is_running, others)), "its processes to end")
        os.unlink(lock)

    def test_nothing_is_lost_or_doubled_by_restarts_among_requests(self):
        over = threading.Event()
        names = (f"many-{number}" for number in itertools.count())
        lock = threading.Lock()

        def ask_for_jobs():
            made = {}
            while not over.is_set():
                with lock:
                    name = next(names)
                try:
                    made[name] = self.counted(name, "true")
                except AssertionError as refusal:
                    if "503" not in str(refusal):
                        raise
                over.wait(0.2)  # limits the number of jobs, as each of them must run before the test ends
            return made

        with concurrent.futures.ThreadPoolExecutor() as pool:
            workers = [pool.submit(ask_for_jobs) for _ in range(3)]
            try:
                for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGINT):
                    threading.Event().wait(1.5)
                    self.server.end(how)
                    threading.Event().wait(0.5)
                    self.server.start()
            finally:
                threading.Event().wait(1)
                over.set()
        self.be_there()
        made = {name: job for worker in workers for name, job in worker.result().items()}
        self.assertGreater(len(made), 5)
        for name, job in made.items():
            job.completed(2 * TEST_TIMEOUT)
            self.assert_ran_once(name)
        # A job whose creation was answered with 503 may exist all the same. If so, it must also have run exactly once.
        until(lambda: not self.client.get("/jobs?PHASE=QUEUED&PHASE=EXECUTING").xml().findall("*"), "all to end")
        jobs = self.client.get("/jobs?PHASE=COMPLETED").xml().findall("*")
        self.client.made.update(job.get("id") for job in jobs)
        ran = [name for name in os.listdir(self.truth) if name.startswith("many-")]
        for name in ran:
            self.assert_ran_once(name)
        earlier = 8 + 1
        self.assertLessEqual(len(ran), len(jobs))
        self.assertLessEqual(len(jobs) - len(ran), earlier)


class AnswersLost(DatabaseCase):
    """The database commits, but its answer is lost with the connection."""
    CONFIG = {"runs": {"stop_grace": "1s", "reconcile": "2s"}}

    @classmethod
    def setUpClass(cls):
        server = PostgresServer()
        cls.addClassCleanup(server.close)
        server.start()
        cls.proxy = PostgresProxy(server.folder)
        cls.addClassCleanup(cls.proxy.close)
        cls.DATABASE = lambda _folder: cls.proxy.url
        super().setUpClass()

    def assert_lost(self, event):
        self.assertTrue(event.wait(TEST_TIMEOUT), "no such commit came")

    def test_of_a_claim_and_of_all_that_follows(self):
        saves = "UPDATE jobs SET run_id.*"
        statements = ("INSERT INTO runs", saves + "EXECUTING", saves + "COMPLETED", "DELETE FROM runs")
        for number, statement in enumerate(statements):
            with self.subTest(statement):
                name = f"lost-{number}"
                event = self.proxy.lose_answer(statement)
                job = self.counted(name, "echo made > made", ("OUTPUT", "made"))
                self.assert_lost(event)
                job.completed()
                self.assertEqual(b"made\n", job.result("made"))
                self.assert_ran_once(name)
                self.assert_freed(job)

    def test_of_creations(self):
        event = self.proxy.lose_answer("INSERT INTO jobs ")
        names = [f"lost-creation-{number}" for number in range(6)]
        with concurrent.futures.ThreadPoolExecutor(len(names)) as clients:
            jobs = list(clients.map(lambda name: self.counted(name, "true"), names))
        self.assert_lost(event)
        for name, job in zip(names, jobs):
            job.completed()
            self.assert_ran_once(name)
            self.assert_freed(job)

    def test_of_an_abort(self):
        job = self.counted("lost-abort", self.wait_to_end("lost-abort"))
        self.wait_until_running("lost-abort", job)
        event = self.proxy.lose_answer("UPDATE jobs")
        self.assert_refused(job.post("/phase", ("PHASE", "ABORT")))
        self.assert_lost(event)
        self.assertEqual("ABORTED", job.wait_for_end()["phase"])
        self.assert_freed(job)

    def test_of_a_destruction(self):
        job = self.counted("lost-destruction", self.wait_to_end("lost-destruction"))
        self.wait_until_running("lost-destruction", job)
        event = self.proxy.lose_answer("UPDATE jobs")
        self.assert_refused(job.delete())
        self.assert_lost(event)
        until(lambda: job.get("").status == 404, "the job to be gone")
        self.assert_freed(job)


def as_root(*command):
    subprocess.run(command if os.geteuid() == 0 else ("sudo", "-n", *command), check=True)


class SmallDisk:
    """A file system of a few MiB that a test can fill and free."""

    def __init__(self, folder, size):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        as_root("mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", folder)

    def fill(self):
        with open(os.path.join(self.folder, "filler"), "ab", buffering=0) as filler:
            for size in (65536, 4096):
                try:
                    while True:
                        filler.write(b"\0" * size)
                except OSError:
                    pass

    def free(self):
        if os.path.exists(os.path.join(self.folder, "filler")):
            os.unlink(os.path.join(self.folder, "filler"))

    def close(self):
        as_root("umount", "--lazy", self.folder)


class SqliteFull(DatabaseCase):

    @classmethod
    def setUpClass(cls):
        def database(folder):
            cls.disk = SmallDisk(os.path.join(folder, "database"), "3M")
            cls.addClassCleanup(cls.disk.close)
            return f"sqlite3://{folder}/database/docker-uws.db"

        cls.DATABASE = database
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.disk.free)

    def fill(self):
        """Fills the disk until the service can store nothing more. The service may still write to space that its
        write-ahead log already has."""
        self.disk.fill()

        def is_refused():
            reply = self.client.post("/jobs", ("IMAGE", "busybox:test"), ("ARG", "x" * 20000))
            return reply if reply.status != 303 else None

        return until(is_refused, "the disk to be full")

    def test_requests_are_told_and_jobs_go_on(self):
        names = [f"full-{number}" for number in range(4)]
        jobs = {name: self.counted(name, self.wait_to_end(name)) for name in names}
        for name, job in jobs.items():
            self.wait_until_running(name, job)
        self.assert_refused(self.fill())
        for name in names:
            self.let_end(name)
        until(lambda: self.ended_containers(jobs.values()), "the containers to end")
        # Reading still works.
        self.assertEqual(200, self.client.get("/jobs").status)
        for job in jobs.values():
            self.assertIn(job.phase(), ("EXECUTING", "COMPLETED"))
        self.disk.free()
        for name, job in jobs.items():
            job.completed()
            self.assertEqual(f"{name} is done\n", job.stdout())
            self.assert_ran_once(name)
            self.assert_freed(job)
        until(lambda: ">true<" in self.availability(), "the service to be available")
        self.client.shell("true").completed()


class BlobsFull(OutageCase):

    @classmethod
    def config(cls):
        return {**super().config(), "blobs": {"folder": cls.disk.folder}}

    @classmethod
    def setUpClass(cls):
        cls.disk = SmallDisk(f"/tmp/duws-blobs.{os.getpid()}", "4M")
        cls.addClassCleanup(os.rmdir, cls.disk.folder)
        cls.addClassCleanup(cls.disk.close)
        super().setUpClass()
        cls.service.blobs = cls.disk.folder

    def setUp(self):
        super().setUp()
        self.addCleanup(self.disk.free)

    def assert_not_collected(self, job):
        document = job.failed()
        summary = document["errorSummary"]
        self.assertEqual(["transient", "results_not_collected"], [summary["type"], summary["code"]])
        self.assertIn("no space left", job.get("/error").text)
        self.assertEqual([], document["results"])
        self.assert_freed(job)

    def blobs(self):
        return [name for name in self.service.blob_files() if name != "filler"]

    def test_an_upload_that_does_not_fit_is_refused(self):
        before = self.blobs()
        listed = self.client.get_json("/jobs")
        reply = self.client.post_files("/jobs", [("IMAGE", "busybox:test"), ("INPUT", "d,param:data")],
                                       [("data", "d", None, b"x" * (8 << 20))])
        self.assertIn(reply.status, (503, 507), reply)
        self.assertIn("no space left", reply.text)
        self.assertEqual(listed, self.client.get_json("/jobs"))
        until(lambda: self.blobs() == before, "the half of the upload to be removed")

    def test_a_log_or_an_output_that_does_not_fit_is_a_transient_error(self):
        before = self.blobs()
        self.assert_not_collected(self.client.shell("head -c 8000000 /dev/zero"))
        self.assert_not_collected(self.client.shell("head -c 8000000 /dev/zero > made", ("OUTPUT", "made")))
        until(lambda: self.blobs() == before, "what was stored by half to be removed")

    def test_a_disk_that_becomes_full_while_a_job_writes(self):
        before = self.blobs()
        job = self.counted("writes", "echo first; " + self.wait_to_end("writes"))
        until(lambda: job.get("/results/stdout").body == b"first\n", "the first line")
        self.disk.fill()
        self.let_end("writes")
        job.wait_for_end()
        self.disk.free()
        # One short line may fit into a page that the file already has.
        if job.phase() == "COMPLETED":
            self.assertEqual("first\nwrites is done\n", job.stdout())
        else:
            self.assert_not_collected(job)
            until(lambda: self.blobs() == before, "what was stored by half to be removed")
        self.client.shell("true").completed()


if __name__ == "__main__":
    unittest.main()
