"""Links to a server that fall silent: nothing passes, nothing is refused, nobody hangs up."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from borrowed import line_to
from experiment import Place, fresh_place
from psycopg2.extensions import make_dsn

from wdh.warehouse.embedded.server import embedded_server

NOTICED = {"keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 2, "tcp_user_timeout": 2000}
"""After so many seconds, and milliseconds, both ends give a silent line up here: it need not last a minute."""

_PORT = "15432"
_NEW_NETWORK = 0x40000000
_NOBODY = "02:00:00:00:00:99"
"""No machine has this address: what is sent there is lost without a word."""


@dataclass(frozen=True, slots=True)
class Link:
    """A client's way to a server.

    ``enter`` takes the client's process to where the way begins. ``silence`` is told whether the server may still
    hear. ``is_noticed``: the client's system learns that nothing passes.
    """

    dsn: str
    enter: Callable[[], None]
    silence: Callable[[bool], None]
    is_noticed: bool


@dataclass(frozen=True, slots=True)
class Cable:
    """A network namespace, and two interfaces joined by a cable: one in there, where the client is, the other here.

    The namespace has the cable's ``name``, the interfaces one with ``a`` or ``b`` behind it.
    """

    name: str
    number: int

    @property
    def here(self) -> str:
        """The address at this end."""
        return f"10.213.{self.number}.1"

    @property
    def there(self) -> str:
        """The address in the namespace."""
        return f"10.213.{self.number}.2"

    def lay(self) -> None:
        """Make all that. Raises CalledProcessError where we may not."""
        inside = f"ip netns exec {self.name} ip"
        for command in (
            f"ip netns add {self.name}",
            f"ip link add {self.name}a type veth peer name {self.name}b netns {self.name}",
            f"ip addr add {self.here}/30 dev {self.name}a",
            f"ip link set {self.name}a up",
            f"{inside} addr add {self.there}/30 dev {self.name}b",
            f"{inside} link set {self.name}b up",
        ):
            _run(command)

    def remove(self) -> None:
        """Remove the namespace, and with it the cable."""
        _run(f"ip netns del {self.name}", check=False)

    def enter(self) -> None:
        """Move this process into the namespace."""
        descriptor = os.open(f"/var/run/netns/{self.name}", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(descriptor)

    def silence(self, is_heard: bool) -> None:
        """Send what is for the other end to nobody; at both ends, unless the server may still hear."""
        _run(f"ip neigh replace {self.there} lladdr {_NOBODY} dev {self.name}a nud permanent")
        if not is_heard:
            own = f"{self.here} lladdr {_NOBODY} dev {self.name}b nud permanent"
            _run(f"ip netns exec {self.name} ip neigh replace {own}")

    def mend(self) -> None:
        """Let everything pass again."""
        _run(f"ip neigh del {self.there} dev {self.name}a", check=False)
        _run(f"ip netns exec {self.name} ip neigh del {self.here} dev {self.name}b", check=False)


def _run(command: str, *, check: bool = True) -> None:
    subprocess.run(command.split(), check=check, capture_output=True)  # noqa: S603 - the words are our own


@dataclass(frozen=True, slots=True)
class Workshop:
    """A database, and the way by which one client after the other reaches it; None: proxies, which only stop."""

    place: Place
    cable: Cable | None

    @contextmanager
    def link(self) -> Iterator[Link]:
        """Have a link for one client; what is silenced passes again at the end."""
        if self.cable is not None:
            dsn = make_dsn(self.place.dsn, host=self.cable.here, port=_PORT, **NOTICED)
            try:
                yield Link(dsn, self.cable.enter, self.cable.silence, is_noticed=True)
            finally:
                self.cable.mend()
            return
        with self.place.connect() as connection:
            server = {"host": connection.info.host, "port": connection.info.port}
        with line_to(server) as line:
            dsn = make_dsn(self.place.dsn, **line.parameters({}))
            yield Link(dsn, lambda: None, lambda _: line.silent.set(), is_noticed=False)


@contextmanager
def workshops(place: Place, count: int) -> Iterator[Sequence[Workshop]]:
    """Have some workshops: on a server of their own behind cables, or on that of ``place`` behind proxies.

    Cables need a machine that lets us make network namespaces, and a server that we may tell where to listen.
    """
    name = f"wdh{secrets.token_hex(3)}n"
    cables = [Cable(f"{name}{number}", number) for number in range(count)]
    with ExitStack() as stack:
        with place.connect() as connection:
            is_ours = connection.info.host.startswith("/")
        has_cables = is_ours and _lay(cables, stack)
        dsn = stack.enter_context(_server_behind(cables)) if has_cables else place.dsn
        places = [stack.enter_context(fresh_place(dsn)) for _ in cables]
        ways: Sequence[Cable | None] = cables if has_cables else [None] * count
        yield [Workshop(own, way) for own, way in zip(places, ways, strict=True)]


def _lay(cables: Sequence[Cable], stack: ExitStack) -> bool:
    if shutil.which("ip") is None:
        return False
    try:
        for cable in cables:
            stack.callback(cable.remove)
            cable.lay()
    except subprocess.CalledProcessError:
        return False
    return True


@contextmanager
def _server_behind(cables: Sequence[Cable]) -> Iterator[str]:
    """Have an embedded server that listens at the ends of the cables, and gives silent lines up soon."""
    with tempfile.TemporaryDirectory(prefix="wdh-silent-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        rules = directory / "rules.conf"
        rules.write_text("local all all trust\nhost all all 10.213.0.0/16 trust\n")
        settings = {
            "listen_addresses": ",".join(cable.here for cable in cables),
            "port": _PORT,
            "hba_file": str(rules),
            "fsync": "off",
            **{name if name.startswith("tcp") else f"tcp_{name}": str(value) for name, value in NOTICED.items()},
        }
        with embedded_server(directory / "server", settings=settings) as address:
            yield make_dsn(**{name: value for name, value in address.parameters.items() if value and name != "dbname"})
