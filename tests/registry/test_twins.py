"""Names that two distributions claim, and domains that none provides, are told by ``wdh domains`` and ``wdh check``."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner
from support.distributions import PLAIN, Installer

from wdh.command.main import main

HEAD = "from wdh.hookspecs import hookimpl\n"
VETO = HEAD + "@hookimpl\ndef skip_facts(): return None\n"
SHOPS = "domains:\n  shops:\n    pattern: x\n    table: t\n    pk: [a]\n"
BOXES = "domains:\n  boxes:\n    pattern: x\n    table: t\n    pk: [a]\n    columns: {a: text}\n"


def check(folder: Path, text: str) -> tuple[int, str]:
    path = folder / "data_sources.yml"
    path.write_text(text, encoding="utf-8")
    ended = CliRunner().invoke(main, ["check", "--config", str(path)])
    assert not ended.exception or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output


def faults_of(name: str) -> list[str]:
    listed = json.loads(CliRunner().invoke(main, ["domains", "--output", "json"]).stdout)
    return [entry["fault"] for entry in listed if entry["name"] == name]


@pytest.fixture
def twin_domains(install: Installer) -> None:
    install()
    install(name="wdh-depots", module="wdh_depots", points={"shops": "wdh_depots"})


@pytest.fixture
def twin_plugins(install: Installer) -> None:
    for name in ("wdh-gate", "other-gate"):
        module = name.replace("-", "_")
        install(VETO, name=name, module=module, points={"gate": module}, group="wdh.plugins")


ONE, OTHER = "wdh-gate 1.2.0 (wdh.plugins: gate = wdh_gate)", "other-gate 1.2.0 (wdh.plugins: gate = other_gate)"


@pytest.mark.usefixtures("twin_plugins")
def test_plugins_of_one_name_are_told_with_both_distributions(tmp_path: Path) -> None:
    assert sorted(faults_of("gate")) == [
        f"{one}: the name 'gate' is claimed by {other}, too: both are asked and told, but neither can have settings, "
        "and --without-plugin means both; uninstall all but one of them"
        for one, other in ((OTHER, ONE), (ONE, OTHER))
    ]
    code, said = check(tmp_path, BOXES)
    assert (code, said.count("the name 'gate' is claimed by"), ONE in said, OTHER in said) == (0, 1, True, True)
    assert "uninstall all but one of them (no fault)\n" in said


@pytest.mark.usefixtures("twin_plugins")
def test_where_the_configuration_means_one_of_them_it_is_a_fault(tmp_path: Path) -> None:
    code, said = check(tmp_path, BOXES + "plugins:\n  gate: {}\n")
    assert (code, "8:3 plugins.gate: is claimed by 2 plugins" in said, "(no fault)" in said) == (2, True, False), said


@pytest.mark.usefixtures("twin_domains")
def test_domains_of_one_name_are_told_with_both_distributions(tmp_path: Path) -> None:
    code, said = check(tmp_path, BOXES)
    assert (code, "no run of this domain can begin; uninstall all but one of them (no fault)\n" in said) == (0, True)
    code, said = check(tmp_path, SHOPS)
    assert (code, said.count("claimed")) == (2, 1)
    assert "2:3 domains.shops: its package cannot be used: The domain 'shops' is claimed by 2 entry points: " in said
    assert "wdh-depots 1.2.0 (wdh.domains: shops = wdh_depots)" in said
    assert "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops)" in said


def test_a_domain_that_no_package_provides_any_more_is_named_with_its_line(tmp_path: Path, install: Installer) -> None:
    install(dedent(PLAIN), name="wdh-shopping", module="wdh_shopping", points={"shopping": "wdh_shopping"})
    code, said = check(tmp_path, SHOPS)
    assert code == 2
    assert said.startswith(
        "data_sources.yml:2:3 domains.shops: no package that is installed provides this domain, and it declares no "
        "columns; did you mean 'shopping'? Install the package that provides it into the environment that wdh runs in "
        "(pip install), or declare its columns; the domains that are installed: annuity_income, annuity_performance, "
        "shopping."
    )


def test_a_package_whose_entry_points_are_torn_is_named_beside_the_domain(tmp_path: Path, install: Installer) -> None:
    (install() / "entry_points.txt").write_text("[wdh.domains]\nshops\n", encoding="utf-8")
    _, said = check(tmp_path, SHOPS)
    assert "wdh-shops 1.2.0 (group wdh.domains): its entry_points.txt cannot be read" in said
    assert "install the package anew" in said
