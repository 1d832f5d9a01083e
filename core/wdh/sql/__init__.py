"""All SQL text that wdh writes: constant text, one function for identifiers, and placeholders for values.

A statement holds identifiers or placeholders, never both: values of rows travel by COPY, so a ``%`` in a name is
only a ``%``.
"""
