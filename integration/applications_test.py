"""Tests applications (job lists of programs that the operator has published) through curl, and their documents."""
import json
import os
import subprocess
import unittest

from client import UWS
from harness import BINARY
from tap_case import TapCase, application


class Applications(TapCase):

    def create(self, *pairs):
        return self.client.job_of(self.client.post("/tap/async", *pairs))

    def run_query(self, *pairs):
        return self.create(("QUERY", "SELECT * FROM public.numbers"), ("PHASE", "RUN"), *pairs)

    def parameters(self, job):
        return [(item["id"], item["value"]) for item in job.document()["parameters"]]

    def test_a_job_runs_an_image_that_nobody_else_may_run(self):
        self.assert_status(403, self.client.post("/jobs", ("IMAGE", "busybox:test")))
        job = self.run_query(("maxrec", "2"), ("ResponseFormat", "votable"))
        document = job.completed()
        self.assertEqual(["result", "stdout", "stderr"], [result["id"] for result in document["results"]])
        result = job.get("/results/result")
        self.assertEqual("application/x-votable+xml", result.headers["Content-Type"])
        self.schemas.add(result.body, "the result")
        self.assertIn(b"<TD>2</TD><TD>4</TD>", result.body)
        self.assertIn(b"OVERFLOW", result.body)
        self.assertTrue(document["results"][0]["href"].startswith(self.tap + "/async/" + job.id))

    def test_defaults_are_shown_and_names_compare_without_case(self):  # U13
        job = self.create(("query", "SELECT 1"))
        self.assertEqual([("REQUEST", "doQuery"), ("LANG", "ADQL"), ("QUERY", "SELECT 1"), ("FORMAT", "votable"),
                          ("MAXREC", "100")], self.parameters(job))

    def test_what_is_not_declared_or_does_not_fit_is_refused_and_leaves_nothing(self):
        before = self.service.ask("SELECT COUNT(*) FROM jobs")
        for pairs, words in [((("QUERRY", "x"),), "QUERRY: is not a parameter of tap (accepted: QUERY)"),
                             ((("IMAGE", "busybox:test"),), "IMAGE: is not a parameter of tap"),
                             ((("MAXREC", "many"),), "MAXREC: 'many' is not a whole number (accepted: a whole number from 0"),
                             ((("MAXREC", "-1"),), "MAXREC: '-1' is out of range"),
                             ((("LANG", "SQL"),), "accepted: ADQL, ADQL-2.0"),
                             ((("RESPONSEFORMAT", "fits"),), "RESPONSEFORMAT: 'fits' is not among the values"),
                             ((("QUERY", "a"), ("query", "b")), "QUERY: is given 2 times"),
                             ((("UPLOAD", "t,param:t"),), "UPLOAD: refers to param:t, which was not uploaded"),
                             ((("TASK", "{\"image\": \"x\"}"),), "TASK: is not a parameter")]:
            reply = self.assert_status(400, self.client.post("/tap/async", *pairs))
            self.assertIn(words, reply.text)
        refused = self.client.post("/tap/async", ("UPLOAD", "t,http://127.0.0.1/t"))
        self.assertIn("is not fetched", self.assert_status(403, refused).text)
        self.assertIn("QUERY: is missing", self.assert_status(403, self.client.post("/tap/async", ("PHASE", "RUN"))).text)
        self.assertIn("QUERY: is missing", self.assert_status(403, self.client.post("/tap/sync")).text)
        self.assertEqual(before, self.service.ask("SELECT COUNT(*) FROM jobs"))

    def test_errors_are_votables(self):
        for reply in (self.client.post("/tap/sync"), self.client.get("/tap/sync/nothing")):
            self.assertEqual("application/x-votable+xml", reply.headers["Content-Type"])
            resource = reply.xml()[0]
            self.assertEqual(("results", "QUERY_STATUS", "ERROR"),
                             (resource.get("type"), resource[0].get("name"), resource[0].get("value")))

    def test_completeness_is_judged_at_run(self):  # U18
        job = self.create()
        self.assertIn("QUERY: is missing", self.assert_status(403, job.post("/phase", ("PHASE", "RUN"))).text)
        self.assertEqual("PENDING", job.phase())
        self.assert_status(303, job.post("/parameters", ("QUERY", "SELECT 1")))
        job.start().completed()

    def test_lists_know_nothing_of_each_others_jobs(self):
        job = self.create(("QUERY", "x"))
        for method in ("GET", "DELETE"):
            self.assert_status(404, self.client.request(method, f"/jobs/{job.id}"))
        self.assert_status(404, self.client.post(f"/jobs/{job.id}/phase", ("PHASE", "RUN")))
        self.assertEqual([], self.client.get_json("/jobs")["jobs"])
        self.assertIn(job.id, [listed["jobId"] for listed in self.client.get_json("/tap/async")["jobs"]])
        references = self.client.get("/tap/async").xml().findall(f"{UWS}jobref")
        self.assertIn(job.id, [reference.get("id") for reference in references])

    def test_sync_by_curl_leads_to_the_table(self):  # U9
        reply = self.client.curl("-L", "-d", "QUERY=SELECT", "-d", "MAXREC=1", self.tap + "/sync")
        self.assert_status(200, reply)
        self.assertIn(b"<TD>1</TD><TD>1</TD>", reply.body)
        by_get = self.client.curl("-L", "-G", "-d", "QUERY=SELECT", "-d", "MAXREC=1", self.tap + "/sync")
        self.assertEqual(reply.body, by_get.body)
        failed = self.client.curl("-L", "-d", "QUERY=nowhere", self.tap + "/sync")
        self.assert_status(400, failed)
        self.assertIn("there is no table 'nowhere'", failed.text)

    def test_uploads_by_curl_are_files_of_the_job(self):  # U11
        file = os.path.join(self.documents, "a.csv")
        with open(file, "w", encoding="ascii") as out:
            out.write("1,2\n")
        made = self.client.curl("-F", "QUERY=TAP_UPLOAD", "--form-string", "UPLOAD=one,param:a;two,param:b", "-F", f"a=@{file}", "-F",
                                "b=plain", "-F", "PHASE=RUN", self.tap + "/async")
        job = self.client.job_of(made)
        job.completed()
        self.assertIn(b"<TD>one</TD><TD>4</TD>", job.result("result"))
        self.assertIn(b"<TD>two</TD><TD>5</TD>", job.result("result"))
        self.assertEqual(b"1,2\n", job.get("/parameters/a").body)
        by_reference = {item["id"] for item in job.document()["parameters"] if item["byReference"]}
        self.assertEqual({"a", "b"}, by_reference)

    def test_a_job_is_made_of_a_document_as_the_schema_says(self):
        document = {"QUERY": "SELECT", "MAXREC": 1}
        job = self.client.job_of(self.client.post_document("/tap/async?PHASE=RUN", json.dumps(document), "application/json"))
        job.completed()
        self.assertIn(("MAXREC", "1"), self.parameters(job))
        schema = self.client.get_json("/apps/tap/schema")
        self.assertEqual(["QUERY"], schema["required"])
        self.assertEqual({"type": "integer", "minimum": 0, "maximum": 100000, "default": 100},
                         schema["properties"]["MAXREC"])

    def test_it_is_described(self):
        page = self.client.get("/apps/tap", {"Accept": "text/html,*/*;q=0.8"})
        self.assertIn("<h1>Numbers</h1>", page.text)
        self.assertEqual(f"{self.tap}/async", self.client.get_json("/apps")["applications"][0]["jobs"])
        description = self.client.get("/apps/tap/description")
        self.schemas.add(description.body, "the description")

    def test_vosi_documents_stand_beside_the_list(self):  # U64; each document is validated against its schema
        self.assertIn("<vosi:available>true<", self.client.get("/tap/availability").text)
        self.assertIn("TableAccess", self.client.get("/tap/capabilities").text)
        self.assertIn("public.numbers", self.client.get("/tap/tables").text)
        capabilities = self.client.get("/capabilities").xml()
        lists = [capability.find("interface/accessURL").text for capability in capabilities
                 if capability.get("standardID") == "ivo://ivoa.net/std/UWS#rest-1.1"]
        self.assertEqual([self.service.url + "/jobs", self.tap + "/async"], lists)

    def test_its_faults_are_told_with_their_lines(self):
        wrong = application(self.documents)
        wrong["parameters"][5]["default"] = "many"
        wrong["documents"][0]["file"] = "/nowhere"
        file = os.path.join(self.documents, "wrong.yaml")
        with open(file, "w", encoding="utf-8") as out:
            json.dump({**self.service.config, "applications": [wrong]}, out, indent=1)
        done = subprocess.run([BINARY, "check-config", file], capture_output=True, text=True, check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("/applications/0/parameters/5/default: 'many' is not a whole number", done.stderr)
        self.assertIn("/applications/0/documents/0/file: '/nowhere' cannot be read", done.stderr)
        self.assertEqual(2, len(done.stderr.splitlines()), done.stderr)


if __name__ == "__main__":
    unittest.main()
