"""The answers of a domain's package that complete its configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from wdh.configuration.contract import find_contract_fault
from wdh.words.language import say


class Provided(Struct, frozen=True):
    """The answers of a domain's hooks: ``refs`` of provide_refs, ``settings`` of provide_settings; None: no answer.

    ``origin`` names the plugin in messages, e.g. ``wdh 0.2.0, domain annuity_performance``. ``columns`` says whether
    the file may declare the sheet's columns: a package that reads the sheet in its own way takes none (``refused``),
    one whose transform has the argument ``columns`` may get some, and without a transform they are all there is.
    ``fault`` says that the package cannot be asked at all, and why; None: it was. ``is_asked`` False: it is switched
    off.
    """

    refs: Mapping[str, Any] | None
    settings: Mapping[str, Any] | None
    origin: str
    columns: Literal["refused", "taken", "needed"] = "refused"
    fault: str | None = None
    is_asked: bool = True

    def copy(self) -> Provided:
        """Copy the answers into plain dicts and lists: a contract knows no other mappings and lists."""
        return replace(self, refs=_copy_plain(self.refs), settings=_copy_plain(self.settings))


def find_wrong_answers(provided: Provided, core: Collection[str]) -> tuple[tuple[str, str, str], ...]:
    """Find what makes the answers useless whatever the file says, each as the hook, what it is about and a sentence.

    ``core`` are the keys of a domain's entry that are not the domain's own to define.
    """
    refs, settings = _find_wrong_refs(provided.refs), _find_wrong_settings(provided.settings, core)
    return (*(("provide_refs", *wrong) for wrong in refs), *(("provide_settings", *wrong) for wrong in settings))


def _find_wrong_refs(refs: Any) -> Iterator[tuple[str, str]]:
    if refs is not None and not isinstance(refs, Mapping):
        yield "refs", say("returned a {name}; it must return a mapping or None", name=type(refs).__name__)
    elif not _has_text_keys(refs):
        yield "refs", say("returned a mapping with a key that is no str")


def _find_wrong_settings(settings: Any, core: Collection[str]) -> Iterator[tuple[str, str]]:
    if settings is None:
        return
    if not isinstance(settings, Mapping):
        yield "settings", say("returned a {name}; it must return a mapping or None", name=type(settings).__name__)
        return
    for key, contract in settings.items():
        if key in core:
            yield f"settings.{key}", say("returned a key that is one of wdh's own; choose another name")
        elif not isinstance(key, str) or not _has_text_keys(contract):
            yield f"settings.{key}", say("returned a mapping with a key that is no str")
        else:
            fault = find_contract_fault(_copy_plain(contract))
            if fault is not None:
                yield f"settings.{key}", say("returned what is no JSON Schema: {fault}", fault=fault)


def _has_text_keys(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _has_text_keys(item) for key, item in value.items())
    return all(map(_has_text_keys, value)) if isinstance(value, (list, tuple)) else True


def _copy_plain(value: Any) -> Any:
    """Copy any mappings and tuples into dicts and lists; the plugin's own objects stay untouched."""
    if isinstance(value, Mapping):
        return {key: _copy_plain(item) for key, item in value.items()}
    return [_copy_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
