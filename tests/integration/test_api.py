"""The description at /openapi.json against the real binary: every route is in it, each of its examples is executed and
answered as it says, and the limits of the parameters are those that it names."""

import http.client
import json
import pathlib
import re
import unittest
import urllib.parse

import jsonschema

from harness import Daemon, event, now_ms

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
PAGE = {"/", "/assets/"}  # for browsers, not described


def inlined(document, node):
    """Every $ref replaced by what it refers to."""
    if isinstance(node, list):
        return [inlined(document, each) for each in node]
    if not isinstance(node, dict):
        return node
    there = {}
    if "$ref" in node:
        there = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            there = there[name]
    return inlined(document, {**there, **{k: v for k, v in node.items() if k != "$ref"}}) if there else {
        k: inlined(document, v) for k, v in node.items()}


def check_schema(value, schema):
    jsonschema.Draft202012Validator(schema).validate(value)


def examples_in(holder):
    return {name: example["value"] for name, example in holder.get("examples", {}).items()}


class Operation:
    def __init__(self, path, method, described):
        self.path, self.method, self.described = path, method.upper(), described
        self.parameters = {p["name"]: p for p in described.get("parameters", []) if p["in"] == "query"}
        self.responses = described["responses"]

    def answered_examples(self):
        """(name, status, media type, what the answer to it has to be like) of each."""
        for status, response in self.responses.items():
            for media, content in response.get("content", {}).items():
                for name in examples_in(content):
                    yield name, int(status), media, content

    def query(self, name):
        return {p: examples_in(d)[name] for p, d in self.parameters.items() if name in examples_in(d)}

    def body(self, name):
        contents = self.described.get("requestBody", {}).get("content", {})
        bodies = [examples_in(content)[name] for content in contents.values()]
        return json.dumps(bodies[0]) if bodies else None

    def target(self, query):
        return self.path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")

    def working_query(self):
        return self.query(next(name for name, status, _, _ in self.answered_examples() if status == 200))


def beyond(schema):
    """Values that break a rule of a parameter, one for each."""
    if schema["type"] == "integer":
        return [schema["minimum"] - 1, schema["maximum"] + 1, "1.5", "x", "", *([90] if "multipleOf" in schema else [])]
    if schema["type"] == "array":
        return [[str(i) for i in range(schema["maxItems"] + 1)], ["x" * (schema["items"]["maxLength"] + 1)], ["same", "same"]]
    if "enum" in schema or "pattern" in schema:
        return ["nonsense", ""]
    return ["x" * (schema["maxLength"] + 1)] if "maxLength" in schema else []


def within(schema):
    if schema["type"] == "integer":
        return [schema["minimum"], schema["maximum"]]
    if schema["type"] == "array":
        return [[str(i) for i in range(schema["maxItems"])], ["x" * schema["items"]["maxLength"]]]
    return ["x" * schema["maxLength"]] if "maxLength" in schema else []


class Description(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        minute_ago = now_ms() - 60_000
        cls.daemon.post([event("play_started", "a1", server="edge-1", media="news", opened_at=minute_ago),
                         event("play_updated", "a1", server="edge-1", bytes=7_500_000),
                         event("play_started", "b1", server="edge-2", media="sport", opened_at=minute_ago)])
        cls.daemon.wait_flushed()
        cls.document = cls.daemon.json("/openapi.json")
        paths = inlined(cls.document, cls.document["paths"])
        cls.operations = [Operation(path, method, described) for path, methods in paths.items()
                          for method, described in methods.items()]

    def problem(self, target):
        status, headers, body = self.daemon.request("GET", target)
        self.assertEqual((status, headers["Content-Type"]), (400, "application/problem+json"), target)
        check_schema(json.loads(body), inlined(self.document, self.document["components"]["schemas"]["Problem"]))
        return json.loads(body)

    def test_it_is_openapi_whose_references_lead_somewhere_and_whose_schemas_are_some(self):
        self.assertTrue(self.document["openapi"].startswith("3.1."))
        for schema in self.document["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(inlined(self.document, schema))
        text = json.dumps(self.document)
        for kind, parts in self.document["components"].items():
            if kind != "securitySchemes":
                self.assertEqual([], [name for name in parts if f'"#/components/{kind}/{name}"' not in text])
        schemes = set(self.document["components"]["securitySchemes"])
        self.assertEqual(schemes, {name for o in self.operations for each in o.described["security"] for name in each})
        identities = [o.described["operationId"] for o in self.operations]
        self.assertEqual(len(identities), len(set(identities)))

    def test_every_route_is_described_with_its_methods(self):
        routes = dict(re.findall(r'route\{"([^"]+)", ("POST"|get_or_head),', (SOURCES / "http/routes.cpp").read_text()))
        self.assertEqual(set(routes) - PAGE, set(self.document["paths"]))
        for operation in self.operations:
            self.assertEqual(operation.method, "POST" if routes[operation.path] == '"POST"' else "GET")
            allowed = self.daemon.request("OPTIONS", operation.path)[1]["Allow"].split(", ")
            self.assertIn(operation.method, allowed)

    def test_each_example_is_answered_as_described(self):
        for operation in self.operations:
            examples = list(operation.answered_examples())
            self.assertTrue(examples, f"{operation.path} has no example")
            named = {name for p in operation.parameters.values() for name in examples_in(p)}
            self.assertEqual(named - {name for name, *_ in examples}, set(), "an example without an answer")
            for name, status, media, content in examples:
                with self.subTest(path=operation.path, example=name):
                    if media == "text/event-stream":
                        self.check_stream(operation.target(operation.query(name)), content)
                        continue
                    answer = self.daemon.request(operation.method, operation.target(operation.query(name)),
                                                 operation.body(name))
                    self.check_answer(answer, (status, media), content["schema"])

    def check_answer(self, answer, expected, schema):
        status, headers, body = answer
        self.assertEqual((status, headers["Content-Type"].split(";")[0]), expected, body)
        check_schema(json.loads(body) if expected[1].endswith("json") else body.decode(), schema)

    def check_stream(self, target, content):
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", target)
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.getheader("Content-Type")), (200, "text/event-stream"))
        for _ in range(2):
            fields = {}
            while "data" not in fields:
                line = answer.readline().decode()
                self.assertTrue(line, "the stream has ended")
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
            self.assertEqual(fields["event"], "live")
            check_schema(json.loads(fields["data"]), content["x-event-data"])

    def test_examples_of_answers_are_such_answers(self):
        for operation in self.operations:
            for _, _, media, content in operation.answered_examples():
                for value in examples_in(content).values():
                    if media.endswith("json"):
                        check_schema(value, content["schema"])
            for parameter in operation.parameters.values():
                for value in examples_in(parameter).values():
                    if operation.path.startswith("/api/v1/"):
                        check_schema(value, parameter["schema"])

    def test_parameters_have_the_limits_that_are_described(self):
        for operation in self.operations:
            for name, parameter in operation.parameters.items():
                query = {p: v for p, v in operation.working_query().items() if p != name}
                for value in beyond(parameter["schema"]):
                    with self.subTest(path=operation.path, parameter=name, beyond=value):
                        found = self.problem(operation.target({**query, name: value}))
                        self.assertEqual(found["field"], name)
                        self.assertTrue(found["rule"])
                for value in within(parameter["schema"]):
                    with self.subTest(path=operation.path, parameter=name, within=value):
                        target = operation.target({**query, name: value})
                        # The stream would not end; it shares its parameters with the numbers that it pushes.
                        self.assertEqual(self.daemon.get(target.replace("/stream", ""))[0], 200)

    def test_parameters_that_are_unknown_or_come_twice_are_refused_by_name(self):
        for operation in self.operations:
            if not operation.path.startswith("/api/v1/"):
                continue
            query = operation.working_query()
            self.assertEqual(self.problem(operation.target({**query, "nonsense": 1}))["field"], "nonsense")
            for name, parameter in operation.parameters.items():
                if name in query and parameter["schema"]["type"] != "array":
                    self.assertEqual(self.problem(operation.target({**query, name: [query[name]] * 2}))["field"], name)
            if operation.path != "/api/v1/live/stream":
                self.assertEqual(self.daemon.get(operation.target({**query, "token": "any"}))[0], 200)


if __name__ == "__main__":
    unittest.main()
