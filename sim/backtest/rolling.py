"""Rolling origin: at each recognition, forecast the answer with what was known before, and score it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from sim.backtest import ANSWER_WORLDS, scoring
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus
from sim.history.coverage import holds_for
from sim.history.events import IMPLIES_RECOGNITION, UNKNOWN, EventKind
from sim.history.precedents import Precedent, precedents
from sim.world.assemble import assemble
from sim.world.ensemble import run_ensemble
from sim.world.scenario import ForcedEvent, Scenario
from sim.world.standing import Standing

WITHIN = 30
BASELINES = ("nobody acts", "base rate", "own past rate", "as last time")
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Case:
    """A recognition whose answer is on record."""

    precedent: Precedent
    happened: bool
    parent: str


def cases(corpus: Corpus, first: date, last: date, dispute: str = "") -> list[Case]:
    """Return the precedents of a span of which it is recorded whether they were answered by severance.

    A case counts if the parent had relations to cut, as far as was known on the eve; if the record of
    severances is complete from the trigger on, without a note that nobody knows; and if the whole
    window to the answer lies before the corpus ends.
    """
    found = []
    unknown = _unknown(corpus)
    known: dict[date, Standing] = {}
    for p in precedents(corpus):
        inside = first <= p.date <= last and p.date + timedelta(days=WITHIN) <= corpus.last_known
        if p.process == "respond" and inside and dispute in ("", p.dispute):
            days = p.days_to("sever")
            happened = days is not None and days <= WITHIN
            told = happened or unknown.isdisjoint(p.nonevents)
            if told and _recorded(corpus, p) and _had_relations(corpus, p, known):
                found.append(Case(p, happened, p.responder))
    return found


def _unknown(corpus: Corpus) -> set[str]:
    """Return the non-events that only say that no source tells whether relations were cut."""
    rows = corpus.nonevents
    silent = rows["reason"].isin(UNKNOWN) & (rows["kind"] == EventKind.SEVER_RELATIONS)
    return set(rows.loc[silent, "nonevent_id"])


def _had_relations(corpus: Corpus, p: Precedent, known: dict[date, Standing]) -> bool:
    eve = p.date - timedelta(days=1)
    if eve not in known:
        known[eve] = Standing(corpus.as_of(eve), eve)
    return known[eve].has_relations(p.responder, p.target)


def _coded(corpus: Corpus, p: Precedent) -> bool:
    """Whether it is coded, either way, if the responder severed."""
    missing = corpus.nonevents
    asked = missing["nonevent_id"].isin(p.nonevents) & (
        missing["kind"] == EventKind.SEVER_RELATIONS
    )
    return p.days_to("sever") is not None or bool(asked.any())


def _recorded(corpus: Corpus, p: Precedent) -> bool:
    table = corpus.coverage
    last = table["last"].fillna(pd.Timestamp(corpus.last_known)).dt.date
    mine = (table["dispute"] == p.dispute) & (table["kind"] == "sever_relations")
    mine &= np.array([holds_for(row, p.responder) for row in table["sender"]], bool)
    mine &= (table["process"] == "respond") & ((table["pairs"] != "coded") | _coded(corpus, p))
    mine &= (table["first"].dt.date <= p.date) & (last >= p.date + timedelta(days=WITHIN))
    return bool(mine.any())


def backtest(
    corpus: Corpus,
    first: date,
    last: date,
    dispute: str = "",
    told: Told | None = None,
    worlds: int = ANSWER_WORLDS,
) -> pd.DataFrame:
    """Forecast, for each case, whether the parent severs within 30 days.

    The fit and the forecast of a case know what was known on the day before its trigger, and what is
    dated on the trigger's day.

    Returns
    -------
    DataFrame
        One row a case: precedent, date, parent, happened (0 or 1), model, and each baseline's forecast.
        Cases of the day on which their dispute opened teach the baselines but are not scored: on the
        eve there was no question to ask.
    """
    history = cases(corpus, date.min, last)
    chosen = [
        c
        for c in history
        if c.precedent.date >= first
        and dispute in ("", c.precedent.dispute)
        and corpus.disputes[c.precedent.dispute].opened < c.precedent.date
    ]
    rows = []
    for done, case in enumerate(chosen):
        if told:
            told(done, len(chosen))
        p = case.precedent
        facts = (p.id, p.date, case.parent, float(case.happened))
        rows.append((*facts, _forecast(corpus, p, worlds), *plain_forecasts(history, p)))
    return pd.DataFrame(
        rows, columns=["precedent", "date", "parent", "happened", "model", *BASELINES]
    )


def plain_forecasts(history: Sequence[Case], p: Precedent) -> tuple[float, ...]:
    """Return what each of the `BASELINES` forecasts for a precedent.

    An earlier case teaches them only once its own window has closed. The base rate starts from one case
    that half happened; the parent's own rate starts from one case that went as the base rate, and so
    is the base rate where the parent has no past. "As last time" repeats the parent's last answer.
    """
    before = [c for c in history if c.precedent.date + timedelta(days=WITHIN) < p.date]
    rate = (sum(c.happened for c in before) + 0.5) / (len(before) + 1)
    mine = [c.happened for c in before if c.precedent.responder == p.responder]
    own = (sum(mine) + rate) / (len(mine) + 1)
    return 0.0, rate, own, float(mine[-1]) if mine else rate


def _forecast(corpus: Corpus, p: Precedent, worlds: int) -> float:
    """Return the share of worlds in which the responder severs in time."""
    scenario = question(corpus, p)
    learned = posterior_for(corpus, scenario.as_of, processes=("respond",))
    assembly = assemble(scenario, corpus, learned)
    events = run_ensemble(assembly, worlds, seed=1).events
    severed = (events["kind"] == "sever_relations") & (events["sender"] == p.responder)
    found = events.loc[severed & (events["receiver"] == p.target), "world"]
    return float(found.nunique()) / worlds


def question(corpus: Corpus, p: Precedent) -> Scenario:
    """Return a precedent as the scenario of its eve.

    Only the triggers dated on its first day are imposed. Later ones of the same affair (the
    establishment that follows a withdrawal by days) are not known yet, so they are left to chance.
    """
    eve = p.date - timedelta(days=1)
    events = corpus.events
    mine = events["event_id"].isin(p.trigger_ids) & (events["sender"] == p.target)
    acts = events[mine & (events["placed"] == pd.Timestamp(p.date))]
    forced = tuple(
        ForcedEvent(
            date=p.date,
            sender=p.target,
            kind="recognise" if k in IMPLIES_RECOGNITION else k,
            receivers=(r,),
        )
        for k, r in dict.fromkeys(zip(acts["kind"], acts["receiver"], strict=True))
    )
    return Scenario.model_validate(
        {
            "title": p.id,
            "as_of": eve,
            "horizon_days": WITHIN + 1,
            "disputes": (p.dispute,),
            "intervention": forced,
        }
    )


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Score the forecasts beside their baselines.

    Returns
    -------
    DataFrame
        One row for the model and for each baseline: brier, surprise, and the model's skill against the
        baseline in both, with 90 % intervals by bootstrap over parents, each of whom answers alike.
    """
    forecasts = {name: table[name].to_numpy() for name in ("model", *BASELINES)}
    happened, parent = table["happened"].to_numpy(), list(table["parent"])
    return pd.DataFrame(scoring.beside(forecasts, happened, parent))
