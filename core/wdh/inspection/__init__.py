"""Inspects a workbook that no domain describes yet, and proposes a domain for it, each proposal with its evidence.

Nothing here is a stage of a run: ``wdh inspect`` shows what was found, ``wdh new`` writes a package from it.
"""

from wdh.inspection.document import inspection_document, propose_entry, propose_refs, write_yaml
from wdh.inspection.findings import (
    Declaration,
    Expected,
    FoundColumn,
    FoundReference,
    Inspection,
    Scope,
)
from wdh.inspection.inspecting import inspect_sheet, inspect_workbook
from wdh.inspection.names import FilePattern, deduce_pattern

__all__ = [
    "Declaration",
    "Expected",
    "FilePattern",
    "FoundColumn",
    "FoundReference",
    "Inspection",
    "Scope",
    "deduce_pattern",
    "inspect_sheet",
    "inspect_workbook",
    "inspection_document",
    "propose_entry",
    "propose_refs",
    "write_yaml",
]
