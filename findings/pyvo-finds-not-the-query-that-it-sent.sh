#!/bin/sh
# pyvo says that a job has no query, though it sent the query itself and the service shows it.
#
# Seen with: python3-pyvo 1.2.1 (Debian 12), AsyncTAPJob.query, of a service that shows parameters as they were given.
# Expected: job.query is "the job query", the text that submit_job() sent.
# Seen: it is the empty text. submit_job() sends the name "QUERY", and job.query looks for a parameter called "query",
#   while DALI says that the names of parameters are case-insensitive. Of a service that makes the names lower-case it
#   finds the text.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' INT TERM
need() { # PACKAGE=VERSION...: what is not installed is unpacked in the temp folder, with what it depends on
  mkdir -p "$dir/debs/partial"
  apt-get -qq -y -d --no-install-recommends --allow-downgrades -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    -o Dir::Cache::archives="$dir/debs" install "$@" >"$dir/log" 2>&1 || { cat "$dir/log" >&2 && exit 2; }
  for deb in "$dir"/debs/*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" "$dir/root"; done
}
need python3-pyvo=1.2.1-1
different() { echo "${0##*/}: different now: $*" >&2; exit 1; }
cat >"$dir/service.py" <<'END'
import http.server, threading, urllib.parse

JOB = """<uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
version="1.1"><uws:jobId>1</uws:jobId><uws:ownerId xsi:nil="true"/><uws:phase>{}</uws:phase><uws:quote xsi:nil="true"/>
<uws:startTime xsi:nil="true"/><uws:endTime xsi:nil="true"/><uws:executionDuration>60</uws:executionDuration>
<uws:destruction xsi:nil="true"/><uws:parameters>{}</uws:parameters><uws:results/></uws:job>"""
job = {"phase": "PENDING", "parameters": ""}
requests = []

class Service(http.server.BaseHTTPRequestHandler):  # one job that stays PENDING
    def log_message(self, *_): pass

    def answer(self, code, **headers):
        text = (job["phase"] if self.path.endswith("/phase") else JOB.format(job["phase"], job["parameters"])).encode()
        self.send_response(code)
        for name, value in {"Content-Type": "text/xml", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        requests.append("GET " + self.path)
        self.answer(200)

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        requests.append(f"POST {self.path} {form}")
        pairs = dict(urllib.parse.parse_qsl(form))
        if pairs.get("PHASE") == "RUN":
            job["phase"] = "ABORTED"
        if self.path == "/tap/async":
            job["parameters"] = "".join(f'<uws:parameter id="{n}">{v}</uws:parameter>' for n, v in pairs.items())
        self.answer(303, Location=url + "/async/1")

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/tap"
END
cat >"$dir/ask.py" <<'END'
from service import job, requests, url
import pyvo

mine = pyvo.dal.TAPService(url).submit_job("SELECT 1 FROM t")
print("QUERY=SELECT+1+FROM+t" in requests[0], 'id="QUERY">SELECT 1 FROM t<' in job["parameters"], repr(mine.query))
job["parameters"] = job["parameters"].replace("QUERY", "query")
print(repr(mine.query))
END
export HOME="$dir" PYTHONPATH="$dir/root/usr/lib/python3/dist-packages" PYTHONWARNINGS=ignore
/usr/bin/python3 "$dir/ask.py" >"$dir/seen" 2>"$dir/log" || { cat "$dir/log" >&2 && exit 2; }
seen=$(tr '\n' ' ' <"$dir/seen")
[ "$seen" = "True True '' 'SELECT 1 FROM t' " ] || different "sent, shown, and found as QUERY and as query: $seen"
echo "as described"
