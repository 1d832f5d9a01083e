"""A line to a server that goes silent: nothing passes any more, nothing is refused, and nobody hangs up."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from psycopg2.extensions import make_dsn

Silence = Callable[[bytes], bool]
"""Asked of each message of the client, with its type in front, whether the line goes silent before it gets through."""

_STOP_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Line:
    """A way through a proxy. ``silent`` is set once nothing passes any more; setting it has that effect."""

    port: int
    silent: threading.Event
    messages: list[bytes] = field(default_factory=list)

    def parameters(self, server: Mapping[str, Any]) -> dict[str, Any]:
        """Give libpq's parameters for the server by this way."""
        way = {"host": "127.0.0.1", "hostaddr": "", "port": self.port}
        return {**server, **way, "sslmode": "disable", "gssencmode": "disable"}

    def dsn(self, server: Mapping[str, Any]) -> str:
        """Give the connection string for the server by this way."""
        return make_dsn(**{name: value for name, value in self.parameters(server).items() if value != ""})


@contextmanager
def line_to(server: Mapping[str, Any], *, is_silence: Silence = lambda _: False) -> Iterator[Line]:
    """Have a line to the server of these parameters (host, port), which goes silent when it is told to."""
    ending = threading.Event()
    with ExitStack() as stack, socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(listener.getsockname()[1], threading.Event())
        sockets: list[socket.socket] = []

        def accept() -> None:
            while not ending.is_set():
                if select.select([listener], [], [], _STOP_SECONDS)[0]:
                    client, _ = listener.accept()
                    sockets.append(client)
                    if not line.silent.is_set():
                        sockets.append(upstream := reach(server))
                        start(_send, client, upstream)
                        start(_answer, client, upstream)

        def start(way: Callable[..., None], client: socket.socket, upstream: socket.socket) -> None:
            arguments = {"line": line, "ending": ending, "is_silence": is_silence}
            thread = threading.Thread(target=_guarded, args=(way, client, upstream), kwargs=arguments, daemon=True)
            thread.start()
            stack.callback(thread.join)

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield line
        finally:
            ending.set()
            accepting.join()
            for own in sockets:
                own.close()


def reach(server: Mapping[str, Any]) -> socket.socket:
    """Connect to a server's socket."""
    host, port = str(server.get("host") or "localhost"), int(server.get("port") or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    found = socket.socket(socket.AF_UNIX)
    found.connect(f"{host}/.s.PGSQL.{port}")
    return found


def _guarded(way: Callable[..., None], client: socket.socket, upstream: socket.socket, **arguments: Any) -> None:
    with suppress(OSError, ValueError):  # either end has hung up
        way(client, upstream, **arguments)
    if not arguments["line"].silent.is_set():
        for own in (client, upstream):
            with suppress(OSError):
                own.shutdown(socket.SHUT_RDWR)


def _answer(
    client: socket.socket,
    upstream: socket.socket,
    *,
    line: Line,
    ending: threading.Event,
    is_silence: Silence,  # noqa: ARG001 - both ways have the same form
) -> None:
    while not (ending.is_set() or line.silent.is_set()):
        if select.select([upstream], [], [], _STOP_SECONDS)[0]:
            answer = upstream.recv(65536)
            if not answer:
                return
            if not line.silent.is_set():
                client.sendall(answer)


def _send(
    client: socket.socket, upstream: socket.socket, *, line: Line, ending: threading.Event, is_silence: Silence
) -> None:
    is_greeting = True
    while not (ending.is_set() or line.silent.is_set()):
        if not select.select([client], [], [], _STOP_SECONDS)[0]:
            continue
        message = _read_message(client, has_type=not is_greeting)
        if not message:
            return
        if not is_greeting:
            line.messages.append(message)
            if is_silence(message):
                line.silent.set()
                return
        # a client's first message has no type, and a request to cancel (1234, 5678) is its only one
        is_greeting = False
        upstream.sendall(message)


def _read_message(source: socket.socket, *, has_type: bool) -> bytes:
    kind = source.recv(1) if has_type else b""
    length = source.recv(4, socket.MSG_WAITALL)
    if (has_type and not kind) or len(length) < 4:
        return b""
    size = struct.unpack("!i", length)[0] - 4
    return kind + length + (source.recv(size, socket.MSG_WAITALL) if size else b"")


def is_query(text: str) -> Silence:
    """Ask for a query that begins with this text."""
    return lambda message: message[:1] == b"Q" and message[5:].lstrip().startswith(text.encode())
