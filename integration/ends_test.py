"""Tests docs/ends.md on the real service: each end that can be caused there, with its code, its type and its sentence.
tests/unit/executor/ends_test.cpp tests the others; inputs, registries and full disks have tests of their own."""
import unittest

from client import until
from harness import PODMAN
from outage_case import OutageCase


class Ends(OutageCase):
    CONFIG = {"runs": {"stop_grace": "1s", "max_output_bytes": "1M", "max_output_files": 50}, "images": {"allow": ["busybox", "127.0.0.1:9/*"]}}

    def assert_end(self, job, phase, kind, code, message):
        document = job.wait_for(phase)
        summary = document["errorSummary"]
        self.assertEqual([kind, code], [summary["type"], summary["code"]], summary)
        self.assertRegex(summary["message"], message)
        self.assertIn(f"<errorCode>{code}</errorCode>", job.get().text)
        self.assertIn(summary["message"], job.get("/error").text)
        self.assert_freed(job)

    def of_command(self, *command):
        pairs = [("ENTRYPOINT" if number == 0 else "ARG", word) for number, word in enumerate(command)]
        return self.client.run(("IMAGE", "busybox:test"), *pairs)

    def test_ends_of_the_command_itself(self):
        self.assert_end(self.client.shell("exit 9"), "ERROR", "fatal", "exit_code", "exit code 9$")
        self.assert_end(self.client.shell("kill -SEGV $$"), "ERROR", "fatal", "signal", r"signal 11 \(SIGSEGV\)")
        self.assert_end(self.client.shell("sleep 1000", ("EXECUTIONDURATION", "1")), "ABORTED", "fatal",
                        "execution_duration", "the execution duration of 1 s is exceeded")

    def test_a_command_that_needs_too_much_memory(self):
        job = self.client.shell("tail /dev/zero", ("MEMORY", "16M"))
        # Whether the cause is certain or only probable depends on the engine.
        self.assert_end(job, "ERROR", "fatal", job.failed()["errorSummary"]["code"], "more memory than its limit of 16 MiB")
        self.assertIn(job.document()["errorSummary"]["code"], ("out_of_memory", "out_of_memory_probably"))

    def test_outputs(self):
        self.assert_end(self.client.shell("true", ("OUTPUT", "made")), "ERROR", "fatal", "output_missing",
                        "declared output 'made' was not made")
        self.assert_end(self.client.shell("head -c 2000000 /dev/zero > made", ("OUTPUT", "made")), "ERROR", "fatal",
                        "outputs_too_large", "all outputs together may have 1 MiB")
        many = self.client.shell("for i in $(seq 60); do echo > $i; done", ("OUTPUT", "*"))
        self.assert_end(many, "ERROR", "fatal", "too_many_outputs", "all outputs together may have 50 files")
        self.assertEqual(52, len(many.document()["results"]))

    def test_commands_that_are_none(self):
        self.assert_end(self.of_command("no-such-command"), "ERROR", "fatal", "command_missing",
                        "'no-such-command' is not in the image")
        self.assert_end(self.of_command("/etc/passwd"), "ERROR", "fatal", "command_not_executable",
                        "'/etc/passwd' is not executable")

    def test_a_registry_that_is_not_there(self):
        self.assert_end(self.client.run(("IMAGE", "127.0.0.1:9/astro/tool:1")), "ERROR", "transient",
                        "registry_unreachable", "its registry cannot be reached")

    def kill(self, job, signal):
        container = self.engine.containers_of(job.id)[0]["Id"]
        status, _ = self.engine.call("POST", f"/containers/{container}/kill?signal={signal}")
        self.assertEqual(204, status)

    @unittest.skipIf(PODMAN, "Podman 4.3 does not tell which signal it sent")
    def test_a_signal_of_somebody_else(self):
        for name, trap, signal, sentence in (
                ("polite", "trap 'exit 0' TERM", "TERM",
                 r"exit code 0, after signal 15 \(SIGTERM\) that this service did not send"),
                ("stubborn", "trap '' TERM", "KILL",
                 r"after signal 9 \(SIGKILL\) that this service did not send")):
            with self.subTest(name):
                job = self.counted(name, "while :; do sleep 0.1; done", first=trap)
                self.wait_until_running(name, job)
                self.kill(job, signal)
                self.assert_end(job, "ERROR", "transient", "stopped_by_others", sentence)

    def test_a_signal_that_means_something_to_the_command_is_no_end(self):
        name = "reload"
        job = self.counted(name, self.wait_to_end(name), first=f"trap 'echo again >> /truth/{name}.again' USR1")
        self.wait_until_running(name, job)
        self.kill(job, "USR1")
        until(lambda: self.told(name + ".again"), "the signal to arrive")
        self.let_end(name)
        job.completed()

    def test_a_container_that_was_removed_behind_our_back_is_lost(self):
        job = self.counted("lost", "sleep 1000")
        self.wait_until_running("lost", job)
        self.service.kill()
        container = self.engine.containers_of(job.id)[0]["Id"]
        self.assertEqual(204, self.engine.call("DELETE", f"/containers/{container}?force=1")[0])
        self.service.start()
        self.assert_end(job, "ERROR", "transient", "lost", "the engine local has no container of it any more")
        self.assert_ran_once("lost")


if __name__ == "__main__":
    unittest.main()
