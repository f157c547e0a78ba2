"""Starts Debian's JupyterHub with its proxy, on loopback. It ends with the test that started it."""
import http.client
import os
import shutil
import subprocess
import tempfile

from client import TEST_TIMEOUT, until
from harness import free_port


class JupyterHub:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="duws-hub.")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        with open(os.path.join(self.folder, "jupyterhub_config.py"), "w", encoding="utf-8") as file:
            file.write(f"""
c.JupyterHub.bind_url = "{self.url}"
c.JupyterHub.hub_port = {free_port()}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{free_port()}"
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
""")

    def start(self):
        # The proxy needs Debian's modules, also if another Node.js than Debian's runs it.
        environment = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(["/usr/bin/jupyterhub", "--config", "jupyterhub_config.py"], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        until(self.answers, f"JupyterHub to start; its log is in {self.folder}")

    def answers(self):
        assert self.process.poll() is None, self.log()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TEST_TIMEOUT)
        try:
            connection.request("GET", "/hub/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(TEST_TIMEOUT)
        shutil.rmtree(self.folder, ignore_errors=True)
