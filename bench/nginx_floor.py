"""The processor time that nginx needs for a request: the figure with which benches compare the service (the floor)."""
import contextlib

import parts

LONGEST_PIECE = 2000  # bytes of one string in nginx's configuration


@contextlib.contextmanager
def serving(bodies, root=None):
    """Starts nginx; yields its port and pid. `bodies`: the size of the response body for each path. Below /files/ it
    serves the files of the folder `root`."""
    with parts.folder() as home:
        port = parts.free_port()
        config, log = home + "/nginx.conf", home + "/nginx.log"
        with open(config, "w") as file:
            file.write(config_of(home, port, bodies, root))
        with parts.process(["nginx", "-p", home, "-c", config, "-e", "stderr"], log) as child:
            parts.wait_for("nginx", lambda: parts.answers(port, next(iter(bodies))), child, log)
            yield port, child.pid


def config_of(home, port, bodies, root):
    locations = f"    location /files/ {{ alias {root}/; sendfile on; }}\n" if root else ""
    for number, (path, size) in enumerate(bodies.items()):
        pieces = ["x" * min(LONGEST_PIECE, size - at) for at in range(0, size, LONGEST_PIECE)]
        names = [f"$body{number}_{i}" for i in range(len(pieces))]
        sets = " ".join(f'set {name} "{piece}";' for name, piece in zip(names, pieces))
        if len(pieces) == 1:
            sets, names = "", pieces
        locations += f'    location = {path} {{ {sets} return 200 "{"".join(names)}"; }}\n'
    return f"""daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000000;
  client_body_temp_path {home}/1; proxy_temp_path {home}/2; fastcgi_temp_path {home}/3;
  uwsgi_temp_path {home}/4; scgi_temp_path {home}/5;
  server {{
    listen 127.0.0.1:{port};
{locations}  }}
}}
"""


def microseconds(server, path, seconds):
    """The processor time of the server for one request, in microseconds."""
    port, pid = server
    before = parts.cpu_seconds(pid)
    requests = parts.load(port, path, seconds)
    return (parts.cpu_seconds(pid) - before) * 1e6 / requests
