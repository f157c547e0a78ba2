"""Shared by the tests of outages: jobs that record each of their runs in a folder that no outage affects."""
import os
import shutil
import tempfile

from client import until
from harness import ServiceCase, merged


class OutageCase(ServiceCase):
    CONFIG = {"runs": {"stop_grace": "2s"}}

    @classmethod
    def config(cls):
        cls.truth = tempfile.mkdtemp(prefix="duws-truth.")
        cls.addClassCleanup(shutil.rmtree, cls.truth, True)
        os.chmod(cls.truth, 0o777)
        return merged({"volumes": [{"name": "truth", "source": cls.truth, "writable": True}]}, cls.CONFIG)

    def counted(self, name, script, *pairs, first=":"):
        """A job that first records that it runs. `first`: commands before that, such as traps for signals."""
        return self.client.shell(f"{first}; echo run >> /truth/{name}; {script}", ("MOUNT", "truth:/truth:rw"), *pairs)

    def told(self, name):
        """What the job with this name has recorded."""
        try:
            with open(os.path.join(self.truth, name), encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def assert_ran_once(self, name):
        self.assertEqual("run\n", self.told(name).split("end")[0], f"the runs of {name}")

    def wait_until_running(self, name, job):
        until(lambda: self.told(name), f"{name} to run")
        job.wait_for("EXECUTING")

    def let_end(self, name):
        """Ends a job whose script is wait_to_end(name)."""
        with open(os.path.join(self.truth, name + ".go"), "w", encoding="ascii"):
            pass

    @staticmethod
    def wait_to_end(name):
        return f"until [ -e /truth/{name}.go ]; do sleep 0.05; done; echo {name} is done"

    def availability(self):
        reply = self.client.get("/availability")
        self.assert_status(200, reply)
        return reply.text
