"""A service on this machine that keeps the messages it gets."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest


class Service(HTTPServer):
    """Keeps the messages, in order."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.messages = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/runs"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        """A hook prints nothing, and neither does this."""


@pytest.fixture
def service():
    with Service() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()
