#!/bin/sh
# astroquery starts a job when it is asked to look at it.
#
# Seen with: python3-astroquery 0.4.6 (Debian 12), TapPlus.load_async_job().
# Expected: load_async_job() "loads an asynchronous job" that is there, which is a matter of GET. A job that was made
#   with autorun=False waits in phase PENDING until start() is called.
# Seen: of a PENDING job it posts PHASE=RUN without being told to, then polls until the job ends. Only with
#   load_results=False the job is left as it is. So a second program that looks at a job that somebody is still filling
#   in runs it too early, and its parameters can no longer be changed.
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
need python3-astroquery=0.4.6+dfsg-4
different() { echo "${0##*/}: different now: $*" >&2; exit 1; }
cat >"$dir/service.py" <<'END'
import http.server, threading, urllib.parse

JOB = """<uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
version="1.1"><uws:jobId>1</uws:jobId><uws:ownerId xsi:nil="true"/><uws:phase>{}</uws:phase><uws:quote xsi:nil="true"/>
<uws:startTime xsi:nil="true"/><uws:endTime xsi:nil="true"/><uws:executionDuration>60</uws:executionDuration>
<uws:destruction xsi:nil="true"/><uws:parameters>{}</uws:parameters><uws:results/></uws:job>"""
job = {"phase": "PENDING", "parameters": ""}
requests = []

class Service(http.server.BaseHTTPRequestHandler):  # one job, PENDING until it is told to run, and then ABORTED
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
from astroquery.utils.tap.core import TapPlus

tap = TapPlus(url=url)
tap.launch_job_async("SELECT 1 FROM t", autorun=False)
for load_results in (False, True):
    was = job["phase"]
    del requests[:]
    try:
        tap.load_async_job("1", load_results=load_results)
    except Exception:  # an ABORTED job has no results
        pass
    print("\nseen:", was, *[r for r in requests if r.startswith("POST")], job["phase"])
END
export HOME="$dir" PYTHONPATH="$dir/root/usr/lib/python3/dist-packages" PYTHONWARNINGS=ignore
/usr/bin/python3 "$dir/ask.py" >"$dir/seen" 2>"$dir/log" || { cat "$dir/log" >&2 && exit 2; }
seen=$(sed -n 's/^seen: //p' "$dir/seen" | tr '\n' ',')
[ "$seen" = 'PENDING PENDING,PENDING POST /tap/async/1/phase PHASE=RUN ABORTED,' ] || different "$seen"
echo "as described"
