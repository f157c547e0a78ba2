"""Kills the service at every step of a job's life (src/util/failpoint.h), and starts it again. Each job must end in the
right phase, run only once, and leave nothing behind. The test does not rely on the service for what happened: each
container writes it to a volume."""
import concurrent.futures
import contextlib
import http.client
import os
import re
import shutil
import signal
import tempfile
import time
import unittest

from aftermath import Strangers, assert_clean
from client import ENDED, TEST_TIMEOUT, Client, Job, until
from harness import Engine, Service
from schemas import Schemas
from tree_case import DATABASE, soon

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/util/failpoint.h")
AT_ONCE = 4

INPUT = bytes(range(256)) * 300
LOG = "".join(f"{n}\n" for n in range(1, 20001)).encode()
# Appending a short line is a single write, so if two runs wrote at the same time, both lines would be there.
WORKS = "echo start >> /truth/$KEY; seq 1 20000; cat data > copy; sleep 0.3; echo end >> /truth/$KEY"
LINGERS = "echo start >> /truth/$KEY; sleep 600; echo end >> /truth/$KEY"


def failpoints():
    with open(HEADER, encoding="utf-8") as file:
        listed = re.search(r"failpoints\{(.*?)\};", file.read(), re.S)[1]
    return re.findall(r'"([a-z.]+)"', listed)


class Trial:
    """A service that kills itself at a failpoint, one job, and a client that continues after the restart."""

    def __init__(self, failpoint, life, changes=None):
        self.failpoint, self.life = failpoint, life
        self.key = f"{life}-{failpoint}"
        self.deaths = 0
        self.truth = tempfile.mkdtemp(prefix="duws-truth.")
        os.chmod(self.truth, 0o777)
        self.engine = Engine()
        self.schemas = Schemas()
        self.service = Service({"volumes": [{"name": "truth", "source": self.truth, "writable": True}], **(changes or {})},
                               DATABASE, {"cores": 64, "memory": "64G"})
        self.service.start({"DUWS_FAILPOINT": failpoint})
        self.client = Client(self.service.port, self.schemas)
        self.job = None

    def close(self):
        try:
            self.service.stop()
        finally:
            self.engine.remove_networks(self.service.installation())
            self.service.close()
            self.schemas.close()
            shutil.rmtree(self.truth)

    # -- what a client does: if the service dies during a request, the request is repeated after the restart

    def do(self, act):
        try:
            return act()
        except (OSError, http.client.HTTPException):
            self.restart()
            return act()

    def restart(self):
        self.service.process.wait(TEST_TIMEOUT)
        assert self.service.process.returncode == -signal.SIGKILL, self.service.log()
        self.deaths += 1
        self.service.start()

    def create(self, script, *pairs):
        files = [("data", "data", "application/octet-stream", INPUT)]
        pairs = [("RUNID", self.key), ("IMAGE", "busybox:test"), ("ENTRYPOINT", "/bin/sh"), ("ARG", "-c"), ("ARG", script),
                 ("ENV", f"KEY={self.key}"), ("MOUNT", "truth:/truth:rw"), ("MEMORY", "64M"), ("INPUT", "data,param:data"),
                 ("PHASE", "RUN"), *pairs]

        def act():
            # The response may have been lost, so the client must look whether the job exists already.
            for job in self.client.get_json("/jobs")["jobs"]:
                return Job(self.client, f"{self.service.url}/jobs/{job['jobId']}")
            assert not self.runs(), "a job that was never made has run"
            return self.client.create_with(pairs, files)

        self.job = self.do(act)
        return self.job

    def until(self, condition, what):
        return until(lambda: self.do(condition), f"{what} ({self.key})")

    def until_runs(self):
        self.until(lambda: self.client.get("/jobs") and self.runs(), "the container to begin")

    def delete(self):
        self.do(lambda: self.job.delete())

    def destroy_soon(self):
        self.do(lambda: self.job.post("/destruction", ("DESTRUCTION", soon(seconds=3))))

    def until_ended(self):
        return self.until(lambda: (document := self.job.document())["phase"] in ENDED and document, "the job to end")

    def until_gone(self):
        self.until(lambda: self.job.get().status == 404, "the job to be gone")

    def until_dead(self):
        """Waits until the service has died at the failpoint, perhaps after the last request, and restarts it."""
        until(lambda: self.deaths or self.service.process.poll() is not None, f"{self.failpoint} to be reached in {self.life}")
        if not self.deaths:
            self.restart()

    # -- what really happened

    def runs(self):
        """The words that the container wrote to the volume."""
        path = os.path.join(self.truth, self.key)
        if not os.path.exists(path):
            return []
        with open(path, encoding="ascii") as file:
            return file.read().split()

    def assert_clean(self):
        assert_clean(self.service, self.key)

    def assert_forgotten(self):
        self.assert_clean()
        until(lambda: not self.service.ask("SELECT count(*) FROM jobs"), f"{self.key} to be forgotten")
        assert not self.service.blob_files(), f"{self.key} leaves blobs"


# -- the kinds of jobs, and how each must end


def completes(trial):
    trial.create(WORKS, ("OUTPUT", "copy"))
    document = trial.until_ended()
    trial.until_dead()
    assert document["phase"] == "COMPLETED", document
    assert trial.runs() == ["start", "end"], trial.runs()
    trial.assert_clean()
    assert trial.job.result("stdout") == LOG
    assert trial.job.result("stderr") == b""
    assert trial.job.result("copy") == INPUT
    assert len(document["results"]) == 3, document["results"]
    trial.delete()
    trial.assert_forgotten()


def fails(trial):
    trial.create("echo start >> /truth/$KEY; echo words >&2; exit 3")
    document = trial.until_ended()
    trial.until_dead()
    assert document["phase"] == "ERROR", document
    assert document["errorSummary"]["message"] == "the command ended with exit code 3: words", document
    assert trial.runs() == ["start"], trial.runs()
    trial.assert_clean()
    assert trial.job.result("stderr") == b"words\n"


def is_aborted(trial):
    trial.create(LINGERS)
    trial.until_runs()
    trial.do(lambda: trial.job.post("/phase", ("PHASE", "ABORT")))
    document = trial.until_ended()
    trial.until_dead()
    assert document["phase"] == "ABORTED", document
    assert trial.runs() == ["start"], trial.runs()
    trial.assert_clean()


def is_deleted(trial):
    trial.create(LINGERS)
    trial.until_runs()
    trial.delete()
    trial.until_gone()
    trial.until_dead()
    trial.until_gone()
    assert trial.runs() == ["start"], trial.runs()
    trial.assert_forgotten()


def is_deleted_at_its_end(trial):
    trial.create(WORKS)
    trial.until_ended()
    trial.delete()
    trial.until_gone()
    trial.until_dead()
    trial.until_gone()
    assert trial.runs() == ["start", "end"], trial.runs()
    trial.assert_forgotten()


def expires(trial):
    trial.create(LINGERS)
    trial.until_runs()
    trial.destroy_soon()
    trial.until_gone()
    trial.until_dead()
    trial.until_gone()
    assert trial.runs() == ["start"], trial.runs()
    trial.assert_forgotten()


def is_archived(trial):
    trial.create(LINGERS)
    trial.until_runs()
    trial.destroy_soon()
    trial.until(lambda: trial.job.document()["phase"] == "ARCHIVED", "the job to be archived")
    trial.until_dead()
    assert trial.job.document()["phase"] == "ARCHIVED"
    assert trial.runs() == ["start"], trial.runs()
    trial.assert_clean()
    assert not trial.service.blob_files(), "an archived job keeps blobs"


START = ["create.begun", "create.committed", "claim.begun", "claim.committed", "volume.created", "container.created",
         "container.staged", "container.starting", "container.started", "executing.begun", "executing.committed"]
RELEASE = ["container.removed", "run.removed", "release.begun", "release.committed"]
END = ["exit.seen", "logs.read", "results.saved", "end.begun", "end.committed", *RELEASE]
FORGET = ["blobs.removed", "forget.begun", "forget.committed"]
DESTROY = ["destroy.begun", "destroy.committed", *FORGET]

LIVES = {
    completes: [*START, "outputs.read", "outputs.saved", "logs.saved", *END],
    fails: ["container.started", "executing.begun", "exit.seen", "end.begun", "end.committed"],
    is_aborted: ["abort.committed", "stop.sent", *END],
    is_deleted: ["stop.sent", "exit.seen", *RELEASE, *DESTROY],
    is_deleted_at_its_end: DESTROY,
    expires: ["stop.sent", *RELEASE, *DESTROY],
    is_archived: ["abort.committed", "end.committed", "archive.begun", "archive.committed", "blobs.removed"],
}
CHANGES = {is_archived: {"jobs": {"archive_for": "1h"}}}


class Recovery(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.strangers = Strangers()
        cls.addClassCleanup(cls.strangers.close)

    def tearDown(self):
        self.strangers.assert_untouched()

    def live(self, life):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            trials = {point: pool.submit(self.die_at, point, life) for point in LIVES[life]}
        failed = {point: error for point, trial in trials.items() if (error := trial.exception())}
        if failed:
            raise AssertionError("".join(f"\n--- {life.__name__} with {point}: {type(error).__name__}: {error}"
                                         for point, error in failed.items()))

    @staticmethod
    def die_at(point, life):
        trial = Trial(point, life.__name__, CHANGES.get(life))
        try:
            life(trial)
            assert trial.deaths == 1, f"{trial.deaths} deaths"
            trial.schemas.check()
        except BaseException as error:
            log = trial.service.log()[-8000:]
            # Errors of close() on a dead service would hide the real failure.
            with contextlib.suppress(AssertionError):
                trial.close()
            raise AssertionError(f"{type(error).__name__}: {error}\n{log}") from error
        trial.close()

    def test_every_failpoint_is_tried(self):
        self.assertEqual(set(failpoints()), {point for points in LIVES.values() for point in points})

    def test_a_name_that_is_none_is_refused(self):
        service = Service(None, DATABASE)
        self.addCleanup(service.close)
        with self.assertRaisesRegex(AssertionError, "no such failpoint: claim.comitted"):
            service.start({"DUWS_FAILPOINT": "claim.comitted"})

    def test_a_job_that_completes(self):
        self.live(completes)

    def test_a_job_that_fails(self):
        self.live(fails)

    def test_a_job_that_is_aborted(self):
        self.live(is_aborted)

    def test_a_job_that_is_deleted_while_it_runs(self):
        self.live(is_deleted)

    def test_a_job_that_is_deleted_at_its_end(self):
        self.live(is_deleted_at_its_end)

    def test_a_job_whose_destruction_time_comes(self):
        self.live(expires)

    def test_a_job_that_is_archived(self):
        self.live(is_archived)


if __name__ == "__main__":
    unittest.main()
