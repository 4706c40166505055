"""How members of the United Nations voted on resolutions about a dispute, as of a date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.history.actors import Actors
from sim.history.checks import CONFIDENCE, Checks, Days, place, shown
from sim.history.disputes import split
from sim.history.tables import header

COLUMNS = header("resolution,date,code,vote,disputes,yes_means,source,confidence")

VOTES = ("Y", "N", "A", "X")
"""Yes, no, abstention, and a member without a recorded vote."""

MEANINGS = ("for", "against")
"""What a yes means for the entity of the dispute."""


_NONE = (np.array([], "datetime64[D]"), np.array([], np.intp), np.array([]))


@dataclass(frozen=True, eq=False, repr=False)
class Votes:
    """Recorded votes, for look-ups as of a date.

    Parameters
    ----------
    actors : Actors
        Whose rows number the vectors.
    table : DataFrame
        Columns of votes.csv as text.
    days : array of datetime64[D], shape (rows,)
        When the resolution was adopted.
    """

    actors: Actors
    table: pd.DataFrame
    days: Days

    def __repr__(self) -> str:
        return f"<Votes: {len(self.table)}>"

    def toward(self, dispute: str, day: date) -> npt.NDArray[np.float64]:
        """Return how each actor has voted on a dispute up to a day, shape (n,).

        The mean of its recorded votes on resolutions about the dispute: 1 with the entity, -1 against it,
        0 an abstention. Nan where no vote is recorded.
        """
        days, rows, signs = self._cast.get(dispute, _NONE)
        known = days <= np.datetime64(day, "D")
        counts = np.bincount(rows[known], minlength=len(self.actors))
        sums = np.bincount(rows[known], signs[known], minlength=len(self.actors))
        mean = np.full(len(self.actors), np.nan)
        np.divide(sums, counts, out=mean, where=counts > 0)
        return mean

    @cached_property
    def _cast(self) -> dict[str, tuple[Days, npt.NDArray[np.intp], npt.NDArray[np.float64]]]:
        """Day, row of the voter and side (1 with the entity, -1 against it) of each vote, by dispute."""
        vote = self.table["vote"].to_numpy()
        sides = (vote == "Y").astype(np.float64) - (vote == "N")
        sides *= np.where(self.table["yes_means"] == "for", 1.0, -1.0)
        rows = np.array([self.actors.row(c) for c in self.table["code"]], dtype=np.intp)
        about = [split(cell) for cell in self.table["disputes"]]
        found = {}
        for dispute in {key for keys in about for key in keys}:
            mine = np.array([dispute in keys for keys in about], dtype=np.bool_) & (vote != "X")
            found[dispute] = self.days[mine], rows[mine], sides[mine]
        return found

    def as_of(self, day: date, actors: Actors, disputes: Collection[str]) -> Votes:
        """Return the votes cast by the day on disputes that had opened."""
        known = {
            cell: "+".join(key for key in split(cell) if key in disputes)
            for cell in set(self.table["disputes"])
        }
        about = np.array([known[cell] for cell in self.table["disputes"]], dtype=object)
        cast = (self.days <= np.datetime64(day, "D")) & (about != "")
        table = self.table.assign(disputes=about)[cast].reset_index(drop=True)
        return Votes(actors, table, self.days[cast])


def parse_votes(
    table: pd.DataFrame, actors: Actors, disputes: Collection[str], checks: Checks
) -> Votes:
    """Check the rows of votes.csv."""
    checks.cells(table, "resolution", bool, "the number of a resolution")
    checks.codes(table, "code", actors)
    checks.one_of(table, "vote", VOTES)
    checks.cells(
        table,
        "disputes",
        lambda cell: set(split(cell)) <= set(disputes) and cell != "",
        "keys of disputes, joined by +",
        disputes,
    )
    checks.one_of(table, "yes_means", MEANINGS)
    checks.one_of(table, "confidence", CONFIDENCE, empty=True)
    days = checks.days(table, "date")
    keys = table["resolution"] + " " + table["code"]
    for i in np.flatnonzero(keys.duplicated().to_numpy()):
        checks.wrong(place(table, int(i)), "code", f"{shown(keys.iat[i])} again", "each vote once")
    _check_alike(table, checks)
    return Votes(actors, table.reset_index(drop=True), days)


def _check_alike(table: pd.DataFrame, checks: Checks) -> None:
    """Require what is said of a resolution to be the same for every member."""
    first = table["resolution"].map(
        {name: i for i, name in reversed(list(enumerate(table["resolution"])))}
    )
    for column in ("date", "disputes", "yes_means"):
        cells = table[column].to_numpy()
        above = cells[first.to_numpy(dtype=np.intp)]
        for i in np.flatnonzero(cells != above):
            right = f"{shown(above[i])}, as for others' votes on {table['resolution'].iat[i]}"
            checks.wrong(place(table, int(i)), column, shown(cells[i]), right)
