"""Leave one parent out: how far it goes in its answers, forecast by what all other parents teach.

The cases are those of the rolling backtest, at any date. Asked is the highest rung that the parent
reaches within 365 days of a recognition (or as long as the record is complete), among the rungs whose
record is complete for this pair from the recognition on, for 30 days at least.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.backtest import ANSWER_WORLDS, rolling, scoring
from sim.backtest.holdout import (
    Mask,
    learn_without,
    only_of,
    recorded_days,
    without_answers,
)
from sim.hazard.fitting import fit, split
from sim.hazard.learn import DRAWS, design_of, played
from sim.hazard.posterior import Posterior, transferred
from sim.hazard.record import covered, silences, without
from sim.hazard.riskset import Front, Layout
from sim.hazard.scales import SEED, around
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus
from sim.history.events import RUNGS, UNKNOWN
from sim.history.precedents import Precedent
from sim.world.assemble import assemble
from sim.world.ensemble import run_ensemble

PROCESS = "respond"
NONE = "none"
ASKED = tuple(rung for rung in RUNGS if rung != "condemn")
"""Rungs that a case may be asked about, lowest first: no record of condemnations is complete."""

SURPRISES = {"model": "surprise", "alike": "surprise_alike", "base": "surprise_base"}
"""Score of each forecast: the rules, the same without doctrines, the base rate of other parents."""

Told = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """How far a parent went against a recogniser.

    Parameters
    ----------
    precedent : Precedent
    rungs : tuple of str
        Those asked about, lowest first.
    days : int
        Within how many days of the eve.
    reached : str
        The highest of them, or `NONE`.
    """

    precedent: Precedent
    rungs: tuple[str, ...]
    days: int
    reached: str


def answers(corpus: Corpus) -> list[Answer]:
    """Return every case of which the record tells how far the parent went, by date."""
    record = _Record(corpus)
    found = []
    for case in rolling.cases(corpus, date.min, corpus.last_known):
        p = case.precedent
        if corpus.disputes[p.dispute].opened >= p.date:
            continue
        days = {rung: record.days(p, rung) for rung in ASKED}
        rungs = tuple(rung for rung in ASKED if days[rung] >= rolling.WITHIN)
        if rungs:
            span = min(days[rung] for rung in rungs)
            found.append(Answer(p, rungs, span, _reached(p, rungs, span)))
    return found


class _Record:
    """For how long it is on record, either way, whether a parent answered on a rung."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.layout = Layout.of(corpus)
        self.mute = silences(corpus, UNKNOWN)
        self.complete = cache(self._complete)

    def _complete(self, day: date) -> Mask:
        """Which answers are on record on a day, shape (fronts, actors, rungs)."""
        layout = self.layout
        mask = covered(self.corpus, layout, day) & (without(self.mute, layout, day) == 1)
        return np.asarray(layout.by_rung(mask))

    def days(self, p: Precedent, rung: str) -> int:
        front = self.layout.front_index[Front(p.responder, p.dispute)]
        where = front, self.layout.actors.row(p.target), RUNGS.index(rung)
        whole: Callable[[date], bool] = lambda at: bool(self.complete(at)[where])  # noqa: E731
        return recorded_days(self.corpus, PROCESS, p.dispute, _eve(p), whole)


def _eve(p: Precedent) -> date:
    return p.date - timedelta(days=1)


def _reached(p: Precedent, rungs: Sequence[str], days: int) -> str:
    in_time = {r.rung for r in p.reactions if (r.date - _eve(p)).days <= days}
    return next((rung for rung in reversed(rungs) if rung in in_time), NONE)


def backtest(
    corpus: Corpus, dispute: str = "", worlds: int = ANSWER_WORLDS, told: Told | None = None
) -> pd.DataFrame:
    """Forecast, for each parent, how far it goes, by a fit on the answers of all others.

    Its doctrine is drawn from the prior that the others teach. What it did before still is the state
    of the world on the eve of each case: relations that it has cut are cut. Beside it stands a fit that
    knows of no doctrines: it is surer, and its rates are those of the parents with most cases.

    Parameters
    ----------
    corpus : Corpus
    dispute : str
        Only cases of this one; of all by default.
    worlds : int
    told : callable, optional
        Told which parent is left out, before each fit.

    Returns
    -------
    DataFrame
        One row a case, if the simulated world knows of relations to cut: precedent, parent, date, days,
        reached; model, alike and base, the probability that the fit, the fit without doctrines and the
        pooled base rate of other parents gave to it; surprise, surprise_alike and surprise_base.
    """
    history = answers(corpus)
    chosen: dict[str, list[Answer]] = defaultdict(list)
    for answer in history:
        if dispute in ("", answer.precedent.dispute):
            chosen[answer.precedent.responder].append(answer)
    rows = []
    for done, (parent, mine) in enumerate(sorted(chosen.items())):
        if told:
            told(f"{done + 1}/{len(chosen)}: learning without {parent}, {len(mine)} cases")
        kept = without_answers(corpus, parent)
        posterior, level = learn_without(kept, PROCESS, parent), learn_alike(kept)
        for a in mine:
            p = forecast(corpus, a, posterior, worlds)
            if p is not None and (q := forecast(corpus, a, level, worlds, alike=True)):
                facts = (a.precedent.id, parent, a.precedent.date, a.days, a.reached)
                given = (p[a.reached], q[a.reached], base_rates(a, history)[a.reached])
                rows.append((*facts, *given))
    names = ["precedent", "parent", "date", "days", "reached", *SURPRISES]
    table = pd.DataFrame(rows, columns=names)
    for name, score in SURPRISES.items():
        table[score] = scoring.surprise(table[name].to_numpy(float), np.ones(len(table)))
    return table


def forecast(
    corpus: Corpus, a: Answer, posterior: Posterior, worlds: int, alike: bool = False
) -> dict[str, float] | None:
    """Return the share of worlds in which each rung is the highest reached in time; of all parents `alike`.

    None if the two have no relations in the world of the eve: certain silence would be no forecast.
    """
    p = a.precedent
    scenario = rolling.question(corpus, p).model_copy(update={"horizon_days": a.days})
    known = corpus.as_of(scenario.as_of)
    rules = transferred(posterior, known)
    if alike:
        rules = _levelled(rules, Terms(Layout.of(known)))
    assembly = assemble(scenario, corpus, rules)
    front = assembly.layout.front_index[Front(p.responder, p.dispute)]
    target = assembly.layout.actors.row(p.target)
    if assembly.template.level[front, target] == kernel.NONE:
        return None
    log = run_ensemble(assembly, worlds, seed=1).log
    mine = (log[:, 2] == target) & (log[:, 3] == front)
    mine &= log[:, 0] < a.days + 1
    highest = np.zeros(worlds, dtype=np.int64)
    for height, rung in enumerate(a.rungs, start=1):
        rows = mine & (log[:, 1] == kernel.CONDEMN + RUNGS.index(rung))
        highest[log[rows, 4].astype(np.int64)] = height
    shares = np.bincount(highest, minlength=len(a.rungs) + 1) / worlds
    return dict(zip((NONE, *a.rungs), map(float, shares), strict=True))


def learn_alike(kept: Corpus) -> Posterior:
    """Learn answers as if all parents were alike: no doctrine has a part in the fit, nor in its draws."""
    kept = only_of(kept, PROCESS)
    known = kept.as_of(kept.end)
    terms, history = played(known, kept.end)
    design, rows = design_of(terms, history, PROCESS, np.ones(len(history.exposure), bool))
    own = np.isin(split(terms, PROCESS)[0], _doctrines(terms))
    blank = replace(design, X=np.where(own, 0.0, design.X))
    found = fit(blank.merged(np.full(len(design.y), "", dtype=object))[0], terms, PROCESS)
    learned = Posterior.sample(terms, found, DRAWS, SEED, known.fingerprint, kept.end, around)
    slots = np.unique(terms.layout.slots[history.exposure[rows, 0].astype(np.int64)])
    return replace(learned, about={**learned.about, "slots": slots.tolist()})


def _doctrines(terms: Terms) -> npt.NDArray[np.int64]:
    """Return which coefficients of answers are a parent's own: how ready it is, how fast, how far it goes."""
    own = (p for p, name in enumerate(terms.named) if re.match("respond/.*actor/", name))
    return np.fromiter(own, dtype=np.int64)


def _levelled(posterior: Posterior, terms: Terms) -> Posterior:
    """Take every doctrine out of the draws."""
    draws = posterior.draws.copy()
    draws[:, _doctrines(terms)] = 0.0
    return replace(posterior, draws=draws)


def base_rates(a: Answer, history: Sequence[Answer]) -> dict[str, float]:
    """Return how often each rung was the highest in the cases of other parents.

    From the top rung down: the share that reached it of those that were asked about it and went no
    higher, starting from one case that half did.
    """
    others = [o for o in history if o.precedent.responder != a.precedent.responder]
    return rung_rates(a.rungs, others)


def rung_rates(rungs: Sequence[str], others: Sequence[Answer]) -> dict[str, float]:
    """Return how often each rung was the highest in some cases, see `base_rates`."""
    found, rest = {}, 1.0
    for rung in reversed(rungs):
        above = ASKED[ASKED.index(rung) + 1 :]
        level = [o.reached == rung for o in others if rung in o.rungs and o.reached not in above]
        share = (sum(level) + 0.5) / (len(level) + 1)
        found[rung], rest = rest * share, rest * (1 - share)
    return {NONE: rest, **found}


def by_parent(table: pd.DataFrame) -> pd.DataFrame:
    """Return each parent's cases by the rung reached, and the mean scores.

    Parameters
    ----------
    table : DataFrame
        As `backtest` returns it.
    """
    groups = table.groupby("parent", sort=True)
    counts = {
        rung: groups["reached"].agg(lambda r, rung=rung: int((r == rung).sum()))
        for rung in (NONE, *ASKED)
    }
    scores = groups[list(SURPRISES.values())].mean()
    return pd.DataFrame({"cases": groups.size(), **counts}).join(scores)
