"""The columns of an Arrow stream as Python's values, read from the memory that another library hands over.

https://arrow.apache.org/docs/format/CStreamInterface.html has the structures, CDataInterface.html the formats, and
Columnar.html the layout of buffers. Nothing has to be installed for it.
"""

from __future__ import annotations

import ctypes
import datetime
import struct
import sys
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any, Final

from msgspec import Struct

from wdh.words.language import say

INTEGERS: Final = {"c": "b", "C": "B", "s": "h", "S": "H", "i": "i", "I": "I", "l": "q", "L": "Q"}
FLOATS: Final = {"e": "e", "f": "f", "g": "d"}
"""The formats of whole numbers and floats, with those of the module struct."""

NULL: Final = "n"
_WIDTHS: Final = {"b": 1, "B": 1, "h": 2, "H": 2, "e": 2, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8, "d": 8}
_UNITS: Final = {"tss": 1_000_000, "tsm": 1_000, "tsu": 1}
_NANOSECONDS: Final = 1_000
_DAY: Final = 86_400_000
_INLINE: Final = 12
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - a datetime of a sheet has no time zone
_EPOCH_UTC: Final = _EPOCH.replace(tzinfo=datetime.timezone.utc)
_FIRST_DAY: Final = _EPOCH.toordinal()
_EXACT: Final = Context(prec=100)


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


def _release(kind: type) -> Any:
    return ctypes.CFUNCTYPE(None, ctypes.POINTER(kind))


_Schema._fields_ = (
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", _release(_Schema)),
    ("private_data", ctypes.c_void_p),
)
_Array._fields_ = (
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", _release(_Array)),
    ("private_data", ctypes.c_void_p),
)
_Stream._fields_ = (
    ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema))),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))),
    ("release", _release(_Stream)),
    ("private_data", ctypes.c_void_p),
)


class ArrowColumn(Struct):
    """A column of a stream: its name, its format (that of the values, where it is a dictionary), and its values."""

    name: str
    format: str
    values: list[Any]


def read_stream(frame: Any) -> list[ArrowColumn] | None:
    """Read all columns that an object with ``__arrow_c_stream__`` hands over. None: they are no columns, but one.

    Raises ValueError for a column that is no text, number, boolean, date or datetime.
    """
    capsule = frame.__arrow_c_stream__(None)  # the argument that polars had no default for at first
    find = ctypes.pythonapi.PyCapsule_GetPointer
    find.restype, find.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    stream = _Stream.from_address(find(capsule, b"arrow_array_stream"))
    schema = _Schema()
    try:
        _check(stream, stream.get_schema(ctypes.byref(stream), ctypes.byref(schema)))
        try:
            return _read_parts(stream, schema) if schema.format == b"+s" else None
        finally:
            schema.release(ctypes.byref(schema))
    finally:
        stream.release(ctypes.byref(stream))


def _read_parts(stream: _Stream, schema: _Schema) -> list[ArrowColumn]:
    fields = [schema.children[place].contents for place in range(schema.n_children)]
    columns = [ArrowColumn(field.name.decode("utf-8"), _format_of(field), []) for field in fields]
    while True:
        part = _Array()
        _check(stream, stream.get_next(ctypes.byref(stream), ctypes.byref(part)))
        if not part.release:  # the end of the stream
            return columns
        try:
            for place, (field, column) in enumerate(zip(fields, columns, strict=True)):
                child = part.children[place].contents
                column.values += _read(field, child, child.offset + part.offset, part.length, name=column.name)
        finally:
            part.release(ctypes.byref(part))


def _check(stream: _Stream, code: int) -> None:
    if code:
        said = stream.get_last_error(ctypes.byref(stream))
        raise ValueError(
            say(
                "the frame cannot be read: {error}",
                error=(said or b"").decode("utf-8", "replace") or say("error {code}", code=code),
            )
        )


def _format_of(field: _Schema) -> str:
    text: str = (field.dictionary.contents if field.dictionary else field).format.decode("utf-8")
    return text


def _read(field: _Schema, array: _Array, start: int, count: int, *, name: str) -> list[Any]:
    if field.dictionary:
        codes = _read_plain(field.format.decode("utf-8"), array, start, count, name=name)
        entries = array.dictionary.contents
        values = _read(field.dictionary.contents, entries, entries.offset, entries.length, name=name)
        return [None if code is None else values[code] for code in codes]
    return _read_plain(field.format.decode("utf-8"), array, start, count, name=name)


def _read_plain(form: str, array: _Array, start: int, count: int, *, name: str) -> list[Any]:
    if form == NULL or not count:
        return [None] * count
    end = start + count
    read = _make_reader(form, array, end, name=name)
    present = "" if not array.buffers[0] else _read_bits(array.buffers[0], start, end)
    if "0" not in present:
        return [read(place) for place in range(start, end)]
    # A value that is not there may be anything, such as a day that no calendar has: it is not looked at.
    return [read(place) if bit == "1" else None for place, bit in enumerate(present, start)]


def _make_reader(form: str, array: _Array, end: int, *, name: str) -> Callable[[int], Any]:
    """Make the function that reads the value at a place, below ``end``, of a column of this format."""
    if form in INTEGERS or form in FLOATS:
        numbers = _numbers(array, end, INTEGERS.get(form) or FLOATS[form])
        return lambda place: numbers[place]
    if form == "b":
        bits = _read_bits(array.buffers[1], 0, end)
        return lambda place: bits[place] == "1"
    if form in ("u", "U"):
        return _read_texts(_numbers(array, end + 1, "i" if form == "u" else "q"), array.buffers[2])
    if form == "vu":
        return _read_views(array, end)
    if form.startswith("d:"):
        return _read_decimals(form, array, end)
    if form == "tdD":
        days = _numbers(array, end, "i")
        return lambda place: datetime.date.fromordinal(_FIRST_DAY + days[place])
    if form == "tdm":
        moments = _numbers(array, end, "q")
        return lambda place: datetime.date.fromordinal(_FIRST_DAY + moments[place] // _DAY)
    if form[:3] in ("tss", "tsm", "tsu", "tsn"):
        return _read_moments(form, _numbers(array, end, "q"), name=name)
    raise ValueError(
        say(
            "column {name!r} of the frame has the Arrow format {form!r}; a fact is a text, a number, a "
            "boolean, a date or a datetime: bring it to one of these, or drop the column",
            name=name,
            form=form,
        )
    )


def _memory(address: int | None, size: int) -> memoryview:
    """Give memory as bytes that stay where they are as long as the array they belong to is not released."""
    if not address or not size:
        return memoryview(b"")
    return memoryview((ctypes.c_char * size).from_address(address)).cast("B")


def _numbers(array: _Array, count: int, form: str) -> Any:
    memory: Any = _memory(array.buffers[1], count * _WIDTHS[form])
    return memory.cast(form) if form != "e" else struct.unpack(f"={count}e", memory)


def _read_bits(address: int, start: int, end: int) -> str:
    size = (end + 7) // 8
    return f"{int.from_bytes(_memory(address, size), 'little'):0{8 * size}b}"[::-1][start:end]


def _read_texts(offsets: Any, address: int | None) -> Callable[[int], str]:
    content = _memory(address, offsets[-1])
    return lambda place: str(content[offsets[place] : offsets[place + 1]], "utf-8")


def _read_views(array: _Array, end: int) -> Callable[[int], str]:
    """Read texts of which short ones stand in the column itself, and long ones in one of its further buffers."""
    views = _memory(array.buffers[1], 16 * end)
    ints = views.cast("i")
    further = array.n_buffers - 3
    sizes = _memory(array.buffers[array.n_buffers - 1], 8 * further).cast("q")
    contents = [_memory(array.buffers[2 + place], sizes[place]) for place in range(further)]

    def read(place: int) -> str:
        length = ints[4 * place]
        if length <= _INLINE:
            return str(views[16 * place + 4 : 16 * place + 4 + length], "utf-8")
        offset = ints[4 * place + 3]
        return str(contents[ints[4 * place + 2]][offset : offset + length], "utf-8")

    return read


def _read_decimals(form: str, array: _Array, end: int) -> Callable[[int], Decimal]:
    _, scale, *bits = map(int, form.removeprefix("d:").split(","))
    width = (bits[0] if bits else 128) // 8
    units = _memory(array.buffers[1], width * end)

    def read(place: int) -> Decimal:
        unit = int.from_bytes(units[width * place : width * (place + 1)], sys.byteorder, signed=True)
        return _EXACT.scaleb(Decimal(unit), -scale)

    return read


def _read_moments(form: str, moments: Any, *, name: str) -> Callable[[int], datetime.datetime]:
    unit, zone = form[:3], form[4:]
    epoch = _EPOCH_UTC if zone else _EPOCH

    def read(place: int) -> datetime.datetime:
        microseconds, rest = moments[place] * _UNITS.get(unit, 1), 0
        if unit == "tsn":
            microseconds, rest = divmod(microseconds, _NANOSECONDS)
        if rest:
            raise ValueError(
                say("column {name!r} of the frame has times finer than a microsecond: round them before", name=name)
            )
        return epoch + datetime.timedelta(microseconds=microseconds)

    return read
