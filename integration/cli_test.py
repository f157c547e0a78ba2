"""Tests the command line of docker-uws: its messages about configurations, and how `serve` starts and ends."""
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from client import TEST_TIMEOUT, Client, until
from harness import BINARY, ENGINE_KIND, Schemas, Service, socket_of
from outage_case import OutageCase
from second_start import SecondStart

REFERENCE = os.path.join(os.path.dirname(__file__), "..", "config", "simple-docker-uws.yaml")

HASH = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$S8s4Mqj5vHJWcaEfqXt5Jmqm1TCBL0Ydvzq1iNSfJGs"


def run(*arguments, given=""):
    return subprocess.run([BINARY, *arguments], input=given, capture_output=True, text=True, timeout=TEST_TIMEOUT,
                          check=False)


class CommandLine(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(self.folder, "docker-uws.yaml")

    def write(self, text):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)

    def faults(self, text):
        """The messages of check-config about a configuration with faults, one line for each fault."""
        self.write(text)
        done = run("check-config", self.file)
        self.assertNotEqual(0, done.returncode, done.stdout)
        self.assertNotIn("no faults", done.stdout)
        return done.stderr.splitlines()

    def test_version_and_help(self):
        version = run("--version")
        self.assertEqual(0, version.returncode)
        self.assertRegex(version.stdout, r"^docker-uws \d+\.\d+")
        told = run("--help")
        self.assertEqual(0, told.returncode)
        for word in ("serve", "check-config", "hash-password"):
            self.assertIn(word, told.stdout)

    def test_what_is_no_command(self):
        for arguments in ([], ["dance"], ["serve"], ["check-config"], ["serve", "--config"], ["--no-such-option"]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertNotEqual(0, done.returncode)
                self.assertTrue(done.stderr.strip())

    def test_hash_password(self):
        first, second = (run("hash-password", given="a password\n") for _ in range(2))
        self.assertRegex(first.stdout, r"^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[^$]+\$[^$]+\n$")
        self.assertNotEqual(first.stdout, second.stdout)  # each hash has its own salt
        self.assertNotEqual(0, run("hash-password", given="").returncode)
        self.assertNotEqual(0, run("hash-password", given="\n").returncode)

    def test_the_reference_deployment_has_no_faults(self):
        done = run("check-config", REFERENCE)
        self.assertEqual((0, []), (done.returncode, self.but_for_warnings(done.stderr)))
        self.assertIn("no faults", done.stdout)

    def test_the_reference_deployment_has_none_with_all_it_shows(self):
        """Every key that is commented out is understood, and its default or example is right."""
        lines = []
        with open(REFERENCE, encoding="utf-8") as file:
            for line in file.read().splitlines():
                match = re.match(r"^(\s*)# ?((?:- )?[a-z_]+:(?: .*)?|  (?:- )?.*)$", line)
                lines.append(match.group(1) + match.group(2) if match and not line.startswith("#   docker-uws") else line)
        text = "\n".join(lines)
        for empty in ("users: []", "volumes: []", "classes: []", "applications: []"):  # the example below replaces it
            text = text.replace(empty, "")
        for name in ("registry.password", "help.html"):
            there = os.path.join(self.folder, name)
            with open(there, "w", encoding="ascii") as file:
                file.write("x")
            text = text.replace("/etc/docker-uws/" + name, there)
        text = text.replace('"$argon2id$..."', f'"{HASH}"').replace('"sha256:..."', f'"sha256:{"0" * 64}"')
        text = text.replace("tool@sha256:...", "tool@sha256:" + "0" * 64)
        text = re.sub(r"(?m)^  url: postgresql.*$", "", text)
        self.write(text)
        done = run("check-config", self.file)
        self.assertEqual((0, []), (done.returncode, self.but_for_warnings(done.stderr)), text)
        for key in ("trusted_proxies", "per_owner", "password_file", "allow_addresses", "engine_network", "archive_for",
                    "sync_by_get", "media_type"):
            self.assertRegex(text, rf"(?m)^ +(- )?{key}:")

    def test_every_fault_is_told_with_its_line(self):
        told = self.faults("""http:
  address: 127.0.0.1
  port: eighty
  wrokers: 2
database:
  url: mysql://x
blobs:
  folder: [a]
identity:
  anonymous: sometimes
  users:
    - name: "a:b"
      password_hash: plain
images:
  open: maybe
  allow: ["Not An Image"]
resources:
  max_memory: 8
  default_cores: 0
jobs:
  wait_cap: soon
runs:
  pids: 0
inputs:
  allow_addresses: [here]
engines:
  - socket: tcp://1.2.3.4
    run_as: "0:0"
log:
  level: loud
surprise: 1
""")
        by_line = {int(re.match(rf"^{re.escape(self.file)}:(\d+): ", line).group(1)): line for line in told}
        self.assertEqual(sorted(int(re.match(r".*?:(\d+): ", line).group(1)) for line in told),
                         [int(re.match(r".*?:(\d+): ", line).group(1)) for line in told])
        for number, words in {
            3: ["port", "65535"], 4: ["wrokers", "workers"], 6: ["url", "sqlite3"], 8: ["folder"], 10: ["off, own, shared"],
            12: ["name", "colon"], 13: ["password_hash", "hash-password"], 15: ["open", "true or false"],
            16: ["Not An Image"], 18: ["max_memory", "8G"], 19: ["default_cores"], 21: ["wait_cap", "12h"], 23: ["pids"], 25: ["here"],
            27: ["unix://"], 28: ["run_as"], 30: ["level", "debug"], 31: ["surprise"],
        }.items():
            with self.subTest(number):
                self.assertIn(number, by_line, told)
                for word in words:
                    self.assertIn(word, "\n".join(line for line in told if f":{number}: " in line))

    def test_files_that_are_none(self):
        self.assertIn("cannot be read", run("check-config", "/no/such/file").stderr)
        for text, word in [("a: [", ":"), ("- a\n- b\n", "mapping"), ("", ""), ("http: {}\nhttp: {}\n", "http"),
                           ("\x01", ""), ("a: &a [*a]", "")]:
            with self.subTest(text):
                told = self.faults(text)
                self.assertTrue(told)
                self.assertIn(word, "\n".join(told))

    @staticmethod
    def but_for_warnings(text):
        return [line for line in text.splitlines() if ": warning: " not in line]

    def serve_refuses(self, text):
        self.write(text)
        done = run("serve", "--config", self.file)
        self.assertNotEqual(0, done.returncode)
        self.assertEqual([], [name for name in os.listdir(self.folder) if name != "docker-uws.yaml"])
        return done.stderr

    def config(self, address, anonymous, images="open: true", users="", proxies=""):
        return f"""http:
  address: {address}
  port: 0
{proxies}
database:
  url: sqlite3://{self.folder}/db
blobs:
  folder: {self.folder}/blobs
identity:
  anonymous: {anonymous}
{users}
images:
  {images}
engines:
  - name: local
    socket: unix://{socket_of(ENGINE_KIND)}
"""

    USERS = f"  users:\n    - name: ada\n      password_hash: \"{HASH}\""

    def test_off_loopback_nobody_runs_anything_without_a_name(self):  # images.open with anonymous use
        for mode in ("own", "shared"):
            told = self.serve_refuses(self.config("0.0.0.0", mode))
            self.assertIn(f"{self.file}:13: /images/open", told)
            self.assertIn("open: false", told)

    def test_off_loopback_passwords_need_a_trusted_proxy(self):
        told = self.serve_refuses(self.config("0.0.0.0", "off", "open: false", self.USERS))
        self.assertIn(f"{self.file}:2: /http/address", told)
        self.assertIn("127.0.0.1", told)
        self.assertIn("trusted_proxies", told)

    def test_what_is_safe_is_not_refused(self):
        for text in (self.config("127.0.0.1", "shared", users=self.USERS), self.config("0.0.0.0", "own", "open: false"),
                     self.config("0.0.0.0", "off", "open: true", self.USERS, "  trusted_proxies: [10.0.0.1]")):
            self.write(text)
            done = run("check-config", self.file)
            self.assertEqual((0, []), (done.returncode, self.but_for_warnings(done.stderr)))

    def test_off_loopback_what_anybody_publishes_needs_a_name_too(self):
        told = self.serve_refuses(self.config("0.0.0.0", "own", 'allow: [busybox, "*"]'))
        self.assertIn(f"{self.file}:13: /images/allow: '*' lets in what anybody publishes", told)
        # Through a proxy callers from outside can reach a service that listens on loopback only.
        told = self.serve_refuses(self.config("127.0.0.1", "own", proxies="  trusted_proxies: [127.0.0.1]"))
        self.assertIn("/images/open", told)
        self.write(self.config("0.0.0.0", "own", "allow: [busybox, docker.io/astro/*]"))
        self.assertEqual(0, run("check-config", self.file).returncode)

    def test_what_is_not_there_is_a_warning(self):
        self.write(self.config("127.0.0.1", "own").replace("/blobs", "/no/blobs").replace("/db", "/none/db") + f"""
  - name: second
    socket: unix://{self.folder}/none.sock
  - name: third
    socket: unix://{self.file}
volumes:
  - name: there
    source: {self.folder}
  - name: engines
    source: a-volume
  - name: gone
    source: {self.folder}/gone
""")
        done = run("check-config", self.file)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("no faults", done.stdout)
        told = done.stderr.splitlines()
        self.assertEqual([], self.but_for_warnings(done.stderr))
        for path, what in [("/database/url", "/none' is not there"), ("/blobs/folder", "/no/blobs' is not there"),
                           ("/engines/1/socket", "none.sock' is not there"), ("/engines/2/socket", "is something else"),
                           ("/volumes/2/source", "/gone' is not there")]:
            self.assertEqual(1, len([line for line in told if path in line and what in line]), told)
        self.assertEqual(5, len(told), told)

    def test_a_fault_says_what_is_accepted_once(self):
        told = self.faults("""http:
  trusted_proxies: [nonsense]
  public_urls: [uws.example.org]
  cors_origins: ["*"]
limits:
  exempt: [here]
inputs:
  allow_addresses: [there]
identity:
  proxy:
    addresses: [somewhere]
volumes:
  - {name: a, source: /a}
  - {name: a, source: /b}
resources:
  default_cores: 65
""")
        for line in told:
            self.assertLessEqual(line.count("(accepted: "), 1, line)
        told = "\n".join(told)
        for words in ("'nonsense'", "'uws.example.org'", "'*'", "'here'", "'there'", "'somewhere'", "/volumes/1/name",
                      "/resources/default_cores"):
            self.assertIn(words, told)

    def test_a_database_that_cannot_be_opened_ends_serve(self):
        self.write(self.config("127.0.0.1", "own").replace(f"{self.folder}/db", f"{self.file}/db"))
        done = run("serve", "--config", self.file)
        self.assertEqual(1, done.returncode)
        self.assertIn(self.file, done.stdout + done.stderr)

    def test_a_port_that_is_taken_ends_serve(self):
        service = Service()
        self.addCleanup(service.close)
        self.addCleanup(service.stop)
        service.start()
        self.write(self.config("127.0.0.1", "own").replace("port: 0", f"port: {service.port}"))
        done = run("serve", "--config", self.file)
        self.assertEqual(1, done.returncode)
        self.assertIn(str(service.port), done.stdout + done.stderr)


class Ending(unittest.TestCase):

    def setUp(self):
        self.schemas = Schemas()
        self.addCleanup(self.schemas.close)
        self.service = Service()
        self.addCleanup(self.service.close)
        self.addCleanup(self.service.stop)
        self.service.start()
        self.client = Client(self.service.port, self.schemas)

    def test_a_held_wait_is_answered_before_the_end(self):
        job = self.client.create(("IMAGE", "busybox:test"))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            held = pool.submit(job.get, "?WAIT=50")
            until(lambda: self.client.waiters() == 1, "the wait to be held")
            start = time.monotonic()
            self.service.stop()
            reply = held.result()
        self.assertLess(time.monotonic() - start, 40)
        self.assertEqual(200, reply.status, reply)
        self.assertIn("PENDING", reply.text)

    def test_jobs_outlive_the_service(self):
        job = self.client.shell("echo before; sleep 2; echo after")
        pending = self.client.create(("IMAGE", "busybox:test"), ("ARG", "kept"))
        job.wait_for("EXECUTING")
        self.service.stop()
        self.service.start()
        self.assertEqual("kept", pending.get("/parameters/ARG").text)
        job.completed()
        self.assertEqual("before\nafter\n", job.stdout())
        job.delete()
        self.schemas.check()

    def test_signals_that_mean_other_things_elsewhere_end_nothing(self):
        for each in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            before = len(self.service.log())
            self.service.process.send_signal(each)
            until(lambda: "signal ignored" in self.service.log()[before:], f"{each.name} to be logged")
        self.assertEqual(200, self.client.get("/jobs").status)

    def test_the_log_as_json(self):
        self.service.stop()
        self.service.config["log"] = {"format": "json"}
        with open(self.service.config_file, "w", encoding="utf-8") as file:
            json.dump(self.service.config, file)
        before = len(self.service.log())
        self.service.start()
        self.service.stop()
        lines = [json.loads(line) for line in self.service.log()[before:].splitlines()]
        self.assertTrue(all(isinstance(line, dict) for line in lines) and lines)


class AnotherBesideIt(SecondStart, OutageCase):
    """A second service with the same SQLite database or blob folder. For PostgreSQL see neighbours_test."""

    def test_another_database_in_the_same_blob_folder_is_refused(self):
        other = Service({"blobs": {"folder": self.service.blobs}})
        self.addCleanup(other.close)
        second = other.start_again()
        self.assertEqual(1, second.returncode, second.stderr)
        self.assertIn(f"the blob folder {self.service.blobs} is in use: pid {self.service.process.pid} on ", second.stderr)


if __name__ == "__main__":
    unittest.main()
