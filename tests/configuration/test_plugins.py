"""The block of a plugin for every domain is checked and completed as a domain's own keys are, with lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.configurations import MINIMAL, NOTHING, write_configuration

from wdh.configuration import Provided, find_faults, load_configuration
from wdh.errors import PluginError, SetupError

CONTRACT: dict[str, Any] = {
    "closed": {"type": "array", "items": {"type": "string"}, "default": []},
    "table": {
        "type": "object",
        "required": ["month"],
        "additionalProperties": False,
        "properties": {"month": {"type": "string"}, "schema": {"type": "string", "default": "public"}},
    },
}
GATE = "wdh-gate 2.0 (wdh.plugins: gate = wdh_gate)"
PLUGINS = {"gate": [Provided(None, CONTRACT, GATE)], "bell": [Provided(None, None, "wdh-bell 1.0")]}


def faults(folder: Path, block: str, *, plugins: Any = PLUGINS) -> list[str]:
    """List the faults of a configuration with this text behind its domains, which end in line 5."""
    path = write_configuration(folder, MINIMAL + block)
    return [str(fault) for fault in find_faults(path, {"shops": NOTHING}, plugins=plugins)]


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ("plugins:\n  gate: {closde: []}\n", "7:10 plugins.gate.closde: is not a key here; did you mean closed?"),
        ("plugins:\n  gate: {closed: 2024-09}\n", "7:18 plugins.gate.closed: must be a list, not the text '2024-09'"),
        ("plugins:\n  gate:\n    table: {}\n", "8:5 plugins.gate.table.month: is missing"),
        ("plugins:\n  gate:\n    table: {month: m, tabel: x}\n", "8:23 plugins.gate.table.tabel: is not a key here;"),
        ("plugins:\n  gaet: {}\n", "7:3 plugins.gaet: is no plugin that is installed (entry-point group wdh.plugins)"),
        ("plugins:\n  gaet: {}\n", "did you mean gate?"),
        ("plugins:\n  bell: {loud: true}\n", "7:10 plugins.bell.loud: is not a key here; known: enabled, optional"),
        ("plugins:\n  gate:\n", "7:3 plugins.gate: has no value; a mapping is wanted"),
        ("plugins: [gate]\n", "6:1 plugins: must be a mapping, not a list"),
        ("plugin:\n  gate: {}\n", "6:1 plugin: is not a key here; did you mean plugins?"),
    ],
)
def test_a_fault_in_a_block_is_told_with_its_place(tmp_path: Path, block: str, fault: str) -> None:
    (found,) = faults(tmp_path, block)
    assert fault in found
    assert found.startswith("data_sources.yml:")


def test_two_plugins_of_one_name_have_no_block_that_is_clear(tmp_path: Path) -> None:
    twice = {"gate": [*PLUGINS["gate"], Provided(None, None, "other-gate 1.0")]}
    (found,) = faults(tmp_path, "plugins:\n  gate: {}\n", plugins=twice)
    assert f"7:3 plugins.gate: is claimed by 2 plugins: {GATE} and other-gate 1.0; uninstall all but one" in found
    assert faults(tmp_path, "", plugins=twice) == []


def test_a_contract_that_is_none_is_the_plugins_fault_where_its_block_is_used(tmp_path: Path) -> None:
    broken = {"gate": [Provided(None, {"closed": {"type": "lsit"}}, GATE)]}
    (found,) = faults(tmp_path, "plugins: {gate: {}}\n", plugins=broken)
    assert found.startswith(f"{GATE}, hook provide_settings: settings.closed: returned what is no JSON Schema")
    assert faults(tmp_path, "", plugins=broken) == []
    path = write_configuration(tmp_path, MINIMAL + "plugins: {gate: {}}\n")
    with pytest.raises(PluginError, match="no JSON Schema"):
        load_configuration(path, domain="shops", provided=NOTHING, plugins=broken)


def test_a_block_is_completed_by_the_defaults_and_what_has_none_is_absent(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, MINIMAL + "plugins:\n  gate: {table: {month: 月度}}\n")
    loaded = load_configuration(path, domain="shops", provided=NOTHING, plugins=PLUGINS)
    assert loaded.plugins == {"gate": {"closed": [], "table": {"month": "月度", "schema": "public"}}}
    bare = load_configuration(write_configuration(tmp_path, MINIMAL), domain="shops", provided=NOTHING, plugins=PLUGINS)
    assert bare.plugins == {}


def test_a_block_of_a_plugin_that_is_not_installed_stops_a_run(tmp_path: Path) -> None:
    """A lock that is not there would let everything through, and nobody would know."""
    path = write_configuration(tmp_path, MINIMAL + "plugins: {gate: {}}\n")
    with pytest.raises(SetupError, match=r"data_sources\.yml:6:11 plugins\.gate: is no plugin that is installed"):
        load_configuration(path, domain="shops", provided=NOTHING)
