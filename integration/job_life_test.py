"""Tests the life of a job in the real service: its phases, its ends, its logs, /sync. The U numbers are the clauses of
docs/uws-contract.md."""
import concurrent.futures
import http.client
import time
import unittest

from client import ENDED, TEST_TIMEOUT, UWS, Job, until
from harness import merged
from outage_case import OutageCase
from tree_case import INSTANT, POLITE, STUBBORN, TreeCase, soon


# With this grace a process can write its last output even on a busy machine.
UNHURRIED = {"runs": {"stop_grace": "5s"}}


class ToldCase(OutageCase, TreeCase):
    """For tests with jobs that run until the test lets them end."""
    CONFIG = TreeCase.CONFIG


class Lifecycle(ToldCase):
    CONFIG = merged(TreeCase.CONFIG, {"jobs": {"wait_cap": "1m"}})

    def test_curl_makes_runs_and_reads_a_job(self):
        made = self.client.curl("-d", "IMAGE=hello-world", self.service.url + "/jobs")
        self.assert_status(303, made)
        url = made.location
        self.assertTrue(url.startswith(self.service.url + "/jobs/"), url)
        self.assertEqual("PENDING", self.client.curl(url + "/phase").text)
        run = self.client.curl("-d", "PHASE=RUN", url + "/phase")
        self.assert_status(303, run)
        self.assertEqual(url, run.location)
        Job(self.client, url).completed()
        self.assertIn("Hello from a container!", self.client.curl("-L", url + "/results/result").text)

    def test_curl_gets_the_output_in_one_request(self):
        reply = self.client.curl("-L", "-d", "IMAGE=hello-world", self.service.url + "/sync")
        self.assert_status(200, reply)
        self.assertIn("Hello from a container!", reply.text)

    def test_phases_come_in_order_and_each_releases_the_waiter(self):  # U30, U46
        job = self.client.create(("IMAGE", "busybox:test"), ("ENTRYPOINT", "/bin/sh"), ("ARG", "-c"),
                                 ("ARG", self.wait_to_end("phases")), ("MOUNT", "truth:/truth:rw"))
        seen = [job.phase()]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiter = pool.submit(self.client.get_json, job.url + "?WAIT=-1&PHASE=PENDING")
            job.start()
            document = waiter.result()
        while document["phase"] not in ENDED:
            self.assertLess(time.monotonic() - start, 55)  # no WAIT lasted its full time
            seen.append(document["phase"])
            if seen[-1] == "EXECUTING":
                self.let_end("phases")
            document = self.client.get_json(f"{job.url}?WAIT=-1&PHASE={seen[-1]}")
        self.assertLess(time.monotonic() - start, 55)  # no WAIT lasted its full time
        seen.append(document["phase"])
        order = ["PENDING", "QUEUED", "EXECUTING", "COMPLETED"]
        self.assertEqual(sorted(seen, key=order.index), seen)
        self.assertEqual(["PENDING", "EXECUTING", "COMPLETED"], [phase for phase in seen if phase != "QUEUED"])

    def test_times_are_in_order(self):
        document = self.client.shell("sleep 0.2").completed()
        times = [document[name] for name in ("creationTime", "startTime", "endTime", "destruction")]
        for time_text in times:
            self.assertRegex(time_text, INSTANT)  # U52
        self.assertEqual(sorted(times), times)
        steps = document["jobInfo"]["steps"]
        self.assertEqual(["queued", "claimed", "created", "staged", "started", "ended", "collected"], list(steps))
        self.assertEqual(sorted(steps.values()), list(steps.values()))

    def test_a_posted_run_executes_at_once_and_creation_shows_it_as_json(self):  # U10, U66
        reply = self.client.post("/jobs", ("IMAGE", "hello-world"), ("PHASE", "RUN"),
                                 headers={"Accept": "application/json"})
        self.assert_status(303, reply)
        self.assertEqual("application/json", reply.headers.get_content_type())
        self.assertIn(reply.json()["phase"], ("QUEUED", "EXECUTING", "COMPLETED"))
        self.assertEqual(reply.location.rsplit("/", 1)[1], reply.json()["jobId"])
        Job(self.client, reply.location).completed()

    def test_run_by_the_job_itself_by_query_and_in_small_letters(self):  # U3, U13
        job = self.pending()
        self.assert_status(303, job.post("?phase=run"))
        job.completed()
        job = self.pending()
        self.assert_status(303, job.post("", ("Phase", "Run")))
        job.completed()

    def test_a_failed_job_is_ERROR_with_a_summary_and_a_detail(self):  # U44
        document = self.client.shell("echo partial; echo why it failed >&2; exit 3").failed()
        self.assertEqual({"type": "fatal", "hasDetail": True, "message": "the command ended with exit code 3: why it failed",
                          "code": "exit_code"},
                         document["errorSummary"])
        self.assertEqual(3, document["jobInfo"]["exitCode"])
        job = Job(self.client, self.service.url + "/jobs/" + document["jobId"])
        self.assertIn("why it failed", job.get("/error").text)
        self.assertEqual("partial\n", job.stdout())
        summary = job.get().xml().find(UWS + "errorSummary")
        self.assertEqual({"type": "fatal", "hasDetail": "true"}, summary.attrib)
        self.assertEqual("the command ended with exit code 3: why it failed", summary.findtext(UWS + "message"))


class Ending(TreeCase):
    CONFIG = merged(TreeCase.CONFIG, UNHURRIED)

    def test_abort_of_a_pending_job_is_immediate(self):  # U40
        job = self.pending()
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        self.assertEqual("ABORTED", job.phase())
        document = job.document()
        self.assertEqual([None, []], [document["startTime"], document["results"]])
        self.assertIsNotNone(document["endTime"])

    def test_abort_of_a_polite_job_keeps_its_last_words(self):  # U46
        job = self.running(POLITE)
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        self.assertIn(job.post("/phase", ("PHASE", "ABORT")).status, (303, 403))  # 403 if the job has already ended
        document = job.wait_for("ABORTED")
        self.assertEqual("on\nbye\n", job.stdout())
        self.assertIsNone(document["errorSummary"])

    def test_abort_of_a_stubborn_job_kills_it_after_the_grace(self):
        job = self.running(STUBBORN)
        start = time.monotonic()
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        again = job.post("/phase", ("PHASE", "ABORT"))
        self.assert_status(303, again)
        job.wait_for("ABORTED")
        self.assertGreater(time.monotonic() - start, 4.5)
        self.assertEqual("on\n", job.stdout())
        self.assertEqual(137, job.document()["jobInfo"]["exitCode"])

    def test_a_job_that_exceeds_its_execution_duration_is_aborted_with_the_results_so_far(self):  # U42
        job = self.client.shell("echo so far; echo made > made; sleep 1000", ("EXECUTIONDURATION", "5"),
                                ("OUTPUT", "made"))
        document = job.wait_for("ABORTED")
        self.assertEqual("the execution duration of 5 s is exceeded", document["errorSummary"]["message"])
        self.assertEqual(b"so far\n", job.result("stdout"))
        self.assertEqual(b"made\n", job.result("made"))

    def test_destruction_ends_the_run_and_forgets_the_job(self):  # U43
        job = self.running(POLITE)
        self.assert_status(303, job.post("/destruction", ("DESTRUCTION", soon(seconds=3))))
        until(lambda: job.get().status == 404, "the job to be destroyed")
        self.assertNotIn(job.id, self.client.get("/jobs").text)
        self.assert_freed(job)

    def test_delete_of_a_running_job_frees_all_it_held(self):  # U2
        job = self.running(STUBBORN, ("PORT", "8080"))
        self.assertEqual([1, 1], [len(self.engine.containers_of(job.id)), len(self.engine.volumes_of(job.id))])
        reply = job.delete()
        self.assert_status(303, reply)
        self.assertEqual(self.service.url + "/jobs", reply.location)
        for path in ("", "/phase", "/results/stdout"):
            self.assert_status(404, job.get(path))
        self.assertNotIn(job.id, self.client.get("/jobs").text)
        self.assert_status(404, job.delete())
        self.assert_freed(job)

    def test_delete_by_action(self):
        job = self.pending()
        reply = job.post("", ("ACTION", "DELETE"))
        self.assert_status(303, reply)
        self.assertEqual(self.service.url + "/jobs", reply.location)
        self.assert_status(404, job.get())

    def test_what_is_illegal_in_a_phase_is_403(self):  # U15, U16
        job = self.running(POLITE)
        self.assert_status(403, job.post("/phase", ("PHASE", "RUN")))
        self.assert_status(403, job.post("/parameters", ("ARG", "other")))
        self.assert_status(403, job.post("", ("ARG", "other")))
        self.assert_status(403, self.client.request("PUT", job.url + "/parameters/ARG", b"other"))
        self.assertEqual("EXECUTING", job.phase())
        job.post("/phase", ("PHASE", "ABORT"))
        job.wait_for("ABORTED")
        for wish in ("RUN", "ABORT"):
            reply = self.assert_status(403, job.post("/phase", ("PHASE", wish)))
            self.assertIn("ABORTED", reply.text)


class Suspended(ToldCase):
    """Jobs whose containers somebody pauses on the engine (U45)."""

    def suspended(self, name, *pairs, script=None):
        job = self.counted(name, script or self.wait_to_end(name), *pairs)
        self.wait_until_running(name, job)
        self.engine.pause(job.id)
        job.wait_for("SUSPENDED")
        return job

    def resume(self, job):
        self.engine.pause(job.id, False)
        job.wait_for("EXECUTING", "COMPLETED")

    def assert_done(self, name, job):
        job.completed()
        self.assertEqual(f"{name} is done\n", job.stdout())
        self.assert_ran_once(name)

    def test_it_goes_on_with_its_container(self):
        job = self.suspended("goes-on")
        document = self.client.get_json(job.url + "?WAIT=60&PHASE=EXECUTING")  # U30: WAIT has no effect in SUSPENDED
        self.assertEqual(["SUSPENDED", None], [document["phase"], document["quote"]])
        self.assertIn("paused", document["jobInfo"]["progress"]["message"])
        self.assertIn(job.id, [one["jobId"] for one in self.client.get_json("/jobs?PHASE=SUSPENDED")["jobs"]])
        self.resume(job)
        self.assertEqual("EXECUTING", job.phase())
        self.let_end("goes-on")
        self.assert_done("goes-on", job)

    def test_its_execution_duration_stands_still(self):  # U46
        job = self.suspended("limited", ("EXECUTIONDURATION", "10"))
        time.sleep(11)
        self.assertEqual("SUSPENDED", job.phase())
        self.resume(job)
        time.sleep(1)  # the limit would end the job now, if the paused time counted
        self.assertEqual("EXECUTING", job.phase())
        self.let_end("limited")
        self.assert_done("limited", job)

    def test_it_is_aborted(self):
        job = self.suspended("aborted", script=POLITE)
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        self.assertEqual("ABORTED", job.wait_for_end()["phase"])
        self.assert_freed(job)

    def test_it_is_destroyed(self):
        job = self.suspended("destroyed", script=POLITE)
        self.assert_status(303, job.delete())
        self.assert_freed(job)

    def test_it_ends_by_a_kill(self):
        job = self.suspended("killed", script="sleep 100")
        container = self.engine.containers_of(job.id)[0]["Id"]
        self.engine.call("POST", f"/containers/{container}/kill")
        self.assertIn(job.wait_for_end()["phase"], ("ERROR", "ABORTED"))
        self.assert_freed(job)

    def test_the_service_is_started_anew_meanwhile(self):
        job = self.suspended("followed")
        self.service.kill()
        self.service.start()
        self.assertEqual("SUSPENDED", job.phase())
        until(lambda: job.document()["results"], "its log to be followed")
        time.sleep(1)  # meanwhile Podman 4.3 ends the followed log of the paused container
        self.let_end("followed")  # the job writes its last line as soon as it is resumed
        self.resume(job)
        self.assert_done("followed", job)


class Logs(TreeCase):
    CONFIG = merged(TreeCase.CONFIG, UNHURRIED)

    def test_a_log_is_there_while_the_job_runs(self):  # U8
        job = self.running(POLITE)
        listed = job.document()["results"]
        self.assertEqual(["stdout", "stderr"], [result["id"] for result in listed])
        reply = job.get("/results/stdout")
        self.assertEqual((b"on\n", None), (reply.body, reply.headers["ETag"]))
        part = self.assert_status(206, job.get("/results/stdout", {"Range": "bytes=1-"}))
        self.assertEqual(b"n\n", part.body)
        beyond = self.assert_status(416, job.get("/results/stdout", {"Range": "bytes=3-"}))
        self.assertEqual("bytes */3", beyond.headers["Content-Range"])
        self.assert_status(404, job.get("/results/result"))
        job.delete()

    def test_a_followed_log_streams_until_the_end(self):  # U8
        job = self.running(POLITE)
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=TEST_TIMEOUT)
        self.addCleanup(connection.close)
        connection.request("GET", f"/jobs/{job.id}/results/stdout?follow=true")
        stream = connection.getresponse()
        self.assertEqual(b"on\n", stream.read(3))
        self.assertEqual("EXECUTING", job.phase())
        job.post("/phase", ("PHASE", "ABORT"))
        self.assertEqual(b"bye\n", stream.read())

    def test_a_log_is_followed_from_a_queued_job_on(self):  # U8
        job = self.pending(("ENTRYPOINT", "echo"))
        self.assert_status(404, job.get("/results/stdout?follow=true"))
        self.assert_status(303, job.post("/phase", ("PHASE", "RUN")))
        self.assertEqual("true\n", self.client.curl("-L", job.url + "/results/stdout?follow=true").text)

    def test_a_long_log_is_whole(self):
        job = self.client.shell("seq 1 200000; seq 1 1000 >&2")
        job.completed(seconds=TEST_TIMEOUT * 2)
        self.assertEqual("".join(f"{n}\n" for n in range(1, 200001)).encode(), job.result("stdout"))
        self.assertEqual("".join(f"{n}\n" for n in range(1, 1001)).encode(), job.result("stderr"))

    def test_bytes_stay_as_they_are(self):
        job = self.client.shell(r"printf '\000\377\r\n\303'")
        job.completed()
        self.assertEqual(b"\x00\xff\r\n\xc3", job.result("stdout"))


class Sync(ToldCase):

    def test_the_way_of_a_sync_request(self):  # U9
        made = self.assert_status(303, self.client.post("/sync", ("IMAGE", "busybox:test"), ("ENTRYPOINT", "echo"),
                                                        ("ARG", "quick")))
        self.assertRegex(made.location, self.service.url + "/sync/[^/]+$")
        # On a busy machine the request may be redirected to itself more than once.
        held = until(lambda: (reply := self.assert_status(303, self.client.get(made.location))).location != made.location
                     and reply, "the job to end")
        self.assertEqual(made.location.replace("/sync/", "/jobs/") + "/results/result", held.location)
        self.assertEqual(b"quick\n", self.client.get(held.location).body)

    def test_a_slow_one_leads_to_itself_after_the_cap(self):
        pairs = [("IMAGE", "busybox:test"), ("ENTRYPOINT", "sh"), ("ARG", "-c"), ("ARG", self.wait_to_end("slow")),
                 ("MOUNT", "truth:/truth:rw")]
        made = self.assert_status(303, self.client.post("/sync", *pairs))
        held = self.assert_status(303, self.client.get(made.location))
        self.assertEqual(made.location, held.location)
        self.let_end("slow")
        self.assertEqual("slow is done\n", self.client.curl("-L", made.location).text)

    def test_a_failing_one_answers_its_error(self):
        reply = self.client.curl("-L", "-d", "IMAGE=busybox:test", "-d", "ENTRYPOINT=sh", "-d", "ARG=-c",
                                 "--data-urlencode", "ARG=echo the reason >&2; exit 2", self.service.url + "/sync")
        self.assertGreaterEqual(reply.status, 400)
        self.assertIn("the command ended with exit code 2", reply.text)
        self.assertIn("the reason", reply.text)

    def test_a_refused_one_makes_no_job(self):
        before = self.client.get_json("/jobs")
        self.assert_status(403, self.client.post("/sync", ("ARG", "no image")))
        self.assert_status(403, self.client.post("/sync", ("IMAGE", "unlisted")))
        self.assertEqual(before, self.client.get_json("/jobs"))


class Crowded(TreeCase):
    """An engine with one slot, so that only one job runs at a time."""

    ENGINE = {"slots": 1}

    def test_want_of_capacity_is_QUEUED_with_the_reason(self):  # U41
        first = self.running(POLITE)
        second = self.client.shell("echo at last")
        third = self.client.shell("echo never")
        until(lambda: second.document()["jobInfo"], "a reason")
        time.sleep(0.3)
        document = second.document()
        self.assertEqual("QUEUED", document["phase"])
        self.assertRegex(str(document["jobInfo"]), "(?i)wait|capacity|slot|busy|queue")
        self.assert_status(303, third.post("/phase", ("PHASE", "ABORT")))
        third.wait_for("ABORTED")
        self.assertEqual([], self.engine.containers_of(third.id))
        first.post("/phase", ("PHASE", "ABORT"))
        second.completed()
        self.assertEqual("at last\n", second.stdout())


class Archive(TreeCase):
    CONFIG = {"jobs": {"archive_for": "1h"}}

    def test_a_destroyed_job_stays_as_ARCHIVED(self):  # U20, U43
        job = self.client.shell("echo gone soon")
        job.completed()
        self.assert_status(303, job.post("/destruction", ("DESTRUCTION", soon(seconds=3))))
        until(lambda: job.phase() == "ARCHIVED", "the job to be archived")
        self.assertEqual([], job.document()["results"])
        self.assert_status(404, job.get("/results/stdout"))
        self.assertEqual([], list(self.client.get("/jobs").xml()))
        self.assertEqual([job.id], [item.get("id") for item in self.client.get("/jobs?PHASE=ARCHIVED").xml()])
        self.assert_status(303, job.delete())
        self.assert_status(404, job.get())


if __name__ == "__main__":
    unittest.main()
