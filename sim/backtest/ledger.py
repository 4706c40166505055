"""A ledger of forecasts: written down before the fact, resolved from the record, and scored.

Each line is one forecast as JSON. It says what was forecast, what was on record already that would have
answered it, and how it will be resolved; its hash covers the line and the hash of the line before, so
that no forecast can be changed, dropped or slipped in without changing every hash after it. The last hash,
the *head*, stands for all of them: who has published it cannot rewrite the ledger or cut off its end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, TypeAdapter

from sim.disk import whole_file
from sim.errors import InputError, ResultError, quoted
from sim.history.corpus import Corpus
from sim.history.coverage import holds_for
from sim.history.events import IMPLIES_RECOGNITION, EventKind

FORMAT = 1
Share = Annotated[float, Field(ge=0, le=1)]
INCOMPLETE = ", and no record of it is complete"
"""How a reason ends where silence may be want of a record."""

NEAR_DAYS = 3
"""An imposed act counts as done if the record has it within this many days."""


@dataclass(frozen=True)
class Issued:
    """A forecast as it was written down.

    Parameters
    ----------
    id, as_of : str
        Name, and the day (ISO) whose knowledge was used; together they name the forecast.
    origin : str
        Day (ISO) from which the time runs: `as_of`, or the last imposed act.
    senders, kinds, receivers : tuple of str
        Any of each counts; anyone if empty.
    within_days : int
    dispute : str
        The act must be over this; over any, or none, if empty.
    given : tuple of (date, sender, kind, receiver)
        Imposed acts: the forecast stands only if they happen.
    known : tuple of str
        Events on record when it was issued that lie in its window: they do not answer it.
    tables_to : str
        Last day that the tables knew of: after `as_of` the forecast was made in hindsight.
    probability, low, high : float
    rule : str
    thin : bool
    made_by : dict
        Versions, seed, worlds and the fingerprint of the history.
    """

    id: str
    as_of: str
    origin: str
    senders: tuple[str, ...]
    kinds: tuple[str, ...]
    receivers: tuple[str, ...]
    within_days: int
    dispute: str
    given: tuple[tuple[str, str, str, str], ...]
    known: tuple[str, ...]
    tables_to: str
    probability: Share
    low: Share
    high: Share
    rule: str
    thin: bool
    made_by: dict[str, object]

    @property
    def day(self) -> date:
        """The day whose knowledge was used."""
        return date.fromisoformat(self.as_of)

    @property
    def first(self) -> date:
        """First day on which the act counts."""
        return date.fromisoformat(self.origin)

    @property
    def last(self) -> date:
        """Last day on which the act counts."""
        return self.first + timedelta(days=self.within_days)

    @property
    def in_hindsight(self) -> bool:
        """Whether the tables knew later days when it was issued (what it read did not)."""
        return self.tables_to > self.as_of

    @property
    def resolution(self) -> str:
        """Tell how it is resolved."""
        given = f" if {' and '.join(' '.join(g[1:]) + ' ' + g[0] for g in self.given)}"
        return (
            f"yes if {'+'.join(self.senders) or 'anyone'} {'|'.join(self.kinds)} "
            f"{'+'.join(self.receivers) or 'anyone'} is on record from {self.first} to {self.last}"
            f"{given if self.given else ''}"
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a forecast: yes, no, open (not over yet) or void, and why.

    A forecast is scored once its window is *over*. An act may come before that, but no silence: scored at
    once, the yeses would stand among fewer noes than there will be.
    """

    issued: Issued
    state: str
    reason: str
    over: bool = False

    @property
    def scored(self) -> bool:
        """Whether it counts."""
        return self.over and self.state in ("yes", "no")


def with_known(issued: Issued, known: Corpus) -> Issued:
    """Return a forecast that names the acts in its window which are on record as of its day."""
    inside, straddling = _matching(issued, known.events)
    return replace(issued, known=tuple(sorted({*inside, *straddling})))


def read_ledger(path: Path) -> list[Issued]:
    """Read a ledger and check every hash.

    Raises
    ------
    InputError
        If a line is no forecast, or it does not fit its hash: it or a line before it was changed.
    """
    try:
        *lines, rest = path.read_text("utf-8").split("\n")
    except OSError as error:
        raise InputError(
            str(path), "", "no ledger that can be read", "a file that `issue` wrote"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            str(path), "", "bytes that are no UTF-8", "a file that `issue` wrote"
        ) from error
    as_issued = TypeAdapter(Issued)
    found, before = [], ""
    for n, line in enumerate([*lines, rest] if rest else lines, start=1):
        try:
            given = json.loads(line)
            for key in ("hash", "resolution"):
                del given[key]
            if given.pop("format") != FORMAT:
                raise ValueError
            issued = as_issued.validate_python(given)
            right_line, before = _line(issued, before)
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as error:
            found_there, right = quoted(line), "a forecast that `issue` wrote"
            raise InputError(str(path), f"line {n}", found_there, right) from error
        if line != right_line:
            right = "an untouched ledger: this forecast or one before it was changed"
            raise InputError(
                str(path), f"line {n}", f"{quoted(issued.id)} with another hash", right
            )
        found.append(issued)
    return found


def hashes(entries: Sequence[Issued]) -> list[str]:
    """Return the hash of each line: it stands for the whole ledger up to there."""
    found: list[str] = []
    for issued in entries:
        found.append(_line(issued, found[-1] if found else "")[1])
    return found


def write_ledger(path: Path, entries: Sequence[Issued]) -> None:
    """Write a ledger, whole or not at all."""
    lines, before = [], ""
    for issued in entries:
        line, before = _line(issued, before)
        lines.append(line)
    try:
        with whole_file(path) as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        raise ResultError(f"{path}: cannot be written: {error.strerror}") from error


def added(path: Path, entries: Sequence[Issued], new: Sequence[Issued]) -> list[Issued]:
    """Return a ledger with further forecasts; one that stands in it already cannot be issued again."""
    names = {(e.id, e.as_of) for e in entries}
    for issued in new:
        if (issued.id, issued.as_of) in names:
            found = f"{quoted(issued.id)} as of {issued.as_of}, which was issued already"
            raise InputError(str(path), "", found, "a new id: what was issued stands")
        names.add((issued.id, issued.as_of))
    return [*entries, *new]


def resolve(issued: Issued, corpus: Corpus) -> Outcome:
    """Return what became of a forecast, as far as a history tells.

    An act counts if every day it may have happened on lies in the window. Where only an act of which this
    is not certain is on record, the forecast is void, and so it is where an imposed act did not happen.
    """
    for act in issued.given:
        day = date.fromisoformat(act[0])
        if not _is(act, corpus.events).any():
            if corpus.last_known < day + timedelta(days=NEAR_DAYS):
                return Outcome(issued, "open", f"{' '.join(act[1:])} may come yet")
            return Outcome(issued, "void", f"{' '.join(act[1:])} did not happen on {day}")
    inside, straddling = (set(x) - set(issued.known) for x in _matching(issued, corpus.events))
    over = corpus.last_known >= issued.last
    if inside:
        return Outcome(issued, "yes", " + ".join(sorted(inside)), over)
    if straddling:
        return Outcome(issued, "void", f"the day of {' + '.join(sorted(straddling))} is not known")
    if not over:
        return Outcome(issued, "open", f"the record ends on {corpus.last_known}")
    silent = "" if _complete(issued, corpus) else INCOMPLETE
    return Outcome(issued, "no", f"nothing on record{silent}", over)


def _complete(issued: Issued, corpus: Corpus) -> bool:
    """Tell whether each kind of act is on record completely throughout the window, in some dispute.

    Only there silence says for certain that nobody acted (``coverage.csv``).
    """
    table = corpus.coverage
    holds = (table["first"] <= pd.Timestamp(issued.first)) & (
        table["last"].isna() | (table["last"] >= pd.Timestamp(issued.last))
    )
    if issued.dispute:
        holds &= table["dispute"] == issued.dispute
    holds &= np.array([holds_for(row, *issued.senders) for row in table["sender"]], dtype=bool)
    return set(issued.kinds) <= set(table.loc[holds, "kind"])


def _matching(issued: Issued, events: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Ids of the events that answer a forecast for certain, and of those whose day leaves it open."""
    mask = events["kind"].isin(issued.kinds)
    for column, codes in (("sender", issued.senders), ("receiver", issued.receivers)):
        if codes:
            mask &= events[column].isin(codes)
    if issued.dispute:
        mask &= events["dispute"] == issued.dispute
    first, last = pd.Timestamp(issued.first), pd.Timestamp(issued.last)
    mask &= (events["first"] <= last) & (events["last"] >= first)
    for act in issued.given:  # what was imposed is given, and answers nothing
        mask &= ~_is(act, events)
    found = events[mask]
    sure = (found["first"] >= first) & (found["last"] <= last)
    return list(found.loc[sure, "event_id"]), list(found.loc[~sure, "event_id"])


def _is(act: tuple[str, str, str, str], events: pd.DataFrame) -> pd.Series[bool]:
    """Tell which events are an imposed act, or near enough in time."""
    day, sender, kind, receiver = act
    kinds = [kind, *(map(str, IMPLIES_RECOGNITION) if kind == EventKind.RECOGNISE else ())]
    near, at = pd.Timedelta(days=NEAR_DAYS), pd.Timestamp(day)
    mask = (events["sender"] == sender) & (events["receiver"] == receiver)
    mask &= events["kind"].isin(kinds)
    mask &= (events["first"] <= at + near) & (events["last"] >= at - near)
    return mask


def resolved(
    outcomes: Iterable[Outcome],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the probabilities of the forecasts that are resolved, and what happened (0 or 1)."""
    told = [(o.issued.probability, float(o.state == "yes")) for o in outcomes if o.scored]
    table = np.array(told, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _line(issued: Issued, before: str) -> tuple[str, str]:
    """Return a forecast as it stands in a ledger, after a line with some hash, and its own hash."""
    if not issued.day <= issued.first <= issued.last:
        raise ValueError("a window before the day whose knowledge was used")
    text = json.dumps([before, FORMAT, asdict(issued), issued.resolution], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    told = {"format": FORMAT, **asdict(issued), "resolution": issued.resolution, "hash": digest}
    # In ASCII, so that no character of a name ends a line.
    return json.dumps(told, allow_nan=False), digest
