"""The one table of covariates, and their values as of a day.

Exogenous covariates are read from the corpus as of a day; endogenous ones live in the kernel's
columns and change with every act of a world. Each has a name, a sentence and a source, so that a
rule can be told in words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.riskset import Front
from sim.hazard.snapshot import Snapshot, Vector
from sim.history.disputes import Dispute


@dataclass(frozen=True)
class Covariate:
    """One named number for (actor, context, day).

    `read` gives its value for every actor, shape (n,), in a context: a contested column for the
    recognitions, a front for the answers. Endogenous ones have a kernel `column` instead. One that
    `fades` weighs otherwise late in a wave (`sim.hazard.terms.LATE`).
    """

    name: str
    processes: tuple[str, ...]
    sentence: str
    source: str
    read: Callable[[Snapshot, str, Dispute], Vector] | None = None
    column: int = -1
    fades: bool = False


def sides(entity: str, dispute: Dispute) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who stands behind a recognition of `entity` (a break with it, if shunned), and who against it."""
    if entity in dispute.shunned:
        return dispute.leaders, (entity, *dispute.patrons)
    rivals = dispute.rivals(entity)
    patrons = dispute.patrons_of(entity)
    backers = dict.fromkeys(b for r in rivals for b in dispute.patrons_of(r) if b not in patrons)
    own = (entity,) if dispute.kind == "rival_government" else ()
    return (*own, *patrons), (*rivals, *backers)


def contrast(s: Snapshot, x: Vector, entity: str, dispute: Dispute) -> Vector:
    """Nearness to those behind the entity against nearness to those on the other side, shape (n,).

    With the values ``x_p`` and ``x_q`` of the actors of the two sides:
    ``mean_q |x - x_q| - mean_p |x - x_p|``; positive on the entity's side. 0 for all where one of the
    sides is empty.
    """
    behind, against = (s.rows(side) for side in sides(entity, dispute))
    if not behind or not against:
        return np.zeros(s.layout.n)
    near, far = (np.abs(x[:, None] - x[rows]).mean(axis=1) for rows in (behind, against))
    return np.asarray(far - near)


def _fellowship(s: Snapshot, entity: str, dispute: Dispute) -> Vector:
    behind, against = (s.rows(side) for side in sides(entity, dispute))
    if not behind or not against:
        return np.zeros(s.layout.n)
    return np.asarray(s.fellowship[:, behind].mean(axis=1) - s.fellowship[:, against].mean(axis=1))


def _tied(s: Snapshot, ties: npt.NDArray[np.bool_], codes: tuple[str, ...]) -> Vector:
    """Tell who is tied to any of some actors, as 0 or 1."""
    return np.asarray(ties[:, s.rows(codes)].any(axis=1), dtype=float)


def _toward(s: Snapshot, entity: str, dispute: Dispute) -> Vector:
    """How each has voted on the dispute, from the side of a contested actor."""
    side = 1.0 if entity in dispute.entities else -1.0
    return side * s.votes.toward(dispute.dispute, s.day)


def _flags(s: Snapshot, codes: set[str]) -> Vector:
    flags = np.zeros(s.layout.n)
    flags[[s.actors.row(code) for code in codes]] = 1.0
    return flags


def _clients(s: Snapshot, entity: str, dispute: Dispute) -> Vector:
    backers = set(dispute.patrons_of(entity))
    codes = {
        e
        for e, d in s.layout.columns
        if d.kind == "secession" and e != entity and backers & set(d.patrons_of(e))
    }
    return _flags(s, codes)


def _threatened(s: Snapshot, entity: str, dispute: Dispute) -> Vector:
    return _flags(
        s, {d.parent for d in s.layout.disputes if d.kind == "secession" and d.is_open(s.day)}
    )


def _newborn(s: Snapshot, entity: str, dispute: Dispute) -> Vector:
    age = (np.datetime64(s.day, "D") - s.actors.start).astype(float)
    return np.asarray(np.isfinite(age) & (age >= 0) & (age < 3 * 365), dtype=float)


def _relative_capability(s: Snapshot, responder: str, dispute: Dispute) -> Vector:
    return np.asarray(s.capability - s.capability[s.actors.row(responder)])


def _mission(s: Snapshot, responder: str, dispute: Dispute) -> Vector:
    p = s.actors.row(responder)
    return np.asarray(s.missions[p] | s.missions[:, p], dtype=float)


RECOGNITION = ("recognise",)
STANDS = ("recognise", "withdraw")  # a recognition, and taking it back
BREAK = ("solidarity",)
BREAKS = ("solidarity", "reconcile")  # a break out of solidarity, and mending it
VOTES = "UN ideal points (Bailey, Strezhnev and Voeten)"

COVARIATES: tuple[Covariate, ...] = (
    Covariate(
        "alignment",
        STANDS,
        "votes at the UN like the powers behind the entity",
        VOTES,
        lambda s, e, d: contrast(s, s.ideal, e, d),
    ),
    Covariate(
        "regime",
        RECOGNITION,
        "ruled like the powers behind the entity (electoral democracy, doubled)",
        "V-Dem",
        lambda s, e, d: 2 * contrast(s, s.democracy, e, d),
        fades=True,
    ),
    Covariate(
        "fellowship",
        STANDS,
        "more organisations in common with the powers behind the entity",
        "organisations",
        _fellowship,
    ),
    Covariate(
        "votes",
        STANDS,
        "voted at the UN for the entity's side in this dispute",
        "UN roll calls",
        lambda s, e, d: np.nan_to_num(_toward(s, e, d)),
    ),
    Covariate(
        "distance",
        RECOGNITION,
        "capital far from the parent's (log of 1 + thousand km)",
        "capitals",
        lambda s, e, d: np.log1p(s.distance(d.parent)),
        fades=True,
    ),
    Covariate(
        "capability",
        STANDS,
        "material capability (log10 of CINC, plus 3)",
        "National Material Capabilities",
        lambda s, e, d: s.capability,
    ),
    Covariate(
        "income",
        STANDS,
        "income per head (log, against the median)",
        "Maddison/PWT latent estimates",
        lambda s, e, d: s.income,
    ),
    Covariate(
        "patron",
        RECOGNITION,
        "is a patron of the entity",
        "disputes",
        lambda s, e, d: _flags(s, set(d.patrons_of(e))),
    ),
    Covariate(
        "patron_ally",
        STANDS,
        "has a defence pact with a patron",
        "ATOP",
        lambda s, e, d: _tied(s, s.allies, d.patrons_of(e)),
    ),
    Covariate(
        "parent_ally",
        RECOGNITION,
        "has a defence pact with the parent",
        "ATOP",
        lambda s, e, d: _tied(s, s.allies, d.rivals(e)),
    ),
    Covariate(
        "patron_nearby",
        RECOGNITION,
        "borders a patron of the entity, or lies within 400 miles of one across water",
        "COW Direct Contiguity",
        lambda s, e, d: _tied(s, s.nearby, d.patrons_of(e)),
    ),
    Covariate(
        "parent_mission",
        RECOGNITION,
        "a resident mission between it and the parent, by the last count",
        "COW Diplomatic Exchange; Wikidata",
        lambda s, e, d: _tied(s, s.missions | s.missions.T, d.rivals(e)),
    ),
    Covariate(
        "fellow_client",
        RECOGNITION,
        "is itself an entity with a patron in common",
        "disputes",
        _clients,
    ),
    Covariate(
        "threatened", RECOGNITION, "has a secession of its own to fear", "disputes", _threatened
    ),
    Covariate(
        "newborn",
        RECOGNITION,
        "became a state within the last three years",
        "actors",
        _newborn,
        fades=True,
    ),
    Covariate(
        "stronger",
        ("respond",),
        "the recogniser's capability above the responder's (log10)",
        "National Material Capabilities",
        _relative_capability,
    ),
    Covariate(
        "mission",
        ("respond",),
        "a resident mission between the two",
        "COW Diplomatic Exchange; Wikidata",
        _mission,
    ),
    Covariate(
        "bloc_share",
        STANDS,
        "share of fellow members (weighted) that recognise",
        "organisations",
        column=kernel.BLOC,
    ),
    Covariate(
        "ally_share", RECOGNITION, "share of allies that recognise", "ATOP", column=kernel.ALLY
    ),
    Covariate(
        "recognisers",
        RECOGNITION,
        "number of recognisers so far (log of 1 + n)",
        "events",
        column=kernel.COUNT,
    ),
    Covariate(
        "sibling",
        RECOGNITION,
        "recognises a sibling entity already",
        "events",
        column=kernel.SIBLING,
    ),
    Covariate(
        "kin",
        RECOGNITION,
        "recognises another entity with a patron in common, the more so if few do",
        "events",
        column=kernel.KIN,
    ),
    Covariate(
        "holds_rival",
        RECOGNITION,
        "recognises the rival government",
        "events",
        column=kernel.RIVAL,
    ),
    Covariate(
        "alignment",
        BREAK,
        "votes at the UN like those who lead the break",
        VOTES,
        lambda s, e, d: contrast(s, s.ideal, e, d),
    ),
    Covariate(
        "leader", BREAKS, "leads the break", "disputes", lambda s, e, d: _flags(s, set(d.leaders))
    ),
    Covariate(
        "leader_ally",
        BREAK,
        "has a defence pact with one who leads the break",
        "ATOP",
        lambda s, e, d: _tied(s, s.allies, d.leaders),
    ),
    Covariate(
        "shunned_ally",
        BREAKS,
        "has a defence pact with the shunned one",
        "ATOP",
        lambda s, e, d: _tied(s, s.allies, (e,)),
    ),
    Covariate(
        "distance",
        BREAKS,
        "capital far from the shunned one's (log of 1 + thousand km)",
        "capitals",
        lambda s, e, d: np.log1p(s.distance(e)),
    ),
    Covariate(
        "regime",
        BREAK,
        "ruled like those who lead the break (electoral democracy, doubled)",
        "V-Dem",
        lambda s, e, d: 2 * contrast(s, s.democracy, e, d),
    ),
    Covariate(
        "bloc_share",
        BREAK,
        "share of fellow members (weighted) without relations",
        "organisations",
        column=kernel.BLOC,
    ),
    Covariate(
        "answered",
        ("respond",),
        "a lower rung has been reached already",
        "events",
        column=kernel.ANSWERED,
    ),
)


def exogenous(process: str) -> tuple[Covariate, ...]:
    """Covariates of a process that are read from the corpus."""
    return tuple(c for c in COVARIATES if process in c.processes and c.read is not None)


def endogenous(process: str) -> tuple[Covariate, ...]:
    """Covariates of a process that live in the kernel."""
    return tuple(c for c in COVARIATES if process in c.processes and c.column >= 0)


def values(
    snapshot: Snapshot, covariate: Covariate, context: tuple[str, Dispute] | Front
) -> Vector:
    """Value of an exogenous covariate for every actor, shape (n,), in a column or a front."""
    if covariate.read is None:
        raise ValueError(f"{covariate.name} is endogenous")
    if isinstance(context, Front):
        dispute = snapshot.layout.dispute_of(context)
        return covariate.read(snapshot, context.responder, dispute)
    return covariate.read(snapshot, *context)
