"""A client of the service for tests: plain HTTP without following redirects, the real curl, and a class for jobs."""
import base64
import http.client
import json
import os
import re
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

# The seconds to wait for anything. They are many, so that no test fails because the machine is busy.
TEST_TIMEOUT = float(os.environ.get("DUWS_TEST_TIMEOUT", 60))

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

ENDED = ("COMPLETED", "ERROR", "ABORTED")


def pauses():
    """The seconds between two checks of a condition. They are short at first, then longer, so that many waiting tests
    do not take processor time from what they wait for."""
    pause = 0.02
    while True:
        yield pause
        pause = min(1.2 * pause, 0.2)


def until(condition, what, seconds=None):
    """Calls `condition` until its value is true, and returns that value."""
    end = time.monotonic() + (seconds or TEST_TIMEOUT)
    for pause in pauses():
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(pause)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def location(self):
        return self.headers["Location"]

    def json(self):
        return json.loads(self.body)

    def xml(self):
        return ElementTree.fromstring(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:2000]!r}"


def form(pairs):
    return urllib.parse.urlencode(list(pairs), encoding="utf-8", errors="surrogateescape").encode()


def multipart(pairs, files):
    """files: (name, file name or None, media type or None, bytes). Returns body and Content-Type."""
    boundary = "----part-of-a-test-8ec1"
    pieces = []
    for name, value in pairs:
        pieces.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, file_name, media_type, content in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        if file_name is not None:
            head += f'; filename="{file_name}"'
        if media_type is not None:
            head += f"\r\nContent-Type: {media_type}"
        pieces.append(head.encode() + b"\r\n\r\n" + content + b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/form-data; boundary={boundary}"


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class Client:
    """Requests to one service; redirects are not followed."""

    def __init__(self, port, schemas, headers=None):
        self.port, self.schemas, self.headers = port, schemas, headers or {}
        self.base = f"http://127.0.0.1:{port}"
        self.made = set()  # ids of the jobs that were created

    def as_user(self, headers):
        other = Client(self.port, self.schemas, headers)
        other.made = self.made
        return other

    def request(self, method, url, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TEST_TIMEOUT + 60)
        try:
            connection.connect()
            try:
                connection.request(method, url.removeprefix(self.base), body, {**self.headers, **(headers or {})})
            except (BrokenPipeError, ConnectionResetError):
                pass  # the service answered before it had the whole request
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        self.note(method, url, reply)
        return reply

    def note(self, method, url, reply):
        """Keeps every document, to be validated against its schema, and the id of every job that was created."""
        if reply.headers.get_content_type() in ("text/xml", "application/xml") and "/results/" not in url and reply.body:
            self.schemas.add(reply.body, f"{method} {url}")
        if method != "curl":  # curl may have followed redirects, and `url` is only the first URL
            self.schemas.add_answer(method, urllib.parse.urlsplit(url).path, reply.status, reply.headers, reply.body)
        location = reply.headers["Location"] or ""
        match = re.search(r"/(?:jobs|sync)/([^/?]+)$", location)
        if match:
            self.made.add(match.group(1))

    def get(self, url, headers=None):
        return self.request("GET", url, headers=headers)

    def get_json(self, url):
        reply = self.get(url, {"Accept": "application/json"})
        assert reply.status == 200, f"GET {url}: {reply}"
        return reply.json()

    def post(self, url, *pairs, headers=None):
        return self.request("POST", url, form(pairs),
                            {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def post_files(self, url, pairs, files, headers=None):
        body, media_type = multipart(pairs, files)
        return self.request("POST", url, body, {"Content-Type": media_type, **(headers or {})})

    def post_document(self, url, text, media_type):
        return self.request("POST", url, text.encode() if isinstance(text, str) else text, {"Content-Type": media_type})

    def delete(self, url):
        return self.request("DELETE", url)

    def job_of(self, reply):
        assert reply.status == 303, f"no job was made: {reply}"
        return Job(self, reply.location)

    def create(self, *pairs):
        return self.job_of(self.post("/jobs", *pairs))

    def create_with(self, pairs, files):
        return self.job_of(self.post_files("/jobs", pairs, files))

    def run(self, *pairs):
        return self.create(*pairs, ("PHASE", "RUN"))

    def shell(self, script, *pairs, image="busybox:test"):
        """Creates and runs a job that executes a shell script."""
        return self.run(("IMAGE", image), ("ENTRYPOINT", "/bin/sh"), ("ARG", "-c"), ("ARG", script), *pairs)

    def waiters(self):
        """How many requests with WAIT the service holds. Before the first one its metrics do not have this line."""
        found = re.search(r"^docker_uws_waiters (\d+)$", self.get("/metrics").text, re.M)
        return int(found[1]) if found else 0

    def curl(self, *arguments, check=True):
        """Runs the real curl. Returns the last response."""
        command = ["curl", "-sS", "--max-time", str(int(TEST_TIMEOUT) + 60), "-i"]
        for name, value in self.headers.items():
            command += ["-H", f"{name}: {value}"]
        done = subprocess.run(command + list(arguments), capture_output=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"curl {arguments}: exit {done.returncode}: {done.stderr.decode()}")
        raw, reply = done.stdout, None
        # With -L the output has several responses, of which the last one counts.
        while raw.startswith(b"HTTP/1.1 "):
            head, raw = raw.split(b"\r\n\r\n", 1)
            first, *lines = head.decode().split("\r\n")
            headers = http.client.HTTPMessage()
            for line in lines:
                name, value = line.split(":", 1)
                headers[name] = value.strip()
            reply = Reply(int(first.split()[1]), headers, raw)
            self.note("curl", arguments[-1], reply)
        return reply


class Job:
    def __init__(self, client, url):
        self.client, self.url = client, url
        self.id = url.rsplit("/", 1)[1]

    def get(self, path="", headers=None):
        return self.client.get(self.url + path, headers)

    def post(self, path, *pairs):
        return self.client.post(self.url + path, *pairs)

    def delete(self):
        return self.client.delete(self.url)

    def document(self):
        return self.client.get_json(self.url)

    def phase(self):
        return self.get("/phase").text

    def start(self):
        reply = self.post("/phase", ("PHASE", "RUN"))
        assert reply.status == 303, f"{reply}"
        return self

    def wait_for(self, *phases, seconds=None):
        """Waits with long polls until the job has one of these phases. Returns its document."""
        end = time.monotonic() + (seconds or TEST_TIMEOUT)
        document = self.document()
        while document["phase"] not in phases:
            if time.monotonic() > end or document["phase"] in ENDED:
                raise AssertionError(f"the job is not {phases} but {json.dumps(document, indent=1)}\n"
                                     f"{self.get('/error').text}")
            document = self.client.get_json(f"{self.url}?WAIT=2&PHASE={document['phase']}")
        return document

    def wait_for_end(self, seconds=None):
        return self.wait_for(*ENDED, seconds=seconds)

    def completed(self, seconds=None):
        return self.wait_for("COMPLETED", seconds=seconds)

    def failed(self, seconds=None):
        """Waits until the job has ended as ERROR, which it must. Returns its document."""
        return self.wait_for("ERROR", seconds=seconds)

    def result(self, name):
        reply = self.get("/results/" + name)
        assert reply.status == 200, f"result {name}: {reply}"
        return reply.body

    def stdout(self):
        return self.result("stdout").decode()
