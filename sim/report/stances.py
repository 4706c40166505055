"""Stances told: a table of where each actor stands, how sure that is, and what puts it there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim import kernel
from sim.errors import InputError, did_you_mean, quoted
from sim.hazard.stance import Matrix, stances
from sim.history.disputes import Dispute
from sim.report.rulebook import Rulebook, Stand
from sim.report.words import clean, day, listed, name_of

WIDTH = 13
REASONS = 3
FEW = 8
"""With more than so many who have acted, they are counted and not told one by one."""
LEAST = 0.05
"""Of a push of the log hazard that is worth telling."""

LEGEND = (
    "Stance: 2 P(recognises, in a rupture breaks, before the middling actor does) - 1, by the rules learned "
    "and as the hazards stand on the day; "
    "+1 has done so, -1 has to answer those who do. Pushed by: how far each covariate moves the log hazard "
    "from that of median covariates, at the mean of the posterior."
)


@dataclass(frozen=True)
class Stance:
    """Where an actor stands.

    Parameters
    ----------
    actor, toward, dispute : str
    value, low, high : float
        In [-1, 1], with the central 90 % interval.
    holds : bool
        Whether it recognises (has broken) already.
    reasons : tuple of (str, float)
        Covariates, by how far each pushes the log hazard.
    """

    actor: str
    toward: str
    dispute: str
    value: float
    low: float
    high: float
    holds: bool
    reasons: tuple[tuple[str, float], ...]


def stances_in(
    book: Rulebook, dispute: str, toward: str = "", actor: str = "", where: str = "stances"
) -> list[Stance]:
    """Return the stances in a dispute, from the entity's end down.

    Parameters
    ----------
    book : Rulebook
    dispute : str
    toward : str, optional
        Only toward this contested (or shunned) actor.
    actor : str, optional
        Only of this one.
    where : str
        For the message.

    Raises
    ------
    InputError
        If `toward` is not at issue there, or nobody is at risk.
    """
    about = book.known.disputes[dispute]
    if toward and toward not in about.at_issue:
        right = f"one of {', '.join(about.at_issue)}"
        raise InputError(
            where, "--toward", quoted(toward), right, did_you_mean(toward, about.at_issue)
        )
    found = []
    for c, (entity, of) in enumerate(book.layout.columns):
        if of.dispute == dispute and toward in ("", entity):
            found += _toward(book, c, entity, of)
    if not found:
        right = "a dispute in which somebody may still take a stand on the day"
        raise InputError(where, "--dispute", quoted(dispute), right)
    return [s for s in found if actor in ("", s.actor)]


def _toward(book: Rulebook, column: int, entity: str, dispute: Dispute) -> list[Stance]:
    stand = book.stands_at(dispute.dispute)
    layout = book.layout
    fixed, weight, _ = book.posterior.coefficients(book.terms)
    if not stand.world.is_open[column * layout.n : (column + 1) * layout.n].any():
        return []
    all_of = stances(stand.world, layout, column, fixed, weight, stand.now)
    low, high = all_of.interval()
    pushes = _pushes(book, stand, column, fixed)
    order = np.argsort(-all_of.value, kind="stable")
    return [
        Stance(
            layout.actors.codes[i],
            entity,
            dispute.dispute,
            float(all_of.value[i]),
            float(low[i]),
            float(high[i]),
            bool(all_of.held[i]),
            pushes.get(int(i), ()),
        )
        for i in order
        if not np.isnan(all_of.value[i])
    ]


def _pushes(
    book: Rulebook, stand: Stand, column: int, fixed: Matrix
) -> dict[int, tuple[tuple[str, float], ...]]:
    """Return, for each actor at risk, the covariates that push it most, against their medians."""
    w, terms, n = stand.world, book.terms, book.layout.n
    names, mean = list(terms.named), fixed.mean(axis=0)
    rows = [i for i in range(n) if w.is_open[column * n + i]]
    parts: dict[str, dict[int, float]] = defaultdict(lambda: dict.fromkeys(rows, 0.0))
    slot = int(w.slot[column * n])
    for i in rows:
        k = column * n + i
        for row in range(1 + kernel.is_late(w, k, stand.now)):
            for p in range(int(w.start[row, k]), int(w.start[row, k + 1])):
                name = names[w.term[p]].split("/")
                own = "habit" if name[-2] == "actor" else name[-1]
                parts[own][i] += float(w.value[p] * mean[w.term[p]])
        for (s, q), positions in terms.moving.items():
            if s == slot and positions:
                own = names[positions[0]].split("/")[-1]
                parts[own][i] += float(mean[positions].sum() * w.z[k, q])
    middle = {name: float(np.median(list(of.values()))) for name, of in parts.items()}
    found = {}
    for i in rows:
        pushed = [(name, of[i] - middle[name]) for name, of in parts.items()]
        pushed = [p for p in pushed if abs(p[1]) > LEAST]
        found[i] = tuple(sorted(pushed, key=lambda p: -abs(p[1]))[:REASONS])
    return found


def stances_page(book: Rulebook, found: Sequence[Stance], top: int | None) -> RenderableType:
    """Build the page: who has acted, and the foremost and the last of the others, or all."""
    parts: list[RenderableType] = []
    actors = book.layout.actors
    for toward in dict.fromkeys(s.toward for s in found):
        own = [s for s in found if s.toward == toward]
        acted = [] if top is None else [name_of(actors, s.actor) for s in own if s.holds]
        parts.append(Text(f"Toward {name_of(actors, toward)}", style="bold"))
        if top is not None and len(acted) > FEW:
            parts.append(Text(f"{len(acted)} have acted: {', '.join(acted[:FEW])} ..."))
            own = [s for s in own if not s.holds]
        shown = own if top is None or len(own) <= 2 * top else [*own[:top], *own[-top:]]
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
        for head in ("Actor", "-1 to +1", "Stance", "90 % interval"):
            table.add_column(head, justify="right" if head == "Stance" else "left", no_wrap=True)
        table.add_column("Pushed by")
        for s in shown:
            table.add_row(
                Text(name_of(actors, s.actor)), Text(axis(s.low, s.value, s.high)),
                Text(f"{s.value:+.2f}", style="bold"), Text(f"{s.low:+.2f} to {s.high:+.2f}"),
                Text(_reasons(s)),
            )  # fmt: skip
        left = len(own) - len(shown)
        parts += [table, *([Text(f"{left} more between them.", style="dim")] if left else [])]
    stood = {book.stands_at(s.dispute).day for s in found} - {book.as_of}
    closed = f", as it stood on {' and '.join(map(day, sorted(stood)))}" if stood else ""
    foot = f"As of {day(book.as_of)}{closed}; history {book.posterior.fingerprint[:8]}."
    return Group(*parts, Text(LEGEND, style="dim"), Text(foot, style="dim"))


def _reasons(s: Stance) -> str:
    if s.holds:
        return "has acted"
    return listed(f"{clean(name.replace('_', ' '))} {push:+.1f}" for name, push in s.reasons)


def axis(low: float, value: float, high: float) -> str:
    """Draw a stance with its interval on the line from -1 to +1.

    Examples
    --------
    >>> axis(-0.5, 0.0, 0.5)
    '···───●───···'
    """
    at = [round((x + 1) / 2 * (WIDTH - 1)) for x in (low, value, high)]
    line = ["─" if at[0] <= c <= at[2] else "·" for c in range(WIDTH)]
    line[at[1]] = "●"
    return "".join(line)


def stances_json(book: Rulebook, found: Sequence[Stance]) -> dict[str, Any]:
    """Return the stances with their provenance."""
    rows = [
        {
            "actor": s.actor, "toward": s.toward, "dispute": s.dispute, "stance": s.value,
            "low": s.low, "high": s.high, "holds": s.holds, "pushed_by": dict(s.reasons),
        }
        for s in found
    ]  # fmt: skip
    return {
        "as_of": book.as_of.isoformat(),
        "history": book.posterior.fingerprint,
        "stances": rows,
    }
