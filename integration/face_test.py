"""Tests the HTTP server of the real service with clients that are slow, silent, or many. They may lose their own
connections, but do not delay others. Also tests the limits by address and by owner."""
import hashlib
import time
import unittest

from client import TEST_TIMEOUT, until
from crowd import Crowd, allow_files, get, memory_of, open_files_of, raw
from harness import ServiceCase

MEGABYTE = 1 << 20
# The seconds that slow clients get. All clients of a crowd begin within this time. A client that had to wait for them
# would wait for longer than assert_others_are_served() allows.
ALLOWED = int(TEST_TIMEOUT / 6)


class FaceCase(ServiceCase):

    def assert_others_are_served(self):
        """Expects a response that does not wait for the slow clients. The limit is generous, because the test's clients
        run on the same machine."""
        start = time.monotonic()
        self.assert_status(200, self.client.get("/jobs"))
        self.assertLess(time.monotonic() - start, 0.8 * ALLOWED)

    def big_log(self, megabytes):
        job = self.client.shell(f"head -c {megabytes * MEGABYTE} /dev/zero")
        job.completed()
        return job


class SlowClients(FaceCase):
    CONFIG = {"http": {name + "_timeout": f"{ALLOWED}s" for name in ("head", "body", "idle", "send")}}

    def test_heads_that_trickle(self):
        head = b"GET /jobs HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"x" * 10_000
        with Crowd(self.service.port, [head] * 500, stride=1, pause=0.1) as crowd:
            crowd.until(lambda member: member.sent > 3 or member.closed, "all to have begun")
            self.assert_others_are_served()
            crowd.until(lambda member: member.closed, "all to be cut off")
            self.assertEqual({408}, {member.status for member in crowd.members})
        self.assert_others_are_served()

    def test_bodies_that_trickle(self):
        head = (b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: 100000\r\n\r\n")
        with Crowd(self.service.port, [head + b"ARG=" + b"x" * 90_000] * 300, stride=len(head), pause=0.3) as crowd:
            crowd.until(lambda member: member.sent > 0, "all heads")
            crowd.stride = 1
            self.assert_others_are_served()
            crowd.until(lambda member: member.closed, "all to be cut off")
            self.assertEqual({408}, {member.status for member in crowd.members})
        self.assertEqual([], self.client.get_json("/jobs")["jobs"])

    def test_uploads_that_trickle_leave_nothing(self):
        before = set(self.service.blob_files())
        head = (b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                b"Content-Length: 100000\r\n\r\n"
                b"--b\r\nContent-Disposition: form-data; name=\"A\"; filename=\"a\"\r\n\r\n")
        with Crowd(self.service.port, [head + b"x" * 90_000] * 50, stride=len(head), pause=0.3) as crowd:
            crowd.until(lambda member: member.sent > 0, "all heads")
            crowd.stride = 1
            self.assert_others_are_served()
            crowd.until(lambda member: member.closed, "all to be cut off")
            self.assertEqual({408}, {member.status for member in crowd.members})
        until(lambda: set(self.service.blob_files()) == before, "their bytes to be removed")

    def test_connections_without_a_word(self):
        with Crowd(self.service.port, [b""] * 1000) as crowd:
            self.assert_others_are_served()
            crowd.until(lambda member: member.closed, "all to be closed")
            self.assertEqual({b""}, {member.got for member in crowd.members})

    def test_clients_that_never_read(self):
        job = self.big_log(16)
        files = open_files_of(self.service)
        before = memory_of(self.service)
        path = job.url.removeprefix(self.client.base) + "/results/stdout"
        with Crowd(self.service.port, [get(path)] * 1000, reads=False, receive_buffer=4096) as crowd:
            crowd.until(lambda member: member.sent == len(member.text), "all to have asked")
            until(lambda: open_files_of(self.service) > files + 1000, "all to be served")
            self.assert_others_are_served()
            more = memory_of(self.service) - before
            print(f"1000 clients that never read: {more / MEGABYTE:.1f} MB more", flush=True)
            self.assertLess(more, 64 * MEGABYTE)
            until(lambda: open_files_of(self.service) < files + 50, "all to be given up")
        self.assert_others_are_served()


class Many(FaceCase):

    def test_5000_connections_at_once(self):
        allow_files(6000)
        before = memory_of(self.service)
        start = time.monotonic()
        with Crowd(self.service.port, [get("/availability")] * 5000) as crowd:
            crowd.until(lambda member: member.status is not None, "all to be answered")
            took = time.monotonic() - start
            self.assertEqual({200}, {member.status for member in crowd.members})
            self.assertFalse(any(member.closed for member in crowd.members))
            self.assert_others_are_served()
            more = memory_of(self.service) - before
            print(f"5000 connections: answered in {took:.1f} s, {more / MEGABYTE:.1f} MB more", flush=True)
            self.assertLess(more, 100 * MEGABYTE)
        files = open_files_of
        until(lambda: files(self.service) < 200, "all to be closed")

    def test_clients_that_leave_at_once(self):
        for _ in range(10):
            with Crowd(self.service.port, [get("/jobs")] * 300) as crowd:
                crowd.until(lambda member: member.sent == len(member.text), "all to have asked")
        self.assert_others_are_served()
        until(lambda: open_files_of(self.service) < 200, "all to be closed")

    def test_clients_that_send_on_behind_a_held_request(self):
        job = self.client.create(("IMAGE", "busybox:test"))
        held = get(job.url.removeprefix(self.client.base) + "?WAIT=50")
        with Crowd(self.service.port, [held + get("/jobs") * 5000] * 50) as crowd:
            crowd.until(lambda member: member.closed, "all to be cut off")
            self.assert_others_are_served()
        job.delete()


class FewFiles(FaceCase):
    """With a low limit of open files the service accepts fewer connections, and continues to run."""
    PREFIX = ["prlimit", "--nofile=1600:1600"]

    def test_more_clients_than_files(self):
        self.assertIn("the limit of open files is too low", self.service.log())
        for _ in range(2):
            with Crowd(self.service.port, [get("/availability")] * 3000) as crowd:
                crowd.until(lambda member: member.status is not None or member.closed, "all to be answered or cut")
                statuses = {status: sum(member.status == status for member in crowd.members)
                            for status in {member.status for member in crowd.members}}
                self.assertLessEqual(set(statuses), {200, 503, None})
                self.assertGreater(statuses[200], 300)
            until(lambda: open_files_of(self.service) < 200, "all to be closed")
            self.assert_others_are_served()

    def test_more_downloads_than_files(self):
        job = self.big_log(8)
        path = job.url.removeprefix(self.client.base) + "/results/stdout"
        files = open_files_of(self.service)
        with Crowd(self.service.port, [get(path)] * 700, reads=False, receive_buffer=4096) as crowd:
            crowd.until(lambda member: member.sent == len(member.text), "all to have asked")
            until(lambda: open_files_of(self.service) > files + 1000, "all to be served")
        until(lambda: open_files_of(self.service) < files + 50, "all to be closed")
        self.assertEqual(8 * MEGABYTE, len(job.result("stdout")))


def token_of(name):
    return {"Authorization": f"Bearer token-of-{name}"}


class Limited(FaceCase):
    HEADERS = token_of("ada")
    CONFIG = {
        "http": {"trusted_proxies": ["127.0.0.1"], "uploads_per_worker": 4},
        "identity": {"anonymous": "off", "users": [
            {"name": name, "token_hashes": ["sha256:" + hashlib.sha256(f"token-of-{name}".encode()).hexdigest()]}
            for name in ("ada", "bob", "dan", "eve")]},
        "limits": {"exempt": [],
                   "per_address": {"requests": 20, "uploads": 3, "creations_per_minute": 100},
                   "per_owner": {"requests": 10, "uploads": 2, "creations_per_minute": 30}},
        "jobs": {"wait_cap": "50s"},
    }

    @staticmethod
    def head(name, address, more=""):
        return f"Authorization: Bearer token-of-{name}\r\nX-Forwarded-For: {address}\r\n{more}"

    def assert_limited(self, reply, limit):
        self.assert_status(429, reply)
        self.assertIn("limits." + limit, reply.text)
        self.assertGreaterEqual(int(reply.headers["Retry-After"]), 1)

    @staticmethod
    def flood(ask):
        """Makes requests until one is refused with 429. Returns all responses."""
        replies = []
        while not replies or (replies[-1].status != 429 and len(replies) < 2000):
            replies.append(ask(len(replies)))
        return replies

    def test_a_flood_of_creations_of_one_owner(self):
        eve = self.client.as_user({**token_of("eve"), "X-Forwarded-For": "192.0.2.1"})
        *made, refused = self.flood(lambda _: eve.post("/jobs", ("IMAGE", "busybox:test")))
        self.assertEqual({303}, {reply.status for reply in made})
        self.assertGreaterEqual(len(made), 30)
        self.assert_limited(refused, "per_owner.creations_per_minute")
        self.assertEqual(len(made), len(eve.get_json("/jobs")["jobs"]))
        bob = self.client.as_user({**token_of("bob"), "X-Forwarded-For": "192.0.2.1"})
        bob.job_of(bob.post("/jobs", ("IMAGE", "busybox:test"))).delete()
        for reply in made:
            eve.delete(reply.location)

    def test_a_flood_of_creations_of_one_address(self):
        """Not even those that are refused for want of a name."""
        nobody = self.client.as_user({"X-Forwarded-For": "192.0.2.2"})
        replies = self.flood(lambda _: nobody.post("/sync", ("IMAGE", "busybox:test")))
        self.assertEqual({401}, {reply.status for reply in replies[:-1]})
        self.assertGreaterEqual(len(replies), 100)
        self.assert_limited(replies[-1], "per_address.creations_per_minute")
        other = self.client.as_user({**token_of("bob"), "X-Forwarded-For": "192.0.2.3"})
        other.job_of(other.post("/jobs", ("IMAGE", "busybox:test"))).delete()

    def test_a_network_of_ipv6_counts_as_one(self):
        replies = self.flood(lambda number: self.client.as_user(
            {"X-Forwarded-For": f"2001:db8:7:7::{number:x}"}).post("/jobs"))
        self.assert_limited(replies[-1], "per_address.creations_per_minute")
        self.assertIn("2001:db8:7:7::/64", replies[-1].text)

    def test_requests_that_are_held(self):
        job = self.client.create(("IMAGE", "busybox:test"))
        held = get(job.url.removeprefix(self.client.base) + "?WAIT=50", self.head("ada", "192.0.2.4"))
        with Crowd(self.service.port, [held] * 10) as crowd:
            crowd.until(lambda member: member.sent == len(held), "all to have asked")
            until(lambda: self.client.get("/jobs").status == 429, "all to be counted")
            self.assert_limited(self.client.get("/jobs"), "per_owner.requests")
            bob = self.client.as_user({**token_of("bob"), "X-Forwarded-For": "192.0.2.4"})
            self.assert_status(200, bob.get("/jobs"))
            self.assertFalse(any(member.got for member in crowd.members))
        until(lambda: self.client.get("/jobs").status == 200, "those who left to be forgotten")
        job.delete()

    def test_requests_of_one_address(self):
        job = self.client.create(("IMAGE", "busybox:test"))
        path = job.url.removeprefix(self.client.base) + "?WAIT=50"
        of_ada, of_nobody = get(path, self.head("ada", "192.0.2.5")), get("/availability")
        with Crowd(self.service.port, [of_ada] * 9) as crowd:
            crowd.until(lambda member: member.sent == len(of_ada), "all to have asked")
            again = raw(self.service.port, of_nobody, then=lambda got: b"true" in got)
            self.assertIn(b" 200 ", again)
        job.delete()

    def test_uploads_that_arrive(self):
        def upload(name, address):
            return (f"POST /jobs HTTP/1.1\r\nHost: x\r\n{self.head(name, address)}"
                    "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
                    "--b\r\nContent-Disposition: form-data; name=\"A\"; filename=\"a\"\r\n\r\n").encode()

        def refusal(name, address):
            return raw(self.service.port, upload(name, address) + b"x" * 90_000)

        with Crowd(self.service.port, [upload("ada", "192.0.2.6")] * 2) as crowd:
            crowd.until(lambda member: member.sent == len(member.text), "both to have sent")
            until(lambda: len(self.service.blob_files()) == 2, "both to have begun")
            answer = refusal("ada", "192.0.2.7")
            self.assertIn(b" 429 ", answer)
            self.assertIn(b"limits.per_owner.uploads", answer)
            with Crowd(self.service.port, [upload("bob", "192.0.2.6")]) as third:
                third.until(lambda member: member.sent == len(member.text), "the third to have sent")
                until(lambda: len(self.service.blob_files()) == 3, "the third to have begun")
                self.assertIn(b"limits.per_address.uploads", refusal("dan", "192.0.2.6"))
            self.assertFalse(any(member.got for member in crowd.members))
        until(lambda: not self.service.blob_files(), "their bytes to be removed")


class Uploads(FaceCase):
    CONFIG = {"http": {"workers": 2, "uploads_per_worker": 2}}

    def test_no_more_than_a_worker_takes(self):
        head = (b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                b"Content-Length: 100000\r\n\r\n"
                b"--b\r\nContent-Disposition: form-data; name=\"A\"; filename=\"a\"\r\n\r\nsome")
        with Crowd(self.service.port, [head] * 12) as crowd:
            until(lambda: crowd.turn() or sum(member.status == 503 for member in crowd.members) >= 8, "the refusals")
            for member in crowd.members:
                if member.got:
                    self.assertEqual(503, member.status)
                    self.assertIn(b"\r\nRetry-After: 10\r\n", member.got)
                    self.assertIn(b"uploads", member.got)
            self.assertLessEqual(len(self.service.blob_files()), 4)
            self.assert_others_are_served()
            self.client.create(("IMAGE", "busybox:test")).delete()
        until(lambda: not self.service.blob_files(), "their bytes to be removed")
        job = self.client.create_with([("IMAGE", "busybox:test"), ("INPUT", "a,param:A")], [("A", "a", None, b"bytes")])
        self.assertEqual(b"bytes", job.get("/parameters/A").body)


if __name__ == "__main__":
    unittest.main()
