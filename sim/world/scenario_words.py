"""The words of a scenario: actors that exist, kinds of act that can be, and what may have been meant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sim.errors import LIMIT, ScenarioError, did_you_mean, quoted
from sim.world.lookalikes import plain, shown_word
from sim.world.scenario_model import ChannelPattern, Forecast, Scenario

if TYPE_CHECKING:
    from sim.history.corpus import Corpus

__all__ = ["WordCheck", "event_kinds"]


class WordCheck:
    """Takes note of mistakes, and knows the words of history.

    Parameters
    ----------
    scenario : Scenario
    corpus : Corpus
        The whole history.
    file : str
        Name of the file in the messages.
    before : Corpus, optional
        History as of the scenario's day, if it is at hand.
    """

    def __init__(
        self, scenario: Scenario, corpus: Corpus, file: str, before: Corpus | None = None
    ) -> None:
        self.scenario = scenario
        self.corpus = corpus
        self.file = file
        self.errors: list[ScenarioError] = []
        self._before = before

    @cached_property
    def before(self) -> Corpus:
        """History as of the scenario's day, as it was."""
        return self._before or self.corpus.as_of(self.scenario.as_of)

    def wrong(
        self,
        place: str,
        found: str,
        right: str,
        near: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        """Note a mistake; what may have been meant is looked up only while it will be shown."""
        hint = tuple(near()) if near and len(self.errors) < LIMIT else ()
        self.errors.append(ScenarioError(self.file, place, found, right, hint))

    def sides(self, place: str, pattern: ChannelPattern | Forecast) -> None:
        """Require the actors of a pattern."""
        for side in ("sender", "receiver"):
            joined: str = getattr(pattern, side)
            for code in joined.split("+") if joined else ():
                self.actor(f"{place}.{side}", code)
        if pattern.sender and pattern.sender == pattern.receiver and "+" not in pattern.sender:
            found = f"{quoted(pattern.receiver)}, the sender itself"
            self.wrong(f"{place}.receiver", found, "another actor")

    def known_kind(self, place: str, kind: str, possible: Sequence[str], what: str) -> None:
        """Require a kind of act that is possible here."""
        if kind in possible:
            return
        right = f"one of {', '.join(possible)}"
        if kind in event_kinds():
            self.wrong(place, f"{quoted(kind)}, which cannot be {what} yet", right)
        else:
            self.unknown(place, kind, right, possible)

    def actor(self, place: str, code: str, day: dt.date | None = None) -> bool:
        """Require an actor that exists on the day, and is no organisation; True if it is one."""
        before = len(self.errors)
        self._require_actor(place, code, day)
        return len(self.errors) == before

    def _require_actor(self, place: str, code: str, day: dt.date | None) -> None:
        actors = self.corpus.actors
        if code not in actors and day is not None and all(c in actors for c in code.split("+")):
            self.wrong(place, quoted(code), "one actor: write an intervention for each")
            return
        if code not in actors:
            as_code = plain(code).upper()
            exact = as_code in actors
            near = (lambda: (as_code,)) if exact else partial(actors.near, plain(code))
            self.wrong(place, shown_word(code), "the code of an actor", near)
            return
        if actors.type(code) == "organisation":
            found = f"{quoted(code)}, an organisation"
            self.wrong(place, found, "the code of a state or an aspirant entity")
        if day is not None and not self.before.actors.alive(day)[actors.row(code)]:
            found = f"{quoted(code)}, {actors.name(code)}"
            self.wrong(place, found, f"an actor that exists on {day}")

    def unknown(self, place: str, word: str, right: str, candidates: Collection[str]) -> None:
        """Note a word that is none, and what may have been meant."""
        near = partial(did_you_mean, plain(word), candidates)
        self.wrong(place, shown_word(word), right, near)


def event_kinds() -> Sequence[str]:
    """Return every kind of act."""
    from sim.history.events import EventKind

    return [kind.value for kind in EventKind]
