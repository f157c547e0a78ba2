"""Tests identities and the ownership of jobs (U65): users and tokens; anonymous use as off, own and shared; identities
from a proxy; pages of other sites (U69). DUWS_DATABASE names the database."""
import hashlib
import http.client
import statistics
import subprocess
import time
import unittest

from client import basic
from harness import BINARY, ServiceCase
from tree_case import DATABASE

PASSWORD = "correct horse é battery"
TOKEN = "a-token-of-ada"


def hashed(password):
    return subprocess.run([BINARY, "hash-password"], input=password + "\n", capture_output=True, text=True,
                          check=True).stdout.strip()


def bearer(token):
    return {"Authorization": "Bearer " + token}


class IdentityCase(ServiceCase):
    DATABASE = DATABASE
    ANONYMOUS = "off"
    HEADERS = basic("ada", PASSWORD)

    @classmethod
    def config(cls):
        return {"log": {"level": "debug"}, "identity": {"anonymous": cls.ANONYMOUS, "users": [
            {"name": "ada", "password_hash": hashed(PASSWORD),
             "token_hashes": ["sha256:" + hashlib.sha256(TOKEN.encode()).hexdigest()]},
            {"name": "bob", "password_hash": hashed("bob's")},
        ]}}

    @classmethod
    def leave_nothing(cls):
        super().leave_nothing()
        log = cls.service.log()
        for secret in (PASSWORD, TOKEN, "bob's", cls.HEADERS["Authorization"].split()[1]):
            assert secret not in log, "a secret stands in the log"

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
        def seconds(client, status):
            start = time.monotonic()
            self.assert_status(status, client.get("/jobs"))
            return time.monotonic() - start

        self.ada.get("/jobs")
        remembered = [seconds(self.ada, 200) for _ in range(20)]
        refused = [seconds(self.client.as_user(basic("ada", f"wrong {number}")), 401) for number in range(5)]
        # Medians, because a single request may be slow on a busy machine.
        self.assertLess(statistics.median(remembered), statistics.median(refused))


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


class BehindAProxy(IdentityCase):
    """The trusted proxy has the address 127.0.0.2; other clients have 127.0.0.1."""

    @classmethod
    def config(cls):
        return {**super().config(), "identity": {
            **super().config()["identity"],
            "proxy": {"name": "x509", "addresses": ["127.0.0.2"], "user_header": "X-Client-DN",
                      "groups_header": "X-Client-Groups", "distinguished_names": True},
            "administrators": {"users": ["bob"], "groups": ["x509:operators"]}}}

    def through(self, method, path, headers, source="127.0.0.2"):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60, source_address=(source, 0))
        try:
            connection.request(method, path, b"" if method == "POST" else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, answer.headers, text
        finally:
            connection.close()

    def test_the_proxy_tells_who_asks(self):
        status, headers, _ = self.through("POST", "/jobs?IMAGE=busybox:test", {"X-Client-DN": "cn=Ada Lovelace, O=Example"})
        self.assertEqual(303, status)
        path = headers["Location"].removeprefix(self.service.url)
        self.client.made.add(path.rsplit("/", 1)[1])
        for spelling in ('CN="Ada Lovelace",O=Example', "CN=Ada\\20Lovelace,2.5.4.10=Example"):
            status, _, owner = self.through("GET", path + "/owner", {"X-Client-DN": spelling})
            self.assertEqual((200, "x509:CN=Ada Lovelace,O=Example"), (status, owner))
        for other in ("CN=ada lovelace,O=Example", "CN=Ada Lovelace\\,O=Example", "O=Example,CN=Ada Lovelace"):
            self.assertEqual(403, self.through("GET", path, {"X-Client-DN": other})[0], other)
        operator = {"X-Client-DN": "CN=Op", "X-Client-Groups": "users, operators"}
        self.assertEqual(200, self.through("GET", path, operator)[0])
        self.assert_status(403, self.ada.get(path))
        self.assert_status(303, self.bob.delete(path))  # Bob is an administrator

    def test_nobody_else_may_say_so(self):
        for headers in ({"X-Client-DN": "CN=Ada"}, {"x-client-dn": ""}, {"X-Client-Groups": "operators"},
                        {"X-Client-DN": "CN=Ada", "X-Forwarded-For": "127.0.0.2"},
                        {"X-Client-DN": "CN=Ada", **basic("bob", "bob's")}):
            status, _, text = self.through("GET", "/jobs", headers, "127.0.0.1")
            self.assertEqual(403, status, headers)
            self.assertIn("X-Client-", text)

    def test_the_proxy_may_be_silent(self):
        self.assertEqual(401, self.through("GET", "/jobs", {})[0])
        self.assertEqual(200, self.through("GET", "/jobs", basic("bob", "bob's"))[0])
        self.assertEqual(401, self.through("GET", "/jobs", {"X-Client-DN": "/O=Example/CN=Ada"})[0])


class Browsers(IdentityCase):
    """Requests from browsers' pages of other sites."""

    PORTAL = "https://portal.example.org"

    @classmethod
    def config(cls):
        return {**super().config(), "http": {"cors_origins": [cls.PORTAL]}}

    def test_a_listed_page_asks_first_and_then_may(self):
        asked = self.nobody.request("OPTIONS", "/jobs", headers={
            "Origin": self.PORTAL, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type"})
        self.assert_status(204, asked)
        self.assertEqual(self.PORTAL, asked.headers["Access-Control-Allow-Origin"])
        self.assertIn("POST", asked.headers["Access-Control-Allow-Methods"])
        self.assertIn("Authorization", asked.headers["Access-Control-Allow-Headers"])
        made = self.ada.post("/jobs", ("IMAGE", "busybox:test"),
                             headers={"Origin": self.PORTAL, "Sec-Fetch-Site": "cross-site"})
        self.assert_status(303, made)
        self.assertEqual("true", made.headers["Access-Control-Allow-Credentials"])
        self.assertIn("Location", made.headers["Access-Control-Expose-Headers"])
        refused = self.nobody.get("/jobs", {"Origin": self.PORTAL})
        self.assert_status(401, refused)
        self.assertEqual(self.PORTAL, refused.headers["Access-Control-Allow-Origin"])

    def test_another_page_reads_and_changes_nothing(self):
        job = self.make(self.ada)
        for headers in ({"Origin": "https://evil.example.org"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Sec-Fetch-Site": "same-site"}):
            self.assertIsNone(self.ada.get("/jobs", headers).headers["Access-Control-Allow-Origin"])
            self.assert_status(403, self.ada.post("/jobs", ("IMAGE", "busybox:test"), headers=headers))
            self.assert_status(403, self.ada.post(job.url + "/phase", ("PHASE", "RUN"), headers=headers))
            self.assert_status(403, self.ada.request("DELETE", job.url, headers=headers))
        self.assertEqual("PENDING", job.phase())
        self.assert_status(303, self.ada.post(job.url, ("ARG", "x"), headers={"Origin": self.service.url}))

    def test_what_strangers_wrote_does_not_run_as_a_page(self):
        job = self.ada.create_with(
            [("IMAGE", "busybox:test"), ("INPUT", "page.html,param:page")],
            [("page", "page.html", "text/plain; a=b,text/html", b"<script>alert(1)</script>")])
        for query in ("", "?RESPONSEFORMAT=text/html", "?x=.html", "?follow=true"):
            reply = self.ada.get(job.url + "/parameters/page" + query, {"Accept": "text/html"})
            if reply.status != 200:
                self.assertEqual("text/plain", reply.headers.get_content_type())
                continue
            self.assertEqual("application/octet-stream", reply.headers["Content-Type"])
            self.assertTrue(reply.headers["Content-Disposition"].startswith("attachment"))
            self.assertIn("sandbox", reply.headers["Content-Security-Policy"])
        for path in ("", "/phase", "/error", "/results", "/parameters", "/parameters/INPUT", "/nothing<script>"):
            self.assertEqual("nosniff", self.ada.get(job.url + path).headers["X-Content-Type-Options"])


if __name__ == "__main__":
    unittest.main()
