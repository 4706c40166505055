"""Read machine-coded event tables: ICEWS, POLECAT, GDELT, and a plain form of our own.

Such tables are too large to hold and rougher than ours: rows are read one by one, and of each only
what a `Report` needs.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sim.errors import LIMIT, CorpusError, quoted
from sim.history.checks import EARLIEST, LATEST, Checks, read_day

SCHEMES = ("cameo", "plover")
RIGHT_DAY = f"a date such as 2022-02-21 or 20220221, {EARLIEST.year} to {LATEST.year}"

_GDELT_WIDTHS = (57, 58, 61)
"""Version 1 without and with the address of the page, version 2; as published none has a header."""

_GDELT_COLUMNS = {
    1: "SQLDATE",
    6: "Actor1Name",
    7: "Actor1CountryCode",
    16: "Actor2Name",
    17: "Actor2CountryCode",
    26: "EventCode",
}
_NOTHING = frozenset({"", "none", "null", "nan"})
_PACKED = {b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzip file"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Report(NamedTuple):
    """One row of an event table; empty, or no day, where the table says nothing."""

    line: int
    day: date | None
    code: str
    mode: str
    sender: str
    receiver: str
    sender_name: str
    receiver_name: str
    published: str


@dataclass(frozen=True, eq=False)
class Layout:
    """The headings of one kind of table, for each field of a `Report`, alternatives after ``|``."""

    name: str
    scheme: str
    required: Mapping[str, str]
    optional: Mapping[str, str]

    def place(self, head: list[str]) -> dict[str, int]:
        """Return the position of each field that the header has."""
        at = {_folded(heading): i for i, heading in reversed(list(enumerate(head)))}
        fields = {**self.required, **self.optional}
        found = {
            field: next((at[_folded(h)] for h in headings.split("|") if _folded(h) in at), None)
            for field, headings in fields.items()
        }
        return {field: i for field, i in found.items() if i is not None}

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(h.split('|')[0] for h in self.required.values())})"


LAYOUTS = (
    Layout(
        "an ICEWS table",
        "cameo",
        {
            "date": "Event Date",
            "sender": "Source Country",
            "code": "CAMEO Code",
            "receiver": "Target Country",
        },
        {"sender_name": "Source Name", "receiver_name": "Target Name", "published": "Publisher"},
    ),
    Layout(
        "a GDELT table",
        "cameo",
        {
            "date": "SQLDATE|Day",
            "sender": "Actor1CountryCode",
            "code": "EventCode",
            "receiver": "Actor2CountryCode",
        },
        {"sender_name": "Actor1Name", "receiver_name": "Actor2Name", "published": "SOURCEURL"},
    ),
    Layout(
        "a plain table",
        "cameo",
        {"date": "date", "sender": "source", "code": "cameo", "receiver": "target"},
        {"sender_name": "source_actor", "receiver_name": "target_actor"},
    ),
    Layout(
        "a POLECAT table",
        "plover",
        {
            "date": "Event Date",
            "code": "Event Type",
            "mode": "Event Mode",
            "sender": "Actor Country",
            "receiver": "Recipient Country",
        },
        {"sender_name": "Actor Name", "receiver_name": "Recipient Name", "published": "Source"},
    ),
)


def read_reports(path: Path, scheme: str, checks: Checks) -> Iterator[Report]:
    """Yield the reports of an event table, one by one.

    Parameters
    ----------
    path : Path
        Text in UTF-8, separated by tabs (quotes mean nothing then) or commas.
    scheme : str
        ``cameo`` or ``plover``.
    checks : Checks
        Where rows of a wrong shape or date are noted; the reading stops after `LIMIT` of them.

    Raises
    ------
    CorpusError
        If it is not such a table.
    """
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise CorpusError(path, 1, "", "an empty file", "a table of events")
    head = first[1]
    if named := _unnamed_gdelt(head):
        head, rows = named, itertools.chain([first], rows)
    at = _recognise(head, scheme, path)
    places = [at.get(field, -1) for field in Report._fields[2:]]
    width = len(head)
    for line, cells in rows:
        while len(cells) > width and not cells[-1].strip():
            cells.pop()  # some POLECAT files have tabs to spare
        if len(cells) != width:
            checks.wrong((str(path), line), "", f"{len(cells)} cells", f"{width} as in the header")
        elif (day := _day(said := _said(cells[at["date"]]))) or not said:
            yield Report(line, day, *(_said(cells[i]) if i >= 0 else "" for i in places))
        else:
            checks.wrong((str(path), line), head[at["date"]], quoted(said), RIGHT_DAY)
        if len(checks.errors) >= LIMIT:
            return


def _said(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        cell = cell[1:-1].strip()  # a table exported with quotes, split at tabs
    return "" if cell.casefold() in _NOTHING else cell


def _day(text: str) -> date | None:
    if len(text) == 8 and text.isdecimal():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return read_day(text)


def _folded(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


def _unnamed_gdelt(first: list[str]) -> list[str]:
    """Return the headings that GDELT leaves out; none if the first row is a header."""
    if len(first) not in _GDELT_WIDTHS or not re.fullmatch(r"[0-9]{8}", first[1]):
        return []
    last = {len(first) - 1: "SOURCEURL"} if len(first) > _GDELT_WIDTHS[0] else {}
    return [{**_GDELT_COLUMNS, **last}.get(i, "") for i in range(len(first))]


def _recognise(head: list[str], scheme: str, path: Path) -> dict[str, int]:
    """Return where each field stands, by the layout that the header is most like."""
    known = [layout for layout in LAYOUTS if layout.scheme == scheme]
    right = " or ".join(map(str, known))
    likeness = {layout: len(layout.required.keys() & layout.place(head)) for layout in LAYOUTS}
    best = max(LAYOUTS, key=lambda layout: likeness[layout] / len(layout.required))
    if likeness[best] < len(best.required) / 2:
        found = f"an unknown header, {quoted(','.join(head))}"
        raise CorpusError(path, 1, "", found, f"the header of {right}")
    if best.scheme != scheme:
        found = f"the header of {best.name}, with {best.scheme} codes"
        raise CorpusError(path, 1, "", found, f"for {scheme} codes {right}")
    at = best.place(head)
    missing = [headings.split("|")[0] for f, headings in best.required.items() if f not in at]
    errors = [CorpusError(path, 1, name, "no such column", str(best)) for name in missing]
    folded = [_folded(heading) for heading in head]
    twice = [head[i] for i in at.values() if folded.count(folded[i]) > 1]
    errors += [CorpusError(path, 1, name, "it twice", "each column once") for name in twice]
    if errors:
        raise errors[0].together(errors[1:])
    return at


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each row that is not empty, the header included."""
    lines = _lines(path)
    first = next(lines, "")
    lines = itertools.chain([first], lines)
    if "\t" in first:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, strict=True)
    start = 1
    try:
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        found, right = f"a broken row ({error})", "cells separated by tabs or commas"
        raise CorpusError(path, start, "", found, right) from error


def _lines(path: Path) -> Iterator[str]:
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise CorpusError(path, 0, "", found, "a table of events")
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    _check_start(line, path)
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        found = f"the byte 0x{error.object[error.start]:02X}"
        raise CorpusError(path, number, "", found, "UTF-8 text") from error
    except OSError as error:
        found = f"an unreadable file ({error.strerror or type(error).__name__})"
        raise CorpusError(path, 0, "", found, "a table of events") from error


def _check_start(line: bytes, path: Path) -> None:
    for start, found in _PACKED.items():
        if line.startswith(start):
            raise CorpusError(path, 0, "", found, "the table inside it, unpacked")
    if line.startswith(_UTF16):
        raise CorpusError(path, 1, "", "UTF-16 text", "UTF-8 text")
