"""Checks responses against schemas/openapi.yaml, and the document itself."""
import json
import os
import re

import jsonschema
import yaml

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../schemas/openapi.yaml")
METHODS = ("get", "put", "post", "delete")
# The paths of applications. Their job lists are like /jobs; the document does not describe their other resources.
APPLICATION = re.compile(r"/(apps/[^/]+|tap)(?=/)")


class OpenApi:
    def __init__(self):
        with open(FILE, encoding="utf-8") as file:
            self.document = yaml.safe_load(file)
        self.resolver = jsonschema.RefResolver("", self.document)
        self.paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "/?"), path) for path in self.document["paths"]]
        self.paths.sort(key=lambda known: known[1].count("{"))  # a literal path is preferred to one with parameters

    def resolved(self, thing):
        while "$ref" in thing:
            thing = self.resolver.resolve(thing["$ref"])[1]
        return thing

    def operation(self, method, path):
        """The path template and the description of the operation; None if there is none. For HEAD, those of GET."""
        for pattern, template in self.paths:
            if pattern.fullmatch(path):
                return template, self.document["paths"][template].get({"head": "get"}.get(method, method))
        return None, None

    def faults(self, method, path, status, headers, body):
        """The differences between a response and the document."""
        path = re.sub("/+", "/", path)  # several slashes count as one
        own = APPLICATION.sub("", path, count=1).replace("/async", "/jobs", 1)
        if method == "OPTIONS" or own != path and not own.startswith(("/jobs", "/sync")):
            return []
        template, operation = self.operation(method.lower(), own)
        if operation is None:
            known = status >= 400 or path.startswith("/apps")
            return [] if known else [f"{method} {template or path} is not described"]
        responses = operation["responses"]
        if str(status) not in responses and status < 400:
            return [f"{method} {template} is not described to answer {status}"]
        response = self.resolved(responses.get(str(status), responses["default"]))
        found = [f"{template} {status} has no header {name}" for name, header in response.get("headers", {}).items()
                 if self.resolved(header).get("required") and name not in headers]
        return [f"{method} {fault}" for fault in found + self.body_faults(template, status, response, headers, body)]

    def body_faults(self, template, status, response, headers, body):
        if not body:
            return []
        media_type = headers.get_content_type()
        content = response.get("content", {})
        described = content.get(media_type) or content.get("*/*")
        if described is None:
            return [f"{template} {status} is not described to be {media_type}"]
        if media_type.endswith("json"):
            value = json.loads(body)
        elif media_type == "text/plain":
            value = body.decode(errors="replace")
        else:
            return []
        return [f"{template} {status}: {error.json_path}: {error.message}" for error in
                jsonschema.Draft202012Validator(described["schema"], resolver=self.resolver).iter_errors(value)]

    # -- the document itself

    def lint(self):
        """The faults in the document."""
        found = list(self._dangling(self.document, "#"))
        operations = [(template, method, item[method]) for template, item in self.document["paths"].items()
                      for method in METHODS if method in item]
        names = [operation["operationId"] for _, _, operation in operations]
        found += [f"the operationId {name} is there twice" for name in {*names} if names.count(name) > 1]
        for template, method, operation in operations:
            found += self._lint_operation(template, method, operation)
        for name, schema in self.document["components"]["schemas"].items():
            try:
                jsonschema.Draft202012Validator.check_schema(schema)
            except jsonschema.SchemaError as error:
                found.append(f"the schema {name}: {error.message}")
        return found

    def _dangling(self, thing, where):
        if isinstance(thing, list):
            for number, item in enumerate(thing):
                yield from self._dangling(item, f"{where}/{number}")
        elif isinstance(thing, dict):
            if "$ref" in thing:
                try:
                    self.resolver.resolve(thing["$ref"])
                except jsonschema.RefResolutionError:
                    yield f"{where} refers to {thing['$ref']}, which is not there"
            for key, item in thing.items():
                yield from self._dangling(item, f"{where}/{key}")

    def _lint_operation(self, template, method, operation):
        where = f"{method.upper()} {template}"
        parameters = [self.resolved(one) for one in
                      self.document["paths"][template].get("parameters", []) + operation.get("parameters", [])]
        declared = {one["name"] for one in parameters if one["in"] == "path"}
        if declared != set(re.findall(r"\{(\w+)\}", template)):
            yield f"{where} declares the path parameters {sorted(declared)}"
        for one in parameters:
            if "description" not in one or not {"schema", "content"} & set(one):
                yield f"{where}: the parameter {one['name']} has no description, or no schema"
        if "summary" not in operation or not operation.get("tags"):
            yield f"{where} has no summary, or no tag"
        if "default" not in operation["responses"] or len(operation["responses"]) < 2:
            yield f"{where} does not say what else than errors, or which errors, it answers"
        for status, response in operation["responses"].items():
            if "description" not in self.resolved(response):
                yield f"{where} {status} has no description"
