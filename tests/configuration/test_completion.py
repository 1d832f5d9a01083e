"""Laws of completion: the file wins, the default fills what it leaves out, and nothing else appears."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wdh.configuration.completion import complete_refs, complete_settings, keep_enabled

NAMES = st.sampled_from(["plans", "portfolios", "towns"])
COLUMNS = st.sampled_from(["甲", "乙", "丙"])
LISTS = st.lists(COLUMNS, unique=True)
RULES = st.one_of(COLUMNS, st.fixed_dictionaries({"from": COLUMNS}, optional={"pick": st.just("last")}))
KEYS: dict[str, st.SearchStrategy[Any]] = {
    "schema": st.sampled_from(["public", "档案", None]),
    "table": COLUMNS,
    "key": LISTS,
    "updatable": LISTS,
    "mode": st.sampled_from(["insert_missing", "fill_null_only"]),
    "columns": st.dictionaries(COLUMNS, RULES),
}
BLOCKS = st.dictionaries(NAMES, st.fixed_dictionaries({}, optional=KEYS))

VALUES = st.one_of(st.text(max_size=3), st.integers(), st.lists(st.integers(), max_size=3))
TREES = st.recursive(VALUES, lambda tree: st.dictionaries(COLUMNS, tree, max_size=3), max_leaves=8)


@given(BLOCKS)
def test_an_empty_block_is_the_default(default: dict[str, Any]) -> None:
    assert complete_refs({}, default) == default


@given(BLOCKS)
def test_without_a_default_the_block_is_what_the_file_says(written: dict[str, Any]) -> None:
    assert complete_refs(written, {}) == written


@given(BLOCKS, BLOCKS)
def test_whatever_the_file_says_is_in_the_result(written: dict[str, Any], default: dict[str, Any]) -> None:
    refs = complete_refs(written, default)
    for name, entry in written.items():
        for key, value in entry.items():
            if key == "columns":
                assert refs[name][key].items() >= value.items()
            else:
                assert refs[name][key] == value


@given(BLOCKS, BLOCKS)
def test_whatever_the_file_leaves_out_is_the_defaults(written: dict[str, Any], default: dict[str, Any]) -> None:
    refs = complete_refs(written, default)
    assert refs.keys() == written.keys() | default.keys()
    for name, entry in default.items():
        said = written.get(name, {})
        for key, value in entry.items():
            if key == "schema" and "table" in said:
                assert refs[name].get("schema") == said.get("schema")
            elif key not in said:
                assert refs[name][key] == value
        assert refs[name].keys() <= said.keys() | entry.keys()


@given(BLOCKS, BLOCKS)
def test_completing_twice_changes_nothing_more(written: dict[str, Any], default: dict[str, Any]) -> None:
    refs = complete_refs(written, default)
    assert complete_refs(refs, default) == refs


@given(BLOCKS, BLOCKS)
def test_completing_leaves_both_sides_as_they_were(written: dict[str, Any], default: dict[str, Any]) -> None:
    before = copy.deepcopy((written, default))
    complete_refs(written, default)
    assert (written, default) == before


@given(BLOCKS, NAMES)
def test_null_takes_an_entry_away(default: dict[str, Any], name: str) -> None:
    assert complete_refs({name: None}, default) == {key: entry for key, entry in default.items() if key != name}


@given(BLOCKS, BLOCKS, NAMES)
def test_a_default_that_is_off_is_there_only_where_the_file_says_so(
    default: dict[str, Any], written: dict[str, Any], name: str
) -> None:
    off = default | {name: default.get(name, {}) | {"enabled": False}}
    kept = keep_enabled(complete_refs(written, off))
    assert name not in kept
    assert kept == {key: entry for key, entry in complete_refs(written, default).items() if key != name}
    on = written | {name: written.get(name, {}) | {"enabled": True}}
    assert keep_enabled(complete_refs(on, off)) == complete_refs(on, off)


@given(TREES, TREES)
def test_own_keys_keep_every_leaf_of_the_file_and_gain_only_the_defaults(written: Any, default: Any) -> None:
    found = complete_settings({"ours": written}, {"ours": {"default": default}})["ours"]
    leaves = dict(_leaves(written))
    assert leaves.items() <= dict(_leaves(found)).items() or not isinstance(default, dict)
    assert all(leaf in leaves or dict(_leaves(default)).get(leaf) == value for leaf, value in _leaves(found))


@given(TREES)
def test_a_silent_file_gives_the_default_of_an_own_key(default: Any) -> None:
    assert complete_settings({}, {"ours": {"default": default}, "other": {"type": "string"}}) == {"ours": default}


def test_defaults_inside_a_contract_apply_where_the_mapping_around_them_is_there() -> None:
    contract = {"ours": {"type": "object", "properties": {"a": {"default": 1}, "b": {"default": 2}}}}
    assert complete_settings({"ours": {"a": 9}}, contract) == {"ours": {"a": 9, "b": 2}}
    assert complete_settings({}, contract) == {}
    assert complete_settings({"ours": 3}, contract | {"free": True}) == {"ours": 3}


def _leaves(tree: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every leaf of nested mappings with its path; an empty mapping is a leaf that is only passed through."""
    if not isinstance(tree, dict):
        return [(path, repr(tree))]
    return [leaf for key, item in tree.items() for leaf in _leaves(item, (*path, key))]
