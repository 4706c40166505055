"""Who recognises whom and who has relations, as far as the events known on a day tell.

Light enough to judge a scenario by; the simulated worlds keep their own state.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.history.corpus import Corpus
    from sim.world.scenario_model import ConditionalEvent, ForcedEvent, Scenario

__all__ = ["Standing", "foregone"]

_ENDS_RELATIONS = ("sever_relations", "withdraw_recognition")
_MAY_COME = ("withdraw_recognition", "return_ambassador", "restore_relations")
"""Acts that the worlds may make possible: what they undo may come first."""

_NEEDS_RELATIONS = (
    "condemn", "recall_ambassador", "return_ambassador", "downgrade_relations", "sever_relations",
)  # fmt: skip
_SETTLES = ("restore_relations", "establish_relations", "open_embassy", "sever_relations")
"""Acts after which no envoy of either side is merely away."""


class Standing:
    """What an act presupposes, and what it changes.

    Parameters
    ----------
    known : Corpus
        History as of the day (``corpus.as_of(day)``).
    day : date
        The day; relations that the tables state for it count more than events.
    """

    def __init__(self, known: Corpus, day: dt.date) -> None:
        from sim.history.events import IMPLIES_RECOGNITION

        self._implies_recognition = IMPLIES_RECOGNITION
        self._actors = known.actors
        self._rivals: dict[str, set[str]] = {}
        for dispute in known.disputes.values():
            for code in dispute.contested:
                rivals = dispute.contested if dispute.kind == "rival_government" else ()
                self._rivals.setdefault(code, set()).update(set(rivals) - {code})
        self._between_rivals = {
            code
            for dispute in known.disputes.values()
            if dispute.kind == "rival_government" and dispute.is_open(day)
            for code in dispute.contested
        }
        self._recognised: set[tuple[str, str]] = {
            (code, dispute.incumbent)
            for dispute in known.disputes.values()
            if dispute.incumbent
            for code in self._states(dispute.opened)
            if code not in dispute.contested
        }
        self._relations: dict[frozenset[str], bool] = {}
        self._recalled: set[tuple[str, str]] = set()
        self._lowered: set[tuple[str, str]] = set()
        self._left: set[tuple[str, str]] = set()
        columns = (known.events[name] for name in ("sender", "kind", "receiver"))
        for sender, kind, receiver in zip(*columns, strict=True):
            self.apply(sender, str(kind), receiver)
        stated = known.ties.relations_overrides(day)
        codes = known.actors.codes
        for i, j in zip(*(stated >= 0).nonzero(), strict=True):
            self._relations[frozenset((codes[i], codes[j]))] = bool(stated[i, j] > 0)

    def _states(self, day: dt.date) -> list[str]:
        """Return those who had an incumbent to deal with: states, not claims to be one."""
        alive = self._actors.alive(day)
        stateless = ("contested", "organisation")
        rows = enumerate(self._actors)
        return [code for i, code in rows if alive[i] and self._actors.type(code) not in stateless]

    def is_contested(self, code: str) -> bool:
        """Tell whether an actor's recognition is, or was, the question of a known dispute."""
        return code in self._rivals or self._actors.type(code) == "contested"

    @property
    def stated(self) -> list[tuple[str, str]]:
        """The pairs of whose relations something is on record, sorted."""
        return sorted((min(pair), max(pair)) for pair in self._relations if len(pair) == 2)

    def recognises(self, sender: str, receiver: str) -> bool:
        """Tell whether the sender is known to recognise the receiver."""
        return (sender, receiver) in self._recognised

    def has_relations(self, one: str, other: str) -> bool:
        """Tell whether two actors have relations.

        Where no event tells, states have them, and a contested actor or one of two rival governments
        has them with those between whom and itself there is recognition.
        """
        stated = self._relations.get(frozenset((one, other)))
        if stated is not None:
            return stated
        contested = "contested" in (self._actors.type(one), self._actors.type(other))
        if contested or {one, other} & self._between_rivals:
            return self.recognises(one, other) or self.recognises(other, one)
        return True

    def has_recalled(self, sender: str, receiver: str) -> bool:
        """Tell whether the sender's ambassador is known to have been called home."""
        return (sender, receiver) in self._recalled

    def has_no_ambassador(self, sender: str, receiver: str) -> bool:
        """Tell whether the sender is known to have called its ambassador home, or lowered relations."""
        act = (sender, receiver)
        return act in self._recalled or act in self._lowered

    def was_left(self, sender: str, receiver: str) -> bool:
        """Tell whether relations were ended by the receiver, and the sender has not broken on its part."""
        return (receiver, sender) in self._left

    def apply(self, sender: str, kind: str, receiver: str) -> None:
        """Take note of an act."""
        act, pair = (sender, receiver), frozenset((sender, receiver))
        contested = receiver in self._rivals
        if kind in self._implies_recognition:
            if contested:
                dropped = self._recognised & {(sender, rival) for rival in self._rivals[receiver]}
                for dyad in dropped:  # relations with it stand until someone cuts them
                    self._relations.setdefault(frozenset(dyad), True)
                self._recognised -= dropped
                self._recognised.add(act)
            if kind != "recognise" or (self._relations.get(pair) is False and contested):
                self._relations[pair] = True
                self._left -= {act, act[::-1]}
        elif kind in _ENDS_RELATIONS:
            related = self.has_relations(sender, receiver)
            self._recognised.discard(act)
            if kind == "sever_relations" or contested:
                self._relations[pair] = False
                self._left.discard(act[::-1])
                self._left |= {act} if related else set()
        elif kind == "recall_ambassador":
            self._recalled.add(act)
        elif kind == "downgrade_relations" and self._actors.type(receiver) != "organisation":
            self._lowered.add(act)
        if kind in _SETTLES or kind == "return_ambassador":
            over = {act, act[::-1]} if kind in _SETTLES else {act}
            self._recalled -= over
            self._lowered -= over

    def objection(self, sender: str, kind: str, receiver: str) -> tuple[str, str] | None:
        """Tell what an act lacks.

        Returns
        -------
        tuple of str, or None
            What was found and what would be right; None if nothing speaks against the act.
        """
        related = self.has_relations(sender, receiver)
        recognises = self.recognises(sender, receiver)
        both = f"{sender} and {receiver}"
        match kind:
            case "recognise" if recognises:
                found = f"{sender}, which recognises {receiver} already"
                return found, "a sender that does not recognise it yet"
            case "withdraw_recognition" if not recognises:
                found = f"{sender}, which does not recognise {receiver}"
                return found, "a sender that recognises it"
            case "establish_relations" if self._relations.get(frozenset((sender, receiver))):
                return f"{both}, who have relations already", "two that have none"
            case "restore_relations" if related:
                return f"{both}, whose relations are not severed", "two whose relations are"
            case "sever_relations" if self.was_left(sender, receiver):
                return None
            case _ if kind in _NEEDS_RELATIONS and not related:
                return f"{both}, who have no relations", "two that have relations"
            case "recall_ambassador" if self.has_recalled(sender, receiver):
                found = f"{sender}, whose ambassador to {receiver} is recalled already"
                return found, "a sender whose ambassador is there"
            case "return_ambassador" if not self.has_no_ambassador(sender, receiver):
                found = f"{sender}, which has not called its ambassador to {receiver} home"
                return found, "a sender that has, or has lowered relations"
        return None


def foregone(scenario: Scenario, standing: Standing) -> dict[str, str]:
    """Tell of each question, by its id, why what it asks has no room as things stand.

    Of one act between two named actors only, and only if the scenario imposes nothing between them: what
    stands may still be undone, but a chance near 0 then tells of the past, not of a choice.

    Parameters
    ----------
    scenario : Scenario
    standing : Standing
        As of the scenario's day.
    """
    acts: tuple[ForcedEvent | ConditionalEvent, ...] = (*scenario.forced, *scenario.conditional)
    imposed = {frozenset((act.sender, receiver)) for act in acts for receiver in act.receivers}
    found = {}
    for asked in scenario.forecasts:
        pair = (asked.sender, asked.receiver)
        named = all(pair) and "+" not in "".join(pair)
        if not named or asked.kind in _MAY_COME or frozenset(pair) in imposed:
            continue
        if objection := standing.objection(asked.sender, asked.kind, asked.receiver):
            found[asked.id] = f"as of {scenario.as_of}: {objection[0]}"
    return found
