"""Origins of the rolling backtest: the days on which it is asked who follows, and what then happened.

It is asked at every trigger (a recognition, a break, the opening of a dispute) of the dispute concerned, and
at fixed dates of all that are open. At each, everyone at risk is asked about; what happened is read
from the record as it is today, as far as it is complete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.backtest.holdout import WITHIN, Mask, recorded_days
from sim.hazard.record import covered
from sim.hazard.riskset import Layout, process_of, slot_of
from sim.history.corpus import Corpus
from sim.history.disputes import Dispute
from sim.history.events import IMPLIES_RECOGNITION, EventKind

HORIZONS = (30, 90, 365)
"""Days ahead."""

FEWEST = {30: 5, 90: 45, 365: 183}
"""Where the record is complete for fewer days than a horizon, it is asked of these if they are so many."""

FOLLOWING = ("recognise", "solidarity")
"""Processes in which others follow; the parent's answer has cases of its own."""

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Origin:
    """A day, and the disputes about which it is asked then.

    Parameters
    ----------
    day : date
        All that is dated up to its end is known.
    disputes : tuple of str
        Keys, sorted.
    """

    day: date
    disputes: tuple[str, ...]


def origins(
    corpus: Corpus,
    first: date,
    last: date,
    step: int,
    processes: tuple[str, ...] = FOLLOWING,
    dispute: str = "",
) -> list[Origin]:
    """Return the origins of a span, by day.

    Parameters
    ----------
    step : int
        Days between the fixed dates, of which the first is the span's.
    processes : tuple of str
        Some of `FOLLOWING`.
    dispute : str
        Only this one; all by default.
    """
    found: dict[date, set[str]] = defaultdict(set)
    chosen = [
        d
        for d in corpus.disputes.values()
        if dispute in ("", d.dispute) and process_of(slot_of(d)) in processes
    ]
    for d in chosen:
        told = _recorded(corpus, d)
        days = {first + timedelta(days=step * n) for n in range((last - first).days // step + 1)}
        for day in days | triggers(corpus, d):
            if first <= day <= last and d.is_open(day) and told(day):
                found[day].add(d.dispute)
    return [Origin(day, tuple(sorted(found[day]))) for day in sorted(found)]


def triggers(corpus: Corpus, dispute: Dispute) -> set[date]:
    """Return the days on which something set others going, or came to be known: all of the record."""
    rows = corpus.events[corpus.events["dispute"] == dispute.dispute]
    if dispute.shunned:
        mine = (rows["kind"] == EventKind.SEVER_RELATIONS) & rows["receiver"].isin(dispute.shunned)
    else:
        mine = rows["kind"].isin(IMPLIES_RECOGNITION) & rows["receiver"].isin(dispute.contested)
    return {dispute.opened, *rows.loc[mine, "known_from"].dt.date}


def _recorded(corpus: Corpus, dispute: Dispute) -> Callable[[date], bool]:
    """Return whether of anyone the record is complete on the days after a day, for the shortest horizon."""
    table = corpus.coverage
    process = process_of(slot_of(dispute))
    kinds = IMPLIES_RECOGNITION if process == "recognise" else {EventKind.SEVER_RELATIONS}
    mine = table[(table["dispute"] == dispute.dispute) & (table["process"] == process)]
    mine = mine[mine["kind"].isin(kinds)]
    ends = mine["last"].fillna(pd.Timestamp(corpus.last_known)).dt.date
    spans = list(zip(mine["first"].dt.date, ends, strict=True))

    def told(day: date) -> bool:
        after, until = day + timedelta(days=1), day + timedelta(days=FEWEST[HORIZONS[0]])
        return any(begin <= after and until <= end for begin, end in spans)

    return told


class Truth:
    """What happened after an origin, and for how long the record tells, either way."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._layouts = cache(lambda key: Layout.of(corpus, {key}))
        self._covered = cache(self._complete)
        self._acts = cache(self._of_dispute)

    def _complete(self, key: str, day: date) -> Mask:
        return covered(self._corpus, self._layouts(key), day)

    def _of_dispute(self, key: str) -> pd.DataFrame:
        """Return the acts by which others took a stand in a dispute: sender, at issue, days, own."""
        layout, rows = self._layouts(key), []
        codes = list(layout.actors)
        for e in self._corpus.events.itertuples():
            if e.dispute not in (key, "") and e.kind != EventKind.SEVER_RELATIONS:
                continue
            for act, i, c in layout.translate(e.sender, EventKind(e.kind), e.receiver, {key}):
                if act == kernel.RECOGNISE:
                    own = e.sender == codes[i] and e.dispute == key
                    issue = layout.columns[c][0]
                    rows.append((codes[i], issue, e.placed.date(), e.known_from.date(), own))
        return pd.DataFrame(rows, columns=["actor", "entity", "placed", "known_from", "own"])

    def happened(self, day: date, dispute: str, entity: str, actors: list[str]) -> pd.DataFrame:
        """Return, for some actors at risk, after how many days each acted, and each horizon's window.

        Returns
        -------
        DataFrame
            first: days until it acted, nan if it did not within a year; days_H: how many days are
            scored of each horizon, 0 if none; the window ends unscored where relations with a shunned
            actor ended otherwise.
        """
        acts = self._acts(dispute)
        later = acts[(acts["entity"] == entity) & (acts["known_from"] > day)]
        first: dict[str, float] = {}
        other: dict[str, float] = {}
        for row in later.sort_values("placed", kind="stable").itertuples():
            after = max(0, (row.placed - day).days)
            if after <= WITHIN:
                (first if row.own else other).setdefault(row.actor, after)
        whole = self._windows(day, dispute, entity, actors)
        cut = np.array([other.get(a, WITHIN + 1.0) for a in actors], dtype=np.float64)
        when = np.array([first.get(a, np.nan) for a in actors], dtype=np.float64)
        when = np.where(when <= cut, when, np.nan)
        whole = np.where(np.isnan(when) & (cut <= whole), 0, whole)
        table = {"first": np.where(when <= whole, when, np.nan)}
        for h in HORIZONS:
            table[f"days_{h}"] = np.where(whole >= FEWEST[h], np.minimum(whole, h), 0)
        return pd.DataFrame(table)

    def _windows(self, day: date, dispute: str, entity: str, actors: list[str]) -> Vector:
        """Return for how many days of the year after a day the record of each actor is complete."""
        layout = self._layouts(dispute)
        row = layout.column_index[dispute, entity] * layout.n
        process = process_of(slot_of(self._corpus.disputes[dispute]))
        found = np.zeros(len(actors))
        groups: dict[tuple[bool, ...], int] = {}
        days = [day + timedelta(days=1), *self._walls(dispute, day)]
        for a, code in enumerate(actors):
            at = row + layout.actors.row(code)
            key = tuple(bool(self._covered(dispute, d)[at]) for d in days)
            if key not in groups:
                whole = partial(self._whole, dispute, at)
                groups[key] = recorded_days(self._corpus, process, dispute, day, whole)
            found[a] = groups[key]
        return found

    def _whole(self, dispute: str, channel: int, day: date) -> bool:
        return bool(self._covered(dispute, day)[channel])

    def _walls(self, dispute: str, day: date) -> list[date]:
        """Return the days of the following year on which a window of the record has just ended."""
        table = self._corpus.coverage
        ends = table.loc[table["dispute"] == dispute, "last"].dropna().dt.date
        limit = day + timedelta(days=WITHIN)
        return sorted({e + timedelta(days=1) for e in ends if day < e < limit})
