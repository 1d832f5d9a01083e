"""A proxy between client and server that cuts the line at a chosen query: before it, or once the server has done it."""

from __future__ import annotations

import select
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from experiment import Place
from psycopg2.extensions import make_dsn

_QUERY, _READY, _COPY_IN = b"Q", b"Z", b"G"
"""Message types: https://www.postgresql.org/docs/current/protocol-message-formats.html"""


@dataclass(frozen=True, slots=True)
class Cut:
    """At which query of a session the line is cut, counted from 1 (0: never), and whether the server still gets it."""

    query: int
    is_forwarded: bool


@contextmanager
def proxied(place: Place, cut: Cut) -> Iterator[tuple[Place, list[str]]]:
    """Have a way to ``place`` for one session, through a proxy, and the texts of the queries that it has seen."""
    with tempfile.TemporaryDirectory(prefix="wdh-proxy-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(folder) / ".s.PGSQL.5432"))
        listener.listen()
        heard: list[str] = []
        thread = threading.Thread(target=_serve, args=(listener, place), kwargs={"cut": cut, "heard": heard})
        thread.start()
        dsn = make_dsn(place.dsn, host=folder, port=5432, sslmode="disable", gssencmode="disable")
        try:
            yield Place(dsn), heard
        finally:
            thread.join()


def _serve(listener: socket.socket, place: Place, *, cut: Cut, heard: list[str]) -> None:
    client, _ = listener.accept()
    with client, _reach(place) as server:
        while _pass_on(client, server, cut=cut, heard=heard):
            pass


def _reach(place: Place) -> socket.socket:
    with place.connect() as connection:
        host, port = connection.info.host, connection.info.port
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def _pass_on(client: socket.socket, server: socket.socket, *, cut: Cut, heard: list[str]) -> bool:
    """Hand on what comes next; False when the line is cut or either end has hung up."""
    ready, _, _ = select.select([client, server], [], [])
    if server in ready:
        answer = server.recv(65536)
        client.sendall(answer)
        return bool(answer)
    # what the client says before it is let in has no type: only its length, then a protocol version 0x0003…
    kind = _peek(client)
    if kind == b"\0":
        server.sendall(_read_body(client))
        return True
    message = _read_message(client)
    if message[:1] == _QUERY:
        heard.append(message[5:-1].decode())
        if len(heard) == cut.query:
            _cut(server, message, cut)
            return False
    server.sendall(message)
    return bool(message)


def _cut(server: socket.socket, message: bytes, cut: Cut) -> None:
    if not cut.is_forwarded:
        return
    server.sendall(message)
    while _read_message(server)[:1] not in (_READY, _COPY_IN, b""):
        pass


def _peek(source: socket.socket) -> bytes:
    return source.recv(1, socket.MSG_PEEK)


def _read_message(source: socket.socket) -> bytes:
    """Read one message whole, with its type; empty at the end."""
    kind = source.recv(1)
    return kind + _read_body(source) if kind else b""


def _read_body(source: socket.socket) -> bytes:
    length = _read(source, 4)
    return length + _read(source, struct.unpack("!i", length)[0] - 4)


def _read(source: socket.socket, size: int) -> bytes:
    return source.recv(size, socket.MSG_WAITALL) if size else b""
