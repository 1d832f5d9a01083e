"""What goes wrong with a depot is told with what to do, in bounded time, and nothing is written."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.depots import Bucket, Shell
from support.workspaces import Ended, Workspace

from wdh.command.run import main as job_command
from wdh.discovery import Depots, read_address
from wdh.discovery.depot.store import ATTEMPTS, call_within
from wdh.discovery.folders import list_files
from wdh.errors import DataError, SetupError
from wdh.settings import Discovery

from .conftest import make_book

NAME = "2024-11/东区/销售.xlsx"


@contextmanager
def upon(event: str, act: Callable[[], object]) -> Iterator[None]:
    """Do something the first time that an event is logged, in the thread that logs it."""
    left = [act]

    def see(record: logging.LogRecord) -> bool:
        if record.getMessage() == event and left:
            left.pop()()
        return True

    logger = logging.getLogger("wdh")
    logger.addFilter(see)
    try:
        yield
    finally:
        logger.removeFilter(see)
    assert left == [], f"{event} was not logged"


def run(workspace: Workspace, place: str, *arguments: str, environment: Mapping[str, str]) -> Ended:
    given = ("--domain", "sales", "--config", str(workspace.config), "--data-dir", place, "--log-level", "INFO")
    return workspace.run(job_command, *given, *arguments, environment=environment)


@pytest.mark.parametrize("place", ["s3", "sftp"])
@pytest.mark.parametrize("change", ["overwritten", "the same size", "cut off", "deleted"])
def test_a_workbook_that_changes_between_list_and_fetch_is_refused(
    workspace: Workspace, bucket: Bucket, shell: Shell, tmp_path: Path, book: bytes, place: str, change: str
) -> None:
    """Exit 3, nothing written, and the sentence names the object and what to do."""
    other = make_book(tmp_path, [["三店", 3], ["四店", 4], ["五店", 5]])
    contents = {"overwritten": other, "the same size": bytes(len(book)), "cut off": book[:-100], "deleted": None}
    file = shell.root / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes(book)
    bucket.put(NAME, book)
    address, variables = (bucket.address, bucket.variables) if place == "s3" else (shell.address, shell.variables)

    def act() -> None:
        content = contents[change]
        if content is None:
            file.unlink()
            bucket.client.delete_object(Bucket=bucket.name, Key=NAME)
        else:
            file.write_bytes(content)
            os.utime(file, (1_900_000_000, 1_900_000_000))
            bucket.put(NAME, content)

    with upon("workbook_taken", act):
        ended = run(workspace, address, "--execute", environment=variables)
    assert ended.code == 3, ended.err
    what = "deleted or moved" if change == "deleted" else "overwritten"
    assert f"Data: {address}/{NAME}: was {what} after it was listed" in ended.err
    assert "Nothing was written. Run again when the delivery is complete." in ended.err
    assert workspace.database.rows("SELECT count(*) FROM 销售") == [(0,)]
    assert workspace.database.rows("SELECT count(*) FROM wdh_runs") == [(0,)]
    again = run(workspace, address, environment=variables)
    assert again.code == (0 if change == "overwritten" else 2 if change == "deleted" else 3)


def refusal(address: str, environment: Mapping[str, str], *, time_limit: float = 60.0) -> SetupError:
    with Depots(environment, time_limit=time_limit) as depots, pytest.raises(SetupError) as error, depots.naming():
        list_files(depots.resolve(read_address(address)), Discovery(), depots=depots)
    return error.value


def test_a_bucket_that_is_missing_and_a_prefix_without_objects_are_told(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, bucket.variables)
    bucket.put("in/a.xlsx", b"x")
    for address in (f"{bucket.address}-none/in", f"{bucket.address}/none"):
        assert f"the data directory {address} does not exist" in refusal(address, bucket.variables).message
    assert "is not a folder" in refusal(f"{bucket.address}/in/a.xlsx", bucket.variables).message


def set_all(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_a_password_that_is_refused_is_told_at_once(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    set_all(monkeypatch, shell.variables)
    error = refusal(shell.address, {**shell.variables, "FSSPEC_SFTP_PASSWORD": "wrong-word"})
    assert "the credentials are missing or refused" in error.message
    assert "docs/depots.md" in error.message
    assert "depot_tried_again" not in caplog.text


def test_credentials_that_are_missing_are_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    only = {"FSSPEC_S3_ENDPOINT_URL": bucket.variables["FSSPEC_S3_ENDPOINT_URL"]}
    assert "the credentials are missing or refused" in refusal(bucket.address, only).message


def test_an_ssh_server_that_is_not_known_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It could be anybody's, and would get the password."""
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    error = refusal(shell.address, shell.variables)
    assert "shows a key that is not among the known ones" in error.message
    assert "known_hosts" in error.message


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)
    for connection in kept:
        connection.close()


@pytest.mark.once
@pytest.mark.parametrize("address", ["s3://bucket/in", "sftp://wdh@127.0.0.1:{port}/in"])
def test_a_server_that_hangs_is_given_up(
    silent: int, bucket: Bucket, address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After three tries, of which the log tells."""
    variables = {**bucket.variables, "FSSPEC_S3_ENDPOINT_URL": f"http://127.0.0.1:{silent}"}
    set_all(monkeypatch, variables)
    monkeypatch.setattr("wdh.discovery.depot.store._PAUSE", 0.0)
    with caplog.at_level("WARNING", logger="wdh"):
        error = refusal(address.format(port=silent), variables, time_limit=0.5)
    assert f"does not answer: {ATTEMPTS} times nothing came within 0.5 seconds" in error.message
    assert error.exit_code == 2
    assert caplog.text.count("depot_tried_again") == ATTEMPTS - 1


@pytest.mark.once
def test_a_server_that_is_not_there_is_told(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr("wdh.discovery.depot.store._PAUSE", 0.0)
    variables = {**bucket.variables, "FSSPEC_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    set_all(monkeypatch, variables)
    with caplog.at_level("WARNING", logger="wdh"):
        error = refusal("s3://bucket/in", variables)
    assert "s3://bucket/in cannot be read (EndpointConnectionError: " in error.message
    assert "tried 3 times" in error.message
    assert caplog.text.count("depot_tried_again") == ATTEMPTS - 1


def test_a_call_that_shows_signs_of_life_is_waited_for() -> None:
    """However long it takes; one that shows none is given up."""
    steps = threading.Event()

    def slow(beat: Callable[[], None]) -> str:
        for _ in range(8):
            steps.wait(0.1)
            beat()
        return "all"

    assert call_within(0.4, slow) == "all"
    with pytest.raises(Exception, match="^$"):
        call_within(0.05, lambda _: steps.wait(30))
    steps.set()


@pytest.mark.parametrize(
    ("address", "missing", "package"),
    [("s3://b/x", "s3fs", "wdh[s3]"), ("az://c/x", "adlfs", "wdh[az]"), ("sftp://h/x", "fsspec", "wdh[sftp]")],
)
def test_a_library_that_is_missing_is_named_by_its_extra(
    workspace: Workspace, address: str, missing: str, package: str
) -> None:
    """In a process of its own, in which the library cannot be imported."""
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from wdh.command.run import main\n"
        f"main(['--domain', 'sales', '--config', sys.argv[1], '--data-dir', {address!r}])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(workspace.config)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    assert f"python -m pip install '{package}'" in " ".join(ended.stderr.split())


def test_an_address_that_no_library_knows_is_told() -> None:
    assert "no installed library knows addresses that begin with nowhere://" in refusal("nowhere://a/b", {}).message


def test_too_little_room_is_told_before_anything_is_downloaded(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, bucket.variables)
    bucket.put("a.xlsx", b"x" * 1000)
    with Depots(bucket.variables) as depots:
        files = list_files(depots.resolve(read_address(bucket.address)), Discovery(), depots=depots).files
        monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 999}))
        with pytest.raises(SetupError, match="1,000 bytes are to be fetched, and 999 are free.*TMPDIR"):
            depots.fetch(files)
        monkeypatch.undo()
        assert not files[0].exists()


def test_a_file_is_fetched_once(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, bucket.variables)
    bucket.put("a.xlsx", b"x")
    with Depots(bucket.variables) as depots:
        files = list_files(depots.resolve(read_address(bucket.address)), Discovery(), depots=depots).files
        depots.fetch([*files, *files])
        bucket.put("a.xlsx", b"other")
        depots.fetch(files)
        assert files[0].read_bytes() == b"x"
        assert files[0].stat().st_mode & 0o777 == 0o600
        with pytest.raises(DataError):
            depots.fetch([files[0].with_name("none.xlsx")])
