"""Tests images from real registries on loopback (with-registry): pulls with progress, and each kind of failed pull."""
import os
import socket
import tempfile
import threading
import unittest

from chaos_proxy import CHUNK, close
from client import until
from harness import PODMAN, ServiceCase

OPEN = os.environ.get("DUWS_TEST_REGISTRY", "")
LOCKED = os.environ.get("DUWS_TEST_REGISTRY_LOCKED", "")
USER = os.environ.get("DUWS_TEST_REGISTRY_USER", "")
PASSWORD = os.environ.get("DUWS_TEST_REGISTRY_PASSWORD", "")


class SlowRegistry:
    """A proxy of the registry that needs no login. It passes on the second half of a large layer slowly, until the test
    lets it through."""
    SLOW_AFTER, CHUNK_SECONDS = 8 << 20, 0.25

    def __init__(self):
        self.passed, self.may_pass = 0, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.name = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(OPEN.split(":"))
            except OSError:
                close(client)
                continue
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self.relay, args=(source, target), daemon=True).start()

    def relay(self, source, target):
        try:
            while data := source.recv(CHUNK):
                self.passed += len(data)
                if self.passed > self.SLOW_AFTER:
                    self.may_pass.wait(self.CHUNK_SECONDS)
                target.sendall(data)
        except OSError:
            pass
        close(source)
        close(target)

    def close(self):
        self.may_pass.set()
        close(self.listener)


class RegistryCase(ServiceCase):
    @classmethod
    def config(cls):
        cls.slow = SlowRegistry()
        cls.addClassCleanup(cls.slow.close)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            cls.nobody = f"127.0.0.1:{probe.getsockname()[1]}"
        return {"images": {"allow": [f"{registry}/*" for registry in (OPEN, LOCKED, cls.slow.name, cls.nobody)]}}

    def setUp(self):
        super().setUp()
        self.forget_images()
        self.addCleanup(self.forget_images)

    def forget_images(self):
        for registry in (OPEN, LOCKED, self.slow.name):
            for image in ("busybox:test", "large:test"):
                # The engine refuses to remove the image while a container of it is being removed.
                until(lambda name=f"{registry}/{image}":
                      self.engine.call("DELETE", f"/images/{name}?force=1")[0] == 404, f"{registry}/{image} to be gone")

    def run_image(self, image):
        return self.client.run(("IMAGE", image), ("ENTRYPOINT", "echo"), ("ARG", "ran"))

    def assert_fails(self, image, kind, words):
        job = self.run_image(image)
        summary = job.failed()["errorSummary"]
        self.assertEqual(kind, summary["type"], summary)
        for word in words:
            self.assertIn(word, summary["message"])
        self.assertIn(image, job.get("/error").text)
        self.assertIsNone(job.document()["startTime"])
        self.assertEqual([], job.document()["results"])
        return summary["message"]


class WithoutALogin(RegistryCase):

    def test_an_image_is_pulled_and_its_digest_recorded(self):
        job = self.run_image(f"{OPEN}/busybox:test")
        document = job.completed()
        self.assertEqual("ran\n", job.stdout())
        info = document["jobInfo"]
        self.assertEqual(f"{OPEN}/busybox:test", info["image"])
        self.assertIn("pulled", info["steps"])
        repo_digests = self.engine.call("GET", f"/images/{OPEN}/busybox:test/json")[1]["RepoDigests"]
        self.assertIn(f"{OPEN}/busybox@{info['imageDigest']}", repo_digests)

    def test_an_image_is_pulled_by_its_digest(self):
        digest = self.run_image(f"{OPEN}/busybox:test").completed()["jobInfo"]["imageDigest"]
        self.forget_images()
        job = self.run_image(f"{OPEN}/busybox@{digest}")
        self.assertEqual(digest, job.completed()["jobInfo"]["imageDigest"])
        self.engine.call("DELETE", f"/images/{OPEN}/busybox@{digest}?force=1")

    def test_the_progress_of_a_pull_is_seen(self):
        image = f"{self.slow.name}/large:test"
        job = self.run_image(image)
        seen = []

        def look():
            document = job.document()
            self.assertEqual("QUEUED", document["phase"])  # U46
            seen.append(document["jobInfo"].get("progress", {}))
            return seen[-1].get("message") == f"pulling {image}" and ("percent" in seen[-1] or PODMAN)  # Podman: no %

        until(look, "the pull to be told of")
        self.slow.may_pass.set()
        document = job.completed()
        self.assertIn("pulled", document["jobInfo"]["steps"])
        self.assertNotIn("progress", document["jobInfo"])
        percents = [progress["percent"] for progress in seen if "percent" in progress]
        self.assertTrue(all(0 <= percent < 100 for percent in percents), seen)

    def test_many_jobs_share_one_pull(self):
        jobs = [self.run_image(f"{OPEN}/large:test") for _ in range(4)]
        for job in jobs:
            job.completed()

    def test_an_image_that_is_not_there(self):
        for image in (f"{OPEN}/nothing:test", f"{OPEN}/busybox:other", f"{OPEN}/busybox@sha256:{'0' * 64}"):
            with self.subTest(image):
                self.assert_fails(image, "fatal", [image, "does not exist"])

    def test_a_registry_that_wants_a_login(self):
        self.assert_fails(f"{LOCKED}/busybox:test", "fatal", ["credentials"])

    def test_a_registry_that_is_gone(self):
        message = self.assert_fails(f"{self.nobody}/busybox:test", "transient", ["could not be pulled"])
        self.assertNotIn("credentials", message)

    def test_a_pull_can_be_aborted(self):
        job = self.run_image(f"{OPEN}/large:test")
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        job.wait_for("ABORTED")
        self.assert_freed(job)


class LoginCase(RegistryCase):
    """A service with one registry login, whose password is in a file."""
    PASSWORD = ""

    @classmethod
    def setUpClass(cls):
        file = tempfile.NamedTemporaryFile("w", suffix=".password")
        cls.addClassCleanup(file.close)
        file.write(cls.PASSWORD + "\n")
        file.flush()
        cls.ENGINE = {"registries": [{"host": LOCKED, "username": USER, "password_file": file.name}]}
        super().setUpClass()


class WithTheRightLogin(LoginCase):
    PASSWORD = PASSWORD

    def test_the_image_is_pulled(self):
        job = self.run_image(f"{LOCKED}/busybox:test")
        job.completed()
        self.assertEqual("ran\n", job.stdout())

    def test_the_password_is_told_to_nobody(self):
        job = self.run_image(f"{LOCKED}/nothing:test")
        job.failed()
        told = job.get().text + job.get("/error").text + self.service.log() + self.client.get("/availability").text
        self.assertNotIn(PASSWORD, told)


class WithAWrongLogin(LoginCase):
    PASSWORD = "wrong"

    def test_the_registry_refuses(self):
        self.assert_fails(f"{LOCKED}/busybox:test", "fatal", ["credentials"])

    def test_the_open_registry_is_not_concerned(self):
        self.run_image(f"{OPEN}/busybox:test").completed()


if __name__ == "__main__":
    unittest.main()
