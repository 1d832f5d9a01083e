"""Who is asked in which order, and what becomes of an answer that is not one."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.distributions import write_distribution

from wdh.context import RunContext
from wdh.errors import DataError, PluginError
from wdh.facts import Batch, Facts, Note
from wdh.facts.spool import Spool
from wdh.hookspecs import hookimpl
from wdh.plan import StepRecorder
from wdh.registry import load_domain, load_plugins
from wdh.registry.hooks import Hooks, Veto
from wdh.sql.identifiers import Target
from wdh.sql.tables import Table

Installer = Callable[..., Path]
HEAD = (
    "from dataclasses import replace\nfrom wdh.hookspecs import hookimpl\nfrom wdh.facts import Facts, Note\n"
    "from wdh.sql.tables import Table\n"
)
GOOD = "@hookimpl\ndef transform(batch): return Facts.from_rows(())\n"
BATCH = Batch("a.xlsx", "规模明细", [2, 3], {"a": ["x", None]}, {"a": "A"})
CONTEXT = RunContext("shops")
PLACE = "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook "

# How each hook is called; what is handed over matters only where a test says so.
CALLS: dict[str, Callable[[Hooks], object]] = {
    "provide_refs": lambda hooks: hooks.provide_refs(),
    "provide_settings": lambda hooks: hooks.provide_settings(),
    "provide_tables": lambda hooks: hooks.provide_tables(),
    "reshape": lambda hooks: hooks.reshape(BATCH, CONTEXT),
    "transform": lambda hooks: hooks.transform(BATCH, CONTEXT),
    "skip_facts": lambda hooks: ask(hooks),
    "load_facts": lambda hooks: hooks.load_facts(*_loading()),
    "write_demo": lambda hooks: hooks.write_demo(Path("demo"), 7),
}
# What each hook may not answer, as source text, and a fragment of the sentence.
WRONG = [
    ("provide_refs", "['plans']", "type list (['plans']); return a mapping, or None"),
    ("provide_refs", "{1: {}}", "the key 1; make every key a str"),
    ("provide_settings", "'salt'", "type str ('salt'); return a mapping, or None"),
    ("provide_tables", "{'facts': {}}", "type dict ({}) for 'facts'; make it a Table"),
    ("reshape", "batch", "a value of type Batch (Batch(file='a.xlsx'"),
    ("reshape", "[]", "type list ([]); return a list of Batch, or None"),
    ("reshape", "[replace(batch, row_numbers=[2, 9])]", "with rows that are not in the batch"),
    ("reshape", "[replace(batch, row_numbers=[3, 2])]", "repeat or are out of order"),
    ("reshape", "[replace(batch, row_numbers=[2])]", "with 2 cells under 'a' for 1 rows"),
    ("transform", "{'a': []}", "type dict ({'a': []}); return Facts"),
    ("transform", "None", "returned None, and no other plugin answered; return Facts"),
    ("skip_facts", "True", "type bool (True); return a str, a Note, or None"),
    ("skip_facts", "Note('', 'Look.', {})", "a Note with a value of type str ('') as code; make it a text"),
    ("skip_facts", "Note('look', None, {})", "a Note with None as sentence; make it a text"),
    ("skip_facts", "Note('look', 'Look.', None)", "a Note with None as cases; map each case"),
    ("skip_facts", "Note('look', 'Look.', {'a': '1'})", "as cases; map each case (a str) to a number of rows"),
    ("skip_facts", "' '", "returned a blank text"),
    ("load_facts", "False", "returned False; return True when the steps are complete, or None"),
    ("load_facts", "None", "returned None, and no other plugin recorded the steps"),
    ("write_demo", "b'domains:'", "type bytes (b'domains:'); return a str, or None"),
    ("write_demo", "''", "returned a blank text"),
]


def ask(hooks: Hooks, **blocks: dict[str, Any]) -> tuple[Veto | Note, ...]:
    """Ask for vetoes of a run that only plans, and that has no facts."""
    with Spool(()) as spool:
        return hooks.skip_facts(CONTEXT, spool.facts(), None, blocks=blocks)


def _loading() -> Any:
    return "facts", Target(None, "店铺"), StepRecorder("delete_insert", ())


def answering(hook: str, expression: str) -> str:
    """Source of a domain whose ``hook`` evaluates ``expression``, which may use the hook's arguments."""
    names = {
        "reshape": "domain, batch, context",
        "transform": "domain, batch, context",
        "skip_facts": "domain, context, facts, warehouse, settings",
        "load_facts": "domain, facts, target, steps",
        "write_demo": "domain, folder, seed",
    }.get(hook, "domain")
    rest = "" if hook == "transform" else GOOD
    return f"{HEAD}{rest}@hookimpl\ndef {hook}({names}): return {expression}\n"


@pytest.mark.parametrize(("hook", "expression", "fragment"), WRONG)
def test_an_answer_of_the_wrong_type_names_the_plugin_and_the_hook(
    install: Installer, hook: str, expression: str, fragment: str
) -> None:
    install(answering(hook, expression))
    hooks = load_domain("shops")
    with pytest.raises(PluginError) as caught:
        CALLS[hook](hooks)
    assert str(caught.value).startswith(PLACE + hook)
    assert fragment in str(caught.value)
    assert caught.value.facts["hook"] == hook


@pytest.mark.parametrize("hook", CALLS)
@pytest.mark.parametrize("raising", ["ValueError('no 店铺')", "SystemExit(3)", "AssertionError"])
def test_a_hook_that_raises_names_the_plugin_and_keeps_the_original(
    install: Installer, hook: str, raising: str
) -> None:
    source = answering(hook, "fail()") + f"def fail(): raise {raising}\n"
    install(source)
    hooks = load_domain("shops")
    with pytest.raises(PluginError) as caught:
        CALLS[hook](hooks)
    name = raising.split("(")[0]
    assert str(caught.value).startswith(f"{PLACE}{hook}: raised {name}")
    assert type(caught.value.__cause__).__name__ == name
    assert "in fail" in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("hook", CALLS)
def test_a_password_in_the_text_of_a_strangers_error_is_not_repeated(install: Installer, hook: str) -> None:
    source = answering(hook, "fail()") + "def fail(): raise RuntimeError('no answer of postgresql://u:gehe@im@h/db')\n"
    install(source)
    hooks = load_domain("shops")
    with pytest.raises(PluginError) as caught:
        CALLS[hook](hooks)
    assert "raised RuntimeError: no answer of postgresql://***@h/db; " in str(caught.value)


def test_a_password_in_the_text_of_a_failed_import_is_not_repeated(install: Installer) -> None:
    install("raise RuntimeError('host=h password=geheim')\n")
    with pytest.raises(PluginError, match=r"failed with RuntimeError: host=h password=\*\*\*;"):
        load_domain("shops")


@pytest.mark.parametrize("hook", CALLS)
def test_an_error_that_a_domain_raises_in_wdhs_own_words_goes_through(install: Installer, hook: str) -> None:
    source = "from wdh.errors import DataError\n" + answering(hook, "fail()")
    install(source + "def fail(): raise DataError('店铺代码 is missing', file='a.xlsx')\n")
    hooks = load_domain("shops")
    with pytest.raises(DataError) as caught:
        CALLS[hook](hooks)
    assert str(caught.value) == "店铺代码 is missing"
    assert caught.value.facts == {"file": "a.xlsx"}
    assert caught.value.__cause__ is None


def test_an_interrupt_in_a_hook_stays_an_interrupt(install: Installer) -> None:
    install(answering("provide_refs", "fail()") + "def fail(): raise KeyboardInterrupt\n")
    hooks = load_domain("shops")
    with pytest.raises(KeyboardInterrupt):
        hooks.provide_refs()


def test_what_the_hooks_hand_over_arrives_by_name(install: Installer) -> None:
    install(answering("write_demo", "f'{domain} {folder} {seed}'"))
    assert load_domain("shops").write_demo(Path("demo"), 7) == "shops demo 7"
    assert load_domain("shops").write_demo(seed=8, folder=Path("demo")) == "shops demo 8"


def test_an_argument_with_a_default_is_handed_over_all_the_same(install: Installer) -> None:
    """A context that silently stays None would be found out in production."""
    source = "@hookimpl\ndef transform(batch, context=None, *, domain='?', strict=True):\n"
    source += "    return Facts([2, 3], {'a': [domain, context.domain]})\n"
    install(HEAD + source)
    assert load_domain("shops").transform(BATCH, CONTEXT).columns == {"a": ["shops", "shops"]}


def test_a_domain_may_leave_every_hook_but_transform_to_others(install: Installer) -> None:
    install(HEAD + GOOD)
    hooks = load_domain("shops")
    assert (hooks.provide_refs(), hooks.provide_settings(), hooks.provide_tables()) == (None, None, None)
    assert ask(hooks) == ()
    assert hooks.write_demo(Path("demo"), 7) is None


def test_what_a_domain_provides_arrives_as_it_is(install: Installer) -> None:
    source = "@hookimpl\ndef provide_refs(domain): return {'shops': {'table': '店铺', 'key': ['店铺代码']}}\n"
    source += "@hookimpl\ndef provide_settings(domain): return {'salt': {'type': 'string'}, 'free': True}\n"
    source += "@hookimpl\ndef provide_tables(domain): return {'facts': Table({'月度': 'date'})}\n"
    install(HEAD + GOOD + source)
    hooks = load_domain("shops")
    assert hooks.provide_refs() == {"shops": {"table": "店铺", "key": ["店铺代码"]}}
    assert hooks.provide_settings() == {"salt": {"type": "string"}, "free": True}
    assert hooks.provide_tables() == {"facts": Table({"月度": "date"})}


class SkipFacts:
    """A built-in veto, as the command makes it for --skip-facts."""

    @hookimpl
    def skip_facts(self) -> str:
        return "asked for by --skip-facts"


class LoadFacts:
    """The core's own answer, for a domain that has none."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @hookimpl(trylast=True)
    def load_facts(self, domain: str, facts: str, steps: StepRecorder) -> bool:
        self.asked.append(f"{domain} {facts}")
        steps.skip("asked")
        return True


def test_every_veto_is_heard_with_the_name_of_who_gave_it(install: Installer) -> None:
    veto = "@hookimpl\ndef skip_facts(domain): return f'{domain} is closed'\n"
    agree = "@hookimpl\ndef skip_facts(context): return None\n"
    install(HEAD + veto, name="wdh-gate", version="2.0", module="wdh_gate", group="wdh.plugins")
    install(HEAD + agree, name="wdh-calm", module="wdh_calm", group="wdh.plugins")
    install(HEAD + GOOD + veto)
    vetoes = ask(load_domain("shops", extra=[SkipFacts()]))
    assert vetoes == (
        Veto("shops is closed", "wdh-shops 1.2.0"),
        Veto("shops is closed", "wdh-gate 2.0"),
        Veto("asked for by --skip-facts", "wdh"),
    )


def test_a_note_agrees_and_is_told(install: Installer) -> None:
    note = "@hookimpl\ndef skip_facts(): return Note('look', 'Look.', {'a': 2})\n"
    install(HEAD + note, name="wdh-gate", module="wdh_gate", group="wdh.plugins")
    install(HEAD + GOOD)
    assert ask(load_domain("shops")) == (Note("look", "Look.", {"a": 2}),)


def test_each_plugin_sees_its_own_settings_and_a_domain_its_own_keys(install: Installer) -> None:
    """A plugin without a block in the file gets None: it is not asked for anything."""
    tell = "@hookimpl\ndef skip_facts(settings): return repr(settings)\n"
    for name in ("gate", "bell"):
        module = f"wdh_{name}"
        install(HEAD + tell, name=f"wdh-{name}", module=module, group="wdh.plugins", points={name: module})
    install(HEAD + GOOD + tell)
    verdicts = ask(load_domain("shops"), gate={"closed": []}, shops={"other": 1})
    assert {verdict.plugin: verdict.reason for verdict in verdicts if isinstance(verdict, Veto)} == {
        "wdh-shops 1.2.0": "{}",
        "wdh-gate 1.2.0": "{'closed': []}",
        "wdh-bell 1.2.0": "None",
    }


def test_settings_are_asked_of_each_for_its_own(install: Installer) -> None:
    """A plugin for every domain never answers for a domain that has no settings, nor the other way round."""
    source = "@hookimpl\ndef provide_settings(domain): return {f'of {domain}': {'type': 'string'}}\n"
    install(HEAD + source, name="wdh-gate", module="wdh_gate", group="wdh.plugins", points={"gate": "wdh_gate"})
    install(HEAD + GOOD)
    hooks = load_domain("shops")
    assert hooks.provide_settings() is None
    brought = {plugin.name: settings for plugin, settings in hooks.provide_plugin_settings()}
    assert brought["gate"] == {"of None": {"type": "string"}}
    assert {plugin.name: settings for plugin, settings in load_plugins().provide_plugin_settings()} == brought


def test_the_core_loads_the_facts_only_where_the_domain_does_not(install: Installer) -> None:
    own = LoadFacts()
    install(answering("load_facts", "steps.skip('own') or True if target.table == '店铺' else None"))
    hooks = load_domain("shops", extra=[own])
    facts, target, steps = _loading()
    hooks.load_facts(facts, target, steps)
    assert (own.asked, steps.skipped) == ([], "own")
    hooks.load_facts(facts, Target(None, "仓库"), steps)
    assert (own.asked, steps.skipped) == (["shops facts"], "asked")


def test_a_plugin_for_every_domain_comes_before_the_core_and_after_the_domain(install: Installer) -> None:
    own = LoadFacts()
    install(answering("load_facts", "1 / 0").replace(GOOD, ""), name="wdh-gate", module="wdh_gate", group="wdh.plugins")
    install(HEAD + GOOD)
    with pytest.raises(PluginError, match=r"wdh-gate .* hook load_facts: raised ZeroDivisionError"):
        load_domain("shops", extra=[own]).load_facts(*_loading())
    assert own.asked == []


def test_a_domain_that_also_serves_every_domain_is_still_asked_first(site: Path, install: Installer) -> None:
    source = HEAD + GOOD + "@hookimpl\ndef provide_refs(): return {'from': 'shops'}\n"
    lines = {"wdh.domains": {"shops": "wdh_shops"}, "wdh.plugins": {"shops": "wdh_shops"}}
    gate = HEAD + "@hookimpl\ndef provide_refs(): return {'from': 'gate'}\n"
    for name in ("a-gate", "z-gate"):  # one on either side of the domain, in whatever order distributions are found
        install(
            gate, name=name, module=name.replace("-", "_"), group="wdh.plugins", points={name: name.replace("-", "_")}
        )
    write_distribution(site, "wdh-shops", entry_points=lines, modules={"wdh_shops": source})
    assert load_domain("shops").provide_refs() == {"from": "shops"}


def test_a_plugin_may_ask_to_come_first(install: Installer) -> None:
    source = "@hookimpl(tryfirst=True)\ndef provide_refs(): return {'from': 'gate'}\n"
    install(HEAD + source, name="wdh-gate", module="wdh_gate", group="wdh.plugins")
    install(answering("provide_refs", "{'from': 'shops'}"))
    assert load_domain("shops").provide_refs() == {"from": "gate"}


def test_a_fault_of_the_cores_own_plugin_is_not_blamed_on_a_package(install: Installer) -> None:
    class Broken:
        @hookimpl
        def skip_facts(self) -> str:
            raise LookupError("ours")

    install()
    hooks = load_domain("shops", extra=[Broken()])
    with pytest.raises(LookupError, match="ours"):
        ask(hooks)


def test_a_domain_of_plain_rows_works_from_batch_to_facts(install: Installer) -> None:
    """The road without the column vocabulary: rows in, facts and rejects out."""
    source = """
        @hookimpl
        def transform(batch):
            return Facts.from_rows(clean(row) for row in batch.rows())

        def clean(row):
            if row["a"] is None:
                return row.reject("a", "blank", "a is blank")
            return row.fact({"店铺代码": row["a"]})
    """
    install("        from wdh.hookspecs import hookimpl\n        from wdh.facts import Facts\n" + source)
    facts = load_domain("shops").transform(BATCH, CONTEXT)
    assert isinstance(facts, Facts)
    assert facts.columns == {"店铺代码": ["x"]}
    assert [(reject.cell, reject.reason) for reject in facts.rejects] == [("A3", "blank")]
