"""Two services on one PostgreSQL: what one of them changes, those who wait at the other are told."""
import concurrent.futures
import http.client
import json
import time
import unittest

from client import PATIENCE, Client, Job
from harness import Database, Service, ServiceCase


class Neighbours(ServiceCase):
    DATABASE = Database.postgresql

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first = cls.service
        cls.neighbour = Service({"blobs": {"folder": first.blobs}}, lambda _folder: first.config["database"]["url"],
                                cls.ENGINE)
        cls.addClassCleanup(cls.neighbour.close)
        cls.addClassCleanup(cls.neighbour.stop)
        cls.neighbour.start()
        cls.there = Client(cls.neighbour.port, cls.schemas)

    def pending(self):
        """A job, and the same one at the neighbour's."""
        job = self.client.create(("IMAGE", "busybox:test"))
        return job, Job(self.there, job.url.replace(self.service.url, self.neighbour.url))

    def test_who_waits_there_is_told_of_a_change_here(self):  # U30
        job, same = self.pending()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiter = pool.submit(self.there.get_json, same.url + "?WAIT=60&PHASE=PENDING")
            time.sleep(0.5)
            self.assertFalse(waiter.done())
            begun = time.monotonic()
            self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
            self.assertEqual("ABORTED", waiter.result()["phase"])
        self.assertLess(time.monotonic() - begun, 10)

    def test_who_waits_there_is_told_of_a_destruction_here(self):  # U32
        job, same = self.pending()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiter = pool.submit(self.there.get, same.url + "?WAIT=60")
            time.sleep(0.5)
            self.assert_status(303, job.delete())
            self.assert_status(404, waiter.result())

    def test_events_there_tell_of_changes_here(self):
        job, same = self.pending()
        connection = http.client.HTTPConnection("127.0.0.1", self.neighbour.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", same.url.removeprefix(self.neighbour.url), headers={"Accept": "text/event-stream"})
        stream = connection.getresponse()
        self.assertEqual("text/event-stream", stream.headers.get_content_type())

        def next_phase():
            while True:
                line = stream.readline()
                self.assertTrue(line, "the stream has ended")
                if line.startswith(b"data: "):
                    return json.loads(line.removeprefix(b"data: "))["phase"]

        self.assertEqual("PENDING", next_phase())
        self.assert_status(303, job.post("/phase", ("PHASE", "ABORT")))
        self.assertEqual("ABORTED", next_phase())

    def test_a_list_is_the_same_at_both(self):
        job, _ = self.pending()
        for client in (self.client, self.there):
            self.assertIn(job.id, [one["jobId"] for one in client.get_json("/jobs")["jobs"]])


if __name__ == "__main__":
    unittest.main()
