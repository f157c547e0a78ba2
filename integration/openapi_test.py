"""Tests schemas/openapi.yaml itself. All tests of the service check responses against it (schemas.py)."""
import json
import os
import re
import unittest

import jsonschema

from harness import ServiceCase
from openapi import FILE, OpenApi

TASK_FILE = os.path.join(os.path.dirname(FILE), "container-task.schema.json")


class OpenApiDocument(ServiceCase):

    def test_nothing_is_wrong_with_it(self):
        self.assertEqual([], OpenApi().lint())

    def test_the_service_serves_it(self):
        with open(FILE, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.client.get("/openapi.yaml").text)
        self.assertEqual(OpenApi().document, self.client.get("/openapi.json").json())

    def test_it_describes_every_route_and_nothing_that_is_not_served(self):
        sample = re.compile(r'docker_uws_http_request_duration_seconds_count{method="(\w+)",route="([^"]+)"}')
        api = OpenApi()
        routes = {route: api.operation(route[0].lower(), route[1])
                  for route in sample.findall(self.client.get("/metrics").text)}
        self.assertEqual([], [route for route, (_, operation) in routes.items() if operation is None])
        not_served = {*api.document["paths"]} - {template for template, _ in routes.values()}
        self.assertEqual([], [path for path in not_served if not path.startswith(("/apps/", "/voresource"))],
                         "only what must be configured may be missing here")

    def test_a_task_is_described_as_its_own_schema_says(self):
        with open(TASK_FILE, encoding="utf-8") as file:
            own = json.load(file)
        served = self.client.get("/schemas/container-task.schema.json").json()
        self.assertEqual(self.service.url + "/schemas/container-task.schema.json", served.pop("$id"))
        self.assertEqual({key: value for key, value in own.items() if key != "$id"}, served)
        self.assertEqual(served["properties"],
                         self.client.get("/task-types/oci-container/taskinfo").json()["properties"])
        names = {"strings": "Strings", "path": "TaskPath", "bytes": "ByteCount"}

        def moved(thing):
            if isinstance(thing, list):
                return [moved(item) for item in thing]
            if not isinstance(thing, dict):
                return thing
            return {key: "#/components/schemas/" + names[value.rsplit("/", 1)[1]] if key == "$ref" else moved(value)
                    for key, value in thing.items()}

        schemas = OpenApi().document["components"]["schemas"]
        self.assertEqual(moved(own["properties"]), schemas["ContainerTask"]["properties"])
        for name, other in names.items():
            self.assertEqual(own["definitions"][name], schemas[other])

    def test_what_a_generated_client_sends_first_is_json_and_its_examples_are_taken(self):
        api = OpenApi()
        body = api.resolved(api.document["paths"]["/jobs"]["post"]["requestBody"])["content"]
        self.assertEqual("application/json", next(iter(body)))
        content = body["application/json"]
        validator = jsonschema.Draft202012Validator(content["schema"], resolver=api.resolver)
        self.assertTrue(list(validator.iter_errors({"image": "a", "arguments": []})))
        for name, example in content["examples"].items():
            with self.subTest(name):
                self.assertEqual([], list(validator.iter_errors(example["value"])))
                task = {key: value for key, value in example["value"].items() if key not in ("phase", "inputs")}
                made = self.client.post_document("/jobs", json.dumps(task), "application/json")
                self.assert_status(303, made)
                self.client.delete(made.location)

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
