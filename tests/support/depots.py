"""Depots on loopback: an S3 server of moto and an SFTP server of asyncssh, each with a folder's files in it."""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUCKET = "depot"
USER = "wdh"
KEY = "AKIAPLANTED0KEY0ID"
SECRET = "s3cr3t/Planted+Key=="  # noqa: S105 - planted
PASSWORD = "pl@nted/pa:ss word"  # noqa: S105 - planted
PLANTED = (SECRET, PASSWORD, KEY)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of its own on the S3 server; ``variables`` let a run find it."""

    name: str
    client: Any
    variables: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"s3://{self.name}"

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def fill(self, folder: Path) -> None:
        """Upload all files below a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(path.relative_to(folder).as_posix(), path.read_bytes())


@contextmanager
def s3_server() -> Iterator[tuple[str, Any]]:
    """Run an S3 server; give its URL and a client."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    given = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=url, **given)
    try:
        yield url, client
    finally:
        client.close()
        server.stop()


@dataclass(slots=True)
class Shell:
    """An SFTP server whose root is a folder here, with one account; ``home`` knows its key as a known host."""

    port: int
    root: Path
    home: Path
    requests: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"sftp://{USER}@127.0.0.1:{self.port}"

    @property
    def variables(self) -> Mapping[str, str]:
        return {"HOME": str(self.home), "FSSPEC_SFTP_PASSWORD": PASSWORD}


@contextmanager
def sftp_server(root: Path, home: Path) -> Iterator[Shell]:
    """Run an SFTP server over ``root``."""
    import asyncssh

    class Server(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    key = asyncssh.generate_private_key("ssh-ed25519")
    loop, begun = asyncio.new_event_loop(), threading.Event()
    listening: list[Any] = []

    async def listen() -> None:
        listening.append(
            await asyncssh.listen(
                "127.0.0.1",
                0,
                server_factory=Server,
                server_host_keys=[key],
                sftp_factory=lambda chan: asyncssh.SFTPServer(chan, chroot=os.fsencode(root)),
            )
        )
        begun.set()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(listen())
        loop.run_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert begun.wait(30)
    port = listening[0].get_port()
    (home / ".ssh").mkdir(parents=True)
    public = key.export_public_key().decode().strip()
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
    try:
        yield Shell(port, root, home)
    finally:

        async def end() -> None:
            listening[0].close()
            await listening[0].wait_closed()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def set_time(path: Path, moment: str) -> None:
    """Set when a file was changed, by an ISO time in UTC."""
    seconds = datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.timezone.utc).timestamp()
    os.utime(path, (seconds, seconds))
