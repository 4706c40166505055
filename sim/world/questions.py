"""Questions in a table: will this be done by then? Read, and held against what is known on their day.

A row that asks nothing that can be answered keeps its place and its error; a file that is no such table is
refused as a whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sim.errors import InputError, Problem, did_you_mean, quoted
from sim.history.checks import LATEST, read_day
from sim.history.corpus import Corpus
from sim.history.disputes import split
from sim.history.events import EventKind
from sim.history.tables import read_table
from sim.world.lookalikes import plain, shown_word
from sim.world.scenario_model import MAX_DAYS

__all__ = ["COLUMNS", "MORE", "Question", "Row", "judge", "read_questions"]

COLUMNS = ("id", "as_of", "sender", "kinds", "receiver", "within_days")
MORE = ("dispute", "happened")
"""Columns that a table may have: which dispute the act is over, and the truth, which no answer reads."""

TRUTHS = ("yes", "no")

ANY = "|"


@dataclass(frozen=True)
class Question:
    """Whether any of some acts is done within so many days.

    Parameters
    ----------
    as_of : date
        All that is dated up to its end is known.
    senders, receivers : tuple of str
        Any of them; anyone if empty.
    kinds : tuple of str
        Any of them.
    within_days : int
    dispute : str
        The act must be over this; over any, or none, if empty.
    """

    as_of: dt.date
    senders: tuple[str, ...]
    kinds: tuple[str, ...]
    receivers: tuple[str, ...]
    within_days: int
    dispute: str = ""


class Row(NamedTuple):
    """A row of the table as it stands there, with its question, or what is wrong with it."""

    cells: dict[str, str]
    line: int
    question: Question | None
    wrong: str


def read_questions(path: str, corpus: Corpus) -> list[Row]:
    """Read a table of questions.

    Raises
    ------
    InputError
        If the file is no table with these columns.
    """
    if Path(path).suffix.casefold() == ".toml":
        right = "a table of questions (CSV); `demarche run` takes scenarios"
        raise InputError(path, "", "a scenario", right)
    table = read_table(Path(path), COLUMNS, MORE)
    given = [c for c in (*COLUMNS, *MORE) if c in COLUMNS or (table[c] != "").any()]
    days = {text: read_day(text) for text in table["as_of"]}
    views = {day: corpus.as_of(day) for day in set(days.values()) if day is not None}
    seen: dict[str, int] = {}
    rows = []
    for row in table.to_dict("records"):
        cells, line = {c: str(row[c]) for c in given}, int(row["line"])
        day = days[row["as_of"]]
        known = views[day] if day is not None else None
        wrong = [*_name(cells["id"], line, seen), *judge(row, known), *_truth(row["happened"])]
        rows.append(Row(cells, line, None if wrong else _question(row), "; ".join(wrong)))
    return rows


def _name(name: str, line: int, seen: dict[str, int]) -> Iterator[str]:
    """Tell what is wrong with the name of a question: each has its own."""
    first = seen.setdefault(name, line)
    if not name:
        yield _told("id", "nothing", "a name for the question")
    elif first != line:
        yield _told("id", f"{quoted(name)}, which stands in line {first} already", "each once")


def _truth(cell: str) -> Iterator[str]:
    """Tell what is wrong with a truth: a word that says neither would silently score nothing."""
    if cell not in ("", *TRUTHS):
        yield _told("happened", _shown(cell), "yes or no, or nothing where it is not known yet")


def _question(row: dict[str, str]) -> Question:
    return Question(
        as_of=dt.date.fromisoformat(row["as_of"]),
        senders=split(row["sender"]),
        kinds=tuple(row["kinds"].split(ANY)),
        receivers=split(row["receiver"]),
        within_days=int(row["within_days"]),
        dispute=row["dispute"],
    )


def judge(row: dict[str, str], known: Corpus | None) -> list[str]:
    """Tell what is wrong with a row, a sentence each.

    Parameters
    ----------
    row : dict
        The cells by column, as text.
    known : Corpus or None
        History as of the row's day; None if that is no day.
    """
    by_themselves = [*_kinds(row["kinds"]), *_days(row["within_days"])]
    if known is None:
        right = f"a date such as 2022-02-21, up to {LATEST.year}"
        return [_told("as_of", _shown(row["as_of"]), right), *by_themselves]
    if known.events.empty:
        found = f"{row['as_of']}, before the first event known"
        return [_told("as_of", found, "a later day"), *by_themselves]
    there = _there(known)
    return [
        *_codes("sender", row["sender"], known, there),
        *_codes("receiver", row["receiver"], known, there),
        *_itself(row["sender"], row["receiver"]),
        *by_themselves,
        *_dispute(row["dispute"], known),
    ]


def _itself(sender: str, receiver: str) -> Iterator[str]:
    if sender and sender == receiver and "+" not in sender:
        yield _told("receiver", f"{quoted(receiver)}, the sender itself", "another actor")


def _dispute(key: str, known: Corpus) -> Iterator[str]:
    if key and key not in known.disputes:
        near = did_you_mean(key, known.disputes)
        yield _told("dispute", quoted(key), f"the key of a dispute known on {known.end}", near)


def _there(known: Corpus) -> set[str]:
    """Return who exists on the day, also as a claim: an entity from the opening of its dispute on."""
    alive = known.actors.alive(known.end)
    claims = {c for d in known.disputes.values() if d.is_open(known.end) for c in d.contested}
    return claims | {code for code, lives in zip(known.actors, alive, strict=True) if lives}


def _kinds(cell: str) -> Iterator[str]:
    kinds = tuple(map(str, EventKind))
    parts = cell.split(ANY)
    for i, kind in enumerate(parts):
        if kind not in kinds:
            near = did_you_mean(plain(kind), kinds)
            right = f"kinds of act joined by {ANY}, each one of {', '.join(kinds)}"
            yield _told("kinds", _shown(kind), right, near)
        elif kind in parts[:i]:
            yield _told("kinds", f"{quoted(kind)} twice", "each kind once")


def _days(cell: str) -> Iterator[str]:
    digits = cell.isascii() and cell.isdigit() and len(cell) <= 9
    if not digits or not 1 <= int(cell) <= MAX_DAYS:
        yield _told("within_days", _shown(cell), f"a whole number from 1 to {MAX_DAYS}")


def _codes(column: str, cell: str, known: Corpus, there: set[str]) -> Iterator[str]:
    parts = split(cell)
    for i, code in enumerate(parts):
        if code not in known.actors:
            as_code = plain(code).upper()
            find = partial(known.actors.near, plain(code))
            near = (as_code,) if as_code in known.actors else find()
            yield _told(column, _shown(code), "the code of an actor, or nothing for anyone", near)
        elif code not in there:
            found = f"{quoted(code)}, {known.actors.name(code)}"
            yield _told(column, found, f"an actor that exists on {known.end}")
        elif code in parts[:i]:
            yield _told(column, f"{quoted(code)} twice", "each actor once")


def _shown(cell: str) -> str:
    return shown_word(cell) if cell else "nothing"


def _told(column: str, found: str, right: str, near: tuple[str, ...] = ()) -> str:
    return str(Problem("column " + column, "", found, right, near))
