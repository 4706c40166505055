"""What is contested: the disputes over recognition, and who stands where in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from sim.errors import InputError, did_you_mean, quoted
from sim.history.checks import Checks, Codes, place, shown
from sim.history.tables import header

COLUMNS = header("dispute,title,kind,entities,parent,patrons,parent_backers,opened,closed,source")
OPTIONAL = ("incumbent",)

KINDS = ("secession", "rival_government", "rupture", "boycott")
SHUNNING = KINDS[2:]
"""Kinds in which relations are the question, not recognition: the entities are those shunned."""

_KEY = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True)
class Dispute:
    """One contested question of recognition.

    In a ``rival_government`` dispute both sides are contested: recognising the entity hurts the
    parent and recognising the parent hurts the entity. Where one of them is the `incumbent`, all who
    have relations with it when the dispute opens recognise it; without one, recognitions are listed.

    In every kind `patrons` stand behind the entities and `parent_backers` behind the parent. So in a
    rupture or boycott the patrons are those of the shunned, and who leads it is a backer of the parent.

    Examples
    --------
    >>> china = Dispute("china", "", "rival_government", ("TWN",), "CHN", (), ("RUS",),
    ...                 date(1949, 10, 1), None, "")
    >>> china.contested, china.responder("CHN"), china.patrons_of("CHN")
    (('TWN', 'CHN'), 'TWN', ('RUS',))
    """

    dispute: str
    title: str
    kind: str
    entities: tuple[str, ...]
    parent: str
    patrons: tuple[str, ...]
    parent_backers: tuple[str, ...]
    opened: date
    closed: date | None
    source: str
    incumbent: str = ""

    @property
    def contested(self) -> tuple[str, ...]:
        """The actors whose recognition is the question; none in a rupture or boycott."""
        if self.kind in SHUNNING:
            return ()
        both = self.kind == "rival_government" and self.parent
        return (*self.entities, self.parent) if both else self.entities

    @property
    def shunned(self) -> tuple[str, ...]:
        """The actors with whom others break in a rupture or boycott."""
        return self.entities if self.kind in SHUNNING else ()

    @property
    def at_issue(self) -> tuple[str, ...]:
        """The actors toward whom others take a stand: whom they recognise, or with whom they break."""
        return self.contested or self.shunned

    @property
    def leaders(self) -> tuple[str, ...]:
        """Who leads a rupture or boycott: the parent and its backers; nobody in other disputes."""
        if self.kind not in SHUNNING:
            return ()
        return (*((self.parent,) if self.parent else ()), *self.parent_backers)

    def rivals(self, entity: str) -> tuple[str, ...]:
        """Return who is hurt when a contested actor is recognised; empty if nobody claims it."""
        if entity in self.entities:
            return (self.parent,) if self.parent else ()
        return self.entities if entity in self.contested else ()

    def responder(self, entity: str) -> str:
        """Return who answers a recognition of a contested actor; empty if nobody does."""
        return next(iter(self.rivals(entity)), "")

    def patrons_of(self, entity: str) -> tuple[str, ...]:
        """Return the main backers of an entity or of the parent."""
        if entity in self.entities:
            return self.patrons
        return self.parent_backers if entity == self.parent else ()

    def is_open(self, day: date) -> bool:
        """Return whether the question stands on a day (both ends included)."""
        return self.opened <= day and (self.closed is None or day <= self.closed)

    def touches(self, code: str) -> bool:
        """Return whether an actor is an entity, the parent or a patron here.

        In a rupture or boycott those who lead it beside the parent count, not the patrons of the shunned.
        """
        led = self.parent_backers if self.kind in SHUNNING else self.patrons
        return bool(code) and (code in self.entities or code == self.parent or code in led)

    def as_of(self, day: date) -> Dispute:
        """Return the dispute with its closing unread if that comes after the day."""
        return replace(self, closed=None) if self.closed and self.closed > day else self


def check_dispute(disputes: Mapping[str, Dispute], key: str, file: str, place: str) -> Dispute:
    """Return the dispute of that key; an InputError with suggestions if there is none."""
    if key in disputes:
        return disputes[key]
    right = "the key of a dispute"
    raise InputError(file, place, quoted(key), right, did_you_mean(key, disputes))


def parse_disputes(table: pd.DataFrame, actors: Codes, checks: Checks) -> dict[str, Dispute]:
    """Check the rows of disputes.csv; return the disputes by key, sorted."""
    right = "a key of a-z, 0-9 and _"
    checks.cells(table, "dispute", lambda v: _KEY.fullmatch(v) is not None and v != "none", right)
    checks.unique(table, "dispute")
    checks.one_of(table, "kind", KINDS)
    for column in ("entities", "patrons", "parent_backers"):
        checks.codes(table, column, actors, empty=True, joined=True)
    for column in ("parent", "incumbent"):
        checks.codes(table, column, actors, empty=True)
    opened, closed = checks.days(table, "opened"), checks.days(table, "closed", empty=True)
    if checks.errors:
        return {}
    found = {}
    for i, row in enumerate(table.to_dict("records")):
        dispute = Dispute(
            dispute=row["dispute"],
            title=row["title"],
            kind=row["kind"],
            entities=split(row["entities"]),
            parent=row["parent"],
            patrons=split(row["patrons"]),
            parent_backers=split(row["parent_backers"]),
            opened=opened[i].item(),
            closed=closed[i].item(),
            source=row["source"],
            incumbent=row["incumbent"],
        )
        _check_sides(dispute, place(table, i), checks)
        found[dispute.dispute] = dispute
    return dict(sorted(found.items()))


def _check_sides(dispute: Dispute, at: tuple[str, int], checks: Checks) -> None:
    if dispute.closed and dispute.closed < dispute.opened:
        found = quoted(dispute.closed)
        checks.wrong(at, "closed", found, f"a day after the opening, {dispute.opened}")
    needed = ("entities",) if dispute.kind in SHUNNING else ("entities", "parent")
    for column in needed:
        if not getattr(dispute, column):
            checks.wrong(at, column, shown(""), f"an actor, since this is a {dispute.kind}")
    if dispute.incumbent and dispute.incumbent not in dispute.contested:
        right = "a side of a dispute between rival governments, or nothing"
        checks.wrong(at, "incumbent", quoted(dispute.incumbent), right)
    if dispute.parent in dispute.entities:
        found = f"{quoted(dispute.parent)}, one of the entities"
        checks.wrong(at, "parent", found, "the other side of the dispute")


def split(cell: str) -> tuple[str, ...]:
    """Split a cell whose parts are joined by ``+``; an empty cell has none.

    Examples
    --------
    >>> split("DPR+LPR"), split("")
    (('DPR', 'LPR'), ())
    """
    return tuple(cell.split("+")) if cell else ()
