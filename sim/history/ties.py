"""Who was tied to whom, and what each actor was like, as of a date.

Ties (alliances, memberships, missions ...) become matrices over the rows of `Actors`; the
yearly series become vectors. Both answer only for a date, never for "now".
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import InputError, did_you_mean, quoted
from sim.history.actors import Actors
from sim.history.checks import Checks, Days, place, shown
from sim.history.tables import header

COLUMNS = header("kind,actor,partner,level,start,end,source")
YEAR_COLUMNS = header("code,year,ideal_point,capability,polyarchy,population_k,gdp_per_head")
SERIES = tuple(YEAR_COLUMNS[2:])

SPANS = MappingProxyType(
    {
        "ideal_point": (-10, 10),
        "capability": (0, 1),
        "polyarchy": (0, 1),
        "population_k": (0, 10_000_000),
        "gdp_per_head": (0, 10_000_000),
    }
)
"""What a value of each series may be, both ends included; wide where the scale is open."""

LEVELS = MappingProxyType(
    {
        "alliance": ("defense", "offense", "neutrality", "nonaggression", "consultation"),
        "membership": ("member", "associate", "observer", "participant", "suspended"),
        "rivalry": ("",),
        "contiguity": ("1", "2", "3", "4", "5"),
        "mission": ("embassy",),
        "relations": ("none", "charge", "ambassador"),
    }
)
"""Kinds of ties and the levels of each."""

DIRECTED = frozenset({"mission", "membership"})

MAX_AGE = 15
"""A yearly value more than this many years old is not used; series move slowly and end in different years."""

_NAT = np.datetime64("NaT", "D")
_ORG = re.compile(r"[A-Z0-9_]{1,24}")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Spells:
    """Columns of one kind of tie: rows of both sides, level, first and last day (NaT: open)."""

    left: npt.NDArray[np.intp]
    right: npt.NDArray[np.intp]
    level: npt.NDArray[np.object_]
    start: Days
    end: Days

    def on(self, day: date) -> Flags:
        at = np.datetime64(day, "D")
        return (self.start <= at) & (np.isnat(self.end) | (self.end >= at))


@dataclass(frozen=True, eq=False, repr=False)
class Ties:
    """All ties, for look-ups as of a date.

    Parameters
    ----------
    actors : Actors
        Whose rows number the matrices.
    table : DataFrame
        Columns of ties.csv as text.
    start, end : array of datetime64[D], shape (rows,)
        Both days included; NaT end = continuing. A tie without start holds since ever.
    """

    actors: Actors
    table: pd.DataFrame
    start: Days
    end: Days

    def __repr__(self) -> str:
        return f"<Ties: {len(self.table)}>"

    @cached_property
    def orgs(self) -> list[str]:
        """Codes of the organisations; the columns of `membership`."""
        members = self.table["kind"] == "membership"
        return sorted(set(self.table["partner"][members]))

    @cached_property
    def _kinds(self) -> dict[str, _Spells]:
        kinds = self.table["kind"].to_numpy()
        rows = {code: i for i, code in enumerate(self.actors.codes)}
        orgs = {code: i for i, code in enumerate(self.orgs)}
        spells = {}
        for kind in LEVELS:
            mine = kinds == kind
            chosen = self.table[mine]
            right = orgs if kind == "membership" else rows
            spells[kind] = _Spells(
                np.array([rows[c] for c in chosen["actor"]], dtype=np.intp),
                np.array([right[c] for c in chosen["partner"]], dtype=np.intp),
                chosen["level"].to_numpy(dtype=object),
                self.start[mine],
                self.end[mine],
            )
        return spells

    def _spells(self, kind: str) -> _Spells:
        if kind not in LEVELS:
            right = "one of " + ", ".join(LEVELS)
            raise InputError("ties", "kind", quoted(kind), right, did_you_mean(kind, LEVELS))
        return self._kinds[kind]

    def matrix(self, kind: str, day: date, levels: Collection[str] | None = None) -> Flags:
        """Return who is tied to whom on a day.

        Parameters
        ----------
        kind : str
            A kind of tie between actors: alliance, rivalry, contiguity, mission, relations.
        day : date
        levels : collection of str, optional
            Only ties of these levels; all by default.

        Returns
        -------
        array of bool, shape (n, n)
            Symmetric, except for missions: sender by host.
        """
        if kind == "membership":
            raise InputError("ties", "kind", quoted(kind), "a tie between actors: use membership()")
        spells = self._spells(kind)
        there = spells.on(day)
        if levels is not None:
            there &= np.isin(spells.level.astype(str), sorted(levels))
        tied = np.zeros((len(self.actors), len(self.actors)), dtype=np.bool_)
        tied[spells.left[there], spells.right[there]] = True
        return tied if kind in DIRECTED else tied | tied.T

    def membership(self, day: date) -> Flags:
        """Return who is a full member of what on a day, not suspended.

        Returns
        -------
        array of bool, shape (n, number of `orgs`)
        """
        spells = self._spells("membership")
        there = spells.on(day)
        member = np.zeros((len(self.actors), len(self.orgs)), dtype=np.bool_)
        for level, value in (("member", True), ("suspended", False)):
            chosen = there & (spells.level == level)
            member[spells.left[chosen], spells.right[chosen]] = value
        return member

    def relations_overrides(self, day: date) -> npt.NDArray[np.int8]:
        """Return the diplomatic relations on a day where the table states them.

        Returns
        -------
        array of int8, shape (n, n), symmetric
            -1 where nothing is stated, 0 none, 1 charge d'affaires, 2 ambassador. Where several
            rows hold on the day, the one that started last counts.
        """
        spells = self._spells("relations")
        stated = np.full((len(self.actors), len(self.actors)), -1, dtype=np.int8)
        there = np.flatnonzero(spells.on(day))
        for i in there[np.argsort(spells.start[there], kind="stable")]:
            left, right = spells.left[i], spells.right[i]
            stated[left, right] = stated[right, left] = LEVELS["relations"].index(spells.level[i])
        return stated

    def as_of(self, day: date, actors: Actors) -> Ties:
        """Return the ties that had begun, with ends after the day unread."""
        at = np.datetime64(day, "D")
        begun = self.start <= at
        end = self.end[begun]
        ends_later = end > at
        table = self.table[begun].reset_index(drop=True)
        table.loc[ends_later, "end"] = ""
        return Ties(actors, table, self.start[begun], np.where(ends_later, _NAT, end))


def parse_ties(table: pd.DataFrame, actors: Actors, checks: Checks) -> Ties:
    """Check the rows of ties.csv."""
    checks.one_of(table, "kind", tuple(LEVELS))
    checks.codes(table, "actor", actors)
    members = (table["kind"] == "membership").to_numpy()
    checks.codes(table[~members], "partner", actors)
    right = "the code of an organisation, of A-Z, 0-9 and _"
    checks.cells(table[members], "partner", lambda v: _ORG.fullmatch(v) is not None, right)
    for kind, levels in LEVELS.items():
        checks.one_of(table[table["kind"] == kind], "level", levels)
    start = checks.days(table, "start", empty=True)
    end = checks.days(table, "end", empty=True)
    checks.in_order(table, ("start", "end"), start, end)
    for i in np.flatnonzero((table["actor"] == table["partner"]).to_numpy()):
        found = f"{quoted(table['partner'].iat[i])}, the actor itself"
        checks.wrong(place(table, int(i)), "partner", found, "another actor")
    _check_order(table, checks)
    since_ever = np.where(np.isnat(start), np.datetime64("0001-01-01", "D"), start)
    return Ties(actors, table.reset_index(drop=True), since_ever, end)


def _check_order(table: pd.DataFrame, checks: Checks) -> None:
    """Require one way to write a tie without direction: else a row could not end a shipped one."""
    sides = zip(table["kind"], table["actor"], table["partner"], strict=True)
    for i, (kind, actor, partner) in enumerate(sides):
        if kind in LEVELS and kind not in DIRECTED and actor > partner:
            right = f"{partner} as actor and {actor} as partner ({kind} has no direction)"
            checks.wrong(place(table, i), "partner", shown(partner), right)


@dataclass(frozen=True, eq=False, repr=False)
class ActorYears:
    """Yearly numbers about actors.

    Parameters
    ----------
    first_year : int
        Year of the first slice of `cube`.
    cube : array of float, shape (years, n, series)
        In the order of `SERIES`; nan where unknown.
    lines : tuple of str
        The rows as text, sorted, for the fingerprint.
    """

    first_year: int
    cube: npt.NDArray[np.float64]
    lines: tuple[str, ...]
    _cache: dict[tuple[str, int], npt.NDArray[np.float64]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __repr__(self) -> str:
        return f"<ActorYears: {len(self.lines)}>"

    def values(self, series: str, day: date) -> npt.NDArray[np.float64]:
        """Return each actor's latest value of a year before the day's, shape (n,).

        The year of the day itself is not over, so its value was not known. Nan where nothing is
        known of the `MAX_AGE` years before.
        """
        if series not in SERIES:
            right = "one of " + ", ".join(SERIES)
            raise InputError("actor_years", "", quoted(series), right, did_you_mean(series, SERIES))
        key = (series, day.year)
        if key not in self._cache:
            self._cache[key] = self._latest(SERIES.index(series), day.year)
            self._cache[key].flags.writeable = False
        return self._cache[key]

    def _latest(self, column: int, year: int) -> npt.NDArray[np.float64]:
        found = np.full(self.cube.shape[1], np.nan)
        for before in range(year - 1, year - 1 - MAX_AGE, -1):
            if 0 <= (i := before - self.first_year) < len(self.cube):
                found = np.where(np.isnan(found), self.cube[i, :, column], found)
        return found

    def as_of(self, day: date) -> ActorYears:
        """Return the years that were over on the day."""
        years = max(day.year - self.first_year, 0)
        lines = tuple(line for line in self.lines if int(line.split(",", 2)[1]) < day.year)
        return ActorYears(self.first_year, self.cube[:years], lines)


def parse_actor_years(table: pd.DataFrame, actors: Actors, checks: Checks) -> ActorYears:
    """Check the rows of actor_years.csv and stack them by year."""
    checks.codes(table, "code", actors)
    checks.years(table, "year")
    for column, (low, high) in SPANS.items():
        checks.numbers(table, column, low, high)
    keys = table["code"] + " " + table["year"]
    for i in np.flatnonzero(keys.duplicated().to_numpy()):
        checks.wrong(place(table, int(i)), "year", f"{shown(keys.iat[i])} again", "a year once")
    if checks.errors or table.empty:
        return ActorYears(1800, np.empty((0, len(actors), len(SERIES))), ())
    years = table["year"].to_numpy().astype(np.int64)
    rows = np.array([actors.row(c) for c in table["code"]])
    start = int(years.min())
    cube = np.full((int(years.max()) - start + 1, len(actors), len(SERIES)), np.nan)
    for j, column in enumerate(SERIES):
        cells = table[column].to_numpy()
        cube[years - start, rows, j] = np.where(cells == "", "nan", cells).astype(np.float64)
    lines = sorted(map(",".join, zip(*(table[c] for c in YEAR_COLUMNS), strict=True)))
    return ActorYears(start, cube, tuple(lines))
