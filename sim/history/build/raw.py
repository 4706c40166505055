"""Read the raw files: public series as gathered, each a CSV file of known columns.

Unlike our own tables they may hold further columns; all files and columns are looked for before
any work, so that what is missing is told at once and together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import CorpusError, InputError, did_you_mean, quoted
from sim.history.actors import Actors

Row = tuple[str, ...]
"""A row of one of our tables, as text."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "alliances": (
        *("code1", "code2", "start_year", "end_year", "defense", "offense", "neutrality"),
        *("nonaggression", "consultation", "right_censored_2018", "source"),
    ),
    "arms_transfers_sipri": ("supplier", "recipient", "year", "tiv"),
    "contiguity": ("code1", "code2", "contiguity_type", "start_month", "end_month"),
    "diplomatic_exchange": ("year", "sender", "receiver"),
    "diplomatic_exchange_nodes": ("year", "code", "missing"),
    "embassies_wikidata_2022": ("sender", "host", "embassy_2022_06", "types"),
    "org_memberships": ("code", "org", "start_year", "end_year", "status", "source"),
    "rivalries": ("code1", "code2", "start_year", "end_year"),
    "state_year": (
        *("code", "year", "polyarchy", "cinc", "tpop_k", "gdppc_maddison", "pop_wb"),
    ),
    "trade_dyadic": ("year", "exporter", "importer", "exports_musd"),
    "un_ideal_points": ("code", "year", "ideal_all"),
    "un_votes_key": ("resolution", "date", "code", "vote", "source"),
}  # fmt: skip
"""The raw files without ``.csv``, and the columns that are read of each."""

CODED = (
    *("code", "code1", "code2", "sender", "receiver", "host", "supplier", "recipient"),
    *("exporter", "importer"),
)
"""Columns that name actors."""


class Raw:
    """A folder of raw files.

    Parameters
    ----------
    folder : Path
    actors : Actors
        Whose codes the files use.

    Raises
    ------
    InputError
        If a file or a column is missing, one line for each.
    """

    def __init__(self, folder: Path, actors: Actors) -> None:
        if not folder.is_dir():
            found = "a file" if folder.exists() else "no such folder"
            raise InputError(folder, "", found, "a folder of raw files")
        self.folder = folder
        self.actors = actors
        errors: list[InputError] = []
        for name in COLUMNS:
            errors += self._missing(name)
        if errors:
            raise errors[0].together(errors[1:])

    def path(self, name: str) -> Path:
        """Return where a raw file stands."""
        return self.folder / f"{name}.csv"

    def _missing(self, name: str) -> list[InputError]:
        path = self.path(name)
        if not path.is_file():
            found = "a folder" if path.is_dir() else "no such file"
            return [CorpusError(path, 0, "", found, "a CSV file")]
        there = list(self._read(name, header_only=True).columns)
        right = "columns " + ",".join(COLUMNS[name])
        return [
            CorpusError(path, 1, column, "no such column", right, did_you_mean(column, there))
            for column in COLUMNS[name]
            if column not in there
        ]

    def _read(self, name: str, header_only: bool = False) -> pd.DataFrame:
        rows = 0 if header_only else None
        try:
            return pd.read_csv(self.path(name), dtype=object, keep_default_na=False, nrows=rows)
        except (ValueError, OSError) as error:  # what pandas says of a broken file, and the disk
            found = f"what cannot be read ({error})"
            raise CorpusError(self.path(name), 0, "", found, "a CSV file in UTF-8") from error

    def table(self, name: str) -> pd.DataFrame:
        """Return the columns of a file that are read, as text, with known actors only.

        Raises
        ------
        CorpusError
            If there are no rows, or a cell that names an actor names none.
        """
        table = self._read(name)[list(COLUMNS[name])].fillna("")  # rows that are too short
        if table.empty:
            raise CorpusError(self.path(name), 2, "", "no rows", "at least one")
        for column in set(CODED) & set(table.columns):
            for code in sorted(set(table[column]) - set(self.actors.codes)):
                line = int(np.flatnonzero((table[column] == code).to_numpy())[0]) + 2
                near = self.actors.near(code)
                right = "the code of an actor"
                raise CorpusError(self.path(name), line, column, quoted(code), right, near)
        return table

    def numbers(
        self, name: str, table: pd.DataFrame, column: str, empty: bool = False
    ) -> npt.NDArray[np.float64]:
        """Return a column as numbers; nan where it is empty and may be.

        Raises
        ------
        CorpusError
            If a cell is no number.
        """
        cells = table[column]
        read = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
        bad = ~np.isfinite(read) & ((cells != "").to_numpy() | (not empty))
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            found = quoted(cells.iat[i]) if cells.iat[i] else "nothing"
            raise CorpusError(self.path(name), int(table.index[i]) + 2, column, found, "a number")
        return np.asarray(read)

    def check(
        self,
        name: str,
        table: pd.DataFrame,
        column: str,
        is_right: Callable[[str], bool],
        right: str,
    ) -> None:
        """Require every cell of a column to pass.

        Raises
        ------
        CorpusError
            Naming the first that does not.
        """
        for i, cell in enumerate(table[column]):
            if not is_right(cell):
                found = quoted(cell) if cell else "nothing"
                raise CorpusError(self.path(name), int(table.index[i]) + 2, column, found, right)

    def years(self, name: str, table: pd.DataFrame, column: str) -> list[int | None]:
        """Return a column of years; None where it is empty."""
        read = self.numbers(name, table, column, empty=True)
        return [None if np.isnan(year) else int(year) for year in read]


def rounded(number: float, digits: int) -> str:
    """Write a number with so many significant digits, large ones in full.

    Examples
    --------
    >>> rounded(16060.4, 4), rounded(2.9e-6, 4), rounded(0.25, 3)
    ('16060', '2.9e-06', '0.25')
    """
    text = f"{number:.{digits}g}"
    return str(int(float(text))) if "e+" in text else text


def grouped(rows: Iterable[Any], key: Callable[[Any], Row]) -> dict[Row, list[Any]]:
    """Gather rows by their key, keys in order."""
    groups: dict[Row, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return dict(sorted(groups.items()))


def records(table: pd.DataFrame, columns: Sequence[str]) -> list[Row]:
    """Return the rows of some columns as tuples of text."""
    return list(zip(*(table[c].tolist() for c in columns), strict=True))
