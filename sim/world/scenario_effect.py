"""Would it change anything? What a scenario imposes and forbids, held against what is simulated."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.replay import empty_world
from sim.hazard.riskset import MEND_KINDS, RUNG_KINDS, Layout, kind_of, slot_of, undoing
from sim.history.corpus import Corpus
from sim.history.events import IMPLIES_RECOGNITION, EventKind
from sim.world.channels import closed, recognition_words
from sim.world.scenario_model import (
    FORCED_KINDS,
    ChannelPattern,
    ConditionalEvent,
    ForcedEvent,
    Scenario,
)
from sim.world.standing import Standing

Objection = tuple[str, str]
"""What was found, and what would be right."""

_TOWARD = {*IMPLIES_RECOGNITION, EventKind.WITHDRAW_RECOGNITION, EventKind.SEVER_RELATIONS}
_BY = {*RUNG_KINDS, *MEND_KINDS}


class Effect:
    """The channels and acts of a scenario whose disputes are known and open.

    Parameters
    ----------
    known : Corpus
        History as of the scenario's day.
    scenario : Scenario
    """

    def __init__(self, known: Corpus, scenario: Scenario) -> None:
        self.layout = Layout.of(known, scenario.disputes)
        self.words = recognition_words(known, self.layout)
        self._keys = " or ".join(scenario.disputes)
        self._as_of = scenario.as_of
        self._imposed: set[tuple[str, str]] = set()
        self._masks: dict[ChannelPattern, npt.NDArray[np.bool_]] = {}
        self._rows: dict[ForcedEvent | ConditionalEvent, list[int]] = {}

    @cached_property
    def _allowed(self) -> npt.NDArray[np.bool_]:
        return self.layout.allowed(self._as_of).astype(bool)

    def idle(self, sender: str, kind: str, receiver: str) -> Objection | None:
        """Tell that an act concerns nothing simulated; None if it does."""
        if self._acts(sender, kind, receiver):
            return None
        found = f"{kind} by {sender} toward {receiver}, which changes nothing in {self._keys}"
        return found, self.right_acts()

    def objection(
        self, standing: Standing, sender: str, kind: str, receiver: str
    ) -> Objection | None:
        """Tell why an act changes nothing as things stand; None if it can.

        A step up the ladder after a recognition that the scenario itself imposes (relations, two days
        later) is let pass: the two are one affair.
        """
        acts = {act for act, _, _ in self._acts(sender, kind, receiver)}
        recognises = standing.recognises(sender, receiver)
        if acts == {kernel.WITHDRAW} and not recognises:
            found = f"{sender}, which does not recognise {receiver}"
            return found, "a sender that recognises it"
        if acts == {kernel.RECOGNISE}:
            if recognises and (sender, receiver) not in self._imposed:
                found = f"{sender}, which recognises {receiver} already"
                return found, "a sender that does not recognise it yet"
            self._imposed.add((sender, receiver))
        return None

    def most(self, pattern: ChannelPattern) -> int:
        """Return on how many channels acts of a pattern may come."""
        return int((self._closed(pattern) & self._allowed).sum())

    def closes(self, pattern: ChannelPattern) -> bool:
        """Tell whether a forbidden pattern closes any channel that may open."""
        return self.most(pattern) > 0

    def contradicts(self, pattern: ChannelPattern, event: ForcedEvent | ConditionalEvent) -> bool:
        """Tell whether a pattern closes a channel of an act that is forced."""
        return bool(self._closed(pattern)[self._channels(event)].any())

    def _closed(self, pattern: ChannelPattern) -> npt.NDArray[np.bool_]:
        if pattern not in self._masks:
            self._masks[pattern] = closed(self.layout, pattern, self.words)
        return self._masks[pattern]

    def _channels(self, event: ForcedEvent | ConditionalEvent) -> list[int]:
        """Return the channels on which a forced act might have come by itself."""
        if event not in self._rows:
            acts = [
                act
                for receiver in event.receivers
                for act in self._acts(event.sender, event.kind, receiver)
            ]
            found = [kernel.channel_of(self._empty, *act) for act in acts]
            self._rows[event] = [int(k) for k in found if k >= 0]
        return self._rows[event]

    @cached_property
    def _empty(self) -> kernel.WorldArrays:
        return empty_world(self.layout)

    def right_acts(self) -> str:
        """Tell which acts change something."""
        toward = [kind for kind in FORCED_KINDS if kind in _TOWARD]
        by = [kind for kind in FORCED_KINDS if kind in _BY]
        return self._told(toward, by)

    def right_patterns(self) -> str:
        """Tell which kinds of act have channels."""
        words = {word for meant in self.words.values() for word in meant}
        over = [d for d in self.layout.disputes if d.dispute in self.layout.active]
        words |= {kind_of(undoing(slot_of(d))) for d in over}
        return self._told(sorted(words), list(map(str, (*RUNG_KINDS, *MEND_KINDS))))

    def _acts(self, sender: str, kind: str, receiver: str) -> list[tuple[int, int, int]]:
        return self.layout.translate(sender, EventKind(kind), receiver, self.layout.active)

    def _told(self, toward: list[str], by: list[str]) -> str:
        over = [d for d in self.layout.disputes if d.dispute in self.layout.active]
        contested = dict.fromkeys(code for d in over for code in d.at_issue)
        answering = dict.fromkeys(front.responder for front in self.layout.fronts)
        told = f"{', '.join(toward)} toward {' or '.join(contested)}"
        return told + (f", or {', '.join(by)} by {' or '.join(answering)}" if answering else "")
