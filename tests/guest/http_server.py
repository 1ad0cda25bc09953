# A web server for guests to talk to. Prints its port. GET gives the files of the
# folder; POST takes a body and prints its SHA-256 sum.
#   http_server.py FOLDER ADDRESS
import functools
import hashlib
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print("posted", hashlib.sha256(body).hexdigest(), flush=True)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(
    (sys.argv[2], 0), functools.partial(Handler, directory=sys.argv[1])
)
print(server.server_address[1], flush=True)
server.serve_forever()
