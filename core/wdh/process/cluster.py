"""Workers on other machines: a Dask cluster that is there already, as an executor.

A scheduler of Dask without TLS lets everybody who reaches it run code there and here. So ``tcp://`` is taken for this
machine alone.
Certificates are those of Dask's own configuration.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures import wait as wait_for
from queue import SimpleQueue
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import urlsplit

from wdh.errors import SetupError
from wdh.process.crew import KilledTwice, NotDone, close_parcel
from wdh.process.progress import OnProgress
from wdh.words.language import later, say

Words = ParamSpec("Words")
Answer = TypeVar("Answer")

SCHEME: Final = "dask:"
CONNECT_SECONDS: Final = 10.0
LOST_SECONDS: Final = 20.0
"""Seconds for which the scheduler may be away, or without any worker, until the run ends."""

_TICK: Final = 0.5
_AWAY: Final = later("it does not answer any more, or has no worker any more")


def check_address(address: str) -> str:
    """Give the address of a scheduler, without its ``dask:``. Raises ValueError, with a sentence, where it is none."""
    place = address.removeprefix(SCHEME)
    try:
        parts = urlsplit(place)
        is_whole = parts.hostname is not None and parts.port is not None
    except ValueError:
        is_whole = False
    if not address.startswith(SCHEME) or not is_whole or parts.scheme not in ("tls", "tcp"):
        raise ValueError(say("{value} is not an address like dask:tls://host:8786", value=repr(address)))
    if parts.scheme == "tcp" and not _is_here(parts.hostname or ""):
        raise ValueError(
            say(
                "{value} is another machine without TLS: such a scheduler lets everybody who reaches it "
                "run code on it and here. Use dask:tls://",
                value=repr(address),
            )
        )
    return place


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Cluster(Executor):
    """The workers of a scheduler. Use it as a context manager, or shut it down; the workers go on.

    Connecting raises SetupError where Dask is not installed, nobody answers, or there is no worker.
    """

    def __init__(self, address: str) -> None:
        self._address = check_address(address)
        self.ends: SimpleQueue[str] = SimpleQueue()
        try:
            from distributed import Client
            from distributed.security import Security
        except ImportError as error:
            raise SetupError(
                say('Dask is not installed. Run pip install "wdh[dask]", or leave --workers out. Nothing was touched.')
            ) from error
        security = Security(require_encryption=True) if self._address.startswith("tls") else Security()
        try:
            self._client = Client(self._address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
        except Exception as error:  # of the network, of a certificate, of a file
            raise self._lost(f"{type(error).__name__}: {error}") from error
        self.workers = self._count_workers()
        if not self.workers:
            self._client.close()
            raise self._lost(say("it has no worker"))
        self._executor = self._client.get_executor(pure=False)

    def submit(self, function: Callable[Words, Answer], /, *words: Words.args, **named: Words.kwargs) -> Future[Answer]:
        """Have a worker do a function."""
        future: Future[Answer] = self._executor.submit(function, *words, **named)
        return future

    def wait(self, future: Future[Answer], on_progress: OnProgress) -> Answer:  # noqa: ARG002 - workers tell nothing
        """Wait for a result. Raises NotDone and KilledTwice as a crew, and SetupError where the cluster is lost."""
        from distributed.scheduler import KilledWorker

        away_since: float | None = None
        while not wait_for([future], _TICK).done:
            away_since = None if self._is_well() else away_since or time.monotonic()
            if away_since is not None and time.monotonic() - away_since > LOST_SECONDS:
                raise self._lost(say(_AWAY))
        try:
            return future.result()
        except KilledWorker as error:
            raise KilledTwice(str(error.args[0])) from error
        except CancelledError as error:
            raise self._lost(say(_AWAY)) from error
        except Exception as error:
            if self._client.status != "running":
                raise self._lost(say(_AWAY)) from error
            raise NotDone(f"{type(error).__name__}: {error}") from error

    def drop(self, future: Future[Any]) -> None:
        """Do without a result."""
        if not future.cancel():
            future.add_done_callback(close_parcel)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:  # noqa: ARG002 - Executor's
        """Leave the cluster. Shutting down twice is fine."""
        self._client.close(timeout=CONNECT_SECONDS)

    def _is_well(self) -> bool:
        try:
            return self._client.status == "running" and self._count_workers() > 0
        except Exception:  # of whatever a connection can come to
            return False

    def _count_workers(self) -> int:
        return len(self._client.nthreads())

    def _lost(self, why: str) -> SetupError:
        return SetupError(
            say(
                "The scheduler at {address} cannot be used: {why}. Nothing was written. Start it and its workers, see "
                "that Dask's configuration names the right certificates, or read on this machine (--workers auto).",
                address=self._address,
                why=why,
            ),
            address=self._address,
        )
