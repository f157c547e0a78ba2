"""Sends requests to the real service that two HTTP parsers could read differently, or that have crashed other servers.
After each of them the service must answer the next client."""
import random
import re
import socket
import unittest

from client import TEST_TIMEOUT
from crowd import raw
from harness import ServiceCase

HOST = b"Host: x\r\n"
LINE = b"GET /availability HTTP/1.1\r\n"
END = b"Connection: close\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /jobs HTTP/1.1\r\n" + HOST + FORM


def head(*fields, line=LINE):
    return line + HOST + b"".join(field + b"\r\n" for field in fields) + END


def post(fields, body=b""):
    return POST + b"".join(field + b"\r\n" for field in fields) + END + body


def chunked(body):
    return post([b"Transfer-Encoding: chunked"], body)


# For each case: its name, the bytes, and the status of the only response. No body here can be refused for its content,
# so a 400 is always about the framing.
CASES = [
    ("a request", head(), 200),
    ("empty lines before it", b"\r\n\r\n" + head(), 200),
    ("too many of them", b"\r\n" * 10 + head(), 400),
    ("no version", b"GET /availability\r\n\r\n", 400),
    ("HTTP/0.9", head(line=b"GET /availability HTTP/0.9\r\n"), 505),
    ("HTTP/2.0", head(line=b"GET /availability HTTP/2.0\r\n"), 505),
    ("HTTP/1.2", head(line=b"GET /availability HTTP/1.2\r\n"), (200, 400, 505)),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 501, 505)),
    ("a version that is none", head(line=b"GET /availability HTTP/x\r\n"), 400),
    ("two blanks in the line", head(line=b"GET  /availability HTTP/1.1\r\n"), 400),
    ("no path", head(line=b"GET  HTTP/1.1\r\n"), 400),
    ("a query alone", head(line=b"GET ?LAST=1 HTTP/1.1\r\n"), 400),
    ("a fragment", head(line=b"GET /jobs#x HTTP/1.1\r\n"), 400),
    ("a target of bytes", head(line=b"GET /\xff\xfe HTTP/1.1\r\n"), 400),
    ("a NUL in the target", head(line=b"GET /a\x00b HTTP/1.1\r\n"), 400),
    ("an absolute target", head(line=b"GET http://x/availability HTTP/1.1\r\n"), 200),
    ("GET *", head(line=b"GET * HTTP/1.1\r\n"), 400),
    ("OPTIONS *", head(line=b"OPTIONS * HTTP/1.1\r\n"), 204),
    ("CONNECT", head(line=b"CONNECT x:80 HTTP/1.1\r\n"), (400, 405, 501)),
    ("an unknown method", head(line=b"BREW /jobs HTTP/1.1\r\n"), 501),
    ("a method in lower case", head(line=b"get /jobs HTTP/1.1\r\n"), 501),
    ("16000 slashes", head(line=b"GET " + b"/" * 16_000 + b" HTTP/1.1\r\n"), 414),
    ("a target of 8 kB", head(line=b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n"), 414),
    ("a head of 100 kB", head(b"X: " + b"x" * 100_000), 431),
    ("a thousand fields", head(*[b"X: x"] * 1000), 431),
    ("no Host", LINE + END, 400),
    ("two Hosts", head(b"Host: y"), 400),
    ("a Host that is none", LINE + b"Host: a b\r\n" + END, 400),
    ("a Host with a path", LINE + b"Host: a/b\r\n" + END, 400),
    ("a bare LF", LINE.replace(b"\r", b"") + HOST + END, 400),
    ("a CR in a value", head(b"X: a\rTransfer-Encoding: chunked"), 400),
    ("a folded field", head(b"X: a\r\n b"), 400),
    ("a folded length", post([b"Content-Length:\r\n 5"], b"ARG=a"), 400),
    ("a blank before the colon", head(b"X : a"), 400),
    ("a field without a name", head(b": a"), 400),
    ("a field without a colon", head(b"X"), 400),
    ("a NUL in a value", head(b"X: a\0b"), 400),
    ("a NUL in a name", head(b"X\0: a"), 400),
    ("a length of letters", post([b"Content-Length: abc"]), 400),
    ("a negative length", post([b"Content-Length: -5"]), 400),
    ("a length with a sign", post([b"Content-Length: +5"], b"ARG=a"), 400),
    ("an empty length", post([b"Content-Length:"]), 400),
    ("two lengths", post([b"Content-Length: 5", b"Content-Length: 6"], b"ARG=ab"), 400),
    ("the same length twice", post([b"Content-Length: 5", b"Content-Length: 5"], b"ARG=a"), 400),
    ("a list of lengths", post([b"Content-Length: 5, 5"], b"ARG=a"), 400),
    ("a length of 2^64", post([b"Content-Length: 18446744073709551616"]), 400),
    ("a length of 2^63", post([b"Content-Length: 9223372036854775808"]), 413),
    ("a length of 100 GB", post([b"Content-Length: 107374182400"]), 413),
    ("length and chunked", post([b"Content-Length: 5", b"Transfer-Encoding: chunked"], b"0\r\n\r\n"), 400),
    ("chunked and length", post([b"Transfer-Encoding: chunked", b"Content-Length: 5"], b"0\r\n\r\n"), 400),
    ("gzip", post([b"Transfer-Encoding: gzip"], b"ARG=a"), (400, 501)),
    ("gzip, chunked", post([b"Transfer-Encoding: gzip, chunked"], b"0\r\n\r\n"), (400, 501)),
    ("chunked, gzip", post([b"Transfer-Encoding: chunked, gzip"], b"0\r\n\r\n"), (400, 501)),
    ("xchunked", post([b"Transfer-Encoding: xchunked"], b"0\r\n\r\n"), (400, 501)),
    ("chunked twice", post([b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"], b"0\r\n\r\n"), (400, 501)),
    ("no transfer coding", post([b"Transfer-Encoding:"], b""), (400, 501)),
    ("chunked in HTTP/1.0", post([b"Transfer-Encoding: chunked"], b"0\r\n\r\n").replace(b"/1.1", b"/1.0"), (400, 501)),
    ("a chunk of -1", chunked(b"-1\r\na\r\n0\r\n\r\n"), 400),
    ("a chunk of 0x5", chunked(b"0x5\r\nARG=a\r\n0\r\n\r\n"), 400),
    ("a chunk of g", chunked(b"g\r\na\r\n0\r\n\r\n"), 400),
    ("a chunk without a size", chunked(b"\r\na\r\n0\r\n\r\n"), 400),
    ("a chunk of 17 digits", chunked(b"10000000000000005\r\nARG=a\r\n0\r\n\r\n"), 400),
    ("a chunk of 2^63", chunked(b"7fffffffffffffff\r\nARG=a"), 413),
    ("a blank behind the size", chunked(b"5 \r\nARG=a\r\n0\r\n\r\n"), 400),
    ("a chunk that is longer than it says", chunked(b"1\r\naXX\r\n0\r\n\r\n"), 400),
    ("an LF in a chunk's extension", chunked(b"1;a=\"\n\"\r\na\r\n0\r\n\r\n"), 400),
    ("an endless chunk extension", chunked(b"1;" + b"a" * 100_000), 400),
    ("a length in a trailer", chunked(b"0\r\nContent-Length: 5\r\n\r\n"), 400),
    ("a body where none is", head(b"Content-Length: 5") + b"abcde", 413),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ("garbage in Cookie, Date, Accept", head(b"Cookie: abc", b"Date: then", b"Accept: ;;;", b"Content-Type: weird"), 200),
    ("an upgrade", head(b"Upgrade: h2c", b"HTTP2-Settings: x"), 200),
    ("an expectation that nobody has", post([b"Expect: the-unexpected", b"Content-Length: 5"], b"ARG=a"), 417),
]


def statuses(answer):
    """The statuses of all responses in the bytes. There must be nothing between the responses."""
    found = []
    while answer:
        line = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
        assert line, answer
        found.append(int(line.group(1)))
        fields, answer = answer.split(b"\r\n\r\n", 1)
        length = re.search(rb"\r\nContent-Length: (\d+)", fields)
        answer = answer[int(length.group(1)) if length else 0:]
    return found


class Framing(ServiceCase):

    def test_every_case_by_itself(self):
        for what, text, expected in CASES:
            with self.subTest(what):
                found = statuses(raw(self.service.port, text))
                self.assertEqual(1, len(found), found)
                self.assertIn(found[0], expected if isinstance(expected, tuple) else (expected,))
        self.assert_status(200, self.client.get("/availability"))
        self.assertEqual([], self.client.get_json("/jobs")["jobs"])

    def test_every_case_byte_by_byte(self):
        for what, text, expected in CASES:
            if len(text) > 1000:
                continue
            with self.subTest(what), socket.create_connection(("127.0.0.1", self.service.port), TEST_TIMEOUT) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    for at in range(len(text)):
                        connection.sendall(text[at:at + 1])
                except (BrokenPipeError, ConnectionResetError):
                    pass
                answer = connection.recv(100)
                if answer:  # a client that continues to send may get a reset before it has read the response
                    self.assertIn(int(answer.split()[1]), expected if isinstance(expected, tuple) else (expected,))
        self.assert_status(200, self.client.get("/availability"))

    def test_a_chunked_body_cut_anywhere(self):
        """Two packets for each place where it can be cut; the last chunk among them brings other parsers down."""
        body = b"5;x=y\r\nIMAGE\r\n8\r\n=busybox\r\n5\r\n:test\r\n0\r\nX-Trailer: a\r\nHost: evil\r\n\r\n"
        before = POST + b"Transfer-Encoding: chunked\r\n" + END
        for cut in range(len(body) + 1):
            with self.subTest(cut), socket.create_connection(("127.0.0.1", self.service.port), TEST_TIMEOUT) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(before + body[:cut])
                connection.sendall(body[cut:])
                answer = b""
                while piece := connection.recv(65536):
                    answer += piece
                self.assertEqual([303], statuses(answer))
                self.assertIn(b"\r\nLocation: http://x/jobs/", answer)
        for job in self.client.get_json("/jobs")["jobs"]:
            self.assertEqual("busybox:test", self.client.get("/jobs/" + job["jobId"] + "/parameters/IMAGE").text)
            self.client.delete("/jobs/" + job["jobId"])

    def test_a_smuggled_request_is_not_answered(self):
        """Whatever the body is taken for, what is in it is no request."""
        hidden = b"GET /jobs/hidden HTTP/1.1\r\nHost: x\r\n\r\n"
        for text in (post([b"Content-Length: 0", b"Transfer-Encoding: chunked"], hidden),
                     POST + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n" + hidden,
                     POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + hidden,
                     POST + b"A: \rTransfer-Encoding: chunked\r\n\r\n" + hidden,
                     b"GET /availability HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n" + hidden):
            with self.subTest(text):
                answer = raw(self.service.port, text)
                self.assertEqual(1, len(statuses(answer)))
                self.assertNotIn(b"hidden", answer)

    def test_requests_behind_each_other(self):
        many = b"".join(b"GET /jobs?LAST=%d HTTP/1.1\r\nHost: x\r\n\r\n" % (number + 1) for number in range(200))
        self.assertEqual([200] * 201, statuses(raw(self.service.port, many + head())))

    def test_a_client_that_half_closes(self):
        with socket.create_connection(("127.0.0.1", self.service.port), TEST_TIMEOUT) as connection:
            connection.sendall(LINE + HOST + b"\r\n")
            connection.shutdown(socket.SHUT_WR)
            self.assertIn(b" 200 ", connection.recv(65536))

    def test_continue_is_told_before_the_body_and_not_before_a_refusal(self):
        expecting = POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n" + END
        with socket.create_connection(("127.0.0.1", self.service.port), TEST_TIMEOUT) as connection:
            connection.sendall(expecting % 5)
            self.assertEqual(b"HTTP/1.1 100 Continue\r\n\r\n", connection.recv(100))
            connection.sendall(b"ARG=a")
            answer = connection.recv(65536)
            self.assertEqual([303], statuses(answer))
        self.client.delete(answer.split(b"Location: http://x")[1].split(b"\r\n")[0].decode())
        self.assertEqual([413], statuses(raw(self.service.port, expecting % 99999999999)))

    def test_garbage(self):
        """Mutations of all that is above; a fixed seed, so that a failure comes back."""
        chance = random.Random(4)
        texts = [text for _, text, _ in CASES if len(text) < 1000]
        for _ in range(1500):
            text = bytearray(chance.choice(texts))
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(len(text))
                change = chance.randrange(3)
                if change == 0:
                    text[at] = chance.randrange(256)
                elif change == 1:
                    del text[at:at + chance.randrange(4)]
                else:
                    text[at:at] = chance.choice([b"\r\n", b"\0", b" ", b"0\r\n\r\n", b"Content-Length: 3\r\n"])
                text = text or bytearray(b"x")
            with socket.create_connection(("127.0.0.1", self.service.port), TEST_TIMEOUT) as connection:
                try:
                    connection.sendall(bytes(text))
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
                except TimeoutError:
                    raise
                except OSError:
                    pass  # the service refused the request before it was sent completely
        self.assert_status(200, self.client.get("/availability"))
        for job in self.client.get_json("/jobs")["jobs"]:
            self.client.delete("/jobs/" + job["jobId"])


if __name__ == "__main__":
    unittest.main()
