"""Tests that the logs of a job are complete, byte for byte: while it runs, after its end, and after the service was
killed. Also tests how a log that exceeds its limit is marked (docs/uws-contract.md, U8)."""
import http.client
import unittest

from client import TEST_TIMEOUT, until
from outage_case import OutageCase
from tree_case import DATABASE

LINES = 20000


def lines(rounds):
    return "".join(f"{n}\n" for n in range(1, LINES + 1)).encode() * rounds


class Logs(OutageCase):
    DATABASE = DATABASE

    def heavy(self, name, rounds):
        """A job that writes much to both streams, with pauses in which the service can be killed."""
        script = (f"for round in $(seq {rounds}); do seq {LINES}; seq {LINES} >&2; echo $round > /truth/{name}.round; "
                  "sleep 0.3; done")
        return self.counted(name, script)

    def wait_for_round(self, name, number):
        until(lambda: int(self.told(name + ".round") or 0) >= number, f"round {number} of {name}")

    def test_a_log_is_whole_after_the_service_was_killed_again_and_again(self):
        rounds = 12
        job = self.heavy("killed", rounds)
        for number in (1, 4, 7, 10):
            self.wait_for_round("killed", number)
            self.service.kill()
            self.service.start()
        job.completed(2 * TEST_TIMEOUT)
        self.assertTrue(lines(rounds) == job.result("stdout"), "stdout is not whole")
        self.assertTrue(lines(rounds) == job.result("stderr"), "stderr is not whole")
        self.assert_ran_once("killed")

    def test_a_followed_log_is_whole(self):
        rounds = 4
        job = self.heavy("followed", rounds)
        self.wait_for_round("followed", 1)
        until(lambda: job.get("/results/stdout").status == 200, "the log to be there")
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=TEST_TIMEOUT)
        self.addCleanup(connection.close)
        connection.request("GET", f"/jobs/{job.id}/results/stdout?follow=true")
        self.assertTrue(lines(rounds) == connection.getresponse().read(), "what was followed is not whole")
        job.completed()

    def test_ranges_of_a_growing_log_are_put_together(self):
        rounds = 4
        job = self.heavy("pieces", rounds)
        self.wait_for_round("pieces", 1)
        gathered = b""

        def is_over():
            nonlocal gathered
            reply = job.get("/results/stderr", {"Range": f"bytes={len(gathered)}-"})
            if reply.status == 206:
                gathered += reply.body
                self.assertTrue(reply.headers["Content-Range"].startswith(f"bytes {len(gathered) - len(reply.body)}-"))
            else:
                self.assertIn(reply.status, (404, 416))
            return job.phase() == "COMPLETED" and reply.status == 416

        until(is_over, "the end of the log")
        self.assertTrue(lines(rounds) == gathered, "the pieces are not the whole")
        self.assertEqual(gathered, job.result("stderr"))

    def test_all_bytes_stay_as_they_are_over_a_death(self):
        expected = bytes(n for n in range(256) if n != 10) + b"\n"  # one line, as Docker keeps a line until its end
        octal = "".join(f"\\{n:03o}" for n in expected)
        job = self.counted("bytes", f"printf '{octal}'; " + self.wait_to_end("bytes") + f" >&2; printf '{octal}'")
        until(lambda: job.get("/results/stdout").body == expected, "the bytes so far")
        self.service.kill()
        self.service.start()
        until(lambda: job.get("/results/stdout").body == expected, "the bytes so far, once more")
        self.let_end("bytes")
        job.completed()
        self.assertEqual(expected * 2, job.result("stdout"))
        self.assertEqual(b"bytes is done\n", job.result("stderr"))


class Capped(OutageCase):
    CONFIG = {"runs": {"max_log_bytes": "64K", "stop_grace": "1s"}}

    def test_the_cap_is_told_and_what_came_before_is_kept(self):
        job = self.client.shell(f"seq {LINES}; echo short >&2")
        document = job.completed()
        self.assertEqual(lines(1)[:65536], job.result("stdout"))
        self.assertEqual(b"short\n", job.result("stderr"))
        self.assertEqual(["stdout is cut at 64 KiB, the most that is kept"], document["jobInfo"]["notes"])

    def test_a_log_of_exactly_the_cap_is_whole(self):
        job = self.client.shell("head -c 65536 /dev/zero")
        document = job.completed()
        self.assertEqual(b"\0" * 65536, job.result("stdout"))
        self.assertNotIn("notes", document["jobInfo"])


class ShortLines(OutageCase):
    """Empty lines: an engine stores far more bytes for each line than the line has."""
    DATABASE = DATABASE
    CONFIG = {"runs": {"max_log_bytes": "256K"}}

    def test_a_log_of_empty_lines_is_whole(self):
        script = "BEGIN { for (i = 1; i <= 200000; i++) print i % 1000 ? \"\" : i }"
        expected = b"".join(b"\n" if n % 1000 else b"%d\n" % n for n in range(1, 200001))
        job = self.client.shell(f"awk '{script}'")
        document = job.completed(2 * TEST_TIMEOUT)
        self.assertTrue(expected == job.result("stdout"), "stdout is not whole")
        self.assertNotIn("notes", document["jobInfo"])


if __name__ == "__main__":
    unittest.main()
