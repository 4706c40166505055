"""Read one CSV file strictly: what is not exactly a table of the expected columns is refused.

Cells stay text (`NA` is Namibia, not a missing value); empty cells are empty strings. Each
row remembers its file and line, so that every later complaint can name them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from sim.errors import CorpusError, did_you_mean, quoted

MAX_BYTES = 64 * 2**20
MAX_CELL = 64 * 2**10
MAX_ROW_ERRORS = 20

# One scan of the whole text in C; the slow search for the guilty cell runs only after a hit.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORMULA = re.compile(r'(?:\A|[,"\r\n])[=@]')


def header(line: str) -> tuple[str, ...]:
    """Split a header line, as it stands in the file, into its columns."""
    return tuple(line.split(","))


class Readable(Protocol):
    """What `read_table` needs of a file: a `Path`, or a resource inside the package."""

    @property
    def name(self) -> str:
        """Last part of the path."""

    def read_bytes(self) -> bytes:
        """Return the content."""


def read_table(
    path: Readable,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    shown_as: str | None = None,
) -> pd.DataFrame:
    """Read one table.

    Parameters
    ----------
    path : Path or importlib.resources file
    columns : sequence of str
        Columns the table must have, in any order.
    optional : sequence of str
        Columns it may have; where absent they are filled with empty strings.
    shown_as : str, optional
        Name used in messages; the path by default.

    Returns
    -------
    DataFrame
        The columns as text (dtype object) in the order asked for, then ``line`` (int, line in
        the file, the header being 1) and ``file`` (text, as shown in messages).

    Raises
    ------
    CorpusError
        Naming file, line, column, what was found and what would be right.
    """
    name = shown_as or (str(path) if isinstance(path, Path) else path.name)
    text = _text(path, name)
    head, rows, lines = _rows(text, name)
    _check_header(head, columns, optional, name)
    _check_shape(head, rows, lines, name)
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(head)
    _check_cells(text, head, cells, lines, name)
    by_name = dict(zip(head, cells, strict=True))
    empty = ("",) * len(rows)
    data: dict[str, object] = {
        c: np.array(by_name.get(c, empty), dtype=object) for c in (*columns, *optional)
    }
    data["line"] = np.array(lines, dtype=np.int64)
    data["file"] = np.full(len(rows), name, dtype=object)
    table = pd.DataFrame(data, dtype=object)  # pandas 3 would infer another dtype than 2
    return table.astype({"line": np.int64})


def _text(path: Readable, name: str) -> str:
    if isinstance(path, Path) and not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise CorpusError(name, 0, "", found, "a CSV file")
    try:
        if isinstance(path, Path) and path.stat().st_size > MAX_BYTES:
            size = f"{path.stat().st_size / 2**20:.0f} MB"
            raise CorpusError(name, 0, "", size, f"at most {MAX_BYTES // 2**20} MB")
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CorpusError(name, 0, "", f"an unreadable file ({reason})", "a CSV file") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise CorpusError(name, 1, "", "UTF-16 text", "UTF-8 text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"the byte 0x{data[error.start]:02X}"
        raise CorpusError(name, line, "", byte, "UTF-8 text") from error
    if hit := _CONTROL.search(text):
        line = text.count("\n", 0, hit.start()) + 1
        found = f"the control character U+{ord(hit.group()):04X}"
        raise CorpusError(name, line, "", found, "plain text")
    return text


def _rows(text: str, name: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Split the text into header and rows, with the line on which each row starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        message = str(error)
        if "unexpected end" in message:
            raise CorpusError(name, start, "", "an unclosed quote", 'a closing "') from error
        if "field limit" in message:
            raise _too_long(name, start, "") from error
        right = 'cells quoted as in CSV ("" for a quote inside)'
        raise CorpusError(name, start, "", f"broken quoting ({message})", right) from error
    if not rows:
        raise CorpusError(name, 1, "", "an empty file", "a header line")
    return rows[0], rows[1:], lines[1:]


def _check_header(
    header: list[str], columns: Sequence[str], optional: Sequence[str], name: str
) -> None:
    known = [*columns, *optional]
    errors = []
    for i, column in enumerate(header):
        if column in header[:i]:
            errors.append(CorpusError(name, 1, column, "it twice", "each column once"))
        elif column not in known:
            missing = [c for c in known if c not in header]
            near = did_you_mean(column, missing)
            found = f"unknown column {quoted(column)}"
            errors.append(CorpusError(name, 1, "", found, "columns " + ",".join(known), near))
    for column in columns:
        if column not in header:
            right = "columns " + ",".join(columns)
            errors.append(CorpusError(name, 1, column, "no such column", right))
    if errors:
        raise errors[0].together(errors[1:])


def _check_shape(header: list[str], rows: list[list[str]], lines: list[int], name: str) -> None:
    width = len(header)
    errors = [
        CorpusError(name, line, "", f"{len(row)} cells", f"{width} as in the header")
        for row, line in zip(rows, lines, strict=True)
        if len(row) != width
    ]
    if errors:
        raise errors[0].together(errors[1:])


def _check_cells(
    text: str, header: list[str], cells: Sequence[Sequence[str]], lines: list[int], name: str
) -> None:
    if len(text) > MAX_CELL:
        for column, values in zip(header, cells, strict=True):
            if max(map(len, values), default=0) > MAX_CELL:
                line = next(n for n, v in zip(lines, values, strict=True) if len(v) > MAX_CELL)
                raise _too_long(name, line, column)
    if not _FORMULA.search(text):
        return
    # A spreadsheet would run such a cell; notes are prose and are escaped where they are shown.
    errors = [
        CorpusError(name, line, column, quoted(value), "a cell that does not start with = or @")
        for column, values in zip(header, cells, strict=True)
        if column != "note"
        for line, value in zip(lines, values, strict=True)
        if value[:1] in ("=", "@")
    ]
    if errors:
        raise errors[0].together(errors[1:MAX_ROW_ERRORS])


def _too_long(name: str, line: int, column: str) -> CorpusError:
    kilobytes = MAX_CELL // 2**10
    return CorpusError(name, line, column, "a longer cell", f"at most {kilobytes} kB in a cell")
