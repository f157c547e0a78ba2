"""Tests a second start with the same configuration, for services on each database."""


class SecondStart:
    """A mixin for test cases that derive from OutageCase."""

    def test_a_second_start_names_the_first_and_hurts_nothing(self):
        self.assert_refused_beside(self.counted("beside", self.wait_to_end("beside") + "; echo made > made",
                                                ("OUTPUT", "made")))

    def assert_refused_beside(self, job):
        self.wait_until_running("beside", job)
        second = self.service.start_again()
        self.assertEqual(1, second.returncode, second.stderr)
        self.assertRegex(second.stderr, rf"pid {self.service.process.pid} on \S+, since \d{{4}}-\d\d-\d\dT")
        self.let_end("beside")
        job.completed()
        self.assertEqual(b"made\n", job.result("made"))
        self.assertEqual("beside is done\n", job.stdout())
        self.assert_ran_once("beside")
