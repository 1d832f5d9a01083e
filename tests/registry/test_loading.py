"""Domains are found by their entry points, and one run imports one domain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.distributions import write_distribution

from wdh.context import RunContext
from wdh.errors import PluginError, SetupError
from wdh.registry import Veto, domain_names, load_domain

Installer = Callable[..., Path]
BROKEN = "raise RuntimeError('never import me')"


def test_installed_domains_are_listed_with_name_distribution_version_and_value(install: Installer) -> None:
    install(BROKEN, name="wdh-broken", module="wdh_broken", points={"broken": "wdh_broken"}, version="0.3")
    install()
    listed = {(each.name, each.distribution, each.version, each.value) for each in domain_names()}
    assert ("broken", "wdh-broken", "0.3", "wdh_broken") in listed
    assert ("shops", "wdh-shops", "1.2.0", "wdh_shops") in listed
    assert not {"wdh_broken", "wdh_shops"} & set(sys.modules)


def test_domains_are_listed_in_the_order_of_their_names(install: Installer) -> None:
    install(points={"zebras": "wdh_shops", "apples": "wdh_shops"})
    names = [each.name for each in domain_names()]
    assert names == sorted(names)
    assert {"zebras", "apples"} <= set(names)


def test_only_the_requested_domain_is_imported_so_a_broken_one_never_stops_another(install: Installer) -> None:
    install(BROKEN, name="wdh-broken", module="wdh_broken", points={"broken": "wdh_broken"})
    install("import sys; sys.exit(3)", name="wdh-exit", module="wdh_exit", points={"exits": "wdh_exit"})
    install()
    hooks = load_domain("shops")
    assert hooks.domain == "shops"
    assert str(hooks.plugin) == "wdh-shops 1.2.0"
    assert "wdh_shops" in sys.modules
    assert not {"wdh_broken", "wdh_exit"} & set(sys.modules)


def test_listing_imports_no_domain_and_none_of_the_heavy_libraries(site: Path, install: Installer) -> None:
    install(BROKEN)
    code = "import json, sys; from wdh.registry import domain_names; names = [e.name for e in domain_names()]; "
    code += "print(json.dumps([names, sorted(sys.modules)]))"
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    names, modules = json.loads(done.stdout)
    assert "shops" in names
    heavy = {"openpyxl", "psycopg2", "jsonschema", "python_calamine_plus", "rich", "wdh_shops"}
    assert not heavy & set(modules)


def test_a_domain_that_is_not_installed_is_answered_with_the_near_match_and_the_installed_ones(
    install: Installer,
) -> None:
    install()
    with pytest.raises(SetupError) as caught:
        load_domain("shosp")
    text = str(caught.value)
    assert "'shosp' is not installed (installed are: " in text
    assert "; did you mean 'shops'? Give" in text
    assert "pip install" in text
    assert not isinstance(caught.value, PluginError)
    assert caught.value.facts["domain"] == "shosp"
    assert "shops" in caught.value.facts["installed"]  # type: ignore[operator]


def test_without_any_domain_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(SetupError, match="no domain is installed at all"):
        load_domain("shops")
    assert domain_names() == ()


def test_a_name_claimed_by_two_distributions_is_refused_and_both_are_named(install: Installer) -> None:
    install()
    install(name="other-shops", version="0.9", module="other_shops")
    with pytest.raises(SetupError) as caught:
        load_domain("shops")
    text = str(caught.value)
    assert "claimed by 2 entry points" in text
    assert "other-shops 0.9 (wdh.domains: shops = other_shops)" in text
    assert "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops)" in text
    assert caught.value.facts["distributions"] == ("other-shops", "wdh-shops")
    assert not {"wdh_shops", "other_shops"} & set(sys.modules)
    assert [each.distribution for each in domain_names() if each.name == "shops"] == ["other-shops", "wdh-shops"]


def test_two_claims_on_one_name_do_not_stop_another_domain(install: Installer) -> None:
    install()
    install(name="other-shops", module="other_shops")
    install(name="wdh-depots", module="wdh_depots", points={"depots": "wdh_depots"})
    assert load_domain("depots").domain == "depots"


@pytest.mark.parametrize("spelling", ["wdh-shops", "wdh_shops", "WDH.Shops"])
def test_one_distribution_met_twice_on_the_path_is_one_claim(
    install: Installer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """A checkout that is installed and also stands in sys.path announces everything twice."""
    again = tmp_path / "checkout"
    lines = {"wdh.domains": {"shops": "wdh_shops"}}
    write_distribution(again, spelling, version="1.1.0", entry_points=lines, modules={})
    monkeypatch.syspath_prepend(str(again))
    install()
    assert len([each for each in domain_names() if each.name == "shops"]) == 1
    assert load_domain("shops").domain == "shops"


def test_one_distribution_that_gives_one_name_two_values_is_two_claims(install: Installer) -> None:
    text = "[wdh.domains]\nshops = wdh_shops\nshops = wdh_shops:other\n"
    (install() / "entry_points.txt").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match="claimed by 2 entry points"):
        load_domain("shops")


def test_an_object_inside_a_module_can_be_a_domain_too(install: Installer) -> None:
    source = """
        from wdh.hookspecs import hookimpl

        class Shops:
            @hookimpl
            def provide_refs(self, domain):
                return {domain: {}}

            @hookimpl
            def transform(self, batch):
                raise NotImplementedError

        class Holder:
            shops = Shops()
    """
    install(source, points={"shops": "wdh_shops:Holder.shops"})
    assert load_domain("shops").provide_refs() == {"shops": {}}


def test_a_package_may_announce_its_module_as_a_domain_and_for_every_domain(site: Path) -> None:
    source = """
        from wdh.hookspecs import hookimpl

        @hookimpl
        def skip_facts(domain):
            return f"closed: {domain}"

        @hookimpl
        def transform(batch): ...
    """
    lines = {"wdh.domains": {"shops": "wdh_shops"}, "wdh.plugins": {"shops": "wdh_shops", "again": "wdh_shops"}}
    write_distribution(site, "wdh-shops", entry_points=lines, modules={"wdh_shops": source})
    hooks = load_domain("shops")
    verdicts = hooks.skip_facts(RunContext("shops"), None, None, blocks={})  # type: ignore[arg-type]
    assert verdicts == (Veto("closed: shops", "wdh-shops 1.2.0"),)


def test_entry_points_nobody_can_read_stop_only_what_they_are_about(install: Installer, site: Path) -> None:
    write_distribution(site, "unrelated", entry_points="[console_scripts]\nno equals sign\n", modules={})
    write_distribution(site, "wdh-torn", entry_points="[wdh.domains]\nno equals sign\n", modules={})
    install()
    assert load_domain("shops").domain == "shops"
    with pytest.raises(SetupError) as caught:
        load_domain("torn")
    assert "wdh-torn 1.2.0 (group wdh.domains): its entry_points.txt cannot be read" in str(caught.value)
    assert "unrelated" not in str(caught.value)


@pytest.mark.parametrize("text", [b"[wdh.plugins]\nno equals sign\n", b"[wdh.plugins]\ngate = caf\xe9\n"])
def test_a_plugin_for_every_domain_whose_entry_points_are_torn_stops_every_domain(
    install: Installer, site: Path, text: bytes
) -> None:
    """Its veto could not be heard, so it must not be passed over."""
    torn = write_distribution(site, "wdh-gate", entry_points="", modules={})
    (torn / "entry_points.txt").write_bytes(text)
    install()
    with pytest.raises(PluginError, match=r"wdh-gate 1\.2\.0 \(group wdh\.plugins\): its entry_points\.txt cannot"):
        load_domain("shops")


def test_a_distribution_without_a_name_is_named_as_such(install: Installer) -> None:
    (install() / "METADATA").write_text("Metadata-Version: 2.1\n", encoding="utf-8")
    assert "a distribution without a name" in str(load_domain("shops").plugin)
