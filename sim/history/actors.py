"""Who there is: states and aspirant entities, with their life spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import InputError, did_you_mean, quoted
from sim.history.checks import CODE, CONFIDENCE, Checks, Days
from sim.history.tables import header

COLUMNS = header(
    "code,name,type,region,subregion,capital_lat,capital_lon,start,end,un_member_from,"
    "source,confidence"
)

TYPES = (
    "state",
    "observer_state",
    "contested",
    "associated_state",
    "former_state",
    "organisation",
)

_NOT_YET = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True, eq=False, repr=False)
class Actors:
    """All actors, in the order of their codes.

    An actor is named by its exact code (``SYR``) and stands in the row ``row(code)`` of every
    matrix over actors.

    Parameters
    ----------
    table : DataFrame
        Columns of actors.csv as text.
    start, end : array of datetime64[D], shape (n,)
        Life spans, both days included; NaT where open. An actor that was not there yet on the
        as-of date starts on 9999-12-31, so that its true start stays unread.

    Examples
    --------
    >>> actors = load_corpus().actors  # doctest: +SKIP
    >>> actors.name("SYR"), actors.row("SYR") == actors.codes.index("SYR")  # doctest: +SKIP
    ('Syria', True)
    """

    table: pd.DataFrame
    start: Days
    end: Days

    @cached_property
    def codes(self) -> list[str]:
        """All codes, sorted; the row numbers of every matrix over actors."""
        return [str(code) for code in self.table["code"]]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {code: i for i, code in enumerate(self.codes)}

    def __repr__(self) -> str:
        return f"<Actors: {len(self)}>"

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.codes)

    def __contains__(self, code: object) -> bool:
        return code in self._rows

    def row(self, code: str) -> int:
        """Return the row of an actor in every matrix over actors; KeyError if unknown."""
        return self._rows[code]

    def name(self, code: str) -> str:
        """Return the actor's name; KeyError if unknown."""
        return str(self.table["name"].iat[self._rows[code]])

    def type(self, code: str) -> str:
        """Return the actor's type, one of `TYPES`; KeyError if unknown."""
        return self._types[self._rows[code]]

    @cached_property
    def _types(self) -> list[str]:
        return [str(name) for name in self.table["type"]]

    def near(self, word: str) -> tuple[str, ...]:
        """Return the codes that a word may have meant: by name first, then by likeness."""
        names = {str(name): code for name, code in zip(self.table["name"], self.codes, strict=True)}
        by_name = [names[n] for n in did_you_mean(word, names)]
        return tuple(dict.fromkeys([*by_name, *did_you_mean(word, self.codes)]))[:3]

    def check(self, code: str, file: str = "", key: str = "") -> str:
        """Return the code if there is such an actor.

        Parameters
        ----------
        code : str
            Exactly a code; names and parts of codes are refused, with a suggestion.
        file, key : str
            Where the user wrote it.

        Raises
        ------
        InputError
            If no actor has this code.
        """
        if code in self._rows:
            return code
        file, key = (file, key) if file else ("actors", key)
        raise InputError(file, key, quoted(code), "the code of an actor", self.near(code))

    def alive(self, day: date) -> npt.NDArray[np.bool_]:
        """Return which actors exist on a day, shape (n,)."""
        on = np.datetime64(day, "D")
        begun = np.isnat(self.start) | (self.start <= on)
        return begun & (np.isnat(self.end) | (self.end >= on))

    def as_of(self, day: date) -> Actors:
        """Return the same rows with nothing in them that is dated after the day."""
        on = np.datetime64(day, "D")
        later, ends_later = self.start > on, self.end > on
        table = self.table.copy()
        table.loc[later, ["start", "source"]] = ""
        table.loc[ends_later, "end"] = ""
        joined = table["un_member_from"].to_numpy()
        table.loc[joined > day.isoformat(), "un_member_from"] = ""
        # "former" would tell that the state is going to end.
        table.loc[ends_later & (table["type"] == "former_state").to_numpy(), "type"] = "state"
        start = np.where(later, _NOT_YET, self.start)
        end = np.where(ends_later, np.datetime64("NaT", "D"), self.end)
        return Actors(table, start, end)


def parse_actors(table: pd.DataFrame, checks: Checks) -> Actors:
    """Check the rows of actors.csv and sort them by code."""
    checks.cells(
        table, "code", lambda v: CODE.fullmatch(v) is not None, "two to eight of A-Z and 0-9"
    )
    checks.unique(table, "code")
    checks.cells(table, "name", bool, "the actor's name")
    checks.one_of(table, "type", TYPES)
    checks.one_of(table, "confidence", CONFIDENCE, empty=True)
    for column, most in (("capital_lat", 90), ("capital_lon", 180)):
        checks.numbers(table, column, -most, most, "degrees")
    start = checks.days(table, "start", empty=True)
    end = checks.days(table, "end", empty=True)
    checks.days(table, "un_member_from", empty=True)
    checks.in_order(table, ("start", "end"), start, end)
    order = np.argsort(table["code"].to_numpy().astype(str), kind="stable")
    sorted_table = table.iloc[order].reset_index(drop=True)
    return Actors(sorted_table, start[order], end[order])
