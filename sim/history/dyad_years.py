"""How far actors depend on others, by year: shares of their trade and of their arms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import InputError, did_you_mean, quoted
from sim.history.actors import Actors
from sim.history.checks import Checks, place, shown
from sim.history.tables import header

COLUMNS = header("code,partner,year,trade_share,arms_share")
SHARES = tuple(COLUMNS[3:])

MAX_AGES = MappingProxyType({"trade_share": 8, "arms_share": 5})
"""A share more than this many years old is not used; trade is told every fourth year only."""

_SHARE = re.compile(r"[0-9](\.[0-9]+)?([eE]-[0-9]+)?")

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class DyadYears:
    """Yearly shares of actors that fall to a partner.

    Parameters
    ----------
    actors : Actors
        Whose rows number the matrices.
    table : DataFrame
        Columns of dyad_years.csv as text.
    left, right, year : array of int, shape (rows,)
        Row of the actor, row of the partner, year.
    shares : array of float, shape (rows, series)
        In the order of `SHARES`; nan where unknown.
    """

    actors: Actors
    table: pd.DataFrame
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    year: npt.NDArray[np.int64]
    shares: Shares
    _cache: dict[tuple[str, int], Shares] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<DyadYears: {len(self.table)}>"

    def values(self, series: str, day: date) -> Shares:
        """Return the latest shares of a year before the day's, shape (n, n), actor by partner.

        The year of the day itself is not over. An actor's shares are all of the same year, the
        last within `MAX_AGES` that has any; a partner without a row then has none of it. Nan for
        an actor of which no such year is known.
        """
        if series not in SHARES:
            right = "one of " + ", ".join(SHARES)
            raise InputError("dyad_years", "", quoted(series), right, did_you_mean(series, SHARES))
        key = (series, day.year)
        if key not in self._cache:
            self._cache[key] = self._latest(series, day.year)
            self._cache[key].flags.writeable = False
        return self._cache[key]

    def _latest(self, series: str, year: int) -> Shares:
        share = self.shares[:, SHARES.index(series)]
        usable = np.isfinite(share) & (self.year < year) & (self.year >= year - MAX_AGES[series])
        n = len(self.actors)
        latest = np.full(n, -1)
        np.maximum.at(latest, self.left[usable], self.year[usable])
        chosen = usable & (self.year == latest[self.left])
        found = np.zeros((n, n))
        found[latest < 0] = np.nan
        found[self.left[chosen], self.right[chosen]] = share[chosen]
        return found

    def as_of(self, day: date, actors: Actors) -> DyadYears:
        """Return the years that were over on the day."""
        over = self.year < day.year
        table = self.table[over].reset_index(drop=True)
        left, right, year = self.left[over], self.right[over], self.year[over]
        return DyadYears(actors, table, left, right, year, self.shares[over])


def _is_share(cell: str) -> bool:
    return cell == "" or (_SHARE.fullmatch(cell) is not None and float(cell) <= 1)


def parse_dyad_years(table: pd.DataFrame, actors: Actors, checks: Checks) -> DyadYears:
    """Check the rows of dyad_years.csv and sort them."""
    checks.codes(table, "code", actors)
    checks.codes(table, "partner", actors)
    checks.years(table, "year")
    for column in SHARES:
        checks.cells(table, column, _is_share, "a share from 0 to 1")
    for i in np.flatnonzero((table["code"] == table["partner"]).to_numpy()):
        found = f"{shown(table['partner'].iat[i])}, the actor itself"
        checks.wrong(place(table, int(i)), "partner", found, "another actor")
    if checks.errors:
        table = table.iloc[:0]
    rows = {code: i for i, code in enumerate(actors.codes)}
    left, right = (
        np.array([rows[c] for c in table[column]], dtype=np.int64) for column in ("code", "partner")
    )
    year = table["year"].to_numpy().astype(np.int64)
    keys = pd.Series((left * len(rows) + right) * 10_000 + year)
    for i in np.flatnonzero(keys.duplicated().to_numpy()):
        found = " ".join(table[c].iat[i] for c in ("code", "partner", "year"))
        checks.wrong(place(table, int(i)), "year", f"{shown(found)} again", "a year once")
    cells = [table[c].to_numpy() for c in SHARES]
    shares = np.stack([np.where(c == "", "nan", c).astype(np.float64) for c in cells], axis=1)
    return DyadYears(actors, table.reset_index(drop=True), left, right, year, shares)
