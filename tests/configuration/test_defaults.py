"""The block ``defaults``: what each domain takes of it, and where a fault in it is told."""

from __future__ import annotations

from pathlib import Path

from support.configurations import write_configuration

from wdh.configuration import Provided, find_faults, load_configuration, written_domains

NOTHING = Provided(None, None, "")
TEXT = """
defaults:
  exclude: ["*回复*", "*旧*"]
  pk: [月度]
  guards: {shrink: 20%, deletes: 10%}
  refs: {shops: {table: 店铺, key: [店]}}
domains:
  shops:
    pattern: x
    table: a
    exclude: [+, "*草稿*"]
    guards: {shrink: "off"}
  kiosks:
    pattern: x
    table: b
    exclude: []
    pk: [+, 店]
"""


def test_an_entry_takes_what_it_does_not_say_itself(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, TEXT)
    shops, kiosks = (load_configuration(path, domain=name, provided=NOTHING).domain for name in ("shops", "kiosks"))
    assert (shops.exclude, kiosks.exclude) == (("*回复*", "*旧*", "*草稿*"), ())
    assert (shops.pk, kiosks.pk) == (("月度",), ("月度", "店"))
    assert shops.guards.shrink is None
    assert shops.guards.deletes == kiosks.guards.deletes
    assert [reference.name for reference in kiosks.refs] == ["shops"]
    assert written_domains(path)["kiosks"]["guards"] == {"shrink": "20%", "deletes": "10%"}


def test_a_fault_is_told_where_it_is_written(tmp_path: Path) -> None:
    text = TEXT.replace("pk: [月度]", "pk: [3]").replace('[+, "*草稿*"]', "[+, 7]").replace("20%, ", "20, ")
    text = text.replace('["*回复*", ', "[+, ").replace("domains:", "  sheets: 甲*\ndomains:")
    path = write_configuration(tmp_path, text + "    sheets: [+, 甲]\n    required_columns: +x\n")
    told = [str(fault).partition(f"{path}:")[2] or str(fault) for fault in find_faults(path, {})]
    assert [line.rpartition("data_sources.yml:")[2] for line in told] == [
        "3:3 defaults.exclude: this is the list of defaults, which goes on with no other; remove the +",
        "4:8 domains.shops.pk[0]: must be text, not the number 3: put it in quotes",
        "4:8 domains.kiosks.pk[0]: must be text, not the number 3: put it in quotes",
        "5:20 domains.kiosks.guards.shrink: must be text, not the number 20: put it in quotes",
        "12:18 domains.shops.exclude[2]: must be text, not the number 7: put it in quotes",
        "19:5 domains.kiosks.sheets: the list goes on with that of defaults (+), which has none; remove the +",
        "20:23 domains.kiosks.required_columns: must be a list, not the text '+x'; write [+x]",
    ]
