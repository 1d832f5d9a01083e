"""The image and its compose file: what they name is there, nothing runs as root, and what they run does what it says.

Where docker is there the image is built. Elsewhere its commands are run in a folder.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("ruamel.yaml")
dockerfile_parse = pytest.importorskip("dockerfile_parse", reason="dockerfile-parse reads the Dockerfile")

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
COMPOSE = ROOT / "deploy" / "compose.yml"


def steps() -> list[tuple[str, str]]:
    """Give the instructions of the Dockerfile, each with its value in one line."""
    parser = dockerfile_parse.DockerfileParser(fileobj=io.BytesIO(DOCKERFILE.read_bytes()))
    return [(step["instruction"], step["value"]) for step in parser.structure if step["instruction"] != "COMMENT"]


def copies() -> list[tuple[list[str], str]]:
    """Give the files that are copied from the checkout, and where they go."""
    words = [value.split() for instruction, value in steps() if instruction == "COPY" and "--from=" not in value]
    plain = [[word for word in line if not word.startswith("--")] for line in words]
    return [(line[:-1], line[-1]) for line in plain]


def test_all_that_is_copied_is_there_and_sent_to_the_builder() -> None:
    sources = {source for names, _ in copies() for source in names}
    assert [source for source in sources if not (ROOT / source).exists()] == []
    sent = set(re.findall(r"(?m)^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8")))
    assert sources == sent


def test_the_image_has_all_that_the_package_is_built_of() -> None:
    roots = set(re.findall(r"(?m)^    \w+ = (\w+)/\w+$", (ROOT / "setup.cfg").read_text(encoding="utf-8")))
    assert roots == {"core", "plugins", "schemas"}
    assert roots | {"pyproject.toml", "setup.cfg"} <= {source for names, _ in copies() for source in names}


def test_the_command_of_the_image_is_not_run_by_root() -> None:
    last = [(instruction, value) for instruction, value in steps() if instruction in ("FROM", "USER", "CMD")]
    assert [instruction for instruction, _ in last[-3:]] == ["FROM", "USER", "CMD"]
    assert last[-2] == ("USER", "wdh")
    assert any(instruction == "RUN" and "useradd --uid 10001" in value for instruction, value in steps())


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.YAML(typ="safe").load(COMPOSE.read_text(encoding="utf-8"))
    return found


def test_the_run_of_the_compose_file_may_write_reports_and_its_state_alone() -> None:
    monthly = compose()["services"]["monthly"]
    assert monthly["read_only"] is True
    assert monthly["cap_drop"] == ["ALL"]
    mounts = dict(volume.split(":", 1) for volume in monthly["volumes"])
    assert {mount for mount in mounts.values() if not mount.endswith(":ro")} == {"/reports", "/state"}
    assert mounts["./data"] == "/data:ro"
    assert (COMPOSE.parent / monthly["build"]["context"]).resolve() == ROOT
    assert (ROOT / monthly["build"]["dockerfile"]) == DOCKERFILE


def test_the_variables_of_the_compose_file_are_those_of_wdh_and_of_the_script() -> None:
    page = (ROOT / "docs" / "variables.md").read_text(encoding="utf-8")
    script = (ROOT / "deploy" / "run-monthly").read_text(encoding="utf-8")
    named = {name for name in compose()["services"]["monthly"]["environment"] if name.startswith("WDH_")}
    image = {word.partition("=")[0] for _, value in steps() for word in value.split() if word.startswith("WDH_")}
    assert [name for name in named | image if f"`{name}`" not in page and f"{{{name}:-" not in script] == []


def test_the_command_of_the_compose_file_is_one_that_wdh_run_takes(tmp_path: Path) -> None:
    """It is refused for its configuration alone, and says so before it asks for a database."""
    command, *arguments = compose()["services"]["monthly"]["command"]
    assert command == "run-monthly"
    program = Path(sys.executable).with_name("wdh-run")
    run = [program, "--period", "2025-01", *arguments, "--config", tmp_path / "none.yml"]
    ended = subprocess.run(run, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert ended.returncode == 2
    assert "none.yml does not exist" in ended.stderr


def has_docker() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0


@pytest.mark.whole
def test_the_image_is_built_and_runs() -> None:
    if not has_docker():
        pytest.skip("no docker that answers; the commands of the Dockerfile are tried by themselves")
    build = ["docker", "build", "--quiet", "--file", str(DOCKERFILE), str(ROOT)]
    image = subprocess.run(build, capture_output=True, encoding="utf-8", check=True).stdout.strip()
    said = subprocess.run(
        ["docker", "run", "--rm", "--read-only", image, "wdh", "schema"], capture_output=True, check=True
    )
    assert b"report" in said.stdout


@pytest.mark.whole
def test_the_commands_of_the_image_install_a_wdh_that_has_no_server_of_its_own(tmp_path: Path) -> None:
    """Each RUN in its place below a folder, on the Python that is here; adding an account is left to the builder."""
    python = tmp_path / "python"
    venv.create(python, with_pip=True)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PYTHON", "COV", "PG"))
    }
    environment["PATH"] = os.pathsep.join([str(python / "bin"), environment["PATH"]])
    folder = tmp_path
    for instruction, value in steps():
        if instruction == "WORKDIR":
            folder = tmp_path / value.lstrip("/")
            folder.mkdir(exist_ok=True)
        elif instruction == "COPY" and "--from=" not in value:
            sources, target = next(each for each in copies() if value.endswith(" ".join([*each[0], each[1]])))
            for source in sources:
                copy(ROOT / source, place(target, folder, tmp_path), alone=len(sources) == 1)
        elif instruction == "RUN" and "useradd" not in value:
            moved = re.sub(r"(?<![\w*])/(opt|wheels|tmp)/?", rf"{tmp_path}/\1/", value)
            done = subprocess.run(
                ["sh", "-c", moved], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
            )
            assert done.returncode == 0, f"{moved}\n{done.stdout}{done.stderr}"
    run = tmp_path / "opt" / "wdh" / "bin" / "wdh-run"
    sources = tmp_path / "data_sources.yml"
    entry = "domains: {shops: {pattern: 'x.csv$', table: t, pk: [a], columns: {a: text}}}\n"
    sources.write_text(f"discovery: {{file_extensions: [.csv]}}\n{entry}", encoding="utf-8")
    (tmp_path / "x.csv").write_text("a\nb\n", encoding="utf-8")
    command = [run, "--config", sources, "--domain", "shops", "--data-dir", tmp_path, "--execute"]
    ended = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 2
    assert "embedded" in ended.stderr


def place(target: str, folder: Path, root: Path) -> Path:
    return root / target.lstrip("/") if target.startswith("/") else folder / target


def copy(source: Path, target: Path, *, alone: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        return
    path = target if alone else target / source.name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, path)
