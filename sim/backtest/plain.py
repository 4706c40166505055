"""Plain forecasts of who follows, learned from what was known when the rules were.

Past origins are gone through as those of the backtest are (at triggers and at fixed dates), everyone at risk
at each is a row, and what had followed by the end of each horizon (or of the record, by the same rule) is
counted. A share in a group of rows starts from one row that went as the group above it. They are:

- nobody acts: 0;
- base rate: the share of all rows of the process;
- by dispute type: the share among rows of the same kind of dispute;
- time since trigger: the life table (Kaplan and Meier, 1958, in the delay pieces of the rules) of the days
  since the dispute opened or a patron acted;
- copy the bloc: the share of those as large a part of whose fellow members and allies had acted;
- as last time: the share of those who did (did not) act in the last such dispute that was over a year old;
- logistic: a logistic regression on the covariates of the rules, without pooling, delays or cascades.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.backtest.origins import FEWEST, FOLLOWING, HORIZONS, Vector, origins
from sim.disk import whole_file
from sim.hazard import covariates as cov
from sim.hazard.record import covered_from
from sim.hazard.replay import CHANNEL, DAYS, END, EVENTS, PERIOD, PHASE, PIECE, History, replay
from sim.hazard.riskset import SLOTS, Layout, process_of, slots_of
from sim.hazard.shelf import cache_folder, learner_version
from sim.hazard.terms import EDGES, Rows, Terms
from sim.history.corpus import Corpus
from sim.world.assemble import Assembly

BASELINES = (
    "nobody acts", "base rate", "by dispute type", "time since trigger", "copy the bloc",
    "as last time", "logistic",
)  # fmt: skip
STEP = 182
SHARES = (1e-9, 0.05, 0.15, 0.3, 0.5, 0.75)
"""Edges of the bands of bloc shares."""

RIDGE = 1.0
"""Weight of the squared coefficients of standardised covariates in the logistic regression."""

AGE = 365
"""Days after which a dispute counts as the last time."""

Told = Callable[[str], None]
Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """What plain forecasts have learned: shares by group, life tables and regressions, all as JSON.

    Parameters
    ----------
    shares : dict
        By name of the baseline, group and horizon.
    table : list
        Acts a day by slot, phase and piece.
    weights : dict
        Coefficients of the regressions by process and horizon, with centre and scale of the covariates.
    """

    shares: dict[str, dict[str, float]]
    table: list[list[list[float]]]
    weights: dict[str, list[list[float]]]


def rates_for(known: Corpus, day: date, told: Told | None = None) -> Rates:
    """Return the plain rates as of a day, counted anew only if they are not kept yet."""
    past = known.as_of(day)
    own = (resources.files("sim.backtest") / "plain.py").read_bytes()
    key = repr((past.fingerprint, day, learner_version(), hashlib.sha256(own).hexdigest()))
    kept = cache_folder() / f"plain-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    with suppress(OSError, ValueError, TypeError):
        return Rates(**json.loads(kept.read_text("utf-8")))
    if told:
        told(f"counting plain rates as of {day}")
    found = learn(past, day)
    with suppress(OSError), whole_file(kept) as file:  # a cache that is not written costs time only
        file.write(json.dumps(found.__dict__, allow_nan=False).encode())
    return found


def learn(known: Corpus, day: date) -> Rates:
    """Count and fit on what was known on a day."""
    layout = Layout.of(known)
    terms = Terms(layout)
    history = replay(known, layout, day, terms)
    table = _life_table(history, layout)
    rows = _past(known, layout, terms, history, day)
    shares: dict[str, dict[str, float]] = {name: {} for name in BASELINES[1:6]}
    weights: dict[str, list[list[float]]] = {}
    for h in HORIZONS:
        closed = rows[rows[f"y_{h}"].notna()]
        for process in FOLLOWING:
            mine = closed[closed["process"] == process]
            y = mine[f"y_{h}"].to_numpy(float)
            base = (y.sum() + 0.5) / (len(y) + 1)
            shares["base rate"][f"{process} {h}"] = base
            for slot, part in mine.groupby("slot"):
                own = _share(part[f"y_{h}"], base)
                shares["by dispute type"][f"{slot} {h}"] = own
                for name, column in (("copy the bloc", "band"), ("as last time", "last")):
                    for value, group in part.groupby(column):
                        shares[name][f"{slot} {value} {h}"] = _share(group[f"y_{h}"], own)
            if 0 < y.sum() < len(y):
                X = np.stack(mine["x"].to_numpy())
                weights[f"{process} {h}"] = [list(map(float, v)) for v in logistic(X, y)]
    return Rates(shares, table, weights)


def _share(y: pd.Series, above: float) -> float:
    return float((y.sum() + above) / (len(y) + 1))


def _life_table(history: History, layout: Layout) -> list[list[list[float]]]:
    """Return acts a day by slot, phase and delay piece; each starts from one act at the slot's rate."""
    seen = history.exposure
    slot = layout.slots[seen[:, CHANNEL].astype(np.int64)]
    pieces = max(map(len, EDGES.values()))
    slots = [SLOTS.index(name) for process in FOLLOWING for name in slots_of(process)]
    found = np.zeros((max(slots) + 1, 2, pieces))
    for s in slots:
        mine = seen[slot == s]
        usual = (mine[:, EVENTS].sum() + 0.5) / (mine[:, DAYS].sum() + 1000.0)
        for phase in range(2):
            for b in range(pieces):
                rows = mine[(mine[:, PHASE] == phase) & (mine[:, PIECE] == b)]
                found[s, phase, b] = (rows[:, EVENTS].sum() + 1) / (rows[:, DAYS].sum() + 1 / usual)
    return [[[float(x) for x in b] for b in phase] for phase in found]


def _past(known: Corpus, layout: Layout, terms: Terms, history: History, day: date) -> pd.DataFrame:
    """Return everyone at risk at past origins: slot, band, last, x, and y_H, nan if not closed."""
    begun = covered_from(known)
    if begun is None:
        return pd.DataFrame(columns=["process", "slot", "band", "last", "x"])
    seen = _with_runs(history.exposure, layout.stands.stop)
    by_column: dict[int, Table] = {
        int(c): seen[seen[:, CHANNEL] // layout.n == c]
        for c in np.unique(seen[:, CHANNEL] // layout.n)
    }
    past = Stands(known, layout, day)
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
                parts.append(_asked(rows, c, at, history, reader, past))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


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
    rows: Table, c: int, at: float, history: History, reader: Reader, past: Stands
) -> pd.DataFrame:
    layout = past.layout
    actors = (rows[:, CHANNEL] % layout.n).astype(np.int64)
    z = rows[:, kernel.FIXED : kernel.FIXED + kernel.ENDOGENOUS]
    period = history.periods[int(rows[0, PERIOD])]
    slot = int(layout.slots[c * layout.n])
    table = pd.DataFrame(
        {
            "process": process_of(SLOTS[slot]),
            "slot": slot,
            "band": bands(z),
            "last": past.last(c, at)[actors],
            "x": list(reader.read(period, c, z, actors)),
        }
    )
    until, acted = rows[:, -2] - at, (rows[:, -1] == 1)
    whole = float(np.max(until))  # of who acts the record is not needed any more
    for h in HORIZONS:
        told = whole >= FEWEST[h] and at - 1 + h <= 0
        table[f"y_{h}"] = (acted & (until <= h)).astype(float) if told else np.nan
    return table


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


def logistic(X: Table, y: Vector, ridge: float = RIDGE) -> tuple[Vector, Vector, Vector]:
    """Fit a logistic regression by Newton's method, with a little ridge on standardised covariates.

    Returns
    -------
    weight, centre, scale : arrays
        The first weight is the intercept, which is not shrunk.
    """
    centre, scale = X.mean(axis=0), X.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    Z = np.column_stack([np.ones(len(X)), (X - centre) / scale])
    penalty = np.append(0.0, np.full(X.shape[1], ridge))
    beta = np.zeros(Z.shape[1])
    beta[0] = np.log(y.mean() / (1 - y.mean()))
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(Z @ beta, -30, 30)))
        hessian = Z.T @ ((p * (1 - p))[:, None] * Z) + np.diag(penalty + 1e-9)
        move = np.linalg.solve(hessian, Z.T @ (y - p) - penalty * beta)
        size = min(1.0, 3.0 / np.abs(move).max())
        beta = beta + size * move
        if np.abs(move).max() < 1e-8:
            break
    return beta, centre, scale


def forecasts(rates: Rates, known: Corpus, a: Assembly, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what each of `BASELINES` forecasts for everyone at risk, columns NAME_H.

    Parameters
    ----------
    known : Corpus
        As of the origin.
    a : Assembly
        The world at the origin.
    rows : DataFrame
        Everyone at risk, with their channel.
    """
    layout, n = a.layout, a.layout.n
    reader, past = Reader(Terms(layout)), Stands(known, layout, a.scenario.as_of)
    columns: dict[str, Any] = {
        f"{name}_{h}": np.zeros(len(rows)) for h in HORIZONS for name in BASELINES
    }
    channel = rows["channel"].to_numpy()
    for c in np.unique(channel // n):
        at = np.flatnonzero(channel // n == c)
        actors, z = channel[at] % n, a.template.z[channel[at]]
        slot = int(layout.slots[c * n])
        process = process_of(SLOTS[slot])
        band, last = bands(z), past.last(int(c), a.start)[actors]
        X = reader.read(a.template, int(c), z, actors)
        since = a.start - float(a.template.wave_at[c])
        rate = rates.table[slot][int(a.template.phase[c])]
        for h in HORIZONS:
            base = rates.shares["base rate"][f"{process} {h}"]
            own = rates.shares["by dispute type"].get(f"{slot} {h}", base)
            grouped = {"copy the bloc": band, "as last time": last}
            told: dict[str, Any] = {
                name: [rates.shares[name].get(f"{slot} {v} {h}", own) for v in values]
                for name, values in grouped.items()
            }
            told |= {"base rate": base, "by dispute type": own}
            told["time since trigger"] = -np.expm1(-_spent(rate, EDGES[process], since, h))
            told["logistic"] = _predicted(rates.weights.get(f"{process} {h}"), X, own)
            for name, values in told.items():
                columns[f"{name}_{h}"][at] = values
    return pd.DataFrame(columns, index=rows.index)


def _spent(rate: list[float], edges: tuple[float, ...], since: float, days: int) -> float:
    """Integrate a hazard that is constant between edges over some days, from so long after its origin."""
    bounds = [*edges, np.inf]
    return sum(
        rate[b] * max(0.0, min(bounds[b + 1], since + days) - max(bounds[b], since))
        for b in range(len(edges))
    )


def _predicted(weights: list[list[float]] | None, X: Table, otherwise: float) -> Vector:
    if weights is None:
        return np.full(len(X), otherwise)
    beta, centre, scale = (np.array(w) for w in weights)
    eta = beta[0] + (X - centre) / scale @ beta[1:]
    return np.asarray(1 / (1 + np.exp(-np.clip(eta, -30, 30))))
