"""Tests the planner with real engines and registries: its answers, and that the job list then does what they say."""
import hashlib
import http.client
import http.server
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from client import TEST_TIMEOUT, Client
from harness import BINARY, Service, ServiceCase, free_port
from platforms import planner_of
from schemas import Schemas

OPEN = os.environ.get("DUWS_TEST_REGISTRY", "")
LOCKED = os.environ.get("DUWS_TEST_REGISTRY_LOCKED", "")
USER = os.environ.get("DUWS_TEST_REGISTRY_USER", "")
PASSWORD = os.environ.get("DUWS_TEST_REGISTRY_PASSWORD", "")
GUIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../docs/planner.md")
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def push_foreign(registry, name, architecture):
    """Pushes an image for another architecture that consists of its configuration only."""
    connection = http.client.HTTPConnection(registry, timeout=TEST_TIMEOUT)
    config = json.dumps({"os": "linux", "architecture": architecture, "config": {"ExposedPorts": {"8080/tcp": {}}},
                         "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    digest = "sha256:" + hashlib.sha256(config).hexdigest()
    connection.request("POST", f"/v2/{name}/blobs/uploads/")
    answer = connection.getresponse()
    answer.read()
    place = urllib.parse.urlsplit(answer.headers["Location"])
    connection.request("PUT", f"{place.path}?{place.query}&digest={digest}", config,
                       {"Content-Type": "application/octet-stream"})
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    answer.read()
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(config),
                           "digest": digest}}
    connection.request("PUT", f"/v2/{name}/manifests/latest", json.dumps(manifest), {"Content-Type": MANIFEST})
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


def question(image, tasktype="uri://oci-container", resources=None, **taskinfo):
    asked = {"tasktype": tasktype, "taskinfo": {"image": image, **taskinfo}}
    if resources:
        asked["resources"] = resources
    return asked


class OwnJobList(ServiceCase):

    @classmethod
    def config(cls):
        cls.nobody = f"127.0.0.1:{free_port()}"
        allow = ["busybox", *(f"{registry}/*" for registry in (OPEN, LOCKED, cls.nobody))]
        record = {"identifier": "ivo://example.org/uws", "title": "Containers of Example", "short_name": "example-uws",
                  "publisher": "Example Observatory", "contact_name": "The operators", "contact_email": "uws@example.org",
                  "subjects": ["virtual-observatories"], "description": "Runs containers as UWS jobs.",
                  "reference_url": "https://uws.example.org/", "created": "2026-11-21"}
        return {"images": {"allow": allow}, "jobs": {"max_execution_duration": "1h"}, "voresource": record}

    def ask(self, asked):
        reply = self.client.post_document("/accepts", json.dumps(asked), "application/json")
        self.assert_status(200, reply)
        return reply.json()

    def post(self, asked):
        return self.client.post_document("/jobs?PHASE=RUN", json.dumps(asked), "application/json")

    def assert_yes(self, asked):
        answer = self.ask(asked)
        self.assertEqual("YES", answer["responseword"], answer)
        return answer

    def assert_no(self, asked, code, path=None):
        answer = self.ask(asked)
        self.assertEqual("NO", answer["responseword"], answer)
        reason = answer["responseinfo"]["reasons"][0]
        self.assertEqual(code, reason["httpcode"], answer)
        if path:
            self.assertEqual(path, reason["path"], answer)
        if code != 503:
            self.assert_status(code, self.post(asked))
        return reason["text"]

    def test_what_it_accepts_is_posted_as_it_is_and_runs(self):
        asked = question("busybox:test", entrypoint=["echo"], args=["planned"], colour="red",
                         resources={"mincores": 1, "minmemory": "64M", "minduration": "PT5M"})
        answer = self.assert_yes(asked)
        self.assertEqual("uri://docker-uws", answer["servicetype"])
        endpoint = answer["serviceinfo"]["endpoint"]
        self.assertEqual(self.service.url + "/jobs", endpoint)
        self.assertIn("colour", answer["notes"][0])
        job = self.client.job_of(self.client.post_document(f"{endpoint}?PHASE=RUN", json.dumps(asked),
                                                           "application/json"))
        document = job.completed()
        self.assertEqual("planned\n", job.stdout())
        self.assertEqual(300, document["executionDuration"])
        self.assertEqual(answer["notes"], document["jobInfo"]["notes"])
        values = {item["id"]: item["value"] for item in document["parameters"]}
        self.assertEqual({"IMAGE": "busybox:test", "ENTRYPOINT": "echo", "ARG": "planned", "CORES": "1",
                          "MEMORY": "64M"}, values)

    def test_a_form_asks_and_runs_likewise(self):
        pairs = [("tasktype", "docker-container"), ("taskinfo.image", "busybox:test"), ("taskinfo.entrypoint", "{echo}"),
                 ("taskinfo.args", "formed")]
        reply = self.client.post("/accepts", *pairs)
        self.assertEqual("YES", reply.json()["responseword"], reply)
        job = self.client.job_of(self.client.post("/jobs", *pairs, ("PHASE", "RUN")))
        job.completed()
        self.assertEqual("formed\n", job.stdout())

    def test_parts_of_their_own_types_ask_and_run_likewise(self):
        pairs = [("tasktype", "docker-container")]
        parts = [("taskinfo", "task.json", "application/json",
                  json.dumps({"image": "busybox:test", "entrypoint": ["echo"], "args": ["in parts"]}).encode()),
                 ("resources", None, "application/yaml", b"mincores: 1\nminmemory: 64M\n")]
        reply = self.client.post_files("/accepts", pairs, parts)
        self.assertEqual("YES", reply.json()["responseword"], reply)
        job = self.client.job_of(self.client.post_files("/jobs", [*pairs, ("PHASE", "RUN")], parts))
        document = job.completed()
        self.assertEqual("in parts\n", job.stdout())
        self.assertIn({"id": "MEMORY", "value": "64M"},
                      [{key: item[key] for key in ("id", "value")} for item in document["parameters"]])
        broken = [("taskinfo", "task.json", "application/json", b'{"image": ')]
        reply = self.client.post_files("/jobs", pairs, broken)
        self.assert_status(400, reply)
        self.assertIn("taskinfo", reply.text)

    def test_an_image_is_looked_for_in_its_registry(self):
        self.assert_yes(question(f"{OPEN}/busybox:test"))
        self.assertIn("no image", self.assert_no(question(f"{OPEN}/nothing:test"), 403, "/taskinfo/image"))
        self.assertIn("other credentials", self.assert_no(question(f"{LOCKED}/busybox:test"), 403, "/taskinfo/image"))
        self.assertIn("cannot be asked", self.assert_no(question(f"{self.nobody}/busybox:test"), 503, "/taskinfo/image"))

    def test_an_image_for_another_machine_is_not_run(self):
        push_foreign(OPEN, "foreign", "s390x")
        self.assertIn("linux/s390x", self.assert_no(question(f"{OPEN}/foreign"), 403, "/taskinfo/image"))

    def test_what_policy_and_size_refuse_is_refused_twice(self):
        self.assert_no(question("hello-world"), 403, "/taskinfo/image")
        self.assert_no(question("busybox:test", resources={"mincores": 1000}), 403, "/resources/mincores")
        self.assert_no(question("busybox:test", resources={"minduration": "2h"}), 403, "/resources/minduration")
        self.assert_no(question("busybox:test", mounts=["nowhere:/x"]), 403, "/taskinfo/mounts")
        self.assert_no(question("busybox:test", ports=["x"]), 400, "/taskinfo/ports")
        self.assert_no(question("busybox:test", tasktype="uri://sciserver-container"), 403, "/tasktype")

    def test_the_resources_are_those_of_the_engine(self):
        answer = self.assert_yes(question("busybox:test", resources={"mincores": 1, "minmemory": "1G"}))
        self.assertEqual(64, answer["resources"]["maxcores"])
        self.assertEqual("64G", answer["resources"]["maxmemory"])
        self.assertEqual("3600s", answer["resources"]["maxduration"])

    def test_a_registry_is_told_what_there_is(self):
        # The record is also validated against its schema, like every document.
        record = self.assert_status(200, self.client.get("/voresource")).text
        self.assertIn("<identifier>ivo://example.org/uws</identifier>", record)
        self.assertIn(f">{self.service.url}/accepts</accessURL>", record)
        self.assertIn(f">{self.service.url}/accepts</accessURL>", self.client.get("/capabilities").text)

    def test_the_service_conforms_to_the_note(self):
        before = self.client.get_json("/jobs")["jobs"]
        # Nearly all choices of the contract are checked without an engine, so checking them once is enough.
        choices = ["--choices"] if os.environ.get("DUWS_ENGINE") == "docker" else []
        done = subprocess.run([BINARY, "conformance", self.service.url, "--image", "busybox:test", *choices],
                              capture_output=True, text=True, timeout=3 * TEST_TIMEOUT, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual({"holds"}, {line.split()[0] for line in done.stdout.splitlines()}, done.stdout)
        self.assertGreaterEqual(len(done.stdout.splitlines()), 80 if choices else 45)
        self.assertEqual(before, self.client.get_json("/jobs")["jobs"])
        done = subprocess.run([BINARY, "conformance", self.service.url, "--planner-only"], capture_output=True, text=True,
                              timeout=TEST_TIMEOUT, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        words = [line.split()[0] for line in done.stdout.splitlines()]
        self.assertEqual((3, {"holds", "absent"}), (words.count("holds"), set(words)), done.stdout)

    def test_the_dialogue_of_the_guide_runs(self):
        with open(GUIDE, encoding="utf-8") as file:
            script = file.read().split("```python\n", 1)[1].split("```", 1)[0]
        script = script.replace("http://127.0.0.1:8080", self.service.url).replace('"busybox"', '"busybox:test"')
        done = subprocess.run(["/usr/bin/python3", "-c", script], capture_output=True, text=True, timeout=TEST_TIMEOUT,
                              check=False)
        self.assertEqual("COMPLETED hello\n\n", done.stdout, done.stderr)

    def test_what_does_not_conform_is_told(self):
        done = subprocess.run([BINARY, "conformance", f"http://{self.nobody}"], capture_output=True, text=True,
                              timeout=TEST_TIMEOUT, check=False)
        self.assertEqual(1, done.returncode)
        self.assertEqual({"FAILS"}, {line.split()[0] for line in done.stdout.splitlines()})


class Liar(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"responseword": "PERHAPS"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class ManyPlanners(unittest.TestCase):
    """Several planners for platforms that are asked together, and some addresses without a planner."""

    @classmethod
    def setUpClass(cls):
        cls.schemas = Schemas()
        cls.addClassCleanup(cls.schemas.close)
        cls.addClassCleanup(cls.schemas.check)
        password = tempfile.NamedTemporaryFile("w", suffix=".password")
        cls.addClassCleanup(password.close)
        password.write(PASSWORD)
        password.flush()
        login = {"host": LOCKED, "username": USER, "password_file": password.name}
        cls.services = {}
        for name in ("rosetta", "jupyterhub", "zeppelin"):
            # This Rosetta accepts images from three places, for any platform.
            service = planner_of(name, {"platforms: [linux/amd64]": f"allow: ['{OPEN}/*', '{LOCKED}/*', example/*]"},
                                 {"registries": [login]}) if name == "rosetta" else planner_of(name)
            cls.addClassCleanup(service.close)
            cls.addClassCleanup(service.stop)
            service.start()
            cls.services[name] = service
        cls.silent = socket.create_server(("127.0.0.1", 0))
        cls.addClassCleanup(cls.silent.close)
        liar = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        cls.addClassCleanup(liar.server_close)
        cls.addClassCleanup(liar.shutdown)
        tags = {"rosetta": ["platform", "desktops"], "jupyterhub": ["platform", "notebooks"],
                "zeppelin": ["platform", "notebooks"]}
        peers = [{"name": name, "url": service.url + "/accepts", "tags": tags[name]}
                 for name, service in cls.services.items()]
        for name, port in (("silent", cls.silent.getsockname()[1]), ("liar", liar.server_port), ("dead", free_port())):
            peers.append({"name": name, "url": f"http://127.0.0.1:{port}/accepts", "tags": ["strange"]})
        cls.asking = Service({"planner": {"peers": peers, "ask_limit": "10s", "name": "us"}})
        cls.addClassCleanup(cls.asking.close)
        cls.addClassCleanup(cls.asking.stop)
        cls.asking.start()

    def ask(self, asked):
        connection = http.client.HTTPConnection("127.0.0.1", self.asking.port, timeout=TEST_TIMEOUT)
        connection.request("POST", "/ask", json.dumps(asked), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.assertEqual(200, answer.status, body)
        return {item["planner"]: item for item in json.loads(body)["answers"]}

    def test_each_answers_for_itself_and_none_costs_another(self):
        began = time.monotonic()
        answers = self.ask({"tasktype": "uri://jupyter-notebook"})
        self.assertLess(time.monotonic() - began, 25)
        self.assertEqual(["us", "rosetta", "jupyterhub", "zeppelin", "silent", "liar", "dead"], list(answers))
        words = {name: item["answer"]["responseword"] for name, item in answers.items() if "answer" in item}
        self.assertEqual({"us": "NO", "rosetta": "NO", "jupyterhub": "YES", "zeppelin": "NO"}, words)
        self.assertEqual("uri://jupyter-hub", answers["jupyterhub"]["answer"]["servicetype"])
        self.assertIn("PERHAPS", answers["liar"]["error"])
        self.assertIn("error", answers["dead"])
        self.assertIn("error", answers["silent"])
        self.assertGreaterEqual(answers["silent"]["seconds"], 9.9)

    def test_tags_choose_who_is_asked(self):
        answers = self.ask({"tasktype": "zeppelin-notebook", "taskinfo": {"languages": ["md"]}, "tags": ["platform"]})
        self.assertEqual(["us", "rosetta", "jupyterhub", "zeppelin"], list(answers))
        self.assertEqual("YES", answers["zeppelin"]["answer"]["responseword"])
        answers = self.ask({"tasktype": "uri://jupyter-notebook", "tags": ["platform", "notebooks"]})
        self.assertEqual(["us", "jupyterhub", "zeppelin"], list(answers))
        self.assertEqual(["us"], list(self.ask({"tasktype": "uri://jupyter-notebook", "tags": ["notebooks", "strange"]})))

    def test_a_planner_alone_looks_at_images_too(self):
        push_foreign(OPEN, "exposing", "amd64")
        asked = {"tasktype": "uri://rosetta-container", "taskinfo": {"registry": OPEN, "image_name": "exposing"}}
        client = Client(self.services["rosetta"].port, self.schemas)
        answer = client.post_document("/accepts", json.dumps(asked), "application/json").json()
        self.assertEqual("YES", answer["responseword"], answer)
        asked["taskinfo"]["image_name"] = "busybox:test"
        answer = client.post_document("/accepts", json.dumps(asked), "application/json").json()
        self.assertEqual((403, "/taskinfo/interface_port"),
                         tuple(answer["responseinfo"]["reasons"][0][key] for key in ("httpcode", "path")), answer)
        asked["taskinfo"]["registry"] = LOCKED
        answer = client.post_document("/accepts", json.dumps(asked), "application/json").json()
        self.assertEqual((403, "/taskinfo/interface_port"),
                         tuple(answer["responseinfo"]["reasons"][0][key] for key in ("httpcode", "path")), answer)
        asked["taskinfo"]["image_name"] = "nothing"
        answer = client.post_document("/accepts", json.dumps(asked), "application/json").json()
        self.assertIn("has no image", answer["responseinfo"]["reasons"][0]["text"])

    def test_a_form_asks_other_services_in_their_own_words(self):
        pairs = [("tasktype", "zeppelin-notebook"), ("taskinfo.languages", "md")]
        answers = Client(self.asking.port, self.schemas).post("/ask", *pairs).json()["answers"]
        words = {item["planner"]: item["answer"]["responseword"] for item in answers if "answer" in item}
        self.assertEqual("YES", words["zeppelin"], answers)

    def test_a_planner_alone_has_nothing_to_run(self):
        service = self.services["rosetta"]
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=TEST_TIMEOUT)
        connection.request("POST", "/jobs?PHASE=RUN", json.dumps(question("busybox")), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.assertEqual(403, answer.status, answer.read())

    def test_the_command_line_asks_too(self):
        command = [BINARY, "ask", "--config", self.asking.config_file, "--tag", "platform", "--type",
                   "uri://rosetta-container", "--info", "image_name=example/desktop", "--info", "interface_port=8590"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TEST_TIMEOUT, check=False)
        self.assertEqual(0, done.returncode, done.stderr)
        lines = [line.split() for line in done.stdout.splitlines()]
        self.assertIn(["rosetta", "YES", "uri://rosetta-webinterface", "https://rosetta.example.org/"], lines)
        self.assertIn(["zeppelin", "NO"], [line[:2] for line in lines])
        url = self.services["rosetta"].url
        for planner in (url, url + "/", url + "/accepts"):
            done = subprocess.run([BINARY, "ask", "--planner", planner, *command[6:]], capture_output=True, text=True,
                                  timeout=TEST_TIMEOUT, check=False)
            self.assertEqual((0, "YES"), (done.returncode, done.stdout.split()[1]), done.stdout + done.stderr)
        done = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=TEST_TIMEOUT, check=False)
        self.assertEqual(["us", "rosetta", "jupyterhub", "zeppelin"],
                         [item["planner"] for item in json.loads(done.stdout)["answers"]])


if __name__ == "__main__":
    unittest.main()
