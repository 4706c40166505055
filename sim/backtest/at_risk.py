"""Everyone at risk at past origins, what they were like, and after how many days each acted.

The rows from which plain forecasts learn; read as far as was known on the day they learn.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.backtest.origins import HORIZONS, origins
from sim.hazard import covariates as cov
from sim.hazard.record import covered_from
from sim.hazard.replay import CHANNEL, DAYS, END, EVENTS, PERIOD, History
from sim.hazard.riskset import SLOTS, Layout, process_of
from sim.hazard.terms import Rows, Terms
from sim.history.corpus import Corpus

STEP = 182
SHARES = (1e-9, 0.05, 0.15, 0.3, 0.5, 0.75)
"""Edges of the bands of bloc shares."""

AGE = 365
"""Days after which a dispute counts as the last time."""

NEVER = HORIZONS[-1] + 1
"""Delay of those who do not act within the longest horizon."""

COLUMNS = ("process", "slot", "band", "last", "x", "start", "delay", "window")

Table = npt.NDArray[np.float64]


def past(known: Corpus, layout: Layout, terms: Terms, history: History, day: date) -> pd.DataFrame:
    """Return everyone at risk at past origins.

    Returns
    -------
    DataFrame
        process, slot; band of the bloc's share, last (what it did the last time), x (covariates); start:
        days from the origin's end to the day on which it is learned, not above 0; delay: days until it
        acted, `NEVER` if it did not within a year; window: for how many days the record tells.
    """
    begun = covered_from(known)
    if begun is None:
        return pd.DataFrame(columns=COLUMNS)
    seen = _with_runs(history.exposure, layout.stands.stop)
    by_column: dict[int, Table] = {
        int(c): seen[seen[:, CHANNEL] // layout.n == c]
        for c in np.unique(seen[:, CHANNEL] // layout.n)
    }
    stands = Stands(known, layout, day)
    reader = Reader(terms)
    parts = []
    for origin in origins(known, begun, day - timedelta(days=HORIZONS[0]), STEP):
        at = float((origin.day - day).days + 1)
        for c, (_, dispute) in enumerate(layout.columns):
            if dispute.dispute not in origin.disputes or c not in by_column:
                continue
            rows = by_column[c]
            rows = rows[(rows[:, END] - rows[:, DAYS] <= at + 1e-6) & (rows[:, END] > at + 1e-6)]
            if len(rows):
                parts.append(_asked(rows, c, at, history, reader, stands))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _with_runs(exposure: Table, channels: int) -> Table:
    """Append to each row of a column channel when its record ends, and whether by an act."""
    rows = exposure[exposure[:, CHANNEL] < channels]
    rows = rows[np.lexsort((rows[:, END], rows[:, CHANNEL]))]
    if not len(rows):
        return np.zeros((0, exposure.shape[1] + 2))
    start = rows[:, END] - rows[:, DAYS]
    stops = np.ones(len(rows), dtype=bool)
    stops[:-1] = (rows[1:, CHANNEL] != rows[:-1, CHANNEL]) | (rows[:-1, EVENTS] > 0)
    stops[:-1] |= np.abs(start[1:] - rows[:-1, END]) > 1e-6
    ends = np.flatnonzero(stops)
    to = ends[np.searchsorted(ends, np.arange(len(rows)))]
    return np.column_stack([rows, rows[to, END], rows[to, EVENTS] > 0])


def _asked(
    rows: Table, c: int, at: float, history: History, reader: Reader, stands: Stands
) -> pd.DataFrame:
    layout = stands.layout
    actors = (rows[:, CHANNEL] % layout.n).astype(np.int64)
    z = rows[:, kernel.FIXED : kernel.FIXED + kernel.ENDOGENOUS]
    period = history.periods[int(rows[0, PERIOD])]
    slot = int(layout.slots[c * layout.n])
    until, acted = rows[:, -2] - at, rows[:, -1] == 1
    delay = np.where(acted, np.ceil(until - 1e-6), NEVER)
    # Of who acts the record is not needed any more; of what came after the day nothing is known.
    window = min(int(np.max(until) + 1e-6), round(1 - at))
    return pd.DataFrame(
        {
            "process": process_of(SLOTS[slot]),
            "slot": slot,
            "band": bands(z),
            "last": stands.last(c, at)[actors],
            "x": list(reader.read(period, c, z, actors)),
            "start": at - 1,
            "delay": np.minimum(delay, NEVER).astype(np.int64),
            "window": min(window, HORIZONS[-1]),
        }
    )


def bands(z: Table) -> npt.NDArray[np.int64]:
    """Return the band of everyone's share of fellow members, or of allies if larger, that acted."""
    return np.searchsorted(SHARES, np.maximum(z[:, kernel.BLOC], z[:, kernel.ALLY]), side="right")


class Stands:
    """Who took a stand where and when, as far as known."""

    def __init__(self, known: Corpus, layout: Layout, day: date) -> None:
        self.layout, self._day = layout, day
        acts, _ = layout.acts(known, day)
        mine = acts[acts[:, 1] == kernel.RECOGNISE] if len(acts) else np.zeros((0, 4))
        self._acts = {c: mine[mine[:, 3] == c] for c in range(layout.m)}

    def last(self, c: int, at: float) -> npt.NDArray[np.int64]:
        """Return who took a stand in the last dispute like a column's: 1, 0, or -1 if there was none.

        Parameters
        ----------
        at : float
            In days since the day's beginning.
        """
        columns, n = self.layout.columns, self.layout.n
        slot = self.layout.slots[c * n]
        opened = {
            d.dispute: (d.opened - self._day).days
            for k, (_, d) in enumerate(columns)
            if self.layout.slots[k * n] == slot and d is not columns[c][1]
        }
        old = {key: o for key, o in opened.items() if o + AGE <= at}
        if not old:
            return np.full(n, -1)
        latest = max(old, key=lambda key: (old[key], key))
        found = np.zeros(n, dtype=np.int64)
        for k, (_, d) in enumerate(columns):
            if d.dispute == latest:
                acts = self._acts[k]
                found[acts[acts[:, 0] < at, 2].astype(np.int64)] = 1
        return found


class Reader:
    """Reads the covariates of a column channel from the rows of terms and the kernel's columns."""

    def __init__(self, terms: Terms) -> None:
        self._n, self._index = terms.layout.n, terms.index
        self._slots = terms.layout.slots
        names = list(terms.index)
        self._named = {p: name for p, name in enumerate(names)}

    def read(
        self, rows: Rows | kernel.WorldArrays, c: int, z: Table, actors: npt.NDArray[np.int64]
    ) -> Table:
        """Return the covariates of some actors, shape (actors, covariates), a slot's mark among them."""
        n = self._n
        process = process_of(SLOTS[int(self._slots[c * n])])
        first, width = rows.start[0, c * n], rows.start[0, c * n + 1] - rows.start[0, c * n]
        value = rows.value[first : first + n * width].reshape(n, width)
        term = [self._named[int(p)] for p in rows.term[first : first + width]]
        wanted = [f"{process}/x/{x.name}" for x in cov.exogenous(process)]
        fixed = value[:, [term.index(name) for name in wanted]][actors]
        moving = z[:, [x.column for x in cov.endogenous(process)]]
        mark = np.full((len(actors), 1), float(self._slots[c * n] == 1))
        return np.column_stack([fixed, moving, mark])
