"""Leave one dispute out: who recognises an entity, forecast by what all other disputes teach.

The question about an entity is asked at the start of its record: when its dispute opens, or later if only
then the record becomes complete. If its first recognition by a patron (without one, by anybody) comes
more than a year after that, it is asked on the eve of that recognition. It asks who of those at
risk then recognises the entity within 365 days, or as long as the record is complete. It is asked only if
nobody recognised the entity between the opening and the start of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from sim import kernel
from sim.backtest import ANSWER_WORLDS, scoring
from sim.backtest.holdout import (
    WITHIN,
    Mask,
    learn_without,
    recorded_days,
    without_dispute,
)
from sim.hazard.covariates import contrast
from sim.hazard.posterior import Posterior, transferred
from sim.hazard.record import covered
from sim.hazard.replay import replay
from sim.hazard.riskset import Layout
from sim.hazard.snapshot import Snapshot
from sim.history.corpus import Corpus
from sim.history.disputes import Dispute
from sim.history.events import IMPLIES_RECOGNITION
from sim.world.assemble import assemble
from sim.world.ensemble import run_ensemble
from sim.world.scenario import Scenario

BASELINES = ("votes", "bloc")
"""Alignment of UN votes alone; the share of the fellow members that recognise or are patrons."""

ENOUGH = 3
"""Recognisers from which on a ranking is counted in the mean."""

NAMED = 5
Told = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """Who recognises an entity, asked on a day.

    Parameters
    ----------
    dispute, entity : str
    day : date
    days : int
        Within how many days.
    actors : tuple of str
        Everyone at risk.
    happened : array, shape (actors,)
        1 for those who did.
    first : tuple of str
        Who did, in order.
    plain : dict of str to array
        Scores of `BASELINES`.
    """

    dispute: str
    entity: str
    day: date
    days: int
    actors: tuple[str, ...]
    happened: scoring.Vector
    first: tuple[str, ...]
    plain: dict[str, scoring.Vector]


def questions(corpus: Corpus, key: str = "") -> list[Question]:
    """Return every question that the record can answer, by day; of one dispute if its key is given."""
    layout = Layout.of(corpus)
    found = []
    for dispute in (d for d in layout.disputes if key in ("", d.dispute)):
        for entity in dispute.entities:
            day = asked_on(corpus, dispute, entity)
            if day is None:
                continue
            row = layout.column_index[dispute.dispute, entity] * layout.n

            def whole(at: date, row: int = row) -> bool:
                return bool(covered(corpus, layout, at)[row])

            days = recorded_days(corpus, "recognise", dispute.dispute, day, whole)
            if days:
                found.append(_question(corpus, dispute, entity, day, days))
    return sorted(found, key=lambda q: (q.day, q.dispute, q.entity))


def asked_on(corpus: Corpus, dispute: Dispute, entity: str) -> date | None:
    """Return the day on which the question about an entity is asked; None if it cannot be."""
    table = corpus.coverage
    mine = (table["dispute"] == dispute.dispute) & (table["process"] == "recognise")
    starts = table.loc[mine & table["kind"].isin(IMPLIES_RECOGNITION), "first"]
    if not len(starts):
        return None
    start: date = max(dispute.opened, starts.min().date() - timedelta(days=1))
    acts = _recognitions(corpus, dispute, entity)
    acts = acts[acts["placed"] >= pd.Timestamp(dispute.opened)]
    if start > dispute.opened and (acts["placed"] <= pd.Timestamp(start)).any():
        return None
    by_patron = acts[acts["sender"].isin(dispute.patrons_of(entity))]
    counted = by_patron if len(by_patron) else acts
    if not len(counted):
        return start
    first: date = counted["placed"].min().date()
    return start if (first - start).days <= WITHIN else first - timedelta(days=1)


def _recognitions(corpus: Corpus, dispute: Dispute, entity: str) -> pd.DataFrame:
    rows = corpus.events
    mine = (rows["dispute"] == dispute.dispute) & (rows["receiver"] == entity)
    return rows[mine & rows["kind"].isin(IMPLIES_RECOGNITION)]


def _question(corpus: Corpus, dispute: Dispute, entity: str, day: date, days: int) -> Question:
    known = corpus.as_of(day)
    layout = Layout.of(known, {dispute.dispute})
    c = layout.column_index[dispute.dispute, entity]
    recognises = replay(known, layout, day).world.recognises[:, c] == 1
    allowed = layout.allowed(day)[c * layout.n : (c + 1) * layout.n] == 1
    at_risk = allowed & ~recognises
    codes = np.array(list(layout.actors), dtype=object)[at_risk]
    acts = _recognitions(corpus, dispute, entity)
    later = acts["known_from"] > pd.Timestamp(day)  # what was not known yet, of whatever day
    later &= acts["placed"] <= pd.Timestamp(day + timedelta(days=days))
    first = tuple(dict.fromkeys(s for s in acts.loc[later, "sender"] if s in set(codes)))
    snapshot = Snapshot(known, layout, day)
    votes = contrast(snapshot, snapshot.ideal, entity, dispute)
    plain = {"votes": votes[at_risk], "bloc": _bloc(snapshot, dispute, entity, recognises)[at_risk]}
    happened = np.isin(codes, first).astype(float)
    return Question(dispute.dispute, entity, day, days, tuple(codes), happened, first, plain)


def _bloc(s: Snapshot, dispute: Dispute, entity: str, recognises: Mask) -> scoring.Vector:
    """Share of everyone's fellow members (weighted) that recognise, or are sure to as patrons."""
    with_it = recognises.copy()
    with_it[s.rows(dispute.patrons_of(entity))] = True
    return np.asarray(s.partners()[0] @ with_it)


def backtest(
    corpus: Corpus, dispute: str = "", worlds: int = ANSWER_WORLDS, told: Told | None = None
) -> pd.DataFrame:
    """Forecast, for each dispute, who recognises its entities, by a fit on all other disputes.

    Parameters
    ----------
    corpus : Corpus
    dispute : str
        Only this one; all by default.
    worlds : int
    told : callable, optional
        Told which dispute is left out, before each fit.

    Returns
    -------
    DataFrame
        One row a question: dispute, entity, day, days, at_risk, recognised; auc_model and auc_NAME of each
        baseline; brier and surprise of the model (mean over those at risk), brier_base and
        surprise_base of the share that recognised in the questions of all other disputes; ranks: the
        first recognisers with their place among those at risk, 1 being the likeliest.
    """
    asked = questions(corpus)
    chosen = [q for q in asked if dispute in ("", q.dispute)]
    keys = list(dict.fromkeys(q.dispute for q in chosen))
    rows = []
    for done, key in enumerate(keys):
        if told:
            told(f"{done + 1}/{len(keys)}: learning without {key}")
        posterior = learn_without(without_dispute(corpus, key), "recognise", key)
        mine = [q for q in chosen if q.dispute == key]
        rows += [_scored(q, forecast(corpus, q, posterior, worlds), asked) for q in mine]
    return pd.DataFrame(rows)


def forecast(corpus: Corpus, q: Question, posterior: Posterior, worlds: int) -> scoring.Vector:
    """Return, for everyone at risk, the share of worlds in which it recognises the entity in time."""
    scenario = Scenario.model_validate(
        {"title": q.entity, "as_of": q.day, "horizon_days": q.days, "disputes": (q.dispute,)}
    )
    assembly = assemble(scenario, corpus, transferred(posterior, corpus.as_of(q.day)))
    log = run_ensemble(assembly, worlds, seed=1).log
    column = assembly.layout.column_index[q.dispute, q.entity]
    mine = (log[:, 1] == kernel.RECOGNISE) & (log[:, 3] == column) & (log[:, 0] < q.days + 1)
    who = np.unique(log[mine][:, [2, 4]], axis=0)[:, 0].astype(np.int64)  # once a world
    share = np.bincount(who, minlength=assembly.layout.n) / worlds
    return np.asarray(share[[assembly.layout.actors.row(code) for code in q.actors]])


def base_rate(q: Question, asked: Sequence[Question]) -> float:
    """Return the share that recognised in the questions of other disputes, with half a one more."""
    others = [other for other in asked if other.dispute != q.dispute]
    yes = sum(float(other.happened.sum()) for other in others)
    return (yes + 0.5) / (sum(len(other.actors) for other in others) + 1)


def _scored(q: Question, p: scoring.Vector, asked: Sequence[Question]) -> dict[str, object]:
    base = np.full(len(p), base_rate(q, asked))
    place = dict(zip(q.actors, scoring.ranks(p), strict=True))
    return {
        "dispute": q.dispute,
        "entity": q.entity,
        "day": q.day,
        "days": q.days,
        "at_risk": len(q.actors),
        "recognised": len(q.first),
        "auc_model": scoring.auc(p, q.happened),
        **{f"auc_{name}": scoring.auc(q.plain[name], q.happened) for name in BASELINES},
        "brier": scoring.brier(p, q.happened).mean(),
        "brier_base": scoring.brier(base, q.happened).mean(),
        "surprise": scoring.surprise(p, q.happened).mean(),
        "surprise_base": scoring.surprise(base, q.happened).mean(),
        "ranks": ", ".join(f"{code} {place[code]:g}" for code in q.first[:NAMED]),
    }


def by_dispute(table: pd.DataFrame) -> pd.DataFrame:
    """Return the AUC of each dispute with recognisers enough: the mean over its entities that have them.

    Parameters
    ----------
    table : DataFrame
        As `backtest` returns it.
    """
    enough = table[table["recognised"] >= ENOUGH]
    names = [f"auc_{name}" for name in ("model", *BASELINES)]
    return enough.groupby("dispute", sort=False)[names].mean()
