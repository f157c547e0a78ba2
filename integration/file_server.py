"""An HTTP server on loopback from which jobs fetch their inputs."""
import contextlib
import http.server
import threading


class Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        target = self.server.redirects.get(self.path)
        self.server.asked.append(self.path)
        self.server.traces.append(self.headers["traceparent"])
        if target:
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()
        elif self.path == "/data.txt":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"fetched \xff bytes\n")
        else:
            self.send_error(404)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def file_server(address, redirects=None):
    server = http.server.ThreadingHTTPServer((address, 0), Files)
    server.redirects, server.asked, server.traces = redirects or {}, [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
