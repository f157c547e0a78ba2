"""Acts like a portal: asks a planner in front of a real JupyterHub, and follows the endpoint in its YES to the hub."""
import json
import unittest
import urllib.request

from client import TEST_TIMEOUT
from jupyterhub import JupyterHub
from platforms import planner_of


class InFrontOfJupyterHub(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.hub = JupyterHub()
        cls.addClassCleanup(cls.hub.close)
        cls.hub.start()
        cls.planner = planner_of("jupyterhub", {"https://hub.example.org": cls.hub.url})
        cls.addClassCleanup(cls.planner.close)
        cls.addClassCleanup(cls.planner.stop)
        cls.planner.start()

    def ask(self, asked):
        request = urllib.request.Request(self.planner.url + "/accepts", json.dumps(asked).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=TEST_TIMEOUT) as answer:
            return json.load(answer)

    def test_yes_leads_to_the_hub(self):
        answer = self.ask({"tasktype": "uri://jupyter-notebook",
                           "taskinfo": {"notebook": "https://example.org/notebook.ipynb"}})
        self.assertEqual("YES", answer["responseword"], answer)
        self.assertEqual("uri://jupyter-hub", answer["servicetype"])
        endpoint = answer["serviceinfo"]["endpoint"]
        with urllib.request.urlopen(endpoint, timeout=TEST_TIMEOUT) as hub:
            self.assertEqual("3.0.0", json.load(hub)["version"])
            self.assertEqual("3.0.0", hub.headers["X-JupyterHub-Version"])
        with urllib.request.urlopen(endpoint.removesuffix("api") + "health", timeout=TEST_TIMEOUT) as hub:
            self.assertEqual(200, hub.status)

    def test_the_launch_address_is_a_page_of_the_hub(self):
        launch = self.ask({"tasktype": "esap-notebook"})["serviceinfo"]["launch"]
        with urllib.request.urlopen(launch, timeout=TEST_TIMEOUT) as page:
            self.assertIn("/hub/login", page.geturl())

    def test_no_leads_nowhere(self):
        answer = self.ask({"tasktype": "uri://docker-container", "taskinfo": {"image": "busybox"}})
        self.assertEqual("NO", answer["responseword"], answer)
        self.assertNotIn("serviceinfo", answer)


if __name__ == "__main__":
    unittest.main()
