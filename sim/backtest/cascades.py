"""Goodness of fit of cascades: how recognitions came one after another, observed and simulated.

This is no forecast: the rules have learned from all of history, the cascades themselves included. Asked is
whether worlds that start as each began grow as it did, in size and in pace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.backtest import CASCADE_WORLDS
from sim.backtest.recognisers import Question, Told, questions
from sim.hazard.posterior import Posterior, transferred
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus
from sim.world.assemble import assemble
from sim.world.ensemble import run_ensemble
from sim.world.scenario import Scenario

FEWEST = 10
"""Recognitions from which on it is a cascade."""

LEVEL = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Cascade:
    """The recognitions of an entity, day by day.

    Parameters
    ----------
    dispute, entity : str
    start : date
        What was known at its end is where the worlds start.
    observed : array of int, shape (days + 1,)
        How many had recognised since by the end of each day.
    simulated : array of int, shape (worlds, days + 1)
    """

    dispute: str
    entity: str
    start: date
    observed: npt.NDArray[np.int64]
    simulated: npt.NDArray[np.int64]

    @property
    def envelope(self) -> npt.NDArray[np.int64]:
        """Low, median and high of the worlds on each day, shape (3, days + 1): 90 % lie between."""
        found = np.quantile(self.simulated, LEVEL, axis=0, method="inverted_cdf")
        return np.asarray(found, dtype=np.int64)


def cascades(
    corpus: Corpus, worlds: int = CASCADE_WORLDS, dispute: str = "", told: Told | None = None
) -> list[Cascade]:
    """Simulate every cascade on record from its start.

    The starts are those of `sim.backtest.recognisers.questions`: the opening of the dispute, the beginning of
    the record, or the eve of a patron's recognition that came late.
    """
    posterior = posterior_for(corpus, corpus.end, told=told)
    found = []
    for q in questions(corpus, dispute):
        if len(q.first) >= FEWEST:
            if told:
                told(f"the cascade of {q.entity}, from {q.day}")
            found.append(simulated(corpus, q, posterior, worlds))
    return found


def simulated(corpus: Corpus, q: Question, posterior: Posterior, worlds: int) -> Cascade:
    """Simulate one cascade, and count the one observed beside it."""
    scenario = Scenario.model_validate(
        {"title": q.entity, "as_of": q.day, "horizon_days": q.days, "disputes": (q.dispute,)}
    )
    assembly = assemble(scenario, corpus, transferred(posterior, corpus.as_of(q.day)))
    log = run_ensemble(assembly, worlds, seed=1).log
    column = assembly.layout.column_index[q.dispute, q.entity]
    mine = log[(log[:, 1] == kernel.RECOGNISE) & (log[:, 3] == column)]
    _, first = np.unique(mine[:, [4, 2]], axis=0, return_index=True)  # the first of each, by time
    day = np.floor(mine[first, 0]).astype(np.int64)
    inside = (day >= 0) & (day <= q.days)
    counts = np.zeros((worlds, q.days + 1), dtype=np.int64)
    np.add.at(counts, (mine[first, 4].astype(np.int64)[inside], day[inside]), 1)
    return Cascade(q.dispute, q.entity, q.day, _observed(corpus, q), np.cumsum(counts, axis=1))


def _observed(corpus: Corpus, q: Question) -> npt.NDArray[np.int64]:
    rows = corpus.events
    mine = (rows["dispute"] == q.dispute) & (rows["receiver"] == q.entity)
    mine &= rows["sender"].isin(q.first) & (rows["known_from"] > pd.Timestamp(q.day))
    placed = rows[mine].groupby("sender")["placed"].min()
    day = ((placed - pd.Timestamp(q.day)).dt.days).clip(0, q.days).to_numpy()
    return np.cumsum(np.bincount(day, minlength=q.days + 1))


def curves(found: list[Cascade]) -> pd.DataFrame:
    """Return every day of every cascade: dispute, entity, start, day, observed, low, median, high."""
    parts = []
    for c in found:
        low, median, high = c.envelope
        table = {"day": np.arange(len(c.observed)), "observed": c.observed}
        table |= {"low": low, "median": median, "high": high}
        parts.append(
            pd.DataFrame({"dispute": c.dispute, "entity": c.entity, "start": c.start, **table})
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def fits(found: list[Cascade]) -> pd.DataFrame:
    """Return how well each cascade is grown: sizes, pace, and the share of days inside the envelope.

    Returns
    -------
    DataFrame
        dispute, entity, start, days; observed, low, median, high: its size at the end; inside: the share
        of days on which what was observed lies in the envelope; half, half_median: the day by which half
        of the final number had recognised, observed and the median of the worlds in which anyone did.
    """
    rows = []
    for c in found:
        low, median, high = c.envelope
        inside = float(((low <= c.observed) & (c.observed <= high)).mean())
        halves = [_half(curve) for curve in c.simulated if curve[-1] > 0]
        facts = (c.dispute, c.entity, c.start, len(c.observed) - 1, int(c.observed[-1]))
        sizes = int(low[-1]), int(median[-1]), int(high[-1])
        usual = float(np.median(halves)) if halves else float("nan")
        rows.append((*facts, *sizes, inside, _half(c.observed), usual))
    names = ["dispute", "entity", "start", "days", "observed", "low", "median", "high", "inside"]
    return pd.DataFrame(rows, columns=[*names, "half", "half_median"])


def _half(curve: npt.NDArray[np.int64]) -> int:
    return int(np.searchsorted(curve, curve[-1] / 2))
