"""Can the premise be? What a scenario changes about the world as it stands, held against history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from sim.errors import did_you_mean, quoted
from sim.world.lookalikes import plain, shown_word
from sim.world.premises import TIE_LEVELS, with_disputes
from sim.world.scenario_model import Scenario
from sim.world.scenario_premises import (
    LEVELS,
    OPENED_KINDS,
    TIES,
    Closed,
    CloseDispute,
    Doctrine,
    OpenDispute,
    Opened,
    Premise,
    Relations,
    SetDoctrine,
    SetRelations,
    SetTie,
    Tie,
)
from sim.world.standing import Standing

if TYPE_CHECKING:
    from sim.history.corpus import Corpus
    from sim.history.disputes import Dispute

__all__ = ["PremiseCheck"]


class Notes(Protocol):
    """What takes note of mistakes, and knows actors and words: the checker of the whole scenario."""

    def wrong(
        self, place: str, found: str, right: str, near: Callable[[], Iterable[str]] | None = None
    ) -> None:
        """Note a mistake."""

    def actor(self, place: str, code: str, day: date | None = None) -> bool:
        """Require an actor that exists on the day, and is no organisation."""


class PremiseCheck:
    """Goes through the premises of a scenario.

    Parameters
    ----------
    known : Corpus
        History as of the scenario's day, without its premises.
    """

    def __init__(self, scenario: Scenario, known: Corpus, notes: Notes) -> None:
        self.scenario = scenario
        self.known = known
        self.notes = notes
        self.seen: dict[object, str] = {}

    def check(self, place: str, premise: Premise) -> None:
        """Check one premise."""
        match premise:
            case OpenDispute(open=opened):
                self._once(f"{place}.open", ("dispute", opened.dispute))
                self._opened(f"{place}.open", opened)
            case CloseDispute(close=closed):
                self._once(f"{place}.close", ("dispute", closed.dispute))
                self._closed(f"{place}.close", closed)
            case SetRelations(relations=asked):
                self._once(f"{place}.relations", ("relations", frozenset(asked.between)))
                self._relations(f"{place}.relations", asked)
            case SetTie(tie=tie):
                pair = frozenset(tie.between) if tie.kind == "alliance" else tie.between
                self._once(f"{place}.tie", (tie.kind, pair))
                self._tie(f"{place}.tie", tie)
            case SetDoctrine(doctrine=doctrine):
                self._once(f"{place}.doctrine", ("doctrine", doctrine.actor))
                self._doctrine(f"{place}.doctrine", doctrine)

    def _once(self, place: str, what: object) -> None:
        other = self.seen.setdefault(what, place)
        if other != place:
            self.notes.wrong(place, f"what {other} sets already", "each premise once")

    @cached_property
    def _disputes(self) -> dict[str, Dispute]:
        return with_disputes(self.known, self.scenario).disputes

    @cached_property
    def _named(self) -> list[Dispute]:
        keys = self.scenario.disputes
        return [self._disputes[key] for key in keys if key in self._disputes]

    @cached_property
    def _standing(self) -> Standing:
        return Standing(self.known, self.scenario.as_of)

    def _pair(self, place: str, between: tuple[str, ...], second: bool = True) -> bool:
        one, other = between
        sound = self.notes.actor(f"{place}.between[0]", one, self.scenario.as_of)
        if second:
            sound &= self.notes.actor(f"{place}.between[1]", other, self.scenario.as_of)
        if one == other:
            self.notes.wrong(f"{place}.between[1]", f"{quoted(other)} again", "another actor")
        return sound and one != other

    def _relations(self, place: str, asked: Relations) -> None:
        if not self._word(f"{place}.level", asked.level, LEVELS):
            return
        if not self._pair(place, asked.between):
            return
        one, other = asked.between
        answering = {d.responder(e) for d in self._named for e in d.contested}
        shunned = {e for d in self._named for e in d.shunned}
        if not {one, other} & (answering | shunned):
            found = f"{one} and {other}, whose relations change nothing in {self._keys}"
            who = sorted(filter(None, answering | shunned))
            self.notes.wrong(f"{place}.between", found, f"a pair with {' or '.join(who)}")
            return
        row = self.known.actors.row
        stated = int(self.known.ties.relations_overrides(self.scenario.as_of)[row(one), row(other)])
        severed = not self._standing.has_relations(one, other)
        level = LEVELS.index(asked.level)
        if level == stated or (stated < 0 and level == 0 and severed):
            found = f"{asked.level} between {one} and {other}, as it is"
            self.notes.wrong(f"{place}.level", found, "another level")

    def _tie(self, place: str, asked: Tie) -> None:
        if not self._word(f"{place}.kind", asked.kind, TIES):
            return
        one, other = asked.between
        ties, day = self.known.ties, date(self.scenario.as_of.year - 1, 12, 31)
        member = asked.kind == "membership"
        sound = self._pair(place, asked.between, second=not member)
        if member and other not in ties.orgs:
            near = did_you_mean(plain(other), ties.orgs)
            right = "the code of an organisation such as 'CSTO'"
            self.notes.wrong(f"{place}.between[1]", shown_word(other), right, lambda: near)
            return
        if not sound:
            return
        row = self.known.actors.row
        if member:
            stands = bool(ties.membership(day)[row(one), ties.orgs.index(other)])
        else:
            levels = TIE_LEVELS[asked.kind]
            stands = bool(ties.matrix(asked.kind, day, levels)[row(one), row(other)])
        if stands == asked.holds:
            what = "which stands already" if stands else "which does not stand anyhow"
            found = f"{asked.kind} of {one} and {other}, {what}"
            self.notes.wrong(place, found, f"holds = {str(not asked.holds).lower()}")

    def _closed(self, place: str, asked: Closed) -> None:
        dispute = self.known.disputes.get(asked.dispute)
        if dispute is None:
            near = did_you_mean(plain(asked.dispute), self.known.disputes)
            right = f"the key of a dispute that is open on {self.scenario.as_of}"
            self.notes.wrong(f"{place}.dispute", shown_word(asked.dispute), right, lambda: near)
        elif not dispute.is_open(self.scenario.as_of):
            found = f"{quoted(asked.dispute)}, which was closed on {dispute.closed}"
            right = f"one that is open on {self.scenario.as_of}"
            self.notes.wrong(f"{place}.dispute", found, right)

    def _opened(self, place: str, asked: Opened) -> None:
        known = self.known.disputes.get(asked.dispute)
        new = asked.kind or asked.entities or asked.parent or asked.patrons or asked.parent_backers
        if known is None:
            self._new(place, asked, bool(new))
        elif known.is_open(self.scenario.as_of):
            found = f"{quoted(asked.dispute)}, which is open on {self.scenario.as_of}"
            self.notes.wrong(f"{place}.dispute", found, "one that is closed by then, or a new one")
        elif new:
            found = f"more about {quoted(asked.dispute)}, a dispute on record"
            self.notes.wrong(place, found, "dispute alone, or another key for a new one")
        else:
            for code in filter(None, (*known.entities, known.parent)):
                self.notes.actor(f"{place}.dispute", code, self.scenario.as_of)

    def _new(self, place: str, asked: Opened, told: bool) -> None:
        if not told:
            near = did_you_mean(asked.dispute, self.known.disputes)
            right = "the key of a dispute on record, or kind, entities and parent of a new one"
            self.notes.wrong(f"{place}.dispute", quoted(asked.dispute), right, lambda: near)
            return
        if not self._word(f"{place}.kind", asked.kind, OPENED_KINDS):
            return
        over_recognition = asked.kind in OPENED_KINDS[:2]
        if not asked.entities:
            self.notes.wrong(f"{place}.entities", "nothing", "who is recognised, or shunned")
        if not asked.parent:
            self.notes.wrong(
                f"{place}.parent", "nothing", f"a parent, since this is a {asked.kind}"
            )
        seen: set[str] = set()
        sides = (*asked.entities, asked.parent)
        for where, code in self._codes(place, asked):
            if not self.notes.actor(where, code, self.scenario.as_of):
                continue
            if code in sides and code in seen:
                self.notes.wrong(where, f"{quoted(code)} again", "each actor on one side")
            seen.add(code)
            aspires = self.known.actors.type(code) == "contested"
            if ".entities" in where and aspires != over_recognition:
                right = "an aspirant entity" if over_recognition else "a state"
                found = f"{quoted(code)}, {'an aspirant entity' if aspires else 'a state'}"
                self.notes.wrong(where, found, f"{right}, since this is a {asked.kind}")
            if ".entities" in where and over_recognition:
                self._contested_once(where, code)

    def _contested_once(self, where: str, code: str) -> None:
        others = {k: d for k, d in self._disputes.items() if k in self.known.disputes}
        for dispute in others.values():
            if code in dispute.contested and dispute.is_open(self.scenario.as_of):
                found = f"{quoted(code)}, contested in {dispute.dispute} already"
                self.notes.wrong(where, found, "an entity of no other open dispute")
                return

    def _codes(self, place: str, asked: Opened) -> list[tuple[str, str]]:
        lists = {
            "entities": asked.entities,
            "patrons": asked.patrons,
            "parent_backers": asked.parent_backers,
        }
        found = [
            (f"{place}.{key}[{i}]", c) for key, codes in lists.items() for i, c in enumerate(codes)
        ]
        return [*found, *([(f"{place}.parent", asked.parent)] if asked.parent else [])]

    def _doctrine(self, place: str, asked: Doctrine) -> None:
        sound = self.notes.actor(f"{place}.actor", asked.actor, self.scenario.as_of)
        sound &= self.notes.actor(f"{place}.like", asked.like)
        if not sound:
            return
        here = {d.responder(e) for d in self._named for e in d.contested} - {""}
        parents = {d.responder(e) for d in self._disputes.values() for e in d.contested} - {""}
        anywhere = {code for code in parents if self.known.actors.type(code) != "organisation"}
        if asked.actor not in here:
            found = f"{quoted(asked.actor)}, who answers nobody in {self._keys}"
            right = f"one who answers there: {' or '.join(sorted(here)) or 'nobody does'}"
            self.notes.wrong(f"{place}.actor", found, right)
        if asked.like == asked.actor:
            self.notes.wrong(f"{place}.like", f"{quoted(asked.like)}, the actor itself", "another")
        elif asked.like not in anywhere:
            found = f"{quoted(asked.like)}, of whom no answers are learned"
            right = f"one of {', '.join(sorted(anywhere))}"
            self.notes.wrong(f"{place}.like", found, right)

    def _word(self, place: str, word: str, possible: tuple[str, ...]) -> bool:
        if word not in possible:
            near = did_you_mean(plain(word), possible)
            found = shown_word(word) if word else "nothing"
            self.notes.wrong(place, found, f"one of {', '.join(possible)}", lambda: near)
        return word in possible

    @property
    def _keys(self) -> str:
        return " or ".join(self.scenario.disputes)
