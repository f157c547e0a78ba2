"""Tests refused requests: each has its status and a body that names the input and what would be accepted, and leaves
neither a job nor a file behind. What only the engine can know becomes an error of the job."""
import os
import socket
import time
import unittest

from client import TEST_TIMEOUT, basic, multipart, until
from harness import PODMAN, ServiceCase

BUSYBOX = ("IMAGE", "busybox:test")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# Forms that are refused at once. For each: the name of the case, pairs of the form, the status, words in the body.
GIVEN = [
    ("an image that is not listed", [("IMAGE", "ubuntu:22.04")], 403, ["IMAGE", "ubuntu:22.04", "busybox"]),
    ("a registry that is not listed", [("IMAGE", "registry.example.org/busybox:test")], 403, ["IMAGE", "registry.example.org"]),
    ("a registry in front by a trick", [("IMAGE", "docker.io.evil.example/library/busybox")], 403, ["IMAGE", "evil.example"]),
    ("no image's name", [("IMAGE", "Not An Image!")], 400, ["IMAGE", "lower case"]),
    ("an empty image", [("IMAGE", "")], 400, ["IMAGE"]),
    ("a file as image", [("IMAGE", "file:///etc/passwd")], 400, ["IMAGE"]),
    ("two images", [BUSYBOX, ("IMAGE", "hello-world")], 400, ["IMAGE", "2 times", "one value"]),
    ("an unknown name", [BUSYBOX, ("IMGE", "x")], 400, ["IMGE", "IMAGE"]),
    ("another system's word for cores", [BUSYBOX, ("cpus", "2")], 400, ["cpus", "CORES"]),
    ("another system's word for arguments", [BUSYBOX, ("CMD", "ls")], 400, ["CMD", "ARG"]),
    ("another system's word for the duration", [BUSYBOX, ("TIMEOUT", "60")], 400, ["TIMEOUT", "EXECUTIONDURATION"]),
    ("a name in another service's words", [("QUERY", "SELECT 1")], 400, ["QUERY", "ENTRYPOINT"]),
    ("a volume that is not configured", [BUSYBOX, ("MOUNT", "data:/data")], 403, ["MOUNT", "data", "sky"]),
    ("a host path", [BUSYBOX, ("MOUNT", "/etc:/host")], 400, ["MOUNT", "volume:/path"]),
    ("the engine's socket", [BUSYBOX, ("MOUNT", "/var/run/docker.sock:/s")], 400, ["MOUNT"]),
    ("a mount over the root", [BUSYBOX, ("MOUNT", "sky:/")], 400, ["MOUNT", "/data"]),
    ("a mount over the working folder", [BUSYBOX, ("MOUNT", "sky:/work/job/x")], 400, ["MOUNT"]),
    ("a mount in /proc", [BUSYBOX, ("MOUNT", "sky:/proc/sys")], 400, ["MOUNT", "/proc"]),
    ("a mount that leads out", [BUSYBOX, ("MOUNT", "sky:/data/../etc")], 400, ["MOUNT", ".."]),
    ("an unknown mode", [BUSYBOX, ("MOUNT", "sky:/data:rx")], 400, ["MOUNT", "ro", "rw"]),
    ("an input that leads out", [BUSYBOX, ("INPUT", "../x,http://example.org/x")], 400, ["INPUT", ".."]),
    ("an input in the middle", [BUSYBOX, ("INPUT", "a/../../x,http://example.org/x")], 400, ["INPUT", ".."]),
    ("an input in /proc", [BUSYBOX, ("INPUT", "/proc/self/mem,http://example.org/x")], 400, ["INPUT", "/proc"]),
    ("an input in //dev", [BUSYBOX, ("INPUT", "//dev/./null,http://example.org/x")], 400, ["INPUT", "/dev"]),
    ("an input as a folder", [BUSYBOX, ("INPUT", "x/,http://example.org/x")], 400, ["INPUT", "folder"]),
    ("an input from a file", [BUSYBOX, ("INPUT", "x,file:///etc/shadow")], 400, ["INPUT", "http"]),
    ("an input from an odd scheme", [BUSYBOX, ("INPUT", "x,gopher://example.org/x")], 400, ["INPUT", "http"]),
    ("an input from a metadata service", [BUSYBOX, ("INPUT", "x,http://169.254.169.254/latest")], 403, ["INPUT", "169.254"]),
    ("an input without a source", [BUSYBOX, ("INPUT", "x")], 400, ["INPUT", "path,URI"]),
    ("an input that was not uploaded", [BUSYBOX, ("INPUT", "x,param:nothing")], 400, ["INPUT", "nothing"]),
    ("one path for two inputs", [BUSYBOX, ("INPUT", "x,http://example.org/a"), ("INPUT", "./x,http://example.org/b")], 400,
     ["INPUT", "/work/job/x", "twice"]),
    ("an output that leads out", [BUSYBOX, ("OUTPUT", "../../etc/passwd")], 400, ["OUTPUT", ".."]),
    ("an output of /sys", [BUSYBOX, ("OUTPUT", "/sys/kernel/*")], 400, ["OUTPUT", "/sys"]),
    ("an output that takes our name", [BUSYBOX, ("OUTPUT", "stdout=x")], 400, ["OUTPUT", "stdout"]),
    ("an empty output", [BUSYBOX, ("OUTPUT", "")], 400, ["OUTPUT"]),
    ("a working folder that leads out", [BUSYBOX, ("WORKDIR", "/work/../etc")], 400, ["WORKDIR", ".."]),
    ("a port of 0", [BUSYBOX, ("PORT", "0")], 400, ["PORT", "65535"]),
    ("a port of 65536", [BUSYBOX, ("PORT", "65536/tcp")], 400, ["PORT", "65535"]),
    ("a negative port", [BUSYBOX, ("PORT", "-1")], 400, ["PORT", "65535"]),
    ("a port of another protocol", [BUSYBOX, ("PORT", "80/sctp")], 400, ["PORT", "tcp"]),
    ("one port twice", [BUSYBOX, ("PORT", "80"), ("PORT", "other=80/tcp")], 400, ["PORT", "twice"]),
    ("a host's port", [BUSYBOX, ("PORT", "8080:80")], 400, ["PORT"]),
    ("too many ports", [BUSYBOX] + [("PORT", str(8000 + n)) for n in range(17)], 403, ["PORT", "17", "16"]),
    ("too much memory", [BUSYBOX, ("MEMORY", "5000G")], 403, ["MEMORY", "at most"]),
    ("hardly any memory", [BUSYBOX, ("MEMORY", "1M")], 403, ["MEMORY", "at least"]),
    ("memory without a unit", [BUSYBOX, ("MEMORY", "8")], 400, ["MEMORY", "8G"]),
    ("memory beyond all numbers", [BUSYBOX, ("MEMORY", "9999999999999999999T")], 400, ["MEMORY"]),
    ("negative memory", [BUSYBOX, ("MEMORY", "-1G")], 400, ["MEMORY"]),
    ("too many cores", [BUSYBOX, ("CORES", "1000")], 403, ["CORES", "at most"]),
    ("no cores", [BUSYBOX, ("CORES", "0")], 400, ["CORES", "0.01"]),
    ("cores that are no number", [BUSYBOX, ("CORES", "nan")], 400, ["CORES", "0.01"]),
    ("a GPU", [BUSYBOX, ("GPUS", "1")], 403, ["GPUS", "0"]),
    ("a disk", [BUSYBOX, ("DISK", "10G")], 403, ["DISK"]),
    ("another platform", [BUSYBOX, ("PLATFORM", "windows/amd64")], 403, ["PLATFORM", "linux/"]),
    ("the outside", [BUSYBOX, ("NETWORK", "outbound")], 403, ["NETWORK", "none"]),
    ("the host's network", [BUSYBOX, ("NETWORK", "host")], 403, ["NETWORK", "none"]),
    ("another container's network", [BUSYBOX, ("NETWORK", "container:x")], 400, ["NETWORK", "none"]),
    ("a variable without a name", [BUSYBOX, ("ENV", "=x")], 400, ["ENV", "NAME=VALUE"]),
    ("a variable without a value", [BUSYBOX, ("ENV", "PATH")], 400, ["ENV", "NAME=VALUE"]),
    ("an argument with a control character", [BUSYBOX, ("ARG", "a\x01b")], 400, ["ARG", "control"]),
    ("an argument with a NUL", [BUSYBOX, ("ARG", "a\0b")], 400, ["ARG", "NUL"]),
    ("an argument of 200 KB", [BUSYBOX, ("ARG", "x" * 200_000)], 400, ["ARG", "131071"]),
    ("a run without an image", [("ARG", "x"), ("PHASE", "RUN")], 403, ["IMAGE", "missing"]),
    ("a phase that nobody can ask for", [BUSYBOX, ("PHASE", "COMPLETED")], 400, ["PHASE", "RUN"]),
    ("two phases", [BUSYBOX, ("PHASE", "RUN"), ("PHASE", "ABORT")], 400, ["PHASE"]),
    ("an execution duration of words", [BUSYBOX, ("EXECUTIONDURATION", "long")], 400, ["EXECUTIONDURATION", "0"]),
    ("a destruction in the past", [BUSYBOX, ("DESTRUCTION", "2001-01-01T00:00:00Z")], 400, ["DESTRUCTION"]),
    ("a run id with a control character", [BUSYBOX, ("RUNID", "a\x02")], 400, ["RUNID", "XML"]),
    ("a run id that is too long", [BUSYBOX, ("RUNID", "x" * 5000)], 400, ["RUNID", "at most"]),
    ("document and parameters", [BUSYBOX, ("TASK", "image: busybox")], 400, ["IMAGE", "document"]),
    ("two documents", [("TASK", "image: busybox"), ("TASK", "image: busybox")], 400, ["TASK"]),
]

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20))

# For each document: its media type, its text, the status, words in the body.
DOCUMENTS = [
    ("application/json", '{"image": "busybox"', 400, ["JSON"]),
    ("application/json", '{"image": "busybox"} trailing', 400, ["JSON"]),
    ("application/json", '[]', 400, ["object"]),
    ("application/json", '{"image": "busybox", "image": "hello-world"}', 400, ["image"]),
    ("application/json", '{"image": 5}', 400, ["/image", "a string"]),
    ("application/json", '{"imag": "busybox"}', 400, ["/imag", "image"]),
    ("application/json", '{"image": "busybox", "args": "one"}', 400, ["/args", "a list"]),
    ("application/json", '{"image": "busybox", "resources": {"cpu": 1}}', 400, ["/resources/cpu", "cores"]),
    ("application/json", '{"image": "busybox", "privileged": true}', 400, ["/privileged"]),
    ("application/json", '{"image": "busybox", "args": ["a\\u0000"]}', 400, ["/args/0", "NUL"]),
    ("application/json", '{"image": "ubuntu"}', 403, ["IMAGE", "ubuntu"]),
    ("application/json", "[" * 100_000, 413, ["deep"]),
    ("application/json", b'{"image": "\xff"}', 400, ["UTF-8"]),
    ("application/yaml", BOMB, 413, ["20000"]),
    ("application/yaml", "image: [unclosed", 400, []),
    ("application/yaml", "image: busybox\nimage: hello-world\n", 400, ["image"]),
    ("application/yaml", "a: &a [*a]", 400, []),
    ("application/yaml", "image: !!python/object:os.system x\nargs: [x]", 400, []),
    ("application/yaml", "image: busybox\n---\nimage: busybox\n", 400, []),
    ("application/yaml", "a: " + "[" * 500 + "]" * 500, 413, ["deep"]),
    ("application/yaml", "[" * 50_000, 400, []),
    ("application/xml", "<image>busybox</image>", 415, ["application/json"]),
    ("image/png", b"\x89PNG", 415, ["application/json"]),
]


class Refusals(ServiceCase):
    CONFIG = {
        "http": {"max_upload": "1M", "max_document": "300K"},
        "volumes": [{"name": "sky", "source": "/srv"}],
    }

    def setUp(self):
        super().setUp()
        for job in self.client.get_json("/jobs")["jobs"]:
            self.client.delete(job["href"])
        until(lambda: not self.service.blob_files(), "the blobs of another test to go")
        self.files = set(self.service.blob_files())

    def assert_refused(self, reply, status, words):
        self.assert_status(status, reply)
        for word in words:
            self.assertIn(word, reply.text)
        self.assertLess(len(reply.body), 20_000)

    def assert_nothing_is_left(self):
        self.assertEqual([], self.client.get_json("/jobs")["jobs"])
        until(lambda: set(self.service.blob_files()) == self.files, "the uploads to be removed")
        self.assertEqual("true", self.client.get("/availability").xml()[0].text)

    def test_what_is_given_wrong(self):
        for what, pairs, status, words in GIVEN:
            with self.subTest(what):
                self.assert_refused(self.client.post("/jobs", *pairs), status, words)
        self.assert_nothing_is_left()

    def test_the_same_as_a_problem_document(self):
        for what, pairs, status, words in GIVEN:
            with self.subTest(what):
                problem = self.client.post("/jobs", *pairs, headers={"Accept": "application/json"}).json()
                self.assertEqual((status, words[:1]), (problem["status"], [problem["faults"][0]["input"]]))
                self.assertTrue(problem["faults"][0]["reason"])
                self.assertTrue(problem["faults"][0]["accepted"])

    def test_uploads_of_what_is_refused_are_removed(self):
        upload = [("picture", "x.fits", None, b"x" * 10_000)]
        for pairs, status in [
            ([("IMAGE", "unlisted"), ("INPUT", "x,param:picture")], 403),
            ([BUSYBOX], 400),  # no parameter refers to the upload
            ([BUSYBOX, ("INPUT", "x,param:other")], 400),
            ([BUSYBOX, ("INPUT", "../x,param:picture")], 400),
            ([("ARG", "x"), ("INPUT", "x,param:picture"), ("PHASE", "RUN")], 403),
        ]:
            with self.subTest(pairs):
                self.assert_status(status, self.client.post_files("/jobs", pairs, upload))
        self.assert_refused(self.client.post_files("/jobs", [], [("IMAGE", "x", None, b"busybox")]), 400, ["IMAGE"])
        self.assert_nothing_is_left()

    def test_documents(self):
        for media_type, text, status, words in DOCUMENTS:
            with self.subTest(f"{media_type} {text[:60]!r}"):
                self.assert_refused(self.client.post_document("/jobs", text, media_type), status, words)
        self.assert_nothing_is_left()

    def test_a_document_that_was_sent_as_a_form(self):  # curl -d does this if no Content-Type is given
        self.assert_refused(self.client.request("POST", "/jobs", b'{"image": "busybox:test"}', FORM), 415,
                            ["send Content-Type: application/json"])

    def test_a_job_cannot_be_changed_to_what_is_refused(self):
        job = self.client.create(BUSYBOX, ("ARG", "kept"))

        def document():
            return {**job.document(), "quote": None}  # the quote changes with the time

        before = document()
        for what, pairs, status, words in GIVEN:
            if any(name in ("PHASE", "IMAGE", "TASK") for name, _ in pairs[1:]) or pairs[0] != BUSYBOX:
                continue
            with self.subTest(what):
                self.assert_refused(job.post("/parameters", *pairs[1:]) if pairs[1][0] not in
                                    ("RUNID", "EXECUTIONDURATION", "DESTRUCTION") else job.post("", *pairs[1:]), status,
                                    words[:1])
        self.assert_refused(self.client.request("PUT", job.url + "/parameters/ARG", b"\xff"), 400, ["ARG", "UTF-8"])
        self.assert_refused(self.client.request("PUT", job.url + "/parameters/IMGE", b"x"), 400, ["IMGE", "IMAGE"])
        self.assert_refused(self.client.request("PUT", job.url + "/parameters/PHASE", b"RUN"), 400, ["PHASE"])
        self.assertEqual(before, document())
        job.delete()
        self.assert_nothing_is_left()

    def test_a_run_without_an_image_stays_pending(self):
        job = self.client.create(("ARG", "x"))
        self.assert_refused(job.post("/phase", ("PHASE", "RUN")), 403, ["IMAGE", "missing"])
        self.assertEqual("PENDING", job.phase())
        job.delete()
        self.assert_nothing_is_left()

    def test_bytes_that_are_no_text(self):
        for body, words in [(b"IMAGE=busybox&ARG=%FF%FE", ["UTF-8"]), (b"IMAGE=busybox&ARG=\xff\xfe", ["UTF-8"]),
                            (b"IMAGE=busybox&ARG=%ED%A0%80", ["UTF-8"]), (b"%FF=x", []), (b"IMAGE=busybox&ARG=%zz", []),
                            (b"IMAGE=busy%00box", ["IMAGE"]), (b"=x", []), (b"IMAGE=busybox&ARG=%EF%BF%BF", ["XML"])]:
            with self.subTest(body):
                self.assert_refused(self.client.request("POST", "/jobs", body, FORM), 400, words)
        self.assert_nothing_is_left()

    def test_a_million_parameters(self):
        for _ in range(10):  # a client that continues to send after the refusal is soon disconnected
            start = time.monotonic()
            self.assert_refused(self.client.request("POST", "/jobs", b"ARG=x&" * 1_000_000, FORM), 413, [])
            self.assertLess(time.monotonic() - start, 30)
        self.assert_refused(self.client.request("POST", "/jobs", b"&".join([b"ARG="] * 70_000), FORM), 413, [])
        query = "&".join(["ARG="] * 3000)
        self.assertIn(self.client.request("POST", "/jobs?" + query, b"", FORM).status, (400, 413, 414))
        self.assert_nothing_is_left()

    def test_a_body_over_the_limit(self):
        self.assert_refused(self.client.post("/jobs", BUSYBOX, ("ARG", "x" * 400_000)), 413, ["307200"])
        self.assert_refused(self.client.post_document("/jobs", '{"image": "' + "x" * 400_000, "application/json"), 413, [])
        upload = [("picture", "x", None, b"x" * (1 << 21))]
        reply = self.client.post_files("/jobs", [BUSYBOX, ("INPUT", "x,param:picture")], upload)
        self.assert_refused(reply, 413, [])
        self.assert_nothing_is_left()

    def test_a_declared_length_over_the_limit_is_refused_at_once(self):
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=TEST_TIMEOUT) as connection:
            connection.sendall(b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                               b"Content-Length: 99999999999\r\n\r\n")
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 413 "))

    def test_multipart_that_is_broken(self):
        whole, media_type = multipart([BUSYBOX, ("INPUT", "x,param:picture")], [("picture", "x", None, b"content")])
        for what, body, kind in [
            ("cut", whole[:-30], media_type),
            ("no boundary", whole, "multipart/form-data"),
            ("another boundary", whole, "multipart/form-data; boundary=other"),
            ("a part without a name", whole.replace(b'name="picture"', b'nome="picture"'), media_type),
            ("a part with an endless head", whole.replace(b"\r\n\r\ncontent", b"\r\nX: " + b"x" * 100_000 + b"\r\n\r\nc"),
             media_type),
        ]:
            with self.subTest(what):
                self.assert_refused(self.client.request("POST", "/jobs", body, {"Content-Type": kind}), 400, [])
        self.assert_nothing_is_left()

    def test_a_client_that_leaves_in_its_upload_leaves_nothing(self):
        body, media_type = multipart([BUSYBOX, ("INPUT", "x,param:picture")], [("picture", "x", None, b"x" * 500_000)])
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=TEST_TIMEOUT) as connection:
            connection.sendall(f"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:300_000])
            until(lambda: set(self.service.blob_files()) != self.files, "the upload to be begun")
        self.assert_nothing_is_left()

    def test_requests_that_are_none(self):
        for text in (b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET /jobs HTTP/1.1\r\n\r\n",
                     b"GET /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                     b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"):
            with self.subTest(text[:50]):
                with socket.create_connection(("127.0.0.1", self.service.port), timeout=TEST_TIMEOUT) as connection:
                    try:
                        connection.sendall(text)
                    except (BrokenPipeError, ConnectionResetError):
                        pass  # the service refused the request before it was sent completely
                    self.assertRegex(connection.recv(100), rb"^HTTP/1\.1 (4\d\d|505) ")
        self.assert_nothing_is_left()

    def test_what_is_odd_in_a_url(self):
        for url in ("/jobs?LAST=%FF", "/jobs?PHASE=%00", "/jobs/%FF", "/jobs/%2F", "/jobs/..%2f..%2fetc/passwd",
                    "/jobs/%zz", "/jobs/a'%20OR%20'1'='1", "/jobs?AFTER='"):
            with self.subTest(url):
                self.assertIn(self.client.get(url).status, (400, 404))

    def test_wrong_credentials(self):
        self.assert_refused(self.client.as_user(basic("nobody", "wrong")).post("/jobs", BUSYBOX), 401, ["Authorization"])
        self.assert_refused(self.client.as_user({"Authorization": "Bearer x"}).post("/jobs", BUSYBOX), 401, [])
        self.assert_nothing_is_left()


class ErrorsOfTheEngine(ServiceCase):
    """Errors that show only when the job runs are reported in errorSummary and at /error."""
    ENGINE = {"pull": "never"}
    CONFIG = {"volumes": [{"name": "nowhere", "source": "/no/such/folder/of/this/machine"}]}

    def test_an_image_that_is_not_there(self):
        job = self.client.run(("IMAGE", "busybox:no-such-tag"))
        summary = job.failed()["errorSummary"]
        self.assertIn("busybox:no-such-tag", summary["message"])
        self.assertIn("busybox:no-such-tag", job.get("/error").text)

    def test_a_volume_whose_folder_is_gone(self):
        job = self.client.shell("true", ("MOUNT", "nowhere:/data"))
        self.assertRegex(job.failed()["errorSummary"]["message"], "^the engine refused to start the container: .*/no/such")
        self.assertIn("/no/such/folder", job.get("/error").text)
        self.assertFalse(os.path.exists("/no/such/folder"))

    def test_output_that_xml_cannot_carry(self):
        job = self.client.shell(r"printf 'bad \001\377 bytes \033[1m' >&2; exit 1")
        document = job.failed()
        self.assertTrue(document["errorSummary"]["hasDetail"])
        self.assertIn("bad", job.get("/error").text)
        self.assert_status(200, job.get())  # tearDown validates it against the schema
        self.assert_status(200, job.get("/results"))


class Culprits(ServiceCase):
    """Jobs for whose containers the engine's calls fail: each ends with its reason, and other jobs are not affected."""
    ENGINE = {**ServiceCase.ENGINE, "pull": "never"}
    CONFIG = {"images": {"allow": ["busybox", "culprit"]}}

    def image(self, tag, user, script):
        """Makes an image of busybox:test in which the script was run, with this USER."""
        ulimits = [{"Name": name, "Soft": 1024, "Hard": 1024} for name in ("nofile", "nproc")]
        status, made = self.engine.call("POST", "/containers/create", {
            "Image": "busybox:test", "Entrypoint": ["/bin/sh", "-c"], "Cmd": [script],
            "HostConfig": {"Ulimits": ulimits, "NetworkMode": "none"}})
        self.assertEqual(201, status, made)
        for method, path, expected in (
                ("POST", f"/containers/{made['Id']}/start", 204), ("POST", f"/containers/{made['Id']}/wait", 200),
                ("POST", f"/commit?container={made['Id']}&repo=culprit&tag={tag}&changes=USER%20{user}", 201),
                ("DELETE", f"/containers/{made['Id']}", 204)):
            status, answer = self.engine.call(method, path, {} if "commit" in path else None)
            self.assertEqual(expected, status, answer)
        self.addCleanup(self.engine.call, "DELETE", f"/images/culprit:{tag}")
        return f"culprit:{tag}"

    def assert_ends(self, job, code, words):
        summary = job.failed()["errorSummary"]
        self.assertEqual(code, summary["code"], summary)
        told = job.get("/error").text
        self.assertRegex(told, words)
        self.assertNotRegex(told, "overlay|merged|_data|/tmp/duws")
        self.assert_freed(job)

    def assert_nobody_noticed(self):
        self.client.shell("true").completed()
        self.assertIn("local: up", self.client.get("/availability").text)
        self.assertNotIn("does not answer", self.service.log())

    def test_outputs_that_nobody_can_read(self):
        loop = "ln -s loop loop; echo 1 > kept"
        jobs = [self.client.shell(loop, ("OUTPUT", "loop"), ("OUTPUT", "kept")) for _ in range(5)]
        through = self.client.shell("echo 1 > file", ("OUTPUT", "file/x"))
        long = self.client.shell("ln -s $(printf 'x%.0s' $(seq 300)) long", ("OUTPUT", "long"))
        replaced = self.client.shell("cd /; rm -r /work/job; ln -s job /work/job", ("OUTPUT", "made"))
        self.assert_nobody_noticed()
        for job in jobs:
            self.assert_ends(job, "output_missing", "too many l")
            self.assertEqual(b"1\n", job.result("kept"))
        self.assert_ends(through, "output_missing", "not a directory|no such file")
        self.assert_ends(long, "output_missing", "file name too long|no such file")
        replaced.wait_for_end()
        self.assert_nobody_noticed()

    def test_users_that_the_engine_cannot_find(self):
        image = self.image("nosuch", "nosuch", "true")
        self.assert_ends(self.client.run(("IMAGE", image), ("ARG", "true")), "start_refused", "'nosuch' is not in its /etc/passwd")
        image = self.image("own", "astro", "echo astro:x:4321:4321::/:/bin/sh >> /etc/passwd; chown -R 4321 /etc")
        job = self.client.shell("echo gone > /etc/passwd; echo 1 > made", ("OUTPUT", "made"), image=image)
        if PODMAN:  # it looks up the user before it reads any file
            self.assert_ends(job, "output_missing", "unknown user")
        else:
            job.completed()
        self.assert_nobody_noticed()

    def test_a_destroyed_job_is_collected_no_more(self):
        job = self.client.shell("ln -s loop loop", ("OUTPUT", "loop"), ("OUTPUT", "loop/*"))
        job.delete()
        self.assert_freed(job)
        self.assert_nobody_noticed()

    def test_a_signal_of_the_commands_own_is_no_lack_of_memory(self):
        summary = self.client.shell("kill -9 $$").failed()["errorSummary"]
        self.assertEqual("out_of_memory_probably" if PODMAN else "signal", summary["code"])


if __name__ == "__main__":
    unittest.main()
