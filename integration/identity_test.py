"""Who may ask, and whose jobs are whose (U65): users and tokens, anonymous use off, own and shared."""
import hashlib
import subprocess
import time
import unittest

from client import basic
from harness import BINARY, ServiceCase

PASSWORD = "correct horse é battery"
TOKEN = "a-token-of-ada"


def hashed(password):
    return subprocess.run([BINARY, "hash-password"], input=password + "\n", capture_output=True, text=True,
                          check=True).stdout.strip()


def bearer(token):
    return {"Authorization": "Bearer " + token}


class IdentityCase(ServiceCase):
    ANONYMOUS = "off"
    HEADERS = basic("ada", PASSWORD)

    @classmethod
    def config(cls):
        return {"identity": {"anonymous": cls.ANONYMOUS, "users": [
            {"name": "ada", "password_hash": hashed(PASSWORD),
             "token_hashes": ["sha256:" + hashlib.sha256(TOKEN.encode()).hexdigest()]},
            {"name": "bob", "password_hash": hashed("bob's")},
        ]}}

    def setUp(self):
        super().setUp()
        self.ada = self.client
        self.bob = self.client.as_user(basic("bob", "bob's"))
        self.nobody = self.client.as_user({})

    @staticmethod
    def listed(client):
        return [job["jobId"] for job in client.get_json("/jobs")["jobs"]]

    def make(self, client):
        return client.create(("IMAGE", "busybox:test"))


class Users(IdentityCase):

    def test_a_password_and_a_token_are_the_same_user(self):
        job = self.make(self.ada)
        by_token = self.client.as_user(bearer(TOKEN))
        self.assertEqual("ada", by_token.get(job.url + "/owner").text)
        self.assertEqual("ada", job.document()["ownerId"])
        self.assertIn(job.id, self.listed(by_token))
        self.assertIn(">ada</uws:ownerId>", self.ada.get("/jobs").text)

    def test_the_real_curl_with_a_password(self):
        reply = subprocess.run(["curl", "-sS", "-u", "ada:" + PASSWORD, self.service.url + "/jobs"], capture_output=True,
                               text=True, check=True).stdout
        self.assertIn("<uws:jobs", reply)

    def test_no_name_no_answer_but_a_challenge(self):
        for client in (self.nobody, self.client.as_user(basic("ada", "wrong")),
                       self.client.as_user(basic("eve", PASSWORD)),
                       self.client.as_user(bearer("wrong")), self.client.as_user({"Authorization": "Digest x"}),
                       self.client.as_user({"Authorization": "Basic !!!"})):
            for reply in (client.get("/jobs"), client.post("/jobs", ("IMAGE", "busybox")), client.delete("/jobs/x"),
                          client.post("/sync", ("IMAGE", "busybox"))):
                with self.subTest(str(client.headers)):
                    self.assert_status(401, reply)
                    schemes = {value.split()[0] for value in reply.headers.get_all("WWW-Authenticate")}
                    self.assertEqual({"Basic", "Bearer"}, schemes)
                    self.assertIn("Authorization", reply.text)

    def test_availability_needs_no_name(self):
        self.assert_status(200, self.nobody.get("/availability"))

    def test_jobs_belong_to_their_owner(self):
        job = self.ada.shell("echo secret")
        job.completed()
        self.assertNotIn(job.id, self.listed(self.bob))
        for path in ("", "/phase", "/results", "/results/stdout", "/parameters", "/parameters/ARG", "/error", "/owner",
                     "?WAIT=1"):
            reply = self.assert_status(403, self.bob.get(job.url + path))
            self.assertNotIn("secret", reply.text)
        self.assert_status(403, self.bob.get(job.url.replace("/jobs/", "/sync/")))
        self.assert_status(403, self.bob.delete(job.url))
        self.assert_status(403, self.bob.post(job.url, ("ACTION", "DELETE")))
        self.assert_status(403, self.bob.post(job.url + "/phase", ("PHASE", "ABORT")))
        self.assert_status(403, self.bob.post(job.url + "/parameters", ("ARG", "x")))
        self.assert_status(403, self.bob.request("PUT", job.url + "/parameters/ARG", b"x"))
        self.assertEqual("COMPLETED", job.phase())

    def test_a_verified_password_is_remembered(self):
        self.ada.get("/jobs")
        start = time.monotonic()
        for _ in range(20):
            self.assert_status(200, self.ada.get("/jobs"))
        remembered = (time.monotonic() - start) / 20
        start = time.monotonic()
        for number in range(3):
            self.client.as_user(basic("ada", f"wrong {number}")).get("/jobs")
        self.assertLess(remembered, (time.monotonic() - start) / 3)


class AnonymousOwn(IdentityCase):
    ANONYMOUS = "own"

    def test_an_anonymous_job_is_known_by_its_url_only(self):
        job = self.make(self.nobody)
        self.assertIsNone(job.document()["ownerId"])
        self.assertEqual([], self.listed(self.nobody))
        self.assertNotIn(job.id, self.listed(self.ada))
        self.assert_status(303, self.nobody.post(job.url, ("ARG", "x")))
        self.assert_status(303, job.delete())

    def test_a_users_job_is_not_for_the_anonymous(self):
        job = self.make(self.ada)
        self.assertIn(self.nobody.get(job.url).status, (401, 403))
        self.assertIn(self.nobody.delete(job.url).status, (401, 403))
        self.assertEqual([job.id], self.listed(self.ada))

    def test_a_wrong_password_does_not_make_one_anonymous(self):
        self.assert_status(401, self.client.as_user(basic("ada", "wrong")).get("/jobs"))


class AnonymousShared(IdentityCase):
    ANONYMOUS = "shared"

    def test_all_anonymous_see_all_that_is_anonymous(self):
        shared, adas = self.make(self.nobody), self.make(self.ada)
        self.assertEqual([shared.id], self.listed(self.nobody))
        self.assertIn(adas.id, self.listed(self.ada))
        self.assertIn(self.nobody.get(adas.url).status, (401, 403))
        self.assert_status(303, shared.delete())


if __name__ == "__main__":
    unittest.main()
