"""The codes that scenarios, tables and options take: of actors and of disputes, with what they stand for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.errors import InputError, did_you_mean, quoted
from sim.history.corpus import Corpus
from sim.report.words import clean

Row = dict[str, object]


def actor_rows(corpus: Corpus, word: str, day: date | None) -> list[Row]:
    """Return the actors whose code or name has a word in it.

    Parameters
    ----------
    corpus : Corpus
    word : str
        Case and accents do not matter; all if empty.
    day : date, optional
        Only those that exist on this day.

    Raises
    ------
    InputError
        If there are none.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> actor_rows(load_corpus(), "ukraine", None)
    [{'code': 'UKR', 'name': 'Ukraine', 'type': 'state'}]
    """
    actors = corpus.actors if day is None else corpus.actors.as_of(day)
    alive = [True] * len(actors) if day is None else actors.alive(day)
    rows: list[Row] = [
        {"code": code, "name": clean(actors.name(code)), "type": actors.type(code)}
        for code, lives in zip(actors, alive, strict=True)
        if lives and _has(word, (code, actors.name(code)))
    ]
    near = () if rows else actors.near(word)
    return _required(rows, "actors", word, "a part of an actor's code or name", near)


def dispute_rows(corpus: Corpus, word: str, actor: str, day: date | None) -> list[Row]:
    """Return the disputes whose key or title has a word in it, and that touch an actor.

    Parameters
    ----------
    corpus : Corpus
    word, actor : str
        Any if empty; case and accents do not matter in the word.
    day : date, optional
        Only those that are open on this day.

    Raises
    ------
    InputError
        If there are none.
    """
    known = corpus if day is None else corpus.as_of(day)
    rows: list[Row] = [
        {
            "dispute": d.dispute, "title": clean(d.title), "kind": d.kind,
            "entities": list(d.entities), "parent": d.parent,
            "opened": d.opened.isoformat(), "closed": d.closed.isoformat() if d.closed else None,
        }
        for d in known.disputes.values()
        if _has(word, (d.dispute, d.title))
        and (not actor or d.touches(actor))
        and (day is None or d.is_open(day))
    ]  # fmt: skip
    right = "a part of a dispute's key or title" + (f", of one with {actor}" if actor else "")
    near = () if rows else did_you_mean(word, known.disputes)
    return _required(rows, "disputes", word, right, near)


def _has(word: str, cells: Iterable[str]) -> bool:
    return any(_folded(word) in _folded(cell) for cell in cells)


def _folded(text: str) -> str:
    """Write without case and accents, for comparing."""
    parts = unicodedata.normalize("NFKD", text.strip())
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


def _required(rows: list[Row], what: str, word: str, right: str, near: Sequence[str]) -> list[Row]:
    if not rows:
        found = quoted(word) if word else "none"
        raise InputError(f"demarche {what}", "", found, right, near)
    return rows


LEAST = {("dispute", "title"): 22, ("dispute", "open"): 9}
"""Columns that are found by what stands in them, and by how many characters of it at least."""


def codes_table(rows: Sequence[Row], what: str) -> RenderableType:
    """Build the list for the terminal.

    Parameters
    ----------
    rows : sequence of dict
        As `actor_rows` or `dispute_rows` returns them.
    what : str
        What one of them is called.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    rows = [_short(row) for row in rows] if what == "dispute" else rows
    shown = list(rows[0])
    for name in shown:
        wraps, least = name in ("title", "entities"), LEAST.get((what, name), len(name))
        most = len(name) if name == "entities" else None  # one a line
        table.add_column(name.capitalize(), no_wrap=not wraps, min_width=least, max_width=most)
    for row in rows:
        table.add_row(*(Text(_cell(row[name])) for name in shown))
    count = f"{len(rows)} {what}s" if len(rows) > 1 else f"1 {what}"
    return Group(table, Text(count, style="dim"))


def _short(row: Row) -> Row:
    """Leave out what there is no room for on a line of 80 characters: kinds, and days of the years."""
    years = f"{str(row['opened'])[:4]}-{str(row['closed'] or '')[:4]}"
    kept = ("dispute", "title", "entities", "parent")
    return {name: row[name] for name in kept} | {"open": years}


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "")
