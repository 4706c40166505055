"""Premises carried out: the history, the rules and the state of a world as a scenario wants them.

What happened stays history and what was learned from it stays learned; a premise changes what the worlds
start from. A tie is changed since the end of the year before, the day at which covariates read it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sim.world.scenario_model import Scenario
from sim.world.scenario_premises import (
    LEVELS,
    CloseDispute,
    OpenDispute,
    Relations,
    SetDoctrine,
    SetRelations,
    SetTie,
    Tie,
)

if TYPE_CHECKING:
    import pandas as pd

    from sim import kernel
    from sim.hazard.evidence import Evidence
    from sim.hazard.posterior import Posterior
    from sim.hazard.riskset import Layout
    from sim.history.corpus import Corpus
    from sim.history.disputes import Dispute
    from sim.history.ties import Ties

__all__ = [
    "TIE_LEVELS",
    "doctrine_names",
    "given",
    "named_as",
    "ruled",
    "set_relations",
    "with_disputes",
]

TIE_LEVELS = {
    "alliance": ("defense", "offense"),
    "mission": ("embassy",),
    "membership": ("member", "suspended"),
}
"""Levels of each kind of tie that covariates tell from none; the first is what a premise sets."""


def with_disputes(corpus: Corpus, scenario: Scenario) -> Corpus:
    """Return the history with the disputes that a scenario opens or closes.

    Parameters
    ----------
    corpus : Corpus
        The whole history, or that of the scenario's day.
    """
    disputes = dict(corpus.disputes)
    eve = scenario.as_of - timedelta(days=1)
    for premise in scenario.premises:
        if isinstance(premise, CloseDispute) and premise.close.dispute in disputes:
            key = premise.close.dispute
            disputes[key] = replace(disputes[key], closed=eve)
        if isinstance(premise, OpenDispute):
            opened = _opened(premise, disputes, scenario.as_of)
            disputes[opened.dispute] = opened
    if disputes == corpus.disputes:
        return corpus
    return replace(corpus, disputes=dict(sorted(disputes.items())))


def _opened(premise: OpenDispute, disputes: dict[str, Dispute], day: date) -> Dispute:
    from sim.history.disputes import Dispute

    asked = premise.open
    known = disputes.get(asked.dispute)
    if known is not None:
        return replace(known, opened=min(known.opened, day), closed=None)
    seated = asked.parent if asked.kind == "rival_government" else ""
    return Dispute(
        asked.dispute, asked.dispute, asked.kind, asked.entities, asked.parent, asked.patrons,
        asked.parent_backers, day, None, "the scenario", seated,
    )  # fmt: skip


def given(known: Corpus, scenario: Scenario) -> Corpus:
    """Return the history as of a scenario's day with its disputes and ties as the scenario wants them.

    Parameters
    ----------
    known : Corpus
        As of the scenario's day.
    """
    changed = with_disputes(known, scenario)
    ties = changed.ties
    for premise in scenario.premises:
        if isinstance(premise, SetTie):
            ties = _tied(ties, premise.tie, scenario.as_of)
        if isinstance(premise, SetRelations):
            ties = _related(ties, premise.relations, scenario.as_of)
    return changed if ties is changed.ties else replace(changed, ties=ties)


def _tied(ties: Ties, asked: Tie, day: date) -> Ties:
    """Take away what the table says of a tie, and add it where it shall stand."""
    levels = TIE_LEVELS[asked.kind]
    table = _without(ties, asked.kind, _ends(asked.kind, asked.between), levels)
    return _with_row(table, asked.kind, asked.between, levels[0], day) if asked.holds else table


def _related(ties: Ties, asked: Relations, day: date) -> Ties:
    table = _without(ties, "relations", _ends("relations", asked.between), LEVELS)
    return _with_row(table, "relations", asked.between, asked.level, day)


def _ends(kind: str, between: tuple[str, ...]) -> set[tuple[str, ...]]:
    from sim.history.ties import DIRECTED

    return {between} if kind in DIRECTED else {between, between[::-1]}


def _without(ties: Ties, kind: str, ends: set[tuple[str, ...]], levels: tuple[str, ...]) -> Ties:
    import numpy as np

    table = ties.table
    mine = np.array([p in ends for p in zip(table["actor"], table["partner"], strict=True)])
    gone = ((table["kind"] == kind) & table["level"].isin(list(levels)) & mine).to_numpy()
    kept: pd.DataFrame = table[~gone].reset_index(drop=True)
    return replace(ties, table=kept, start=ties.start[~gone], end=ties.end[~gone])


def _with_row(ties: Ties, kind: str, between: tuple[str, ...], level: str, day: date) -> Ties:
    import numpy as np
    import pandas as pd

    since = np.datetime64(date(day.year - 1, 12, 31), "D")
    cells = dict.fromkeys(ties.table.columns, "") | {
        "kind": kind, "actor": between[0], "partner": between[1], "level": level,
        "start": str(since), "source": "the scenario",
    }  # fmt: skip
    table = pd.concat([ties.table, pd.DataFrame([cells], dtype=object)], ignore_index=True)
    start, end = np.append(ties.start, since), np.append(ties.end, np.datetime64("NaT", "D"))
    return replace(ties, table=table, start=start, end=end)


def named_as(posterior: Posterior, changed: Corpus) -> Posterior:
    """Return the rules under the names of a history in which a dispute is new.

    What the new dispute has of its own is drawn from the prior, everything else is as learned.

    Parameters
    ----------
    posterior : Posterior
        As learned on the scenario's day.
    changed : Corpus
        See `given`.
    """
    from sim.hazard.posterior import transferred
    from sim.hazard.riskset import Layout
    from sim.hazard.terms import Terms

    names = list(Terms(Layout.of(changed)).named)
    whole = transferred(posterior, changed)
    kept = replace(whole, fingerprint=posterior.fingerprint, as_of=posterior.as_of)
    return replace(kept, evidence=_carried(posterior, names))


def ruled(posterior: Posterior, scenario: Scenario) -> Posterior:
    """Return the rules with doctrines as a scenario wants them.

    A doctrine is taken over draw by draw, and so is what each precedent taught of it.
    """
    for premise in scenario.premises:
        if isinstance(premise, SetDoctrine):
            posterior = _alike(posterior, premise.doctrine.actor, premise.doctrine.like)
    return posterior


def _carried(posterior: Posterior, names: list[str]) -> dict[str, Evidence]:
    """Return how cases moved the coefficients, under the names of another world."""
    import numpy as np

    at = {name: p for p, name in enumerate(posterior.names)}
    old = [at.get(name, -1) for name in names]
    known = np.array(old) >= 0
    return {
        process: replace(found, moves=np.where(known, found.moves[:, old], 0.0))
        for process, found in posterior.evidence.items()
    }


def doctrine_names(actor: str) -> list[str]:
    """Return the coefficients that are an actor's own in answering, in the order of the rungs."""
    from sim.hazard.riskset import RUNGS

    return [f"respond/actor/{actor}", *(f"respond/{rung}/actor/{actor}" for rung in RUNGS)]


def _alike(posterior: Posterior, actor: str, like: str) -> Posterior:
    at = {name: p for p, name in enumerate(posterior.names)}
    own = [at[name] for name in doctrine_names(actor)]
    others = [at[name] for name in doctrine_names(like)]
    draws, mode, sd = posterior.draws.copy(), posterior.mode.copy(), posterior.sd.copy()
    draws[:, own], mode[own], sd[own] = draws[:, others], mode[others], sd[others]
    evidence = dict(posterior.evidence)
    if "respond" in evidence:
        moves = evidence["respond"].moves.copy()
        moves[:, own] = moves[:, others]
        evidence["respond"] = replace(evidence["respond"], moves=moves)
    return replace(posterior, draws=draws, mode=mode, sd=sd, evidence=evidence)


def set_relations(w: kernel.WorldArrays, layout: Layout, scenario: Scenario, start: float) -> None:
    """Put the relations of a world's start at the levels that a scenario wants.

    Who has none with one that is shunned has broken with it, and who has any has not. What was answered
    before follows the relations, see `_relate`.
    """
    from sim import kernel

    row = layout.actors.row
    for premise in scenario.premises:
        if not isinstance(premise, SetRelations):
            continue
        one, other = premise.relations.between
        level = LEVELS.index(premise.relations.level)
        for f, front in enumerate(layout.fronts):
            for a, b in ((one, other), (other, one)):
                if front.responder == a:
                    _relate(w, row(b), f, level, start)
        for c, (shunned, dispute) in enumerate(layout.columns):
            partner = {one: other, other: one}.get(shunned)
            if shunned not in dispute.shunned or partner is None:
                continue
            act = kernel.RECOGNISE if level == kernel.NONE else kernel.WITHDRAW
            if kernel.is_possible(w, act, row(partner), c):
                kernel.apply_event(w, act, row(partner), c, start, kernel.NO_CAUSE, 0, 0)


def _relate(w: kernel.WorldArrays, i: int, f: int, level: int, start: float) -> None:
    """Put the relations of a front with actor i at a level, with what then stands of its answer.

    None is a break over something else: nothing is left to answer with, and as in history it mends by
    itself only where an answer, a recall or more, was given before. Full relations are mended: such an
    answer is over, and a later act is answered anew. At a charge d'affaires a break counts as the downgrade
    that it would have been. An answer that is due, but has not come, stays due.
    """
    from sim import kernel

    recall, downgrade = (act - kernel.CONDEMN + 1 for act in (kernel.RECALL, kernel.DOWNGRADE))
    if level == kernel.NONE:
        kernel.apply_event(w, kernel.CUT, i, f, start, kernel.NO_CAUSE, 0, 0)
    elif level == kernel.AMBASSADOR and w.reached[f, i] >= recall:
        kernel.apply_event(w, kernel.RESTORE, i, f, start, kernel.NO_CAUSE, 0, 0)
    else:
        w.level[f, i] = level
        w.reached[f, i] = min(w.reached[f, i], downgrade)
