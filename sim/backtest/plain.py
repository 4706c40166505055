"""Plain forecasts of who follows, learned from what was known when the rules were.

Past origins are gone through as those of the backtest are (at triggers and at fixed dates), everyone at risk
at each is a row, and counted is who had followed within so many days, for each number of days among
the rows of which the record tells so long. So each can be asked about windows of every length, as
the model can. A share in a group of rows starts from one row that went as the group above it. They are:

- nobody acts: 0;
- base rate: the share of all rows of the process; the first row goes at the pace of all followers together;
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
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib import resources

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.backtest.at_risk import COLUMNS, Reader, Stands, bands, past
from sim.backtest.logistic import best_ridge, logistic, logit, predicted
from sim.backtest.origins import FEWEST, FOLLOWING, HORIZONS, Vector
from sim.disk import whole_file
from sim.hazard.record import covered_from
from sim.hazard.replay import CHANNEL, DAYS, END, EVENTS, PHASE, PIECE, replay
from sim.hazard.riskset import SLOTS, Layout, process_of, slots_of
from sim.hazard.shelf import cache_folder, learner_version
from sim.hazard.terms import EDGES, Terms
from sim.history.corpus import Corpus
from sim.world.assemble import Assembly

BASELINES = (
    "nobody acts", "base rate", "by dispute type", "time since trigger", "copy the bloc",
    "as last time", "logistic",
)  # fmt: skip
SOURCES = ("at_risk", "holdout", "logistic", "origins", "plain")
"""Modules of this room that decide what the rates are."""

LONGEST = HORIZONS[-1]
GROUPS = {"copy the bloc": "band", "as last time": "last"}
"""Column by which the rows of a kind of dispute are told apart."""

Told = Callable[[str], None]
Table = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rates:
    """What plain forecasts have learned: shares by group, life tables and regressions, all as JSON.

    Parameters
    ----------
    shares : dict
        By name of the baseline and group: the share that acts within 0, 1, ... `LONGEST` days.
    table : list
        Acts a day by slot, phase and piece.
    weights : dict
        Coefficients of the regressions by process and horizon, with centre and scale of the covariates.
    """

    shares: dict[str, dict[str, list[float]]]
    table: list[list[list[float]]]
    weights: dict[str, list[list[float]]]


def rates_for(known: Corpus, day: date, told: Told | None = None) -> Rates:
    """Return the plain rates as of a day, counted anew only if they are not kept yet."""
    cut = known.as_of(day)
    own = hashlib.sha256()
    for name in SOURCES:
        own.update((resources.files("sim.backtest") / f"{name}.py").read_bytes())
    key = repr((cut.fingerprint, day, learner_version(), own.hexdigest()))
    kept = cache_folder() / f"plain-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    with suppress(OSError, ValueError, TypeError):
        return Rates(**json.loads(kept.read_text("utf-8")))
    if told:
        told(f"counting plain rates as of {day}")
    found = learn(cut, day)
    with suppress(OSError), whole_file(kept) as file:  # a cache that is not written costs time only
        file.write(json.dumps(found.__dict__, allow_nan=False).encode())
    return found


def learn(known: Corpus, day: date) -> Rates:
    """Count and fit on what was known on a day; before any record begins, nearly nobody ever acts."""
    rows, seen, slot = pd.DataFrame(columns=COLUMNS), np.zeros((0, END + 1)), np.zeros(0, np.int64)
    if covered_from(known) is not None:
        layout = Layout.of(known)
        terms = Terms(layout)
        history = replay(known, layout, day, terms)
        seen = history.exposure
        slot = layout.slots[seen[:, CHANNEL].astype(np.int64)]
        rows = past(known, layout, terms, history, day)
    shares = _shares(rows, _pace(seen[np.isin(slot, _slots())]))
    weights = {
        f"{process} {h}": found
        for process in FOLLOWING
        for h in HORIZONS
        if (found := _weights(rows[rows["process"] == process], h, shares["base rate"][process]))
    }
    lists = {n: {g: share.tolist() for g, share in by.items()} for n, by in shares.items()}
    return Rates(lists, _life_table(seen, slot), weights)


def _slots() -> list[int]:
    return [SLOTS.index(name) for process in FOLLOWING for name in slots_of(process)]


def _pace(seen: Table) -> Vector:
    """Return the share that acts within so many days at the pace of some exposure, from half an act on."""
    rate = (seen[:, EVENTS].sum() + 0.5) / (seen[:, DAYS].sum() + 10_000.0)
    return np.asarray(-np.expm1(-rate * np.arange(LONGEST + 1)))


def _shares(rows: pd.DataFrame, pace: Vector) -> dict[str, dict[str, Vector]]:
    """Return the share that acts within so many days, by baseline and group."""
    shares: dict[str, dict[str, Vector]] = {
        n: {} for n in ("base rate", "by dispute type", *GROUPS)
    }
    for process in FOLLOWING:
        mine = rows[rows["process"] == process]
        base = shares["base rate"][process] = _share(mine, pace)
        for slot, part in mine.groupby("slot"):
            own = shares["by dispute type"][f"{slot}"] = _share(part, base)
            for name, column in GROUPS.items():
                for value, group in part.groupby(column):
                    shares[name][f"{slot} {value}"] = _share(group, own)
    return shares


def _share(rows: pd.DataFrame, above: Vector) -> Vector:
    """Return the share that acts within so many days, among the rows of which the record tells so long."""
    delay, window = rows["delay"].to_numpy(np.int64), rows["window"].to_numpy(np.int64)
    told = np.cumsum(np.bincount(window, minlength=LONGEST + 1)[::-1])[::-1]
    seen = delay <= window
    acts = np.bincount(delay[seen], minlength=LONGEST + 2)
    over = np.bincount(window[seen] + 1, minlength=LONGEST + 2)
    return np.asarray((np.cumsum(acts - over)[:-1] + above) / (told + 1))


def _weights(rows: pd.DataFrame, horizon: int, base: Vector) -> list[list[float]]:
    """Fit the regression of a horizon, shorter windows among its rows as they are among those asked about."""
    rows = rows[rows["window"] >= FEWEST[horizon]]
    days = np.minimum(rows["window"].to_numpy(np.int64), horizon)
    y = (rows["delay"].to_numpy(np.int64) <= days).astype(float)
    if not 0 < y.sum() < len(y):
        return []
    X, offset, start = np.stack(rows["x"].to_numpy()), logit(base[days]), rows["start"].to_numpy()
    ridge = best_ridge(X, y, offset, start, start + days)
    return [list(map(float, v)) for v in logistic(X, y, offset, ridge)]


def _life_table(seen: Table, slot: Days) -> list[list[list[float]]]:
    """Return acts a day by slot, phase and delay piece; each starts from one act at the slot's rate."""
    pieces = max(map(len, EDGES.values()))
    found = np.zeros((max(_slots()) + 1, 2, pieces))
    for s in _slots():
        mine = seen[slot == s]
        usual = (mine[:, EVENTS].sum() + 0.5) / (mine[:, DAYS].sum() + 1000.0)
        for phase in range(2):
            for b in range(pieces):
                rows = mine[(mine[:, PHASE] == phase) & (mine[:, PIECE] == b)]
                found[s, phase, b] = (rows[:, EVENTS].sum() + 1) / (rows[:, DAYS].sum() + 1 / usual)
    return [[[float(x) for x in b] for b in phase] for phase in found]


def forecasts(
    rates: Rates,
    known: Corpus,
    a: Assembly,
    channel: npt.NDArray[np.int64],
    days: Mapping[int, Vector],
) -> pd.DataFrame:
    """Return what each of `BASELINES` forecasts for everyone at risk, columns NAME_H.

    Parameters
    ----------
    known : Corpus
        As of the origin.
    a : Assembly
        The world at the origin.
    channel : array, shape (rows,)
        Of everyone at risk.
    days : mapping of int to array
        By horizon, over how many days it is forecast for each, whole numbers.
    """
    layout, n = a.layout, a.layout.n
    reader, stands = Reader(Terms(layout)), Stands(known, layout, a.scenario.as_of)
    columns = {f"{name}_{h}": np.zeros(len(channel)) for h in HORIZONS for name in BASELINES}
    for c in np.unique(channel // n):
        at = np.flatnonzero(channel // n == c)
        actors, z = channel[at] % n, a.template.z[channel[at]]
        slot = int(layout.slots[c * n])
        groups = {"copy the bloc": bands(z), "as last time": stands.last(int(c), a.start)[actors]}
        X = reader.read(a.template, int(c), z, actors)
        since, phase = a.start - float(a.template.wave_at[c]), int(a.template.phase[c])
        for h in HORIZONS:
            within = days[h][at].astype(np.int64)
            told = _shares_told(rates, slot, groups, within)
            edges = EDGES[process_of(SLOTS[slot])]
            spent = _spent(rates.table[slot][phase], edges, since, within)
            told["time since trigger"] = -np.expm1(-spent)
            told["logistic"] = _regressed(rates, slot, h, X, within)
            for name, values in told.items():
                columns[f"{name}_{h}"][at] = values
    return pd.DataFrame(columns)


def _shares_told(
    rates: Rates, slot: int, groups: Mapping[str, Days], days: Days
) -> dict[str, Vector]:
    """Look up the share of each one's group within so many days; of a group without rows, the one above."""
    base = rates.shares["base rate"][process_of(SLOTS[slot])]
    own = rates.shares["by dispute type"].get(f"{slot}", base)
    told = {"base rate": np.array(base)[days], "by dispute type": np.array(own)[days]}
    for name, values in groups.items():
        pairs = zip(values, days, strict=True)
        shares = rates.shares[name]
        told[name] = np.array([shares.get(f"{slot} {v}", own)[d] for v, d in pairs])
    return told


def _regressed(rates: Rates, slot: int, horizon: int, X: Table, days: Days) -> Vector:
    """Return what the regression tells; without one, the share of the kind of dispute."""
    process = process_of(SLOTS[slot])
    fit = rates.weights.get(f"{process} {horizon}")
    if fit is None:
        return _shares_told(rates, slot, {}, days)["by dispute type"]
    weight, centre, scale = map(np.array, fit)
    base = np.array(rates.shares["base rate"][process])
    return predicted((weight, centre, scale), X, logit(base[days]))


def _spent(rate: list[float], edges: tuple[float, ...], since: float, days: Days) -> Vector:
    """Integrate a hazard that is constant between edges over some days, from so long after its origin."""
    bounds = [*edges, np.inf]
    pieces = [
        rate[b] * np.maximum(0.0, np.minimum(bounds[b + 1], since + days) - max(bounds[b], since))
        for b in range(len(edges))
    ]
    return np.asarray(sum(pieces))
