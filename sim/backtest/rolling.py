"""Rolling origin: at each recognition, forecast the answer with what was known before, and score it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from sim.backtest import scoring
from sim.hazard.learn import learn
from sim.history.corpus import Corpus
from sim.history.events import IMPLIES_RECOGNITION
from sim.history.precedents import Precedent, precedents
from sim.world.assemble import assemble
from sim.world.ensemble import run_ensemble
from sim.world.scenario import ForcedEvent, Scenario

WITHIN = 30
WORLDS = 2000
BASELINES = ("nobody acts", "base rate", "as last time")
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Case:
    """A recognition whose answer is on record."""

    precedent: Precedent
    happened: bool
    episode: str


def cases(corpus: Corpus, first: date, last: date, dispute: str = "") -> list[Case]:
    """Return the precedents of a span of which it is recorded whether they were answered by severance.

    A case counts if the parent had relations to cut, the record of severances is complete from the
    trigger on, and the whole window to the answer lies before the corpus ends.
    """
    found = []
    for p in precedents(corpus):
        inside = first <= p.date <= last and p.date + timedelta(days=WITHIN) <= corpus.last_known
        if (
            p.process == "respond"
            and inside
            and dispute in ("", p.dispute)
            and _recorded(corpus, p)
        ):
            days = p.days_to("sever")
            happened = days is not None and days <= WITHIN
            found.append(Case(p, happened, f"{p.responder} {p.date.year}"))
    return found


def _recorded(corpus: Corpus, p: Precedent) -> bool:
    table = corpus.coverage
    last = table["last"].fillna(pd.Timestamp(corpus.last_known)).dt.date
    mine = (table["dispute"] == p.dispute) & (table["kind"] == "sever_relations")
    mine &= table["sender"].isin(["", p.responder]) & (table["process"] == "respond")
    mine &= (table["first"].dt.date <= p.date) & (last >= p.date + timedelta(days=WITHIN))
    return bool(mine.any())


def backtest(
    corpus: Corpus, first: date, last: date, dispute: str = "", told: Told | None = None
) -> pd.DataFrame:
    """Forecast, for each case, whether the parent severs within 30 days.

    The fit and the forecast of a case know what was known on the day before its trigger, and that
    trigger.

    Returns
    -------
    DataFrame
        One row a case: precedent, date, episode, happened (0 or 1), model, and each baseline's forecast.
        Cases in which the parent had no relations to cut at the time are left out.
    """
    chosen = cases(corpus, first, last, dispute)
    history = cases(corpus, date.min, last)
    rows = []
    for done, case in enumerate(chosen):
        if told:
            told(done, len(chosen))
        probability = _forecast(corpus, case.precedent)
        if probability is None:
            continue
        day = case.precedent.date
        # An earlier case teaches a baseline only once its own window has closed.
        before = [c for c in history if c.precedent.date + timedelta(days=WITHIN) < day]
        rate = (sum(c.happened for c in before) + 0.5) / (len(before) + 1)
        mine = [c for c in before if c.precedent.responder == case.precedent.responder]
        again = float(mine[-1].happened) if mine else rate
        facts = (case.precedent.id, day, case.episode, float(case.happened))
        rows.append((*facts, probability, 0.0, rate, again))
    return pd.DataFrame(
        rows, columns=["precedent", "date", "episode", "happened", "model", *BASELINES]
    )


def _forecast(corpus: Corpus, p: Precedent) -> float | None:
    """Return the share of worlds in which the responder severs in time; None if it cannot."""
    eve = p.date - timedelta(days=1)
    known = corpus.as_of(eve)
    if p.dispute not in known.disputes:
        return None
    events = corpus.events
    acts = events[events["event_id"].isin(p.trigger_ids) & (events["sender"] == p.target)]
    forced = tuple(
        ForcedEvent(
            date=p.date,
            sender=p.target,
            kind="recognise" if k in IMPLIES_RECOGNITION else k,
            receivers=(r,),
        )
        for k, r in dict.fromkeys(zip(acts["kind"], acts["receiver"], strict=True))
    )
    question = {
        "title": p.id,
        "as_of": eve,
        "horizon_days": WITHIN + 1,
        "disputes": (p.dispute,),
        "intervention": forced,
    }
    scenario = Scenario.model_validate(question)
    posterior = learn(corpus, eve, processes=("respond",))
    assembly = assemble(scenario, corpus, posterior)
    front = [f.responder for f in assembly.layout.fronts].index(p.responder)
    if assembly.template.level[front, assembly.layout.actors.row(p.target)] == 0:
        return None
    events = run_ensemble(assembly, WORLDS, seed=1).events
    severed = (events["kind"] == "sever_relations") & (events["sender"] == p.responder)
    worlds = events.loc[severed & (events["receiver"] == p.target), "world"]
    return float(worlds.nunique()) / WORLDS


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Score the forecasts beside their baselines.

    Returns
    -------
    DataFrame
        One row for the model and for each baseline: brier, surprise, and the model's skill against the
        baseline in both, with 90 % intervals by bootstrap over episodes.
    """
    happened = table["happened"].to_numpy()
    losses = {"brier": scoring.brier, "surprise": scoring.surprise}
    rows = []
    for name in ("model", *BASELINES):
        row: dict[str, object] = {"forecast": name}
        for loss, score in losses.items():
            own = score(table[name].to_numpy(), happened)
            model = score(table["model"].to_numpy(), happened)
            row[loss] = own.mean()
            if name != "model":
                row[f"{loss}_skill"] = scoring.skill(model, own)
                row[f"{loss}_low"], row[f"{loss}_high"] = _spread(model, own, table["episode"])
        rows.append(row)
    return pd.DataFrame(rows)


def _spread(
    model: scoring.Vector, other: scoring.Vector, episode: Sequence[str]
) -> tuple[float, float]:
    def value(rows: np.ndarray) -> float:
        return scoring.skill(model[rows], other[rows])

    return scoring.interval_by_episode(value, episode)
