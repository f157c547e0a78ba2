"""Kills the service at random times, again and again, while clients run jobs of every kind. Each job must end in the
right phase, run only once, and leave nothing behind. The containers write what they do to a volume, where the test
reads it.

DUWS_KILLS: how often the service is killed. DUWS_SEED: the seed that a failed run printed, to repeat its random
choices.
"""
import http.client
import os
import random
import shutil
import tempfile
import threading
import time
import unittest

from aftermath import Strangers, assert_clean
from client import ENDED, TEST_TIMEOUT, Client, Job, until
from harness import Engine, Service
from schemas import Schemas
from tree_case import DATABASE, soon

KILLS = int(os.environ.get("DUWS_KILLS", 10))
SEED = os.environ.get("DUWS_SEED") or str(random.SystemRandom().randrange(1 << 32))
CLIENTS = 12

INPUT = bytes(range(256)) * 2000
LINE = 1000
# Appending a short line is a single write, so if two runs wrote at the same time, both lines would be there.
BEGIN, END = "echo start >> /truth/$KEY; ", "; echo end >> /truth/$KEY"
LINGER = BEGIN + "sleep 600" + END
STUBBORN = BEGIN + "trap '' TERM; while :; do sleep 0.1; done" + END


# Podman needs 2.5 seconds for a log of 200,000 lines. With long lines more bytes arrive between two kills.
def counting(last):
    return f"seq -s ' ' 1 {last} | fold -w {LINE}"


def counted(last):
    text = " ".join(str(number) for number in range(1, last + 1))
    return ("\n".join(text[at:at + LINE] for at in range(0, len(text), LINE)) + "\n").encode()


class Life:
    """One job, and the client that has it run: each act is done again when the service died before it was answered."""

    def __init__(self, trial, key, choices):
        self.trial, self.key, self.choices = trial, key, choices
        self.job = None

    # -- what a client does

    def do(self, act):
        while True:
            deaths = self.trial.deaths
            assert self.trial.is_up.wait(TEST_TIMEOUT), "the service does not start"
            try:
                return act()
            except (OSError, http.client.HTTPException):
                if self.trial.deaths == deaths:
                    raise

    def create(self, *pairs, files=(), run=True):
        pairs = [("RUNID", self.key), ("IMAGE", "busybox:test"), ("MEMORY", "64M"), *pairs,
                 *([("PHASE", "RUN")] if run else [])]

        def act():
            # The response may have been lost, so the client must look whether the job exists already.
            for job in self.trial.client.get_json("/jobs")["jobs"]:
                if job["runId"] == self.key:
                    return Job(self.trial.client, f"{self.trial.service.url}/jobs/{job['jobId']}")
            assert not self.runs(), "a job that was never made has run"
            return self.trial.client.create_with(pairs, files)

        self.job = self.do(act)

    def shell(self, script, *pairs, **other):
        self.create(("ENTRYPOINT", "/bin/sh"), ("ARG", "-c"), ("ARG", script), ("ENV", f"KEY={self.key}"),
                    ("MOUNT", "truth:/truth:rw"), *pairs, **other)

    def until(self, condition, what):
        return until(lambda: self.do(condition), f"{what} ({self.key})", 3 * TEST_TIMEOUT)

    def until_ended(self, phase):
        document = self.until(lambda: (document := self.job.document())["phase"] in ENDED and document, "the end")
        assert document["phase"] == phase, document
        return document

    def until_runs(self):
        self.until(self.runs, "the container to begin")
        time.sleep(self.choices.uniform(0, 1))

    def until_gone(self):
        self.until(lambda: self.job.get().status == 404, "the job to be gone")

    def abort(self):
        self.do(lambda: self.job.post("/phase", ("PHASE", "ABORT")))

    def delete(self):
        self.do(lambda: self.job.delete())
        self.until_gone()

    # -- what really happened

    def runs(self):
        """The words that the container wrote to the volume."""
        path = os.path.join(self.trial.truth, self.key)
        if not os.path.exists(path):
            return []
        with open(path, encoding="ascii") as file:
            return file.read().split()

    def assert_runs(self, *expected):
        assert self.runs() == list(expected), f"{self.key}: {self.runs()} is not {expected}"

    def assert_result(self, name, content):
        found = self.do(lambda: self.job.result(name))
        assert found == content, f"{self.key}: {name} has {len(found)} bytes that are not the {len(content)} expected"


# -- the kinds of jobs, and how each must end


def completes(life):
    life.shell(BEGIN + counting(100000) + "; cat data > copy; sleep 0.3" + END, ("INPUT", "data,param:data"),
               ("OUTPUT", "copy"), files=[("data", "data", "application/octet-stream", INPUT)])
    document = life.until_ended("COMPLETED")
    life.assert_runs("start", "end")
    assert {result["id"] for result in document["results"]} == {"stdout", "stderr", "copy"}, document
    life.assert_result("stdout", counted(100000))
    life.assert_result("stderr", b"")
    life.assert_result("copy", INPUT)


def talks_for_long(life):
    both = f"{counting(25000)}; {counting(25000)} >&2"
    life.shell(BEGIN + f"for i in 1 2 3 4; do {both}; sleep 0.5; done" + END)
    life.until_ended("COMPLETED")
    life.assert_runs("start", "end")
    lines = counted(25000) * 4
    life.assert_result("stdout", lines)
    life.assert_result("stderr", lines)


def ends_with(message, command):
    def ends(life):
        life.shell(BEGIN + "echo words >&2; " + command)
        document = life.until_ended("ERROR")
        life.assert_runs("start")
        assert document["errorSummary"]["message"] == message, document
        life.assert_result("stderr", b"words\n")
    return ends


def has_no_output(life):
    life.shell(BEGIN + "true" + END, ("OUTPUT", "absent"))
    document = life.until_ended("ERROR")
    life.assert_runs("start", "end")
    assert document["errorSummary"]["code"] == "output_missing", document


def has_no_command(life):
    life.create(("ENTRYPOINT", "/no/such/command"))
    document = life.until_ended("ERROR")
    assert document["errorSummary"]["code"] == "command_missing", document


def is_aborted(script):
    def aborted(life):
        life.shell(script)
        life.until_runs()
        life.abort()
        life.until_ended("ABORTED")
        life.assert_runs("start")
    return aborted


def is_aborted_at_once(life):
    life.shell(LINGER)
    life.abort()
    life.until_ended("ABORTED")
    assert life.runs() in ([], ["start"]), life.runs()


def is_aborted_before_it_runs(life):
    life.shell(LINGER, run=False)
    life.abort()
    life.until_ended("ABORTED")
    life.assert_runs()


def takes_too_long(life):
    life.shell(LINGER, ("EXECUTIONDURATION", "5"))
    document = life.until_ended("ABORTED")
    life.assert_runs("start")
    assert document["errorSummary"]["code"] == "execution_duration", document


def is_deleted_while_it_runs(life):
    life.shell(LINGER)
    life.until_runs()
    life.delete()
    life.assert_runs("start")


def is_deleted_at_once(life):
    life.shell(LINGER)
    life.delete()
    assert life.runs() in ([], ["start"]), life.runs()


def expires(life):
    life.shell(LINGER)
    life.do(lambda: life.job.post("/destruction", ("DESTRUCTION", soon(seconds=5))))
    life.until_gone()
    assert life.runs() in ([], ["start"]), life.runs()


KINDS = {
    "completes": completes,
    "talks_for_long": talks_for_long,
    "fails": ends_with("the command ended with exit code 3: words", "exit 3"),
    "crashes": ends_with("the command was ended by signal 11 (SIGSEGV): words", "kill -SEGV $$"),
    "has_no_output": has_no_output,
    "has_no_command": has_no_command,
    "is_aborted": is_aborted(LINGER),
    "is_stubborn": is_aborted(STUBBORN),
    "is_aborted_at_once": is_aborted_at_once,
    "is_aborted_before_it_runs": is_aborted_before_it_runs,
    "takes_too_long": takes_too_long,
    "is_deleted_while_it_runs": is_deleted_while_it_runs,
    "is_deleted_at_once": is_deleted_at_once,
    "expires": expires,
}


class Trial:
    """A service that is killed again and again, and clients that continue with their jobs."""

    def __init__(self):
        self.truth = tempfile.mkdtemp(prefix="duws-truth.")
        os.chmod(self.truth, 0o777)
        self.schemas = Schemas()
        self.service = Service({"volumes": [{"name": "truth", "source": self.truth, "writable": True}]}, DATABASE,
                               {"cores": 64, "memory": "64G"})
        self.is_up = threading.Event()
        self.deaths = 0
        self.failures = []
        self.done = []
        self.is_over = threading.Event()
        self.service.start()
        self.client = Client(self.service.port, self.schemas)
        self.is_up.set()

    def close(self):
        try:
            self.service.stop()
        finally:
            Engine().remove_networks(self.service.installation())
            self.service.close()
            self.schemas.close()
            shutil.rmtree(self.truth)

    def kill_and_restart(self, choices):
        time.sleep(choices.choice((choices.uniform(0, 0.2), choices.uniform(0.2, 1), choices.uniform(1, 3))))
        self.is_up.clear()
        self.deaths += 1
        self.service.kill()
        if choices.random() < 0.25:  # kills the service once more during its start
            self.service.launch()
            time.sleep(choices.uniform(0, 0.4))
            self.service.kill()
            self.deaths += 1
        self.service.start()
        self.is_up.set()

    def live(self, number):
        """One client, which runs one job after the other. It uses every kind of job before it repeats one."""
        choices = random.Random(f"{SEED} client {number}")
        kinds = []
        lived = 0
        while not self.is_over.is_set() and not self.failures:
            if not kinds:
                kinds = choices.sample(sorted(KINDS), len(KINDS))
            kind = kinds.pop()
            lived += 1
            life = Life(self, f"{kind}-{number}-{lived}", choices)
            try:
                KINDS[kind](life)
                life.delete()
                # The engine may have been starting the container when the job was destroyed. After this nothing runs.
                until(lambda job=life.job: not Engine().containers_of(job.id), f"the container of {life.key} to be gone")
                self.done.append((life, life.runs()))
            except BaseException as error:
                self.failures.append(f"{life.key}, job {life.job and life.job.id}: {type(error).__name__}: {error}"
                                     f"{self.detail_of(life)}")

    @staticmethod
    def detail_of(life):
        """The error detail of the job, if the service answers."""
        try:
            return "\n" + life.job.get("/error").text
        except Exception:  # pylint: disable=broad-except
            return ""


class Kills(unittest.TestCase):

    def test_a_service_that_is_killed_at_random(self):
        print(f"DUWS_SEED={SEED}, {KILLS} kills", flush=True)
        strangers = Strangers()
        self.addCleanup(strangers.close)
        trial = Trial()
        self.addCleanup(trial.close)
        clients = [threading.Thread(target=trial.live, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        choices = random.Random(f"{SEED} kills")
        try:
            while trial.deaths < KILLS and not trial.failures:
                trial.kill_and_restart(choices)
        finally:
            trial.is_over.set()
            for client in clients:
                client.join()
        if trial.failures:
            self.fail(f"after {trial.deaths} kills, DUWS_SEED={SEED}:\n" + "\n".join(trial.failures) + "\n" +
                      trial.service.log()[-20000:])
        assert_clean(trial.service, "a killed service")
        until(lambda: not trial.service.ask("SELECT count(*) FROM jobs"), "all jobs to be forgotten")
        self.assertEqual([], trial.service.blob_files())
        for life, runs in trial.done:
            self.assertEqual(runs, life.runs(), f"{life.key} has run on")
        trial.schemas.check()
        strangers.assert_untouched()
        kinds = {life.key.split("-")[0] for life, _ in trial.done}
        print(f"{trial.deaths} kills, {len(trial.done)} jobs of {len(kinds)} kinds", flush=True)


if __name__ == "__main__":
    unittest.main()
