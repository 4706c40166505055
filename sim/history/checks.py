"""Check cells of a table against what they may hold, and gather what is wrong.

A `Checks` goes through the whole corpus and raises once, so that a user sees all mistakes of
a table at the same time. Messy history that is no mistake is kept as a `Finding`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import CorpusError, did_you_mean, quoted

Days = npt.NDArray[np.datetime64]
"""An array of dtype datetime64[D]; NaT where the cell is empty."""

CODE = re.compile(r"[A-Z0-9]{2,8}")
EARLIEST, LATEST = date(1600, 1, 1), date(2100, 12, 31)
CONFIDENCE = ("verified", "recalled")

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_YEAR = re.compile(r"[0-9]{4}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Codes(Protocol):
    """What knows the codes of actors: `Actors`."""

    def __contains__(self, code: object) -> bool: ...

    def near(self, word: str) -> tuple[str, ...]:
        """Return the codes that a word may have meant."""


@dataclass(frozen=True)
class Finding:
    """Something odd that history may well contain: reported, never refused."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}: line {self.line}: {self.text}"


@dataclass
class Checks:
    """What was found wrong, and what was found odd, while the tables were read."""

    errors: list[CorpusError] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def wrong(
        self,
        row: tuple[str, int],
        column: str,
        found: str,
        right: str,
        near: Iterable[str] = (),
    ) -> None:
        """Note a mistake in the row at (file, line)."""
        self.errors.append(CorpusError(row[0], row[1], column, found, right, tuple(near)))

    def odd(self, row: tuple[str, int], text: str) -> None:
        """Note an oddity in the row at (file, line)."""
        self.findings.append(Finding(row[0], row[1], text))

    def finish(self) -> None:
        """Raise everything that is wrong as one error.

        Raises
        ------
        CorpusError
            With one line for each mistake.
        """
        if self.errors:
            raise self.errors[0].together(self.errors[1:])

    def cells(
        self,
        table: pd.DataFrame,
        column: str,
        is_right: Callable[[str], bool],
        right: str,
        candidates: Collection[str] = (),
    ) -> None:
        """Require every cell of a column to pass; each distinct value is tried once."""
        values = table[column].to_numpy()
        bad = {v for v in set(values.tolist()) if not is_right(v)}
        if not bad:
            return
        for i in np.flatnonzero([v in bad for v in values]):
            value = values[i]
            near = did_you_mean(value, candidates)
            self.wrong(place(table, int(i)), column, shown(value), right, near)

    def one_of(
        self, table: pd.DataFrame, column: str, allowed: Collection[str], empty: bool = False
    ) -> None:
        """Require every cell to be one of the words (or empty, where that is allowed)."""
        words = set(allowed) | ({""} if empty else set())
        right = "one of " + ", ".join(allowed)
        self.cells(table, column, words.__contains__, right, allowed)

    def codes(
        self,
        table: pd.DataFrame,
        column: str,
        known: Codes,
        empty: bool = False,
        joined: bool = False,
    ) -> None:
        """Require actors' codes, several joined by ``+`` where that is allowed."""
        values = table[column].to_numpy()
        for value in sorted(set(values.tolist())):
            parts = value.split("+") if joined and value else [value]
            bad = [p for p in parts if p not in known and not (empty and value == "")]
            twice = [p for i, p in enumerate(parts) if p in parts[:i]]
            if not bad and not twice:
                continue
            for i in np.flatnonzero(values == value):
                at = place(table, int(i))
                for part in bad:
                    right = "the code of an actor"
                    self.wrong(at, column, shown(part), right, known.near(part))
                for part in twice:
                    self.wrong(at, column, f"{quoted(part)} twice", "each actor once")

    def days(self, table: pd.DataFrame, column: str, empty: bool = False) -> Days:
        """Read a column of ISO dates.

        Returns
        -------
        array of datetime64[D], shape (rows,)
            NaT where the cell is empty or wrong.
        """
        read = {v: read_day(v) for v in set(table[column].tolist())}
        self.cells(
            table,
            column,
            lambda v: read[v] is not None or (empty and v == ""),
            f"a date such as 2022-02-21, between {EARLIEST.year} and {LATEST.year}",
        )
        return np.array([read[v] for v in table[column]], dtype="datetime64[D]")

    def numbers(
        self, table: pd.DataFrame, column: str, low: float, high: float, what: str = "a number"
    ) -> None:
        """Require numbers within bounds, both included, or nothing."""
        self.cells(
            table,
            column,
            lambda v: v == "" or (_NUMBER.fullmatch(v) is not None and low <= float(v) <= high),
            f"{what} from {low:,} to {high:,}, or nothing",
        )

    def years(self, table: pd.DataFrame, column: str) -> None:
        """Require years of four digits."""
        first, last = EARLIEST.year, LATEST.year
        self.cells(
            table,
            column,
            lambda v: _YEAR.fullmatch(v) is not None and first <= int(v) <= last,
            f"a year such as 2021, between {first} and {last}",
        )

    def in_order(
        self, table: pd.DataFrame, columns: tuple[str, str], first: Days, last: Days
    ) -> None:
        """Require the day in the second of two columns not to lie before that in the first."""
        for i in np.flatnonzero(last < first):
            right = f"a day after the {columns[0]}, {first[i]}"
            self.wrong(place(table, int(i)), columns[1], shown(table[columns[1]].iat[i]), right)

    def unique(self, table: pd.DataFrame, column: str) -> None:
        """Require every cell of a column to differ from the ones above it."""
        again = table[column].duplicated().to_numpy()
        if not again.any():
            return
        first = {v: i for i, v in reversed(list(enumerate(table[column])))}
        for i in np.flatnonzero(again):
            value = table[column].iloc[i]
            file, line = place(table, first[value])
            found = f"{quoted(value)}, which stands in {file} line {line} already"
            self.wrong(place(table, int(i)), column, found, "each once")


def place(table: pd.DataFrame, i: int) -> tuple[str, int]:
    """Return (file, line) of a row by its position."""
    return str(table["file"].iat[i]), int(table["line"].iat[i])


def shown(value: str) -> str:
    """Show a cell in a message."""
    return quoted(value) if value else "nothing"


def read_day(text: str) -> date | None:
    """Read an ISO date of the calendar; None where it is none."""
    if not _ISO.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
