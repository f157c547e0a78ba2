"""Tests what operators see: metrics, logs, traces, notifications to systemd; and that no secret appears there."""
import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from chaos_proxy import ChaosProxy
from client import TEST_TIMEOUT, basic, until
from file_server import file_server
from harness import BINARY, ENGINE_KIND, Service, ServiceCase, socket_of

PASSWORD = "pass-word-7Qx"
TOKEN = "to-ken-9Zk"
WRONG = "wr-ong-3Pm"
VALUE = "env-value-5Lt"
URL_SECRET = "url-secret-2Hv"
UPLOADED = "upload-bytes-8Bn"
METRICS_TOKEN = "metrics-token-6Yd"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"

SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? (-?[0-9.e+-]+|\+Inf|NaN)$')


def token_hash(token):
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def samples(text):
    """The samples of a metrics document by name and labels. Every line must follow the format."""
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, f"{name} comes twice"
            assert kind in ("counter", "gauge", "histogram"), line
            types[name] = kind
        elif not line.startswith("# HELP "):
            match = SAMPLE.match(line)
            assert match, f"not a sample: {line}"
            family = re.sub(r"_(bucket|sum|count)$", "", match.group(1))
            assert match.group(1) in types or types.get(family) == "histogram", f"without a type: {line}"
            key = match.group(1) + (match.group(2) or "")
            assert key not in found, f"{key} comes twice"
            found[key] = float(match.group(3))
    return found


class Operations(ServiceCase):
    LOG_FORMAT = "json"

    @classmethod
    def config(cls):
        hashed = subprocess.run([BINARY, "hash-password"], input=PASSWORD + "\n", capture_output=True, text=True,
                                check=True).stdout.strip()
        return {
            "log": {"level": "debug", "format": cls.LOG_FORMAT, "requests": "all"},
            "identity": {"anonymous": "own", "users": [
                {"name": "ada", "password_hash": hashed, "token_hashes": [token_hash(TOKEN)]}]},
            "metrics": {"token_hashes": [token_hash(METRICS_TOKEN)]},
            "inputs": {"allow_addresses": ["127.0.0.1/32"]},
        }

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="duws-proxy.")
        cls.addClassCleanup(shutil.rmtree, folder, True)
        cls.proxy = ChaosProxy(socket_of(ENGINE_KIND), os.path.join(folder, "engine.sock")).start()
        cls.addClassCleanup(cls.proxy.stop)
        cls.ENGINE = {**ServiceCase.ENGINE, "socket": f"unix://{cls.proxy.path}"}
        super().setUpClass()

    def metrics(self):
        reply = self.assert_status(200, self.client.get("/metrics"))
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", reply.headers["Content-Type"])
        return samples(reply.text)

    def log_lines(self, start=0):
        return [json.loads(line) for line in self.service.log()[start:].splitlines()]

    # -- metrics

    def test_what_is_counted(self):
        before = self.metrics()
        job = self.client.shell("echo hello")
        job.completed()
        self.client.get("/nowhere")
        once = ('docker_uws_http_requests_total{method="POST",route="/jobs",status="303"}',
                'docker_uws_http_requests_total{method="",route="",status="404"}',
                'docker_uws_http_request_duration_seconds_count{method="POST",route="/jobs"}',
                'docker_uws_jobs_ended_total{phase="COMPLETED"}',
                "docker_uws_job_run_seconds_count", "docker_uws_job_queue_seconds_count")
        # Counters are increased only after the response or the commit.
        after = until(lambda: all((now := self.metrics()).get(key, 0) > before.get(key, 0) for key in once) and now,
                      "all to be counted")

        def more(key):
            return after.get(key, 0) - before.get(key, 0)

        for key in once:
            self.assertEqual(1, more(key), key)
        self.assertGreaterEqual(more("docker_uws_database_writes_total"), 5)
        self.assertGreaterEqual(more('docker_uws_database_duration_seconds_count{kind="read"}'), 1)
        self.assertGreaterEqual(more('docker_uws_database_duration_seconds_count{kind="write"}'), 1)
        self.assertGreaterEqual(
            more(f'docker_uws_engine_call_duration_seconds_count{{socket="{self.proxy.path}"}}'), 4)
        self.assertEqual(1, after['docker_uws_engine_up{engine="local"}'])
        self.assertGreaterEqual(after['docker_uws_pool_threads{pool="db-reader"}'], 1)
        self.assertGreaterEqual(after["docker_uws_http_connections"], 1)
        self.assertGreater(after["process_resident_memory_bytes"], 1e6)
        for idle in ('docker_uws_pool_queue{pool="db-reader"}', 'docker_uws_pool_busy{pool="http-disk"}'):
            until(lambda key=idle: self.metrics()[key] == 0, idle + " to be 0")
        job.delete()

    def test_jobs_by_phase_and_waiters(self):
        job = self.client.create(("IMAGE", "busybox:test"))
        until(lambda: self.metrics()['docker_uws_jobs{phase="PENDING"}'] >= 1, "the job to be counted")
        with socket.create_connection(("127.0.0.1", self.service.port), TEST_TIMEOUT) as waiting:
            waiting.sendall(f"GET {job.url.removeprefix(self.client.base)}?WAIT=50 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            # Before the first waiter the metrics do not have this line.
            until(lambda: self.metrics().get("docker_uws_waiters") == 1, "the waiter to be counted")
        until(lambda: self.metrics()["docker_uws_waiters"] == 0, "the waiter to be gone")
        job.delete()

    def test_who_may_read_them(self):
        through_a_proxy = self.client.get("/metrics", {"X-Forwarded-For": "192.0.2.1"})
        self.assert_status(403, through_a_proxy)
        token = {"Authorization": f"Bearer {METRICS_TOKEN}", "X-Forwarded-For": "192.0.2.1"}
        self.assert_status(200, self.client.get("/metrics", token))
        self.assert_status(403, self.client.get("/metrics", {**token, "Authorization": f"Bearer {TOKEN}"}))

    # -- logs and traces

    def test_a_request_is_followed_into_the_job_the_engine_and_what_is_fetched(self):
        start = len(self.service.log())
        with file_server("127.0.0.1") as files:
            reply = self.client.post("/jobs", ("IMAGE", "busybox:test"), ("ARG", "true"), ("PHASE", "RUN"),
                                     ("INPUT", f"x,http://127.0.0.1:{files.server_port}/data.txt"),
                                     headers={"traceparent": TRACEPARENT})
            job = self.client.job_of(reply)
            job.completed()
        request = reply.headers["X-Request-Id"]
        self.assertTrue(request)
        lines = until(lambda: (found := self.log_lines(start)) and
                      any(line["message"] == "job ended" and line["job"] == job.id for line in found) and found,
                      "the end in the log")
        asked = [line for line in lines if line["message"] == "request" and line["request"] == request]
        self.assertEqual([(TRACE, "303", "POST /jobs", "127.0.0.1")],
                         [(line["trace"], line["status"], line["what"], line["peer"]) for line in asked])
        made = [line for line in lines if line["message"] == "job created" and line["job"] == job.id]
        self.assertEqual([(request, TRACE)], [(line["request"], line["trace"]) for line in made])
        ended = [line for line in lines if line["message"] == "job ended" and line["job"] == job.id]
        self.assertEqual([(TRACE, "COMPLETED")], [(line["trace"], line["phase"]) for line in ended])
        traced = [one for one in self.proxy.requests if one.trace and TRACE in one.trace]
        self.assertIn("POST", {one.method for one in traced})
        self.assertTrue(any("/containers/create" in one.path for one in traced), traced)
        spans = [one.trace for one in traced] + files.traces
        self.assertTrue(files.traces and all(span and TRACE in span for span in files.traces), files.traces)
        self.assertEqual(len(spans), len(set(spans)), "a span for each call")
        job.delete()

    def test_every_line_is_an_object_with_time_level_and_message(self):
        self.client.get("/jobs\"%0a{}")
        for line in self.log_lines():
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
            self.assertTrue(line["message"])

    def test_no_secret_is_ever_logged(self):
        ada = self.client.as_user(basic("ada", PASSWORD))
        by_token = self.client.as_user({"Authorization": f"Bearer {TOKEN}"})
        self.client.as_user(basic("ada", WRONG)).get("/jobs")
        self.client.as_user({"Authorization": f"Bearer {WRONG}"}).get("/jobs")
        self.client.as_user({"Authorization": f"Strange {WRONG}"}).get("/jobs")
        by_token.get(f"/jobs?RUNID={URL_SECRET}&access_token={URL_SECRET}")
        self.client.get(f"/nowhere?password={URL_SECRET}", {"Cookie": f"session={URL_SECRET}"})
        self.client.get("/metrics", {"Authorization": f"Bearer {METRICS_TOKEN}"})
        job = ada.job_of(ada.post_files(
            "/jobs", [("IMAGE", "busybox:test"), ("ENTRYPOINT", "/bin/sh"), ("ARG", "-c"), ("ARG", f"echo {VALUE}; exit 3"),
                      ("ENV", f"SECRET={VALUE}"), ("INPUT", "a,param:A"), ("PHASE", "RUN")],
            [("A", "a", None, UPLOADED.encode())]))
        job.failed()
        fetched = ada.run(("IMAGE", "busybox:test"), ("ARG", "true"),
                          ("INPUT", f"x,http://127.0.0.1:1/x?token={URL_SECRET}"))
        fetched.wait_for_end()
        ada.post("/jobs", ("IMAGE", "busybox:test"), ("INPUT", f"x,http://user:{URL_SECRET}@127.0.0.1:1/x"))
        ada.post("/jobs", ("IMAGE", "not-on-the-list"), ("ENV", f"SECRET={VALUE}"))
        for one in (job, fetched):
            one.delete()
        log = self.service.log()
        self.assertIn(job.id, log)
        secrets = [PASSWORD, TOKEN, WRONG, VALUE, URL_SECRET, UPLOADED, METRICS_TOKEN]
        secrets += [base64.b64encode(f"ada:{password}".encode()).decode() for password in (PASSWORD, WRONG)]
        for secret in secrets:
            self.assertNotIn(secret, log)


class PlainLog(ServiceCase):
    CONFIG = {"log": {"requests": "all"}}

    def test_lines_for_people(self):
        self.client.get("/jobs?secret=x")
        lines = until(lambda: [line for line in self.service.log().splitlines()
                               if " request " in line and "GET /jobs" in line], "the line")
        self.assertRegex(lines[-1], r'^\S+Z info request request=\S+ trace="" peer=127\.0\.0\.1 user="" '
                                    r'what="GET /jobs" status=200 microseconds=\d+$')


class Supervised(unittest.TestCase):
    """Runs the service like systemd with Type=notify and a watchdog."""

    def test_what_systemd_is_told(self):
        service = Service()
        self.addCleanup(service.close)
        path = os.path.join(service.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.bind(path)
            supervisor.settimeout(TEST_TIMEOUT)
            self.addCleanup(service.stop)
            service.start({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "600000"})
            self.assertIn("READY=1", supervisor.recv(1000).decode().split("\n"))
            for _ in range(3):
                self.assertEqual("WATCHDOG=1", supervisor.recv(1000).decode())
            service.stop()
            told = supervisor.recv(1000).decode()
            while told == "WATCHDOG=1":
                told = supervisor.recv(1000).decode()
            self.assertIn("STOPPING=1", told.split("\n"))

    def test_the_unit_is_one_that_systemd_takes(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd here")
        unit = os.path.join(os.path.dirname(__file__), "..", "config", "docker-uws.service")
        with open(unit, encoding="utf-8") as file:
            text = file.read().replace("/usr/local/bin/docker-uws", os.path.abspath(BINARY))
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "docker-uws.service")
            with open(copy, "w", encoding="utf-8") as file:
                file.write(text)
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True,
                                  check=False)
            self.assertEqual((0, ""), (done.returncode, done.stderr))
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", copy],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(0, done.returncode, done.stdout[-300:])


if __name__ == "__main__":
    unittest.main()
