"""Tests unmodified TAP clients with an application like TAP: STILTS, TOPCAT's classes, pyvo, astroquery, curl."""
import csv
import io
import logging
import os
import re
import subprocess
import unittest
import warnings

import astropy.table
import pyvo
import requests

from client import TEST_TIMEOUT
from tap_case import LENIENT, TapCase

# The classes of TOPCAT and STILTS, and the libraries that they need.
JARS = ":".join(f"/usr/share/java/{name}.jar" for name in
                ("starlink-vo", "starlink-util", "starlink-table", "starlink-votable", "starlink-fits", "starlink-pal",
                 "starlink-registry"))
UWS_LIFE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "java", "UwsLife.java")


# pyvo does not know jobInfo, and warns about each element in it.
logging.getLogger("astropy").setLevel(logging.ERROR)


class TapClients(TapCase):
    HABITS = LENIENT

    def setUp(self):
        super().setUp()
        self.delete_jobs()

    def call(self, *command):
        """Runs a command, which must succeed. Returns its standard output."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=TEST_TIMEOUT * 5, check=False)
        self.assertEqual(0, done.returncode, f"{command}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def stilts(self, task, *arguments):
        return self.call("stilts", task, *arguments)

    def table(self, text):
        return list(csv.reader(io.StringIO(text)))

    def no_jobs_are_left(self):
        self.assertEqual([], self.client.get_json("/tap/async")["jobs"])


NUMBERS = [["n", "square"], ["1", "1"], ["2", "4"], ["3", "9"], ["4", "16"], ["5", "25"]]


class Stilts(TapClients):

    def test_taplint_finds_no_error_and_no_warning(self):
        report = self.stilts("taplint", f"tapurl={self.tap}", "stages=TMV UWS", "maxrepeat=100")
        findings = [line for line in report.splitlines() if re.match(r"[EWF]-", line)]
        self.assertEqual([], findings, report)
        self.assertRegex(report, r"Totals: Errors: 0; Warnings: 0")
        self.no_jobs_are_left()

    def test_tapquery_fetches_the_table_of_a_job(self):
        text = self.stilts("tapquery", f"tapurl={self.tap}", "adql=SELECT * FROM public.numbers", "sync=false", "poll=100",
                           "progress=false", "ofmt=csv", "out=-")
        self.assertEqual(NUMBERS, self.table(text))
        self.no_jobs_are_left()

    def test_tapquery_fetches_it_from_sync(self):
        text = self.stilts("tapquery", f"tapurl={self.tap}", "adql=SELECT * FROM public.numbers", "sync=true", "maxrec=2",
                           "ofmt=csv", "out=-")
        self.assertEqual(NUMBERS[:3], self.table(text))

    def test_tapquery_uploads_tables(self):  # U12
        first = os.path.join(self.documents, "first.csv")
        with open(first, "w", encoding="ascii") as file:
            file.write("a,b\n1,2\n")
        for how in (["sync=true"], ["sync=false", "poll=100", "progress=false"]):
            text = self.stilts("tapquery", f"tapurl={self.tap}", "adql=SELECT * FROM TAP_UPLOAD.mine", *how, "nupload=2",
                               f"upload1={first}", "ufmt1=csv", "upname1=mine", f"upload2={first}", "ufmt2=csv",
                               "upname2=yours", "ofmt=csv", "out=-")
            rows = self.table(text)
            self.assertEqual(["mine", "yours"], [row[0] for row in rows[1:]])
            self.assertTrue(all(int(row[1]) > 100 for row in rows[1:]), rows)

    def test_tapresume_takes_up_a_running_job(self):
        made = self.client.curl("-d", "QUERY=pause", "-d", "PHASE=RUN", f"{self.tap}/async")
        self.assert_status(303, made)
        text = self.stilts("tapresume", f"joburl={made.location}", "poll=100", "progress=false", "delete=finished", "ofmt=csv",
                           "out=-")
        self.assertEqual(NUMBERS, self.table(text))
        self.assert_status(404, self.client.get(made.location))


class Topcat(TapClients):

    def test_its_own_classes_create_run_watch_and_delete(self):
        said = self.call("java", "-ea", "-Djava.util.logging.config.file=/dev/null", "-cp", JARS, UWS_LIFE, self.tap)
        self.assertEqual("done\n", said)
        self.no_jobs_are_left()


class Pyvo(TapClients):

    def tap_service(self):
        session = requests.Session()
        self.addCleanup(session.close)
        return pyvo.dal.TAPService(self.tap, session=session)

    def test_it_creates_lists_and_runs_jobs(self):
        service = self.tap_service()
        job = service.submit_job("SELECT * FROM public.numbers", maxrec=3)
        self.assertTrue(job.url.startswith(self.tap + "/async/"), job.url)
        self.assertEqual("PENDING", job.phase)
        self.assertEqual([job.job_id], [listed.jobid for listed in service.get_job_list()])
        parameters = {parameter.id_: parameter.content for parameter in job.job.parameters}
        self.assertEqual({"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": "SELECT * FROM public.numbers",
                          "FORMAT": "votable", "MAXREC": "3"}, parameters)
        job.query = "SELECT n FROM public.numbers"
        job.run().wait()
        job.raise_if_error()
        self.assertEqual(f"{job.url}/results/result", job.result_uri)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = job.fetch_result().to_table()
        self.assertEqual([1, 4, 9], list(table["square"]))
        job.delete()
        self.no_jobs_are_left()

    def test_it_queries_synchronously_and_knows_the_tables(self):
        service = self.tap_service()
        self.assertEqual([1, 4, 9, 16, 25], list(service.run_sync("SELECT * FROM public.numbers")["square"]))
        self.assertEqual(["public.numbers"], list(service.tables.keys()))
        self.assertTrue(service.available)

    def test_it_uploads_tables(self):
        table = astropy.table.Table({"a": [1, 2]})
        service = self.tap_service()
        rows = service.run_async("SELECT * FROM TAP_UPLOAD.mine", uploads={"mine": table})
        self.assertEqual(["mine"], list(rows["name"]))
        # Two uploads to a pending job, one after the other.
        job = service.submit_job("SELECT * FROM TAP_UPLOAD.later")
        job.upload(later=table)
        job.upload(latest=table)
        job.run().wait()
        self.assertEqual(["later", "latest"], list(job.fetch_result()["name"]))
        job.delete()

    def test_it_is_told_of_errors(self):
        service = self.tap_service()
        with self.assertRaises(pyvo.dal.DALQueryError):
            service.run_async("SELECT * FROM nowhere")
        job = service.submit_job("SELECT 1")
        with self.assertRaises(pyvo.dal.DALServiceError):
            job.query = "\x01"
        job.delete()


class Astroquery(TapClients):
    """TapPlus. It always sends `tapclient`, follows one redirect, and sends uploads without a media type."""

    def tap_service(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from astroquery.utils.tap.core import TapPlus  # pylint: disable=import-outside-toplevel
            return TapPlus(url=self.tap)

    def squares(self, job):
        return list(job.get_results()["square"])

    def test_it_queries_synchronously_and_asynchronously(self):
        service = self.tap_service()
        self.assertEqual([1, 4, 9, 16, 25], self.squares(service.launch_job("SELECT * FROM public.numbers")))
        job = service.launch_job_async("SELECT * FROM public.numbers", name="mine")
        self.assertEqual([1, 4, 9, 16, 25], self.squares(job))
        self.assertEqual("COMPLETED", job.get_phase())
        self.assertIn(job.jobid, [listed.jobid for listed in service.list_async_jobs()])

    def test_it_uploads_tables(self):
        service = self.tap_service()
        table = astropy.table.Table({"a": [1, 2]})
        for launch in (service.launch_job, service.launch_job_async):
            job = launch("SELECT * FROM TAP_UPLOAD.mine", upload_resource=table, upload_table_name="mine")
            self.assertEqual(["mine"], list(job.get_results()["name"]))

    def test_it_is_told_of_errors(self):
        service = self.tap_service()
        with self.assertRaises(requests.exceptions.HTTPError):
            service.launch_job("SELECT * FROM nowhere")


if __name__ == "__main__":
    unittest.main()
