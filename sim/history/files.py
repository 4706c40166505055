"""The tables of a corpus as files: which there are, those shipped, and those in a user's folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import CorpusError, InputError, did_you_mean
from sim.history import actors as actor_table
from sim.history import coverage as coverage_table
from sim.history import disputes as dispute_table
from sim.history import dyad_years as dyad_table
from sim.history import events as event_table
from sim.history import ties as tie_table
from sim.history import votes as vote_table
from sim.history.checks import Checks
from sim.history.tables import Readable, read_table

TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "actors": (actor_table.COLUMNS, ()),
    "disputes": (dispute_table.COLUMNS, dispute_table.OPTIONAL),
    "events": (event_table.COLUMNS, event_table.OPTIONAL),
    "nonevents": (event_table.NONEVENT_COLUMNS, ()),
    "coverage": (coverage_table.COLUMNS, coverage_table.OPTIONAL),
    "ties": (tie_table.COLUMNS, ()),
    "actor_years": (tie_table.YEAR_COLUMNS, ()),
    "dyad_years": (dyad_table.COLUMNS, ()),
    "votes": (vote_table.COLUMNS, ()),
}
"""Each table's columns and optional columns."""


@cache
def shipped_table(name: str) -> pd.DataFrame:
    """Read a shipped table, once."""
    file: Readable = resources.files("sim.history") / "data" / f"{name}.csv"
    return read_table(file, *TABLES[name], shown_as=shipped_name(name))


def shipped_name(name: str) -> str:
    """Return how messages call a shipped table."""
    return f"shipped {name}.csv"


def empty_table(name: str) -> pd.DataFrame:
    """Return a table without rows."""
    columns = [c for part in TABLES[name] for c in part]
    table = pd.DataFrame({c: np.array([], dtype=object) for c in columns})
    return table.assign(line=np.array([], dtype=np.int64), file=np.array([], dtype=object))


def user_tables(folder: Path, checks: Checks) -> dict[str, pd.DataFrame]:
    """Read the tables of a folder; other CSV files are told, or refused where a table may be meant."""
    try:
        if not folder.is_dir():
            found = "a file" if folder.exists() else "no such folder"
            raise CorpusError(folder, 0, "", found, "a folder of tables")
        names = sorted(p.name for p in folder.iterdir() if p.suffix.lower() == ".csv")
    except OSError as error:
        found = f"an unreadable folder ({error.strerror or type(error).__name__})"
        raise CorpusError(folder, 0, "", found, "a folder of tables") from error
    files = [f"{name}.csv" for name in TABLES]
    errors: list[InputError] = []
    for name in sorted(set(names) - set(files)):
        if near := did_you_mean(name, files):
            found = "a table of unknown name"
            errors.append(CorpusError(folder / name, 0, "", found, ", ".join(files), near))
        else:
            checks.odd((str(folder / name), 1), "not one of the tables, passed over")
    if not set(names) & set(files) and not errors:
        raise CorpusError(folder, 0, "", "no tables", "any of " + ", ".join(files))
    tables = {}
    for table in TABLES:
        if f"{table}.csv" in names:
            try:
                tables[table] = read_table(folder / f"{table}.csv", *TABLES[table])
            except InputError as error:
                errors.append(error)
    if errors:
        raise errors[0].together(errors[1:])
    return tables
