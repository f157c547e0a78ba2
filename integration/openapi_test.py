"""schemas/openapi.yaml itself. Whether answers are as it says is looked at by all tests that ask (schemas.py)."""
import unittest

from harness import ServiceCase
from openapi import FILE, OpenApi


class OpenApiDocument(ServiceCase):

    def test_nothing_is_wrong_with_it(self):
        self.assertEqual([], OpenApi().lint())

    def test_the_service_serves_it(self):
        with open(FILE, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.client.get("/openapi.yaml").text)
        self.assertEqual(OpenApi().document, self.client.get("/openapi.json").json())

    def test_what_is_not_described_is_told(self):
        api = OpenApi()
        headers = self.client.get("/jobs").headers
        self.assertEqual([], api.faults("GET", "/jobs", 200, headers, b"<jobs/>"))
        self.assertTrue(api.faults("GET", "/nowhere", 200, headers, b"x"))
        self.assertTrue(api.faults("GET", "/jobs", 201, headers, b"<jobs/>"))
        reply = self.client.get("/jobs", {"Accept": "application/json"})
        self.assertEqual([], api.faults("GET", "/jobs", 200, reply.headers, reply.body))
        self.assertTrue(api.faults("GET", "/jobs", 200, reply.headers, b'{"version": "1.1", "jobs": [{}], "next": null}'))
        del reply.headers["Vary"]
        self.assertTrue(api.faults("GET", "/jobs", 200, reply.headers, reply.body))


if __name__ == "__main__":
    unittest.main()
