"""Tests the documents and resources of the job tree: reading, listing, waiting and changing. The U numbers are the
clauses of docs/uws-contract.md."""
import base64
import concurrent.futures
import datetime
import hashlib
import time
import unittest

from client import UWS, XLINK, XSI, Job, until
from harness import merged
from tree_case import TreeCase, instant, soon


class Reading(TreeCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.client.shell("echo out; echo err >&2; echo made > made.txt", ("OUTPUT", "made.txt"),
                                    ("RUNID", "my <run> & é"))
        cls.done.completed()

    def test_every_resource(self):  # U2 to U5, U7
        for path, body in [
            ("/phase", "COMPLETED"), ("/executionduration", "3600"), ("/quote", ""), ("/owner", ""),
            ("/destruction", self.done.document()["destruction"]), ("/results/made.txt", "made\n"),
            ("/results/result", "made\n"), ("/results/stdout", "out\n"), ("/results/stderr", "err\n"),
            ("/parameters/IMAGE", "busybox:test"), ("/parameters/image", "busybox:test"),
        ]:
            with self.subTest(path):
                reply = self.assert_status(200, self.done.get(path))
                self.assertEqual(("text/plain", body), (reply.headers.get_content_type(), reply.text))

    def test_a_job_without_an_error_has_none(self):  # U5
        self.assertIn("no error", self.assert_status(404, self.done.get("/error")).text)

    def test_several_slashes_are_one(self):  # U60
        base, path = self.done.url.split("/jobs/")
        for url in (base + "//jobs/" + path, base + "/jobs//" + path + "//phase", self.done.url + "/phase//"):
            with self.subTest(url):
                self.assertEqual(200, self.client.get(url).status)

    def test_the_job_as_xml(self):  # U50 to U53, U61
        reply = self.done.get()
        self.assertEqual("text/xml", reply.headers.get_content_type())
        self.assertIn("Accept", reply.headers["Vary"])
        self.assertTrue(reply.text.startswith('<?xml version="1.0"?>'), reply)
        job = reply.xml()
        self.assertEqual((UWS + "job", "1.1"), (job.tag, job.get("version")))
        self.assertEqual("my <run> & é", job.findtext(UWS + "runId"))
        self.assertEqual("true", job.find(UWS + "ownerId").get(XSI + "nil"))
        self.assertEqual("true", job.find(UWS + "quote").get(XSI + "nil"))
        arguments = [item.text for item in job.find(UWS + "parameters") if item.get("id") == "ARG"]
        self.assertEqual(["-c", "echo out; echo err >&2; echo made > made.txt"], arguments)
        results = job.find(UWS + "results")
        self.assertEqual(["made.txt", "stdout", "stderr"], [result.get("id") for result in results])
        self.assertEqual(["5", "4", "4"], [result.get("size") for result in results])
        self.assertEqual(self.done.url + "/results/made.txt", results[0].get(XLINK + "href"))
        self.assertEqual("text/plain; charset=utf-8", results[0].get("mime-type"))
        self.assertEqual("0", job.find(UWS + "jobInfo").findtext("details/exitCode"))

    def test_the_parts_as_xml(self):  # U5
        parameters = self.done.get("/parameters").xml()
        self.assertEqual((UWS + "parameters", 5), (parameters.tag, len(parameters)))
        results = self.done.get("/results").xml()
        self.assertEqual((UWS + "results", 3), (results.tag, len(results)))

    def test_the_job_as_json(self):  # U66
        by_accept = self.done.document()
        self.assertEqual(by_accept, self.done.get("?RESPONSEFORMAT=json").json())
        self.assertLessEqual(
            {"jobId", "runId", "ownerId", "phase", "quote", "creationTime", "startTime", "endTime", "executionDuration",
             "destruction", "parameters", "results", "errorSummary", "jobInfo"}, set(by_accept))
        self.assertEqual([None, None, None, 3600, "my <run> & é"],
                         [by_accept[key] for key in ("ownerId", "quote", "errorSummary", "executionDuration", "runId")])
        self.assertIn({"id": "IMAGE", "value": "busybox:test", "byReference": False}, by_accept["parameters"])
        self.assertEqual({"id": "made.txt", "href": self.done.url + "/results/made.txt", "size": 5,
                          "mimeType": "text/plain; charset=utf-8", "path": "/work/job/made.txt",
                          "sha256": hashlib.sha256(self.done.result("made.txt")).hexdigest()}, by_accept["results"][0])
        info = by_accept["jobInfo"]
        self.assertEqual(["local", 0, "none"], [info[key] for key in ("engine", "exitCode", "memoryEvidence")])
        self.assertRegex(info["imageDigest"], "^sha256:[0-9a-f]{64}$")
        self.assertEqual(by_accept["parameters"], self.client.get_json(self.done.url + "/parameters")["parameters"])
        self.assertEqual(by_accept["results"], self.client.get_json(self.done.url + "/results")["results"])

    def test_a_pending_job_as_json(self):
        document = self.pending().document()
        self.assertEqual(["PENDING", None, None, []],
                         [document[key] for key in ("phase", "startTime", "endTime", "results")])

    def test_the_list_as_json(self):
        self.pending()
        reply = self.client.get("/jobs?LAST=1", {"Accept": "application/json"})
        jobs = reply.json()
        self.assertEqual(({"version", "jobs", "next"}, "1.1"), (set(jobs), jobs["version"]))
        self.assertEqual({"jobId", "href", "phase", "runId", "ownerId", "creationTime"}, set(jobs["jobs"][0]))

        # U23: the pages are linked in the JSON document and in the Link header.
        self.assertEqual(f'<{jobs["next"]}>; rel="next"', reply.headers["Link"])
        pages = [jobs]
        while pages[-1]["next"]:
            pages.append(self.client.get_json(pages[-1]["next"]))
        listed = [job["jobId"] for page in pages for job in page["jobs"]]
        self.assertEqual([job["jobId"] for job in self.client.get_json("/jobs")["jobs"]], listed)

    def test_availability(self):  # U64
        reply = self.assert_status(200, self.client.get("/availability"))
        self.assertIn("<vosi:available>true</vosi:available>", reply.text)
        self.assertTrue(self.client.get_json("/availability")["available"])

    def test_digests(self):  # U7: ETag and Digest are the SHA-256 in jobInfo
        document = self.done.document()
        digests = {entry["id"]: entry["sha256"] for entry in document["jobInfo"]["digests"]}
        self.assertEqual(["made.txt", "stdout", "stderr"], list(digests))
        for name, digest in digests.items():
            reply = self.done.get("/results/" + name)
            self.assertEqual(hashlib.sha256(reply.body).hexdigest(), digest)
            self.assertEqual(f'"{digest}"', reply.headers["ETag"])
            self.assertEqual("sha-256=" + base64.b64encode(bytes.fromhex(digest)).decode(), reply.headers["Digest"])
            self.assert_status(304, self.done.get("/results/" + name, {"If-None-Match": f'"{digest}"'}))

    def test_results_are_safe_and_come_in_parts(self):  # U7
        reply = self.done.get("/results/made.txt")
        self.assertEqual("nosniff", reply.headers["X-Content-Type-Options"])
        self.assertIn("sandbox", reply.headers["Content-Security-Policy"])
        part = self.assert_status(206, self.done.get("/results/made.txt", {"Range": "bytes=1-2"}))
        self.assertEqual((b"ad", "bytes 1-2/5"), (part.body, part.headers["Content-Range"]))
        self.assert_status(416, self.done.get("/results/made.txt", {"Range": "bytes=5-"}))
        self.assertEqual("inline", reply.headers["Content-Disposition"].split(";")[0])

    def test_what_a_browser_would_run_is_an_attachment(self):
        job = self.client.shell("echo '<script>alert(1)</script>' > page.html", ("OUTPUT", "page.html"))
        job.completed()
        reply = job.get("/results/page.html")
        self.assertEqual("attachment", reply.headers["Content-Disposition"].split(";")[0])

    def test_etag_and_if_none_match_of_the_job(self):  # U63
        job = self.pending()
        first = job.get()
        etag = first.headers["ETag"]
        unchanged = self.assert_status(304, job.get("", {"If-None-Match": etag}))
        self.assertEqual((b"", etag), (unchanged.body, unchanged.headers["ETag"]))
        self.assert_status(304, job.get("", {"If-None-Match": '"other", ' + etag}))
        self.assertNotEqual(etag, job.get("", {"Accept": "application/json"}).headers["ETag"])
        job.post("/executionduration", ("EXECUTIONDURATION", "77"))
        changed = self.assert_status(200, job.get("", {"If-None-Match": etag}))
        self.assertIn("77", changed.text)
        self.assertNotEqual(etag, changed.headers["ETag"])

    def test_head_is_get_without_the_body(self):  # U63
        for path in ("", "/phase", "/parameters", "/results", "/results/made.txt", "/parameters/IMAGE"):
            with self.subTest(path):
                head = self.assert_status(200, self.client.request("HEAD", self.done.url + path))
                get = self.done.get(path)
                self.assertEqual(b"", head.body)
                for name in ("Content-Length", "Content-Type", "ETag"):
                    self.assertEqual(get.headers[name], head.headers[name])

    def test_options_and_wrong_methods_tell_what_is_allowed(self):  # U2, U63
        job = self.done.url.removeprefix(self.service.url)
        for path, allowed in {
            "/jobs": {"GET", "HEAD", "POST", "OPTIONS"},
            job: {"GET", "HEAD", "POST", "DELETE", "OPTIONS"},
            job + "/phase": {"GET", "HEAD", "POST", "OPTIONS"},
            job + "/executionduration": {"GET", "HEAD", "POST", "OPTIONS"},
            job + "/destruction": {"GET", "HEAD", "POST", "OPTIONS"},
            job + "/quote": {"GET", "HEAD", "OPTIONS"},
            job + "/owner": {"GET", "HEAD", "OPTIONS"},
            job + "/error": {"GET", "HEAD", "OPTIONS"},
            job + "/parameters": {"GET", "HEAD", "POST", "OPTIONS"},
            job + "/parameters/ARG": {"GET", "HEAD", "PUT", "OPTIONS"},
            job + "/results": {"GET", "HEAD", "OPTIONS"},
            job + "/results/stdout": {"GET", "HEAD", "OPTIONS"},
            "/sync": {"POST", "OPTIONS"},
            "/availability": {"GET", "HEAD", "OPTIONS"},
        }.items():
            with self.subTest(path):
                options = self.client.request("OPTIONS", path)
                self.assertIn(options.status, (200, 204))
                self.assertEqual(allowed, set(options.headers["Allow"].split(", ")))
                for method in {"GET", "HEAD", "POST", "PUT", "DELETE"} - allowed:
                    reply = self.client.request(method, path)
                    self.assert_status(405, reply)
                    self.assertEqual(allowed, set(reply.headers["Allow"].split(", ")))

    def test_what_does_not_exist_is_404(self):  # U60
        job = self.done.url.removeprefix(self.service.url)
        for path in ("/", "/nothing", "/jobs/nothing", "/jobs/nothing/phase", "/sync/nothing", job + "/nothing",
                     job + "/results/nothing", job + "/parameters/nothing", job + "/phase/nothing", "/JOBS",
                     job + "/Phase", "/jobs/" + "x" * 3000, "/jobs/%2e%2e/jobs", "/jobs/a%00b"):
            with self.subTest(path):
                self.assertIn(self.client.get(path).status, (400, 404))
        self.assert_status(404, self.client.post("/jobs/nothing/phase", ("PHASE", "RUN")))
        self.assert_status(404, self.client.delete("/jobs/nothing"))

    def test_a_trailing_slash_equals_none(self):  # U60
        self.assert_status(200, self.client.get("/jobs/"))
        self.assertEqual("COMPLETED", self.done.get("/phase/").text)
        self.assert_status(200, self.done.get("/"))

    def test_urls_are_those_that_the_client_used(self):  # U60
        port = self.service.port
        reply = self.client.get(self.done.url, {"Host": f"localhost:{port}"})
        self.assertIn(f"http://localhost:{port}/jobs/{self.done.id}/results/stdout", reply.text)
        # There is no trusted proxy here.
        reply = self.client.get(self.done.url, {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
        self.assertIn(f"http://127.0.0.1:{port}/jobs/", reply.text)
        self.assertNotIn("evil", reply.text)

    def test_errors_are_text_or_problems(self):  # U62
        text = self.assert_status(404, self.client.get("/jobs/nothing"))
        self.assertEqual("text/plain", text.headers.get_content_type())
        problem = self.assert_status(404, self.client.get("/jobs/nothing", {"Accept": "application/json"}))
        self.assertEqual("application/problem+json", problem.headers.get_content_type())
        self.assertEqual(404, problem.json()["status"])

    def test_the_schemas_refuse_what_is_wrong(self):  # tests the validation that all tests use
        self.schemas.check()
        right = self.done.get()
        self.schemas.documents.clear()
        for wrong in (right.body.replace(b"COMPLETED", b"FINISHED"), right.body.replace(b"uws:quote", b"uws:quota")):
            self.schemas.add(wrong, "a test")
            with self.assertRaises(AssertionError):
                self.schemas.check()


class Waiting(TreeCase):
    CONFIG = merged(TreeCase.CONFIG, {"jobs": {"wait_cap": "10s"}})

    def test_an_idle_wait_ends_in_time(self):  # U30
        job = self.pending()
        start = time.monotonic()
        reply = self.assert_status(200, job.get("?WAIT=1"))
        self.assertIn("PENDING", reply.text)
        self.assertGreater(time.monotonic() - start, 0.9)

    def test_minus_one_waits_until_the_cap(self):  # U31
        start = time.monotonic()
        self.assert_status(200, self.pending().get("?WAIT=-1"))
        self.assertGreater(time.monotonic() - start, 9.5)

    def test_nothing_to_wait_for_is_answered_at_once(self):  # U30
        job = self.pending()
        start = time.monotonic()
        job.get("?WAIT=10&PHASE=QUEUED")
        job.post("/phase", ("PHASE", "ABORT"))
        job.get("?WAIT=10")
        job.get("?WAIT=10&PHASE=ABORTED")
        job.get("?WAIT=0")
        self.assertLess(time.monotonic() - start, 9.9)

    def test_what_is_no_wait_is_400(self):  # U31
        job = self.pending()
        for query in ("WAIT=x", "WAIT=-2", "WAIT=1.5", "WAIT=", "WAIT=1&PHASE=WAITING", "WAIT=%2B1"):
            with self.subTest(query):
                self.assert_status(400, job.get("?" + query))

    def test_a_waiter_of_a_destroyed_job_gets_404(self):  # U32
        job = self.pending()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiter = pool.submit(job.get, "?WAIT=10")
            until(lambda: self.client.waiters() == 1, "the wait to be held")
            job.delete()
            self.assert_status(404, waiter.result())

    def test_many_waiters_of_one_job_are_all_released(self):
        job = self.pending()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            waiters = [pool.submit(job.get, "?WAIT=-1&PHASE=PENDING") for _ in range(20)]
            until(lambda: self.client.waiters() == 20, "all to be held")
            job.post("/phase", ("PHASE", "ABORT"))
            for waiter in waiters:
                self.assertIn("ABORTED", waiter.result().text)


class Listing(TreeCase):

    def listed(self, query=""):
        return [reference["jobId"] for reference in self.client.get_json("/jobs" + query)["jobs"]]

    def test_an_empty_list_is_a_list(self):  # U1; runs first, as tests run in the order of their names
        self.assertEqual([], list(self.client.get("/jobs").xml()))

    def test_filters(self):  # U20, U21
        jobs = []
        for number in range(4):
            jobs.append(self.pending(("RUNID", f"number {number}")))
            time.sleep(0.005)
        created = [job.document()["creationTime"] for job in jobs]
        jobs[1].post("/phase", ("PHASE", "ABORT"))
        newest_first = [job.id for job in reversed(jobs)]
        self.assertEqual(newest_first, self.listed()[:4])
        self.assertEqual(newest_first[:2], self.listed("?LAST=2"))
        self.assertEqual(newest_first[:3], self.listed("?AFTER=" + created[0]))
        self.assertEqual(newest_first[:1], self.listed("?LAST=1&AFTER=" + created[0]))
        self.assertEqual([], self.listed("?AFTER=" + soon(days=1)))
        for form in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f+00:00", "%Y%m%dT%H%M%S.%fZ", "%Y:%j:%H:%M:%S.%f"):
            with self.subTest(form):  # U52: SQL's and astropy's iso, Python's isoformat, ISO 8601's basic form, astropy's yday
                written = instant(created[0]).strftime(form).replace(" ", "%20")  # '+' is not encoded
                self.assertEqual(newest_first[:3], self.listed("?AFTER=" + written))
        self.assertEqual(newest_first, self.listed("?AFTER=2020-01-01")[:4])  # U21: less precise
        self.assertEqual([jobs[1].id], self.listed("?PHASE=ABORTED&AFTER=" + created[0]))
        self.assertEqual([jobs[3].id, jobs[2].id, jobs[1].id],
                         self.listed("?PHASE=ABORTED&PHASE=PENDING&AFTER=" + created[0]))
        self.assertEqual([jobs[1].id], self.listed("?PHASE=ABORTED&LAST=1"))  # LAST is applied last
        self.assertEqual([], self.listed("?PHASE=HELD"))
        reference = self.client.get("/jobs?LAST=1").xml()[0]
        self.assertEqual([UWS + name for name in ("phase", "runId", "ownerId", "creationTime")],
                         [child.tag for child in reference])  # U22
        self.assertEqual((jobs[3].id, jobs[3].url, "simple"),
                         (reference.get("id"), reference.get(XLINK + "href"), reference.get(XLINK + "type")))

    def test_what_is_no_filter_is_400(self):
        for query in ("PHASE=DONE", "LAST=0", "LAST=-1", "LAST=x", "AFTER=yesterday", "AFTER=2026-13-01", "AFTER="):
            with self.subTest(query):
                reply = self.assert_status(400, self.client.get("/jobs?" + query))
                self.assertIn(query.split("=")[0], reply.text)

    def test_a_slip_in_a_name_is_400_and_other_names_are_told(self):  # U24
        self.assertIn("PHASE", self.assert_status(400, self.client.get("/jobs?PHSE=ERROR")).text)
        reply = self.assert_status(200, self.client.get("/jobs?LAST=1&tapclient=x"))
        self.assertIn("ignored: tapclient", reply.headers["Warning"])


class Changing(TreeCase):

    def test_controls_in_body_and_query(self):  # U3, U10
        reply = self.client.post("/jobs?RUNID=from+query&EXECUTIONDURATION=60", ("IMAGE", "busybox:test"),
                                 ("DESTRUCTION", soon(hours=5)))
        job = Job(self.client, reply.location)
        document = job.document()
        self.assertEqual(["from query", 60], [document["runId"], document["executionDuration"]])
        self.assertLess(instant(document["destruction"]) - datetime.datetime.utcnow(), datetime.timedelta(hours=5))
        self.assert_status(303, self.client.post(job.url + "?ARG=hello&ENTRYPOINT=echo", ("PHASE", "RUN")))
        job.completed()
        self.assertEqual("hello\n", job.stdout())

    def test_execution_duration(self):  # U4, U17, U42
        job = self.pending()
        for given, kept in [("120", "120"), ("0", "7200"), ("1000000", "7200"), ("99999999999999999999", "7200")]:
            with self.subTest(given):
                reply = self.assert_status(303, job.post("/executionduration", ("EXECUTIONDURATION", given)))
                self.assertEqual(job.url, reply.location)
                self.assertEqual(kept, job.get("/executionduration").text)
        for given in ("-1", "x", "1.5", "", "1h"):
            with self.subTest(given):
                reply = self.assert_status(400, job.post("/executionduration", ("EXECUTIONDURATION", given)))
                self.assertIn("EXECUTIONDURATION", reply.text)
        self.assertEqual("7200", job.get("/executionduration").text)

    def test_destruction(self):  # U4, U17, U52
        job = self.pending()
        wished = soon(hours=3)
        for given in (wished, wished.removesuffix("Z"), wished.replace("T", " ").replace("Z", " 00:00")):
            self.assert_status(303, job.post("/destruction", ("DESTRUCTION", given)))
            self.assertEqual(wished, job.get("/destruction").text)
        self.assert_status(303, job.post("/destruction", ("DESTRUCTION", "2199-01-01T00:00:00")))
        left = instant(job.get("/destruction").text) - datetime.datetime.utcnow()
        self.assertLess(abs(left - datetime.timedelta(days=10)), datetime.timedelta(minutes=5))
        for given in ("2001-01-01T00:00:00Z", "tomorrow", "", "2026-02-30T00:00:00Z"):
            with self.subTest(given):
                reply = self.assert_status(400, job.post("/destruction", ("DESTRUCTION", given)))
                self.assertIn("DESTRUCTION", reply.text)

    def test_parameters_are_set_by_post_and_put(self):  # U15, U18
        job = self.client.create()
        self.assertEqual([], job.document()["parameters"])
        self.assert_status(303, job.post("", ("image", "busybox:test")))
        self.assert_status(303, job.post("/parameters", ("ENTRYPOINT", "echo"), ("ARG", "one"), ("ARG", "two")))
        self.assert_status(303, job.post("/parameters", ("ARG", "three")))
        self.assertEqual("three", job.get("/parameters/ARG").text)
        self.assert_status(303, self.client.request("PUT", job.url + "/parameters/arg", "four & <five> é".encode()))
        self.assertEqual([("IMAGE", "busybox:test"), ("ENTRYPOINT", "echo"), ("ARG", "four & <five> é")],
                         [(item["id"], item["value"]) for item in job.document()["parameters"]])
        job.start().completed()
        self.assertEqual("four & <five> é\n", job.stdout())

    def test_a_resource_takes_its_own_parameter_only(self):
        job = self.pending()
        for path in ("/phase", "/executionduration", "/destruction"):
            with self.subTest(path):
                self.assert_status(400, job.post(path, ("ARG", "x")))
                self.assert_status(400, job.post(path))
        self.assert_status(400, job.post("/phase", ("PHASE", "COMPLETED")))
        self.assert_status(400, job.post("/phase", ("PHASE", "")))
        self.assert_status(400, job.post("", ("ACTION", "RENAME")))
        self.assertEqual("PENDING", job.phase())

    def test_what_is_incomplete_does_not_run(self):  # U18
        job = self.client.create(("ARG", "x"))
        reply = self.assert_status(403, job.post("/phase", ("PHASE", "RUN")))
        self.assertIn("IMAGE", reply.text)
        self.assertEqual("PENDING", job.phase())


if __name__ == "__main__":
    unittest.main()
