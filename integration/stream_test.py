"""Tests large uploads and downloads: in constant memory, in ranges, and with clients that are very slow or leave. The
size is DUWS_STREAM_MB megabytes."""
import hashlib
import os
import random
import shutil
import socket
import time
import unittest

from client import TEST_TIMEOUT, until
from crowd import Crowd, get, memory_of, open_files_of, raw
from harness import ServiceCase

MEGABYTE = 1 << 20
SIZE = int(os.environ.get("DUWS_STREAM_MB", 192)) * MEGABYTE
MOST_MORE_MEMORY = 24 * MEGABYTE
FORM_HEAD = (b"--b\r\nContent-Disposition: form-data; name=\"IMAGE\"\r\n\r\nbusybox:test\r\n"
             b"--b\r\nContent-Disposition: form-data; name=\"INPUT\"\r\n\r\nbig,param:BIG\r\n"
             b"--b\r\nContent-Disposition: form-data; name=\"BIG\"; filename=\"big\"\r\n"
             b"Content-Type: application/fits\r\n\r\n")
FORM_END = b"\r\n--b--\r\n"
BLOCK = random.Random(4).randbytes(MEGABYTE)


def pieces(size):
    """The pieces of one megabyte that make up the upload. All of them differ."""
    for number in range(size // MEGABYTE):
        yield number.to_bytes(8, "big") + BLOCK[8:]


def digest(size):
    found = hashlib.sha256()
    for piece in pieces(size):
        found.update(piece)
    return found.hexdigest()


class Streams(ServiceCase):
    CONFIG = {"http": {"send_timeout": "10s"}}

    @classmethod
    def setUpClass(cls):
        free = shutil.disk_usage("/tmp").free
        if free < 6 * SIZE:
            raise unittest.SkipTest(f"{free} bytes free are too few")
        super().setUpClass()
        cls.digest = digest(SIZE)

    def setUp(self):
        super().setUp()
        self.client.get("/jobs")
        self.before = memory_of(self.service)

    def assert_constant_memory(self, what):
        peak = memory_of(self.service, "VmHWM") - self.before
        print(f"{what}: {SIZE / MEGABYTE:.0f} MB, peak memory {peak / MEGABYTE:+.1f} MB", flush=True)
        self.assertLess(peak, MOST_MORE_MEMORY)

    def send(self, method, path, head, before, after):
        """Sends a request with SIZE bytes between `before` and `after`. Returns the response, and the longest time that
        another client waited meanwhile."""
        slowest = 0
        with socket.create_connection(("127.0.0.1", self.service.port), TEST_TIMEOUT + 120) as connection:
            length = len(before) + SIZE + len(after)
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n"
                               f"{head}\r\n".encode() + before)
            for number, piece in enumerate(pieces(SIZE)):
                connection.sendall(piece)
                if number % 16 == 0:
                    slowest = max(slowest, self.other_client())
            connection.sendall(after)
            slowest = max(slowest, self.other_client())
            answer = b""
            while got := connection.recv(65536):
                answer += got
        print(f"{method} {SIZE / MEGABYTE:.0f} MB: others waited {slowest * 1000:.0f} ms at most", flush=True)
        return answer

    def other_client(self):
        start = time.monotonic()
        self.assert_status(200, self.client.get("/jobs"))
        return time.monotonic() - start

    def upload(self):
        start = time.monotonic()
        answer = self.send("POST", "/jobs", "Content-Type: multipart/form-data; boundary=b\r\n", FORM_HEAD, FORM_END)
        print(f"uploaded in {time.monotonic() - start:.1f} s", flush=True)
        self.assertTrue(answer.startswith(b"HTTP/1.1 303 "), answer[:1000])
        job = answer.split(b"Location: http://x")[1].split(b"\r\n")[0].decode()
        self.client.made.add(job.rsplit("/", 1)[1])
        return job

    def download(self, path, *head):
        """Downloads with the real curl. Returns the status, the digest and the length of the body."""
        file = os.path.join(self.service.folder, "download")
        reply = self.client.curl("-o", file, "-D", file + ".head", *[piece for field in head for piece in ("-H", field)],
                                 self.service.url + path)
        self.assertIsNone(reply)
        with open(file + ".head", encoding="ascii") as text:
            status = int(text.read().split()[1])
        found, length = hashlib.sha256(), 0
        with open(file, "rb") as content:
            rest = content.read(MEGABYTE)
            end = rest.find(b"\r\n\r\n") + 4  # curl -i also writes the head into the file
            rest = rest[end:]
            while rest:
                found.update(rest)
                length += len(rest)
                rest = content.read(MEGABYTE)
        os.unlink(file)
        return status, found.hexdigest(), length

    def test_up_as_a_file_and_down_again(self):
        job = self.upload()
        self.assert_constant_memory("multipart upload")
        self.assertEqual((200, self.digest, SIZE), self.download(job + "/parameters/BIG"))
        self.assert_constant_memory("download")
        self.client.delete(job)
        until(lambda: not self.service.blob_files(), "its bytes to be removed")

    def test_up_by_put(self):
        job = self.client.create_with([("IMAGE", "busybox:test"), ("INPUT", "big,param:BIG")],
                                      [("BIG", "x", "text/plain", b"small")])
        path = job.url.removeprefix(self.client.base)
        answer = self.send("PUT", path + "/parameters/BIG", "Content-Type: application/fits\r\n", b"", b"")
        self.assertTrue(answer.startswith(b"HTTP/1.1 303 "), answer[:1000])
        self.assert_constant_memory("PUT")
        self.assertEqual((200, self.digest, SIZE), self.download(path + "/parameters/BIG"))
        self.assertEqual("application/fits", self.client.request("HEAD", path + "/parameters/BIG").headers["Content-Type"])
        until(lambda: len(self.service.blob_files()) == 1, "the former bytes to be removed")
        job.delete()

    def test_ranges(self):
        job = self.upload() + "/parameters/BIG"
        whole = self.client.request("HEAD", job)
        self.assertEqual((200, str(SIZE), "bytes"),
                         (whole.status, whole.headers["Content-Length"], whole.headers["Accept-Ranges"]))
        etag = whole.headers["ETag"]
        number = SIZE // MEGABYTE - 3
        at = number * MEGABYTE
        part = self.assert_status(206, self.client.get(job, {"Range": f"bytes={at}-{at + 99}"}))
        self.assertEqual(number.to_bytes(8, "big") + BLOCK[8:100], part.body)
        self.assertEqual(f"bytes {at}-{at + 99}/{SIZE}", part.headers["Content-Range"])
        self.assertEqual(BLOCK[-10:], self.client.get(job, {"Range": "bytes=-10"}).body)
        half = SIZE // 2
        self.assertEqual((206, SIZE - half), self.download(job, f"Range: bytes={half}-")[::2])
        self.assert_status(206, self.client.get(job, {"Range": "bytes=0-9", "If-Range": etag}))
        changed = self.download(job, "Range: bytes=0-9", 'If-Range: "other"')
        self.assertEqual((200, self.digest, SIZE), changed)
        self.assert_status(416, self.client.get(job, {"Range": f"bytes={SIZE}-"}))
        # Several ranges are answered with the whole content (RFC 9110 section 14.2 allows this).
        self.assertEqual((200, SIZE), self.download(job, "Range: bytes=0-0,5-9")[::2])
        self.assert_status(304, self.client.get(job, {"If-None-Match": etag}))
        self.assert_constant_memory("ranges")
        self.client.delete(job.removesuffix("/parameters/BIG"))

    def test_clients_that_crawl_or_leave(self):
        job = self.upload()
        files = open_files_of(self.service)
        asked = get(job + "/parameters/BIG")
        with Crowd(self.service.port, [asked] * 200, reads=False, receive_buffer=4096) as crowd:
            crowd.until(lambda member: member.sent == len(asked), "all to have asked")
            until(lambda: open_files_of(self.service) > files + 200, "all to be served")
            # Clients that read two kilobytes per second of 192 megabytes are not cut off, and do not delay others.
            end = time.monotonic() + 4
            while time.monotonic() < end:
                for member in crowd.members:
                    try:
                        member.got += member.connection.recv(200)
                    except BlockingIOError:
                        pass
                self.assertLess(self.other_client(), TEST_TIMEOUT / 6)
                time.sleep(0.1)
            self.assertTrue(all(member.status == 200 for member in crowd.members))
            self.assertLess(memory_of(self.service) - self.before, MOST_MORE_MEMORY)
        until(lambda: open_files_of(self.service) < files + 20, "their files to be closed")
        self.client.delete(job)

    def test_a_client_that_leaves_in_its_upload(self):
        head = (f"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                f"Content-Length: {SIZE}\r\n\r\n").encode() + FORM_HEAD
        before = set(self.service.blob_files())
        with Crowd(self.service.port, [head + BLOCK] * 20) as crowd:
            crowd.until(lambda member: member.sent == len(member.text), "all to have begun")
        until(lambda: set(self.service.blob_files()) == before, "their bytes to be removed")

    def test_more_than_is_taken(self):
        """Refused before a byte of it, though it asks for leave."""
        text = ("POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                "Expect: 100-continue\r\nContent-Length: 5000000000\r\n\r\n").encode()
        self.assertTrue(raw(self.service.port, text).startswith(b"HTTP/1.1 413 "))


if __name__ == "__main__":
    unittest.main()
