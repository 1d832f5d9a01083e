"""Writes docs/configuration.md: every key of data_sources.yml, as its contracts describe it.

Usage: ``python docs/write_configuration.py``. A test holds the page to what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wdh.registry import domain_names, load_domain, load_plugins
from wdh_schemas import CONTRACTS, read_contract

PAGE = Path(__file__).parent / "configuration.md"
HEAD = """\
# Every key of data_sources.yml

Written from the contracts in `schemas/wdh_schemas` by `python docs/write_configuration.py`. `wdh check` holds a file to
them, and says of every fault its line, its column, and what to write instead. An editor with the YAML language server
completes and checks while you type, if the file begins with
`# yaml-language-server: $schema=…/wdh_schemas/data_sources.schema.json`.

A file has at most 1 MiB, 50,000 values, 5,000 entries in one list or mapping, and texts of 10,000 characters, also with
every alias written out. No table may be PostgreSQL's own (pg_catalog, information_schema, pg_toast and the like).

Unless it says *required*, a key may be left out. Values stand as they would in YAML.

## Shared blocks

A block that several domains share is written once. `&` names it, `*` stands for it, and `<<: *` takes its keys, which
keys of the same mapping overrule:

```yaml
domains:
  shops: &shops
    pattern: 门店销售
    table: 门店销售
    pk: [月度, 门店代码]
    validation: &checks {min_rows: 1, max_file_age_days: 40}
  kiosks:
    <<: *shops                # pk and validation are those of shops
    pattern: 摊位销售
    table: 摊位销售
  stock:
    pattern: 库存
    table: 库存
    pk: [月度]
    validation: *checks
```

A fault inside a shared block is told with the line where the block is written, and with the key of each domain that
uses it. What all domains share stands in [`defaults`](computed.md#keys-that-all-domains-share).
"""
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
    "null": "null",
}
_SWITCHES = "Beside the keys that the plugin itself says it has, which can be none of these."
Contract = Mapping[str, Any]


def write_page() -> str:
    """Give the whole page."""
    sources, columns, refs = (read_contract(name) for name in CONTRACTS)
    domain = sources["$defs"]["domain"]
    parts = [
        HEAD,
        _section("The file", sources),
        *(_section(f"`{key}`", sources["properties"][key]) for key in sources["properties"] if key != "domains"),
        _section("An entry of `domains`", domain),
        _section("`validation` of a domain", domain["properties"]["validation"]),
        _section("`guards` of a domain", domain["properties"]["guards"]),
        *(_section(f"`{key}` of a domain", domain["properties"][key]) for key in ("header", "unpivot", "text")),
        _section("An entry of `after`", sources["$defs"]["after"]),
        _section("An entry of `constants`", sources["$defs"]["constant"]),
        _section("An entry of `corrections`", sources["$defs"]["correction"]),
        _section("A rule of `drop_rows`", sources["$defs"]["drop_rule"]),
        _section("An entry of `computed`", sources["$defs"]["computed"]),
        _section("`lookup` of a computed column", sources["$defs"]["lookup"]),
        _section("`from_table` in a mapping of a package's settings", sources["$defs"]["from_table"]),
        _section("`checks` of a domain", domain["properties"]["checks"]),
        _section("`increasing` of `checks`", sources["$defs"]["increasing"]),
        _section("`running` of `checks`", sources["$defs"]["running"]),
        _section("`sum_equals` of `checks`", sources["$defs"]["sum_equals"]),
        _section("`totals` of a domain", sources["$defs"]["totals"]),
        _section("`lineage` of a domain", domain["properties"]["lineage"]),
        _section("An entry of `columns`", columns["$defs"]["entry"], more=_kinds(columns)),
        _section("An entry of `refs`", refs["$defs"]["entry"], required=("table", "key")),
        _section("A rule in `columns` of a reference", refs["$defs"]["rule"]),
        _section("The block of any plugin under `plugins`", sources["$defs"]["plugin"], more=_SWITCHES),
        *_own_keys(),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def _section(title: str, contract: Contract, *, required: tuple[str, ...] = (), more: str = "") -> str:
    properties = contract.get("properties")
    if not properties:
        return ""
    needed = {*contract.get("required", ()), *required}
    rows = [_row(key, entry, is_required=key in needed) for key, entry in properties.items()]
    table = "\n".join(["| key | | what it says | for example |", "|---|---|---|---|", *rows])
    return "\n\n".join(filter(None, (f"## {title}", contract.get("description"), more, table))) + "\n"


def _row(key: str, entry: Contract, *, is_required: bool) -> str:
    whole = _followed(entry)
    default = f", default `{_yaml(entry['default'])}`" if "default" in entry else ""
    kind = f"{_type(whole)}{', *required*' if is_required else default}"
    example = ", ".join(f"`{_yaml(value)}`" for value in entry.get("examples", ())[:2])
    return "| " + " | ".join(_cell(text) for text in (f"`{key}`", kind, entry.get("description", ""), example)) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _type(entry: Contract) -> str:
    if "enum" in entry:
        return "one of " + ", ".join(f"`{value}`" for value in entry["enum"])
    kinds = entry.get("type", ())
    return " or ".join(TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _followed(entry: Contract) -> Contract:
    """Put what a $ref names under the entry; the references of the contracts name a file, a place in it, or both."""
    if "$ref" not in entry:
        return entry
    file, _, place = entry["$ref"].partition("#/")
    names = [file.removesuffix(".schema.json")] if file else list(CONTRACTS)
    for name in names:
        found: Any = read_contract(name)
        for step in filter(None, place.split("/")):
            found = found.get(step, {}) if isinstance(found, dict) else {}
        if found:
            return {**_followed(found), **entry}
    raise LookupError(entry["$ref"])


def _yaml(value: object) -> str:
    """Write a value in YAML's one-line form."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_yaml(key)}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    is_plain = (
        text and not set(text) & set("*&!%#@`{}[],:?|<>='\"\\-~") and text == text.strip() and not text.isdecimal()
    )
    return text if is_plain or not isinstance(value, str) else f"'{text.replace(chr(39), chr(39) * 2)}'"


def _kinds(columns: Contract) -> str:
    kind = columns["$defs"]["kind"]
    return f"{kind['description']} A column may also be written as its kind alone: `月度: month`."


def _own_keys() -> Iterator[str]:
    for plugin in domain_names():
        settings = load_domain(plugin.name).provide_settings()
        if settings and plugin.distribution == "wdh":
            yield _section(f"Further keys of the domain `{plugin.name}`", {"properties": settings})
    for plugin, settings in load_plugins().provide_plugin_settings():
        if settings and plugin.distribution == "wdh":
            yield _section(f"Keys of `plugins.{plugin.name}`", {"properties": settings})


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
