"""Put the tables together, and write them."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

from sim.errors import ResultError
from sim.history.build.dyads import dyad_rows
from sim.history.build.missions import mission_rows
from sim.history.build.raw import Raw, Row
from sim.history.build.ties import alliance_rows, border_rows, membership_rows, rivalry_rows
from sim.history.build.votes import vote_rows
from sim.history.build.years import year_rows
from sim.history.corpus import TABLES, Corpus, load_corpus
from sim.history.tables import read_table
from sim.history.ties import COLUMNS as TIE_COLUMNS

Maker = Callable[[Raw, Corpus], list[Row]]


def tie_rows(raw: Raw, corpus: Corpus) -> list[Row]:
    """All ties; a row by hand replaces the one that begins like it in a series."""
    series = [
        *alliance_rows(raw),
        *border_rows(raw),
        *membership_rows(raw),
        *mission_rows(raw, corpus),
        *rivalry_rows(raw),
    ]
    by_hand = _by_hand()
    rows = {row[:5]: row for row in (*series, *by_hand)}  # up to the start
    return sorted(rows.values(), key=lambda row: (*row[:3], row[4], row[3]))


def _by_hand() -> list[Row]:
    file = resources.files("sim.history") / "data" / "ties_by_hand.csv"
    table = read_table(file, TIE_COLUMNS, shown_as="shipped ties_by_hand.csv")
    return list(zip(*(table[c] for c in TIE_COLUMNS), strict=True))


MAKERS: Mapping[str, Maker] = {
    "ties": tie_rows,
    "actor_years": lambda raw, _: year_rows(raw),
    "dyad_years": lambda raw, corpus: dyad_rows(raw, corpus.disputes.values()),
    "votes": lambda raw, corpus: vote_rows(raw, corpus.disputes),
}
"""The tables that are made, and by what."""


def make_tables(folder: Path, corpus: Corpus) -> dict[str, str]:
    """Make the tables.

    Parameters
    ----------
    folder : Path
        The raw files, see `raw.COLUMNS`.
    corpus : Corpus
        Whose actors, severances and disputes count.

    Returns
    -------
    dict of str to str
        Each table's name and its content as CSV.

    Raises
    ------
    InputError
        If a raw file or a column of it is missing or holds what it cannot hold.
    """
    raw = Raw(folder, corpus.actors)
    return {name: _csv(TABLES[name][0], make(raw, corpus)) for name, make in MAKERS.items()}


def _csv(columns: Row, rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def write_tables(tables: Mapping[str, str], out: Path) -> None:
    """Write each table in one go, so that a reader never sees half of one.

    Raises
    ------
    ResultError
        If the disk refuses.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in tables.items():
            part = out / f".{name}.csv.part"
            part.write_text(text, encoding="utf-8", newline="")
            os.replace(part, out / f"{name}.csv")
    except OSError as error:
        raise ResultError(f"{out}: cannot be written: {error.strerror}") from error


def rebuild(folder: str, out: str) -> str:
    """Make all tables with the shipped corpus, write them, and tell how large they are."""
    tables = make_tables(Path(folder), load_corpus())
    write_tables(tables, Path(out))
    told = ""
    for name, text in tables.items():
        rows, size = text.count("\n") - 1, len(text.encode()) / 1e6
        told += f"{name + '.csv':16}{rows:>8,} rows {size:6.2f} MB\n"
    return told
