"""Tests tokens of a real OpenID Connect issuer on loopback (integration/issuer): groups as roles, sharing, and how
invalid tokens are refused (U65, U67, U68, U41). DUWS_DATABASE names the database."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import time
import unittest
import urllib.parse

from client import TEST_TIMEOUT, until
from harness import ServiceCase, free_port
from tree_case import DATABASE

HERE = os.path.dirname(os.path.abspath(__file__))
AUDIENCE = "urn:docker-uws:test"


class Issuer:
    """The issuer. It has new keys after each start."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.given = []

    def start(self):
        self.process = subprocess.Popen(
            ["node", os.path.join(HERE, "issuer", "issuer.mjs"), os.environ["DUWS_ISSUER"], str(self.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until(self._is_up, "the issuer to start")

    def _is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the issuer ended: {self.process.stderr.read().decode()}")
        try:
            return self.request("GET", "/jwks")
        except OSError:
            return None

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
            self.process = None

    def request(self, method, path, form=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TEST_TIMEOUT)
        try:
            connection.request(method, path, urllib.parse.urlencode(form) if form else None,
                               {"Content-Type": "application/x-www-form-urlencoded"} if form else {})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            return json.loads(body)
        finally:
            connection.close()

    def token(self, client, audience=AUDIENCE):
        answer = self.request("POST", "/token", {"grant_type": "client_credentials", "client_id": client,
                                                 "client_secret": f"secret of {client}", "resource": audience})
        self.given.append(answer["access_token"])
        return answer["access_token"]


def bearer(token):
    return {"Authorization": "Bearer " + token}


def encoded(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(piece):
    return json.loads(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)))


class OpenId(ServiceCase):
    DATABASE = DATABASE

    @classmethod
    def setUpClass(cls):
        cls.issuer = Issuer()
        cls.addClassCleanup(cls.issuer.stop)
        cls.issuer.start()
        super().setUpClass()

    @classmethod
    def config(cls):
        return {"log": {"level": "debug"}, "identity": {
            "anonymous": "off",
            "users": [{"name": "ada", "token_hashes": ["sha256:" + hashlib.sha256(b"local").hexdigest()]}],
            "issuers": [{"name": "iam", "url": cls.issuer.url, "audiences": [AUDIENCE], "groups_claim": "groups",
                         "clock_skew": "1s", "key_refresh": "1h", "key_refetch": "1s"}],
            "administrators": {"groups": ["iam:operators"]},
            "challenges": [{"scheme": "ivoa_x509"}],
        }}

    @classmethod
    def leave_nothing(cls):
        cls.client.headers = bearer(cls.issuer.token("root"))
        super().leave_nothing()
        log = cls.service.log()
        for token in cls.issuer.given:
            for piece in token.split(".")[1:]:
                assert piece[:40] not in log, "a token stands in the log"

    def by(self, token):
        return self.client.as_user(bearer(token))

    def of(self, client):
        return self.by(self.issuer.token(client))

    def test_a_token_names_its_user(self):
        for name in ("ada", "eva", "pia", "ede"):  # RS256, ES256, PS256, EdDSA
            with self.subTest(name):
                client = self.of(name)
                job = client.shell("echo hello")
                self.assertEqual("iam:" + name, job.document()["ownerId"])
                self.assertEqual("iam:" + name, client.get(job.url + "/owner").text)
                self.assertEqual("iam:" + name, client.get("/jobs").headers["X-VO-Authenticated"])
                self.assertIn(job.id, [other["jobId"] for other in client.get_json("/jobs")["jobs"]])
                job.completed()

    def test_owners_of_different_sources_are_told_apart(self):
        job = self.of("ada").create(("IMAGE", "busybox:test"))
        local = self.by("local")
        self.assertEqual("ada", local.get("/jobs").headers["X-VO-Authenticated"])
        self.assert_status(403, local.get(job.url))
        self.assertEqual([], local.get_json("/jobs")["jobs"])

    def test_an_odd_name_is_legal_everywhere(self):
        client = self.of("odd")
        job = client.create(("IMAGE", "busybox:test"))
        owner = client.get(job.url + "/owner").text
        self.assertEqual('iam:ad%C3%A1%E2%80%8B <b>&"%2561', owner)
        self.assertEqual(owner, job.document()["ownerId"])
        self.assertIn(owner.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
                      client.get(job.url).text.replace("&quot;", '"'))

    def test_groups_share_and_administrators_rule(self):
        job = self.of("ada").create(("IMAGE", "busybox:test"), ("SHARE", "iam:staff"))
        member, stranger, root = self.of("eva"), self.of("pia"), self.of("root")
        self.assert_status(200, member.get(job.url))
        self.assertIn(job.id, member.get("/jobs").text)
        self.assert_status(403, member.delete(job.url))
        self.assert_status(403, stranger.get(job.url))
        self.assertIn(job.id, root.get("/jobs").text)
        self.assert_status(303, root.post(job.url + "/phase", ("PHASE", "HELD")))
        self.assert_status(403, job.post("/phase", ("PHASE", "RUN")))
        self.assertEqual("HELD", job.phase())
        self.assert_status(303, root.post(job.url + "/phase", ("PHASE", "RUN")))
        job.completed()
        self.assert_status(303, root.delete(job.url))
        self.assert_status(404, job.get())

    def test_a_queued_job_is_held(self):
        job = self.of("ada").run(("IMAGE", "busybox:test"), ("CORES", "63"), ("ARG", "sleep"), ("ARG", "600"))
        job.wait_for("EXECUTING")
        waits = self.of("ada").run(("IMAGE", "busybox:test"), ("CORES", "2"), ("ARG", "true"))
        root = self.of("root")
        self.assert_status(303, root.post(waits.url + "/phase", ("PHASE", "HELD")))
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        job.wait_for_end()
        self.assertEqual("HELD", waits.phase())
        self.assert_status(303, root.post(waits.url + "/phase", ("PHASE", "RUN")))
        waits.completed()

    def refused(self, token):
        reply = self.assert_status(401, self.by(token).get("/jobs"))
        challenges = reply.headers.get_all("WWW-Authenticate")
        self.assertIn('Bearer realm="docker-uws", error="invalid_token"', challenges)
        self.assertIn(f'ivoa_bearer standard_id="ivo://ivoa.net/sso#OpenID", '
                      f'discovery_url="{self.issuer.url}/.well-known/openid-configuration"', challenges)
        self.assertIn("ivoa_x509", challenges)
        self.assertNotIn(token[-20:], reply.text)
        return reply

    def test_tokens_for_others_and_changed_ones_are_refused(self):
        good = self.issuer.token("ada")
        head, claims, signature = good.split(".")
        self.assert_status(200, self.by(good).get("/jobs"))
        self.assertIn("aud", self.refused(self.issuer.token("ada", "urn:another:service")).text)
        changed = decoded(claims)
        changed["sub"] = "root"
        self.refused(f"{head}.{encoded(changed)}.{signature}")
        self.refused(f"{encoded({**decoded(head), 'alg': 'none'})}.{claims}.")
        self.refused(f"{encoded({**decoded(head), 'alg': 'none'})}.{claims}.{signature}")
        self.refused(f"{encoded({**decoded(head), 'alg': 'PS256'})}.{claims}.{signature}")
        # A forged token, signed with the public key as if that were a shared secret.
        for key in self.issuer.request("GET", "/jwks")["keys"]:
            text = f"{encoded({'alg': 'HS256', 'kid': key['kid']})}.{claims}"
            for secret in (json.dumps(key).encode(), key.get("n", key.get("x")).encode()):
                self.refused(f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}")

    def test_an_expired_token_is_refused(self):
        token = self.issuer.token("brief")
        expires = decoded(token.split(".")[1])["exp"]
        until(lambda: time.time() > expires + 1.2, "the token to expire")
        self.assertIn("expired", self.refused(token).text)

    def test_keys_are_rotated_and_used_on_while_the_issuer_is_away(self):
        old, of_known_key, of_old_key = (self.issuer.token(client) for client in ("ada", "eva", "pia"))
        self.assert_status(200, self.by(old).get("/jobs"))
        self.issuer.stop()
        self.assert_status(200, self.by(of_known_key).get("/jobs"))  # a new token, but its key is known already
        self.issuer.start()
        new = self.issuer.token("ada")
        until(lambda: self.by(new).get("/jobs").status == 200, "the new keys to be fetched")
        self.refused(of_old_key)


class WithoutIssuer(ServiceCase):
    """The service works even if an issuer cannot be reached."""

    @classmethod
    def config(cls):
        return {"identity": {"anonymous": "own", "issuers": [
            {"name": "iam", "url": f"http://127.0.0.1:{free_port()}", "audiences": [AUDIENCE], "key_refetch": "1s"}]}}

    def test_others_are_served_and_tokens_are_asked_to_come_again(self):
        self.assert_status(200, self.client.get("/jobs"))
        url = self.service.config["identity"]["issuers"][0]["url"]
        claims = {"iss": url, "aud": AUDIENCE, "sub": "ada", "exp": int(time.time()) + 600}
        token = f"{encoded({'alg': 'RS256', 'kid': 'k'})}.{encoded(claims)}.{encoded(b'x' * 256)}"
        reply = self.assert_status(503, self.client.as_user(bearer(token)).get("/jobs"))
        self.assertIn("Retry-After", reply.headers)


if __name__ == "__main__":
    unittest.main()
