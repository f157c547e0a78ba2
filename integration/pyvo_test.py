"""Tests pyvo's job class with the URL of a job that curl created. pyvo itself can create and list jobs only in a list
that is called `async`."""
import datetime
import io
import logging
import unittest
import warnings

import astropy.time
import requests
import urllib3
from astropy.utils.exceptions import AstropyUserWarning
from pyvo.dal import AsyncTAPJob
from pyvo.dal.exceptions import DALServiceError

from harness import ServiceCase

# pyvo does not know jobInfo, and warns about each element in it.
logging.getLogger("astropy").setLevel(logging.ERROR)
warnings.simplefilter("ignore", AstropyUserWarning)

class Pyvo(ServiceCase):

    def job(self, script):
        made = self.client.curl("-d", "IMAGE=busybox:test", "-d", "ENTRYPOINT=sh", "-d", "ARG=-c", "--data-urlencode",
                                "ARG=" + script, self.service.url + "/jobs")
        self.assert_status(303, made)
        session = requests.Session()
        session.hooks["response"] = [self.hold_against_schema]
        self.addCleanup(session.close)
        return AsyncTAPJob(made.location, session=session), made.location

    def hold_against_schema(self, answer, **_):
        if answer.headers.get("Content-Type", "").startswith("text/xml"):
            # pyvo reads the stream itself, so it gets a new stream with the same bytes.
            body = answer.content
            answer.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
            self.schemas.add(body, "pyvo " + answer.url)

    def test_the_life_of_a_job(self):
        job, url = self.job("echo from pyvo")
        self.assertEqual((url, "PENDING", url.rsplit("/", 1)[1], "1.1"),
                         (job.url, job.phase, job.job_id, job.uws_version))
        self.assertIsNone(job.owner)
        in_seconds = (job.quote.to_datetime() - datetime.datetime.utcnow()).total_seconds()
        self.assertTrue(3500 < in_seconds <= 3600, in_seconds)  # the job would begin at once, and may run for an hour

        job.execution_duration = 77
        self.assertEqual(77, round(job.execution_duration.sec))
        wished = datetime.datetime.utcnow().replace(microsecond=0) + datetime.timedelta(hours=2)
        job.destruction = wished
        kept = job.destruction
        kept = kept.to_datetime() if isinstance(kept, astropy.time.Time) else kept
        self.assertEqual(wished, kept)

        job.run().wait()
        self.assertEqual("COMPLETED", job.phase)
        job.raise_if_error()
        self.assertEqual(["stdout", "stderr"], [result.id_ for result in job.results])
        self.assertEqual([f"{url}/results/stdout", f"{url}/results/stderr"], job.result_uris)
        self.assertEqual(b"from pyvo\n", self.client.get(job.result_uri).body)
        parameters = [(parameter.id_, parameter.content) for parameter in job.job.parameters]
        self.assertEqual([("IMAGE", "busybox:test"), ("ENTRYPOINT", "sh"), ("ARG", "-c"), ("ARG", "echo from pyvo")],
                         parameters)

        job.delete()
        self.assert_status(404, self.client.get(url))

    def test_wait_for_a_phase_and_abort(self):
        job, url = self.job("sleep 100")
        job.run()
        job.wait(phases={"EXECUTING"})
        job.abort()
        with self.assertRaises(DALServiceError):  # "Job is not active!"
            job.wait()
        self.assertEqual("ABORTED", job.phase)
        with AsyncTAPJob(url):  # deletes the job at the end of the block
            pass
        self.assert_status(404, self.client.get(url))

    def test_an_error_is_told(self):
        job, _ = self.job("exit 4")
        job.run().wait()
        self.assertEqual("ERROR", job.phase)
        self.assertEqual("the command ended with exit code 4", job.job.message)

    def test_parameters_are_set_and_refused(self):
        job, url = self.job("true")
        with self.assertRaises(DALServiceError):
            job.query = "SELECT 1"
        requests.post(url + "/parameters", data={"ARG": "x"}, timeout=60).raise_for_status()
        self.assertEqual(["x"], [item.content for item in job.job.parameters if item.id_ == "ARG"])
        job.delete()


if __name__ == "__main__":
    unittest.main()
