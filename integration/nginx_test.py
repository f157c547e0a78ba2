"""Tests the service behind nginx with config/nginx.conf: responses have the URLs that the client used, forged headers
are ignored, and nginx buffers nothing that must arrive at once."""
import hashlib
import json
import os
import re
import ssl
import socket
import subprocess
import time
import unittest

from client import TEST_TIMEOUT, until
from harness import ServiceCase
from nginx import NAME, Nginx

FORGED = ["-H", "X-Forwarded-Host: evil.example.org", "-H", "X-Forwarded-Proto: gopher", "-H", "X-Forwarded-For: 192.0.2.66",
          "-H", "X-Forwarded-Prefix: /evil", "-H", "Forwarded: for=192.0.2.66;host=evil.example.org;proto=http"]


class BehindNginx(ServiceCase):
    CONFIG = {
        "http": {"trusted_proxies": ["127.0.0.1"]},
        "limits": {"exempt": [], "per_address": {"creations_per_minute": 60}},
        "jobs": {"wait_cap": "50s"},
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx = Nginx(cls.service.port)
        cls.addClassCleanup(cls.nginx.stop)
        cls.nginx.start()

    def reply(self, path, *more):
        """The response of curl: its protocol version, status, headers and body."""
        done = self.nginx.curl(path, "-i", *more).stdout
        head, body = done.split(b"\r\n\r\n", 1)
        while head.startswith(b"HTTP/1.1 100"):
            head, body = body.split(b"\r\n\r\n", 1)
        version, status = head.split()[:2]
        headers = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
        return version.decode(), int(status), headers, body

    def create(self, *more):
        version, status, headers, body = self.reply("/jobs", "-d", "IMAGE=busybox:test", *more)
        self.assertEqual(303, status, body)
        self.client.made.add(headers["location"].rsplit("/", 1)[1])
        return headers["location"]

    def shell(self, script):
        return self.create("-d", "ENTRYPOINT=/bin/sh", "-d", "ARG=-c", "-d", "PHASE=RUN", "--data-urlencode", f"ARG={script}")

    def test_http_2_in_front(self):
        self.assertEqual("HTTP/2", self.reply("/jobs", "--http2")[0])
        self.assertEqual("HTTP/1.1", self.reply("/jobs", "--http1.1")[0])
        self.assertEqual(200, self.reply("/jobs", "--http1.0")[1])

    def test_plain_http_leads_to_tls(self):
        version, status, headers, _ = self.reply(f"http://{NAME}:{self.nginx.plain_port}/jobs?LAST=1")
        self.assertEqual((308, f"https://{NAME}/jobs?last=1"), (status, headers["location"]))

    def test_locations_and_links_are_what_was_addressed(self):
        for protocol in ("--http2", "--http1.1"):
            location = self.create(protocol)
            self.assertTrue(location.startswith(self.nginx.origin + "/jobs/"), location)
            for path in ("/jobs", location, location + "/parameters", location + "/results"):
                for link in re.findall(rb'href="([^"]*)"', self.reply(path)[3]):
                    self.assertTrue(link.decode().startswith(self.nginx.origin + "/jobs/"), link)
            self.assertEqual(303, self.reply(location, "-X", "DELETE")[1])

    def test_what_is_forged_is_not_believed(self):
        location = self.create(*FORGED)
        self.assertTrue(location.startswith(self.nginx.origin + "/jobs/"), location)
        self.assertNotIn(b"evil", self.reply(location, *FORGED)[3])
        self.assertNotIn(b"evil", self.reply("/jobs", *FORGED)[3])

    def test_the_address_is_the_clients_own(self):
        """What is counted is where the client comes from, whatever it says."""
        for number in range(1000):
            address = ["-H", f"X-Forwarded-For: 192.0.2.{number % 250}", "-H", f"Forwarded: for=192.0.2.{number % 250}"]
            _, status, headers, body = self.reply("/sync", "-d", "IMAGE=not-on-the-list", *address)
            if status == 429:
                break
        self.assertEqual(429, status)
        self.assertIn(b"of 127.0.0.1", body)
        self.assertGreaterEqual(int(headers["retry-after"]), 1)
        time.sleep(2)  # until the limit allows other tests to create jobs again

    def test_directly_nobody_else_is_a_proxy(self):
        """A client that is no trusted proxy says what it wants: another loopback address plays it."""
        with socket.socket() as connection:
            connection.bind(("127.0.0.2", 0))
            connection.settimeout(TEST_TIMEOUT)
            connection.connect(("127.0.0.1", self.service.port))
            connection.sendall(b"POST /jobs HTTP/1.1\r\nHost: here\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\n"
                               b"Forwarded: host=evil\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            location = re.search(rb"\r\nLocation: (\S+)", connection.recv(65536)).group(1).decode()
        self.assertTrue(location.startswith("http://here/jobs/"), location)
        self.client.made.add(location.rsplit("/", 1)[1])

    def test_an_upload_goes_through_as_it_comes(self):
        context = ssl.create_default_context(cafile=self.nginx.certificate)
        head = b"--b\r\nContent-Disposition: form-data; name=\"IMAGE\"\r\n\r\nbusybox:test\r\n" \
               b"--b\r\nContent-Disposition: form-data; name=\"INPUT\"\r\n\r\na,param:A\r\n" \
               b"--b\r\nContent-Disposition: form-data; name=\"A\"; filename=\"a\"\r\n\r\n"
        rest = b"x" * 100_000 + b"\r\n--b--\r\n"
        before = set(self.service.blob_files())
        with socket.create_connection(("127.0.0.1", self.nginx.port), TEST_TIMEOUT) as plain:
            with context.wrap_socket(plain, server_hostname=NAME) as connection:
                connection.sendall(f"POST /jobs HTTP/1.1\r\nHost: {NAME}:{self.nginx.port}\r\nConnection: close\r\n"
                                   "Content-Type: multipart/form-data; boundary=b\r\n"
                                   f"Content-Length: {len(head) + len(rest)}\r\n\r\n".encode() + head + rest[:50_000])
                until(lambda: set(self.service.blob_files()) != before, "the first half to arrive")
                connection.sendall(rest[50_000:])
                answer = connection.recv(65536)
        location = re.search(rb"\r\nLocation: (\S+)", answer).group(1).decode()
        self.client.made.add(location.rsplit("/", 1)[1])
        self.assertEqual(b"x" * 100_000, self.reply(location + "/parameters/A")[3])

    def test_large_bytes_both_ways(self):
        file = os.path.join(self.nginx.folder, "large")
        with open(file, "wb") as content:
            for number in range(64):
                content.write(hashlib.sha256(bytes([number])).digest() * 32768)
        location = self.create_with(file)
        got = file + ".got"
        for protocol in ("--http2", "--http1.1"):
            self.nginx.curl(location + "/parameters/L", protocol, "-o", got)
            self.assertEqual(0, subprocess.run(["cmp", file, got], check=False).returncode)
        part = self.reply(location + "/parameters/L", "-r", "1048576-1048607")
        self.assertEqual((206, hashlib.sha256(b"\1").digest()), (part[1], part[3]))

    def create_with(self, file):
        _, status, headers, body = self.reply("/jobs", "-F", "IMAGE=busybox:test", "-F", "INPUT=large,param:L",
                                              "-F", f"L=@{file};type=application/fits")
        self.assertEqual(303, status, body)
        self.client.made.add(headers["location"].rsplit("/", 1)[1])
        return headers["location"]

    def test_a_long_poll(self):
        location = self.create()
        waiting = subprocess.Popen([*self.nginx.arguments(location + "?WAIT=50"), "-H", "Accept: application/json"],
                                   stdout=subprocess.PIPE)
        self.addCleanup(waiting.kill)
        until(lambda: self.client.waiters() == 1, "the wait to be held")
        self.assertIsNone(waiting.poll())
        start = time.monotonic()
        self.assertEqual(303, self.reply(location + "/phase", "-d", "PHASE=ABORT")[1])
        answer = json.loads(waiting.communicate(timeout=TEST_TIMEOUT)[0])
        self.assertEqual("ABORTED", answer["phase"])
        self.assertLess(time.monotonic() - start, 40)

    def test_a_log_that_is_followed(self):
        location = self.shell("trap 'exit 0' TERM; echo first; while [ ! -e stop ]; do sleep 0.1; done")
        until(lambda: self.reply(location + "/phase")[3] == b"EXECUTING", "the job to run")
        following = subprocess.Popen([*self.nginx.arguments(location + "/results/stdout?follow=true"), "-N"],
                                     stdout=subprocess.PIPE)
        self.addCleanup(following.kill)
        self.assertEqual(b"first\n", following.stdout.readline())
        self.assertIsNone(following.poll())
        self.assertEqual(303, self.reply(location + "/phase", "-d", "PHASE=ABORT")[1])
        self.assertEqual(b"", following.communicate(timeout=TEST_TIMEOUT)[0])
        self.assertEqual(0, following.returncode)

    def test_events(self):
        location = self.create()
        following = subprocess.Popen([*self.nginx.arguments(location), "-N", "-H", "Accept: text/event-stream"],
                                     stdout=subprocess.PIPE, text=True)
        self.addCleanup(following.kill)

        def next_phase():
            """The phase in the next event of the job."""
            while True:
                line = following.stdout.readline()
                self.assertTrue(line, "the stream has ended")
                if line.startswith("data: "):
                    return json.loads(line.removeprefix("data: "))["phase"]

        self.assertEqual("PENDING", next_phase())
        self.assertEqual(303, self.reply(location + "/phase", "-d", "PHASE=ABORT")[1])
        self.assertEqual("ABORTED", next_phase())
        following.communicate(timeout=TEST_TIMEOUT)
        self.assertEqual(0, following.returncode)

    def test_a_login_of_this_proxy_is_not_for_clients_to_say(self):
        for header in ("X-Client-DN: CN=evil", "X-Client-Groups: admins"):
            self.assertEqual(200, self.reply("/jobs", "-H", header)[1])
            self.assertNotIn(b"evil", self.reply(self.create("-H", header))[3])

    def test_more_connections_than_one_client_may_have(self):
        few = Nginx(self.service.port, connections=3)
        self.addCleanup(few.stop)
        few.start()
        path = self.create().removeprefix(self.nginx.origin)
        until(lambda: not self.client.waiters(), "those of other tests to be gone")
        held = []

        def hold():
            """Starts a request that waits. nginx may refuse it while it still counts an earlier one that is ending."""
            process = subprocess.Popen([*few.arguments(path + "?WAIT=50"), "--fail"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            until(lambda: process.poll() is not None or self.client.waiters() > len(held), "it to be held or refused")
            if process.poll() is None:
                held.append(process)
            return len(held) == 3

        until(hold, "three to be held")
        refused = until(lambda: (reply := few.curl("/jobs", "-i", "--http1.1").stdout).startswith(b"HTTP/1.1 429") and reply,
                        "all to be counted")
        self.assertIn(b"\r\nRetry-After: 1\r\n", refused)
        self.assertIn(b"too many connections of 127.0.0.1", refused)
        self.assertTrue(all(process.poll() is None for process in held))

    def test_metrics_are_not_for_outside(self):
        self.assertEqual(404, self.reply("/metrics")[1])

    def test_paths_go_through_as_they_are(self):
        for path in ("/jobs//x", "/jobs/%2e%2e/x", "/jobs/a%2Fb"):
            direct = self.client.get(path)
            self.assertEqual(direct.status, self.reply(path, "--path-as-is")[1], path)


if __name__ == "__main__":
    unittest.main()
