"""Rolling origin: who follows, forecast by simulation from what was known at each origin.

The rules are learned as of the first of January of the origin's year, once for all its origins; the state
of the world, and with it what a forecast is conditioned on, is that of the origin itself. One simulation
an origin gives everyone at risk, at every horizon, and the size of the cascade.

Where the record is complete for a part of a horizon only, everyone is asked about that part: the model and
every baseline forecast the very days whose outcome is read. Forecasts of the whole horizon held against a
part of it would all look too high, the bolder the more; and to score whole windows only would leave out
nearly all breaks, whose records end within weeks. How long a window is belongs to the question, not to
what is known: it comes from the record as it is today, which no forecast sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.backtest import FOLLOWER_WORLDS, ORIGIN_STEP, plain
from sim.backtest.holdout import WITHIN
from sim.backtest.origins import FOLLOWING, HORIZONS, Origin, Truth, Vector, origins
from sim.backtest.plain import Rates
from sim.hazard.posterior import Posterior, transferred
from sim.hazard.riskset import process_of, slot_of
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import run_ensemble
from sim.world.scenario import Scenario

LEVEL = (0.05, 0.95)
Told = Callable[[str], None]


@dataclass(frozen=True)
class Backtest:
    """Forecasts, and what happened.

    Parameters
    ----------
    rows : DataFrame
        One row for everyone at risk at each origin: origin, process, dispute, entity, actor; first, days_H as
        `Truth.happened` tells; day, the median day of the worlds in which it acts within a year;
        NAME_H, what the model and each of `plain.BASELINES` forecast for these days (for all of the
        horizon where none are scored).
    sizes : DataFrame
        One row a question (who follows toward one actor at issue) and horizon: origin, process, dispute,
        entity, days, low and high (90 % interval), mean of the worlds, and observed.
    """

    rows: pd.DataFrame
    sizes: pd.DataFrame


def backtest(
    corpus: Corpus,
    first: date,
    last: date,
    processes: tuple[str, ...] = FOLLOWING,
    dispute: str = "",
    step: int = ORIGIN_STEP,
    worlds: int = FOLLOWER_WORLDS,
    told: Told | None = None,
) -> Backtest:
    """Forecast who follows at every origin of a span, and read what happened.

    Parameters
    ----------
    corpus : Corpus
    first, last : date
    processes, dispute, step
        As `sim.backtest.origins.origins` takes them.
    worlds : int
        Simulated futures an origin.
    told : callable, optional
        Told in a sentence how far it is.
    """
    truth, rows, sizes = Truth(corpus), [], []
    chosen = origins(corpus, first, last, step, processes, dispute)
    for done, origin in enumerate(chosen):
        if told:
            told(f"{done + 1}/{len(chosen)}: {origin.day}, {', '.join(origin.disputes)}")
        made = forecast(corpus, origin, worlds, told=told)
        found = asked(made, origin, truth)
        rows.append(found)
        sizes.append(_sizes(found, made.acts, worlds))
    if not rows:
        return Backtest(pd.DataFrame(), pd.DataFrame())
    return Backtest(pd.concat(rows, ignore_index=True), pd.concat(sizes, ignore_index=True))


@dataclass(frozen=True)
class Forecast:
    """What was foreseen at an origin with what was known on its day; can be asked about any number of days.

    Parameters
    ----------
    rows : DataFrame
        As `Backtest.rows`, without what happened and without NAME_H; channel.
    acts : array, shape (acts, 3)
        Row of the table, world, and days after the origin, of each first act in a world.
    worlds : int
    known : Corpus
    assembly : Assembly
    rates : Rates
    """

    rows: pd.DataFrame
    acts: npt.NDArray[np.float64]
    worlds: int
    known: Corpus
    assembly: Assembly
    rates: Rates

    def within(self, days: Mapping[int, Vector]) -> pd.DataFrame:
        """Return NAME_H of the model and of each baseline: who acts within so many days (by horizon)."""
        model = {f"model_{h}": share_within(self.acts, days[h], self.worlds) for h in HORIZONS}
        channel = self.rows["channel"].to_numpy(np.int64)
        others = plain.forecasts(self.rates, self.known, self.assembly, channel, days)
        return pd.concat([pd.DataFrame(model), others], axis=1)


def forecast(
    corpus: Corpus,
    origin: Origin,
    worlds: int = FOLLOWER_WORLDS,
    seed: int = 1,
    told: Told | None = None,
) -> Forecast:
    """Forecast an origin with what was known on its day; nothing later is looked at."""
    known = corpus.as_of(origin.day)
    learned = origin.day.replace(month=1, day=1)
    posterior = transferred(posterior_for(known, learned, told=told), known)
    assembly = _assembled(known, origin, posterior)
    rows = _at_risk(assembly, origin)
    log = run_ensemble(assembly, worlds, seed).log
    acts = _first_acts(log, rows["channel"].to_numpy(), assembly.layout.n)
    rows["day"] = _median_day(acts, len(rows))
    return Forecast(rows, acts, worlds, known, assembly, plain.rates_for(known, learned, told))


def asked(made: Forecast, origin: Origin, truth: Truth) -> pd.DataFrame:
    """Ask a forecast about the days that are scored, and set what happened beside it: `Backtest.rows`."""
    happened = _happened(made.rows, origin, truth)
    scored = {h: happened[f"days_{h}"].to_numpy(float) for h in HORIZONS}
    days = {h: np.where(told > 0, told, float(h)) for h, told in scored.items()}
    return pd.concat([made.rows.drop(columns="channel"), made.within(days), happened], axis=1)


def _assembled(known: Corpus, origin: Origin, posterior: Posterior) -> Assembly:
    scenario = Scenario.model_validate(
        {
            "title": "Who follows?",
            "as_of": origin.day,
            "horizon_days": WITHIN,
            "disputes": origin.disputes,
        }
    )
    return assemble(scenario, known, posterior)


def _at_risk(a: Assembly, origin: Origin) -> pd.DataFrame:
    """Return everyone at risk of following in the disputes asked about."""
    layout, world, codes, found = a.layout, a.template, a.codes, []
    for c, (entity, d) in enumerate(layout.columns):
        if d.dispute in origin.disputes:
            free = layout.by_column(world.allowed)[c] == 1
            for i in np.flatnonzero(free & (world.recognises[:, c] == 0)):
                process = process_of(slot_of(d))
                row = (origin.day, process, d.dispute, entity, codes[i], c * layout.n + i)
                found.append(row)
    names = ["origin", "process", "dispute", "entity", "actor", "channel"]
    return pd.DataFrame(found, columns=names)


def _first_acts(
    log: npt.NDArray[np.float64], channels: npt.NDArray[np.int64], n: int
) -> npt.NDArray[np.float64]:
    """Return (row, world, days) of the first act of each channel in each world."""
    mine = log[log[:, 1] == kernel.RECOGNISE]
    channel = (mine[:, 3] * n + mine[:, 2]).astype(np.int64)
    order = np.argsort(channels)
    if not len(order):
        return np.zeros((0, 3))
    at = np.minimum(np.searchsorted(channels, channel, sorter=order), len(order) - 1)
    row = order[at]
    asked = channels[row] == channel
    acts = np.column_stack([row[asked], mine[asked, 4], np.floor(mine[asked, 0])])
    acts = acts[np.lexsort((acts[:, 2], acts[:, 1], acts[:, 0]))]
    _, first = np.unique(acts[:, :2], axis=0, return_index=True)
    return np.asarray(acts[first])


def share_within(acts: npt.NDArray[np.float64], days: Vector, worlds: int) -> Vector:
    """Return in what share of the worlds each row acts within so many days, with half a world of one more.

    Parameters
    ----------
    acts : array, shape (acts, 3)
        As `forecast` returns them.
    days : array, shape (rows,)
    """
    row = acts[:, 0].astype(np.int64)
    count = np.bincount(row[acts[:, 2] <= days[row]], minlength=len(days))
    return np.asarray((count + 0.5) / (worlds + 1))


def _median_day(acts: npt.NDArray[np.float64], rows: int) -> Vector:
    days = pd.Series(acts[:, 2]).groupby(acts[:, 0].astype(np.int64)).median()
    return np.asarray(days.reindex(range(rows)), dtype=np.float64)


def _happened(rows: pd.DataFrame, origin: Origin, truth: Truth) -> pd.DataFrame:
    """Return what happened: the columns of `Truth.happened`."""
    parts = [
        truth.happened(origin.day, str(d), str(e), list(group["actor"])).set_index(group.index)
        for (d, e), group in rows.groupby(["dispute", "entity"], sort=False)
    ]
    names = ["first", *(f"days_{h}" for h in HORIZONS)]
    return pd.concat(parts).loc[rows.index] if parts else pd.DataFrame(columns=names, dtype=float)


def _sizes(rows: pd.DataFrame, acts: npt.NDArray[np.float64], worlds: int) -> pd.DataFrame:
    """Return, for each question and horizon, how many follow in the worlds, and did."""
    found = []
    row = acts[:, 0].astype(np.int64)
    for (process, dispute, entity), group in rows.groupby(
        ["process", "dispute", "entity"], sort=False
    ):
        mine = np.isin(row, group.index)
        for h in HORIZONS:
            days = rows[f"days_{h}"].to_numpy()
            if not (scored := days[group.index] > 0).any():
                continue
            inside = mine & (acts[:, 2] <= days[row]) & (days[row] > 0)
            count = np.bincount(acts[inside, 1].astype(np.int64), minlength=worlds)
            low, high = np.quantile(count, LEVEL, method="inverted_cdf")
            seen = int((group["first"] <= group[f"days_{h}"])[scored].sum())
            cells = (group["origin"].iat[0], process, dispute, entity, h)
            found.append((*cells, int(low), int(high), float(count.mean()), seen))
    names = ["origin", "process", "dispute", "entity", "days", "low", "high", "mean", "observed"]
    return pd.DataFrame(found, columns=names)
