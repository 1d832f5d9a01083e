"""Every way a package can be wrong is one sentence that names distribution, version, entry point and hook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pluggy
import pytest

from wdh import hookspecs
from wdh.errors import PluginError
from wdh.registry import load_domain
from wdh.registry.implementations import hook_arguments

Installer = Callable[..., Path]
HEAD = "from wdh.hookspecs import hookimpl\nfrom wdh.facts import Facts\n"
GOOD = "@hookimpl\ndef transform(batch): return Facts.from_rows(())\n"

# What the module says, and what the sentence must say of it.
AT_IMPORT = {
    "syntax": ("def transform(:\n", ["importing wdh_shops failed with SyntaxError"]),
    "import": ("import not_there_at_all\n", ["ModuleNotFoundError: No module named 'not_there_at_all'"]),
    "name": ("from wdh import hookimpi\n", ["ImportError: cannot import name 'hookimpi'"]),
    "raises": ("raise ValueError('a\\nb')\n", ["failed with ValueError: a b;"]),
    "silent": ("raise ValueError\n", ["failed with ValueError;"]),
    "exits": ("import sys\nsys.exit(3)\n", ["failed with SystemExit: 3", "pip uninstall wdh-shops"]),
    "odd": ("class Odd(BaseException): pass\nraise Odd('x')\n", ["failed with Odd: x"]),
    "setup": ("from wdh.errors import SetupError\nraise SetupError('width 0')\n", ["failed with SetupError: width 0"]),
}
AT_CHECK = {
    "unknown hook": (
        "@hookimpl\ndef transfrom(batch): ...\n",
        "transfrom",
        ["did you mean 'transform'?", "skip_facts"],
    ),
    "unknown specname": ("@hookimpl(specname='loads')\ndef f(): ...\n", "loads", ["no hook of this name"]),
    "wrong argument": (
        "@hookimpl\ndef transform(batch, contxt): ...\n",
        "transform",
        ["argument 'contxt'", "did you mean 'context'?", "it may take: domain, batch, context"],
    ),
    "keyword argument": ("@hookimpl\ndef transform(*, rows): ...\n", "transform", ["takes an argument 'rows'"]),
    "starred": ("@hookimpl\ndef transform(*args, **kw): ...\n", "transform", ["takes '*args'", "functools.wraps"]),
    "positional only": ("@hookimpl\ndef transform(batch, /): ...\n", "transform", ["handed over by name"]),
    "unmarked": (GOOD + "def provide_refs(): return {}\n", "provide_refs", ["is not marked", "@hookimpl"]),
    "unmarked only": ("def transform(batch): ...\n", "transform", ["is not marked", "never be called"]),
    "marked for another": (
        "import pluggy\n@pluggy.HookimplMarker('pytest')\ndef transform(batch): ...\n",
        "transform",
        ["is not marked"],
    ),
    "wrapper": ("@hookimpl(wrapper=True)\ndef transform(batch):\n    return (yield)\n", "transform", ["is a wrapper"]),
    "old wrapper": ("@hookimpl(hookwrapper=True)\ndef transform(batch):\n    yield\n", "transform", ["is a wrapper"]),
    "generator": ("@hookimpl\ndef transform(batch):\n    yield 1\n", "transform", ["a coroutine or a generator"]),
    "coroutine": ("@hookimpl\nasync def transform(batch): ...\n", "transform", ["a coroutine or a generator"]),
    "marked for a hook of another name": (
        "from wdh import hooks\n@hooks.transform\ndef reshape(batch): ...\n",
        "reshape",
        ["marked for the hook transform", "mark it with @hooks.reshape"],
    ),
    "answered twice": (
        "from wdh import hooks\n@hooks.transform\ndef first(batch): ...\n@hooks.transform\ndef second(batch): ...\n",
        "transform",
        ["is answered by first and by second; keep one of them"],
    ),
    "misspelt decorator": (
        "from wdh import hooks\n@hooks.transfrom\ndef transform(batch): ...\n",
        None,
        ["wdh has no hook 'transfrom'", "did you mean 'transform'?"],
    ),
    "no hooks": ("answer = 42\n", None, ["has no function marked with @hookimpl", "provide_refs, provide_settings"]),
}
BAD_VALUES = {
    "missing attribute": ("wdh_shops:Shosp", ["its module has no 'Shosp'", "did you mean 'Shops'?"]),
    "missing deep": ("wdh_shops:Shops.deep.er", ["its module has no 'Shops.deep.er'. Correct"]),
    "missing module": ("wdh_shosp", ["there is no module 'wdh_shosp'"]),
    "missing submodule": ("wdh_shops.plugin", ["there is no module 'wdh_shops.plugin'"]),
    "malformed": ("wdh-shops", ["the value 'wdh-shops' is neither 'module' nor 'module:object'"]),
    "class": ("wdh_shops:Shops", ["is a class; make an instance"]),
    "function": ("wdh_shops:transform", ["has no function marked with @hookimpl"]),
    "none": ("wdh_shops:NOTHING", ["has no function marked with @hookimpl"]),
}


def fail_to_load(*, hook: str | None, value: str = "wdh_shops", group: str = "wdh.domains") -> str:
    """Load the domain, and check that the error has all the facts, in its text and as fields."""
    with pytest.raises(PluginError) as caught:
        load_domain("shops")
    error = caught.value
    place = f"wdh-shops 1.2.0 ({group}: shops = {value})"
    assert str(error).startswith(f"{place}: " if hook is None else f"{place}, hook {hook}: ")
    assert "\n" not in str(error)
    assert error.exit_code == 2
    expected = {"distribution": "wdh-shops", "version": "1.2.0", "group": group, "entry_point": "shops", "value": value}
    if "line" in error.facts:
        assert f"({error.facts.pop('line')})" in str(error)
    assert error.facts == expected | ({} if hook is None else {"hook": hook})
    return str(error)


@pytest.mark.parametrize("case", AT_IMPORT)
def test_a_domain_that_fails_to_import_is_named_with_the_original_error(install: Installer, case: str) -> None:
    source, fragments = AT_IMPORT[case]
    install(source)
    text = fail_to_load(hook=None)
    assert [each for each in fragments if each not in text] == []


def test_the_original_error_of_an_import_is_the_cause(install: Installer) -> None:
    install("raise KeyError('x')")
    with pytest.raises(PluginError) as caught:
        load_domain("shops")
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_interrupt_while_importing_stays_an_interrupt(install: Installer) -> None:
    install("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_domain("shops")


@pytest.mark.parametrize("case", AT_CHECK)
def test_a_domain_whose_functions_do_not_fit_the_hooks_is_refused_before_any_is_called(
    install: Installer, case: str
) -> None:
    source, hook, fragments = AT_CHECK[case]
    install(HEAD + source)
    text = fail_to_load(hook=hook)
    assert [each for each in fragments if each not in text] == []


@pytest.mark.parametrize("case", BAD_VALUES)
def test_an_entry_point_that_names_no_plugin_is_refused(install: Installer, case: str) -> None:
    value, fragments = BAD_VALUES[case]
    source = "class Shops:\n    @hookimpl\n    def transform(self, batch): ...\nNOTHING = None\n"
    install(HEAD + GOOD + source, points={"shops": value})
    text = fail_to_load(hook=None, value=value)
    assert [each for each in fragments if each not in text] == []


@pytest.mark.parametrize("case", ["syntax", "import", "exits"])
def test_a_broken_plugin_for_every_domain_stops_every_domain(install: Installer, case: str) -> None:
    """A veto that cannot be asked must not be ignored."""
    install(AT_IMPORT[case][0], group="wdh.plugins")
    install(name="wdh-depots", module="wdh_depots", points={"shops": "wdh_depots"})
    fail_to_load(hook=None, group="wdh.plugins")


def test_a_plugin_for_every_domain_is_checked_like_a_domain(install: Installer) -> None:
    install(HEAD + "@hookimpl\ndef skip_fact(domain): ...\n", group="wdh.plugins")
    install(name="wdh-depots", module="wdh_depots", points={"shops": "wdh_depots"})
    assert "did you mean 'skip_facts'?" in fail_to_load(hook="skip_fact", group="wdh.plugins")


def test_a_plugin_for_every_domain_needs_no_transform(install: Installer) -> None:
    install(HEAD + "@hookimpl\ndef skip_facts(): ...\n", name="wdh-gate", module="wdh_gate", group="wdh.plugins")
    install()
    assert load_domain("shops").domain == "shops"


def test_a_transform_of_another_plugin_does_not_make_a_domain_complete(install: Installer) -> None:
    """Its columns must be declared then: see the faults of configurations."""
    install(HEAD + GOOD, name="wdh-gate", module="wdh_gate", group="wdh.plugins")
    install(HEAD + "@hookimpl\ndef provide_refs(): return {}\n")
    assert load_domain("shops").own_transform is None


def test_a_submodule_with_a_hooks_name_is_not_an_unmarked_function(install: Installer, site: Path) -> None:
    (site / "wdh_shops").mkdir()
    (site / "wdh_shops" / "transform.py").touch()
    (site / "wdh_shops" / "__init__.py").write_text(
        f"{HEAD}from wdh_shops import transform as _\n@hookimpl(specname='transform')\ndef clean(batch): ...\n",
        encoding="utf-8",
    )
    install("", module="unused", points={"shops": "wdh_shops"})
    assert load_domain("shops").domain == "shops"


def test_a_hook_of_a_newer_wdh_may_be_marked_as_optional(install: Installer) -> None:
    install(HEAD + GOOD + "@hookimpl(optionalhook=True)\ndef provide_charts(domain): ...\n")
    assert load_domain("shops").domain == "shops"


@pytest.mark.parametrize("raising", ["RuntimeError('lazy')", "SystemExit(3)"])
def test_an_object_that_raises_when_it_is_looked_at_is_named(install: Installer, raising: str) -> None:
    source = f"class Odd:\n    def __dir__(self): raise {raising}\nodd = Odd()\n"
    install(source, points={"shops": "wdh_shops:odd"})
    assert "cannot be taken as a plugin: " in fail_to_load(hook=None, value="wdh_shops:odd")


def test_an_attribute_that_fails_while_it_is_made_is_a_failed_import(install: Installer) -> None:
    install("def __getattr__(name): raise RuntimeError('lazy')\n", points={"shops": "wdh_shops:late"})
    assert "importing wdh_shops failed with RuntimeError: lazy" in fail_to_load(hook=None, value="wdh_shops:late")


def test_whatever_pluggy_refuses_is_translated(install: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    register = pluggy.PluginManager.register

    def refuse(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
        if "wdh-shops" in name:
            raise pluggy.PluginValidationError(plugin, "pluggy's\nreason")
        register(manager, plugin, name)

    monkeypatch.setattr(pluggy.PluginManager, "register", refuse)
    install()
    assert "cannot be taken as a plugin: PluginValidationError: pluggy's reason" in fail_to_load(hook=None)


def test_the_hooks_are_those_of_the_one_file() -> None:
    assert hook_arguments()["transform"] == ("domain", "batch", "context", "columns")
    assert set(hook_arguments()) == {name for name, value in vars(hookspecs).items() if hasattr(value, "wdh_spec")}
