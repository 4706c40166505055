"""Rolling origin: how far the parent goes after a recognition, forecast on its eve and scored by rung."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from sim.backtest import ANSWER_WORLDS, parents, scoring
from sim.backtest.parents import ASKED, NONE, Answer
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus

BASELINES = ("nobody acts", "base rate", "as last time")


def backtest(
    corpus: Corpus,
    first: date,
    last: date,
    dispute: str = "",
    worlds: int = ANSWER_WORLDS,
    told: parents.Told | None = None,
) -> pd.DataFrame:
    """Forecast, for each case of a span, the highest rung that the parent reaches.

    Fitted as `sim.backtest.rolling.backtest` fits: on the eve of each case. The cases are those of
    `sim.backtest.parents.answers`. An earlier case teaches the baselines once its window has closed.

    Returns
    -------
    DataFrame
        One row a case: precedent, date, parent, reached; rps of the model, and rps_NAME of each of
        `BASELINES`; probability: what the model gave to the rung that was reached.
    """
    history, rows = parents.answers(corpus), []
    chosen = [
        a
        for a in history
        if first <= a.precedent.date <= last and dispute in ("", a.precedent.dispute)
    ]
    for done, a in enumerate(chosen):
        if told:
            told(f"{done + 1}/{len(chosen)}: how far, {a.precedent.id}")
        eve = a.precedent.date - timedelta(days=1)
        posterior = posterior_for(corpus, eve, processes=("respond",))
        p = parents.forecast(corpus, a, posterior, worlds)
        if p is None:
            continue
        known = _closed(a, history)
        usual = parents.rung_rates(a.rungs, known)
        told_by = (p, {NONE: 1.0}, usual, _last_time(a, known) or usual)
        scores = [_score(a, forecast) for forecast in told_by]
        of = a.precedent
        rows.append((of.id, of.date, of.responder, a.reached, *scores, p[a.reached]))
    names = ["precedent", "date", "parent", "reached", "rps"]
    names += [f"rps_{name}" for name in BASELINES]
    return pd.DataFrame(rows, columns=[*names, "probability"])


def _closed(a: Answer, history: Sequence[Answer]) -> list[Answer]:
    """Return the earlier cases of which it was known how they had ended."""
    return [o for o in history if o.precedent.date + timedelta(days=o.days) < a.precedent.date]


def _last_time(a: Answer, known: Sequence[Answer]) -> dict[str, float] | None:
    """Return the parent's last answer, as far as it can be asked about; None without a past."""
    mine = [o for o in known if o.precedent.responder == a.precedent.responder]
    if not mine:
        return None
    reached = mine[-1].reached
    height = ASKED.index(reached) if reached in ASKED else -1
    below = [rung for rung in a.rungs if ASKED.index(rung) <= height]
    return {below[-1] if below else NONE: 1.0}


def _score(a: Answer, forecast: dict[str, float]) -> float:
    order = (NONE, *a.rungs)
    p = np.array([[forecast.get(rung, 0.0) for rung in order]])
    return float(scoring.rps(p, np.array([order.index(a.reached)]))[0])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score of the model and each baseline, with the skill against it and its interval."""
    rows = []
    model, parent = table["rps"].to_numpy(float), list(table["parent"])
    for name in BASELINES:
        own = table[f"rps_{name}"].to_numpy(float)
        low, high = scoring.skill_interval(model, own, parent)
        rows.append((name, own.mean(), scoring.skill(model, own), low, high))
    nan = float("nan")
    return pd.DataFrame(
        [("model", model.mean(), nan, nan, nan), *rows],
        columns=["forecast", "rps", "skill", "low", "high"],
    )
