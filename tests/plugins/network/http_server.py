"""A web server on loopback that notes what it is sent, and behaves as the file MODE says at each request:
fast, slow (answers after 30 s), close (closes without an answer), endless (never ends its answer), or a number: that status.

http_server.py FOLDER [CERTIFICATE KEY]: the mode is read from FOLDER/mode; each request is a line of JSON in FOLDER/requests, written
before the answer; the port is in FOLDER/port once it listens.
"""
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

folder = sys.argv[1]


def end_with(parent):
    """A test that crashes leaves no server behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()


def mode():
    with open(os.path.join(folder, "mode")) as file:
        return file.read().strip()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        now = mode()
        request = {"path": self.path, "mode": now, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body,
                   "form": dict(urllib.parse.parse_qsl(body, keep_blank_values=True))}
        with open(os.path.join(folder, "requests"), "a") as file:
            file.write(json.dumps(request) + "\n")
        if now == "slow":
            time.sleep(30)
        if now == "close":
            self.close_connection = True
            return
        status = int(now) if now.isdigit() else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        if now == "endless":
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 4096)
                time.sleep(0.001)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # those who have hung up


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
with open(os.path.join(folder, "port.new"), "w") as file:
    file.write(str(server.server_address[1]))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
