"""Runs nginx in front of a service, with the site file that operators get. Only the ports, the certificate and the name
in it are changed."""
import os
import re
import shutil
import subprocess
import tempfile

from client import until
from harness import free_port

SITE = os.path.join(os.path.dirname(__file__), "..", "config", "nginx.conf")
NAME = "uws.test"


class Nginx:
    def __init__(self, service_port, connections=500):
        self.folder = tempfile.mkdtemp(prefix="duws-nginx.")
        self.plain_port, self.port = free_port(), free_port()
        self.certificate = os.path.join(self.folder, "certificate.pem")
        self.key = os.path.join(self.folder, "key.pem")
        self.origin = f"https://{NAME}:{self.port}"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}",
                        "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.config = os.path.join(self.folder, "nginx.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(self._main(self._site(service_port, connections)))
        self.process = None

    def _site(self, service_port, connections):
        with open(SITE, encoding="utf-8") as file:
            site = file.read()
        for pattern, text, count in [
            (r"listen \[::\][^;]*;", "", 2), (r"listen 80;", f"listen 127.0.0.1:{self.plain_port};", 1),
            (r"listen 443 ", f"listen 127.0.0.1:{self.port} ", 1), (r"127\.0\.0\.1:8080;", f"127.0.0.1:{service_port};", 1),
            (r"/etc/ssl/certs/[^;]*", self.certificate, 1), (r"/etc/ssl/private/[^;]*", self.key, 1),
            (r"server_name [^;]*", f"server_name {NAME}", 2), (r"\b500\b", str(connections), 2),
        ]:
            site, found = re.subn(pattern, text, site)
            assert found == count, (pattern, found)
        return site

    def _main(self, site):
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return (f"daemon off;\nuser root;\nworker_processes 2;\npid {self.folder}/pid;\nerror_log stderr;\n"
                f"events {{ worker_connections 4096; }}\nhttp {{\naccess_log off;\n{paths}{site}}}\n")

    def start(self):
        self.log_file = os.path.join(self.folder, "log")
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(["nginx", "-p", self.folder, "-c", self.config, "-e", "stderr"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._is_up, "nginx to start")
        return self

    def _is_up(self):
        assert self.process.poll() is None, self.log()
        return self.curl("/availability", check=False).returncode == 0

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def arguments(self, path):
        """A command line for the real curl with the certificate and the address of the name."""
        return ["curl", "-sS", "--cacert", self.certificate, "--resolve", f"{NAME}:{self.port}:127.0.0.1",
                "--resolve", f"{NAME}:{self.plain_port}:127.0.0.1",
                path if path.startswith("http") else self.origin + path]

    def curl(self, path, *more, check=True):
        done = subprocess.run([*self.arguments(path), "--max-time", "120", *more], capture_output=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"curl {path} {more}: {done.returncode} {done.stderr.decode()}")
        return done

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()
