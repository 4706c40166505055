"""Is the scenario possible? Its actors, dates and acts are held against history, as of its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sim.errors import quoted
from sim.world.premise_check import PremiseCheck
from sim.world.premises import given, with_disputes
from sim.world.scenario_model import (
    FORBIDDEN_KINDS,
    FORCED_KINDS,
    ChannelPattern,
    ConditionalEvent,
    Forbidden,
    ForcedEvent,
    Scenario,
    SetStance,
)
from sim.world.scenario_premises import Premise
from sim.world.scenario_words import WordCheck, event_kinds
from sim.world.stance_check import check_stances
from sim.world.standing import Standing

if TYPE_CHECKING:
    from sim.history.corpus import Corpus
    from sim.history.disputes import Dispute
    from sim.world.scenario_effect import Effect

__all__ = ["check"]

YEARS_AHEAD = 10
"""How many years after the last event of the corpus a scenario may still start."""

_CONTESTED_ONLY = ("recognise", "withdraw_recognition")
_TAKES_A_SIDE = ("recognise", "establish_relations", "restore_relations")


def check(
    scenario: Scenario, corpus: Corpus, file: str = "scenario", before: Corpus | None = None
) -> None:
    """Hold a scenario against history.

    Parameters
    ----------
    scenario : Scenario
    corpus : Corpus
        The whole history; what is not known on `as_of` decides nothing.
    file : str
        Name of the file in the messages.
    before : Corpus, optional
        History as of the scenario's day, if it is at hand.

    Raises
    ------
    ScenarioError
        With a line for each mistake.

    Notes
    -----
    Preconditions hold for the events known on `as_of` and the forced events before. What could change
    nothing in the simulated worlds is refused: a forced event that concerns no contested or shunned
    actor and no answer, a pattern that closes no channel. To force an act and to forbid that same act (its
    sender and kind named) is a contradiction; a wider pattern, such as forbidding every recognition,
    is not: the forced event still happens.
    """
    checker = _Checker(scenario, corpus, file, before=before)
    checker.calendar()
    if not checker.errors:
        checker.premises()
    if not checker.errors:
        checker.disputes()
        checker.forced()
        checker.conditional()
        checker.stances()
        checker.forbidden()
        checker.forecasts()
    if not checker.errors:
        checker.variants()
    if checker.errors:
        raise checker.errors[0].together(checker.errors[1:])


class _Checker(WordCheck):
    """Goes through a scenario once and gathers what is wrong."""

    def __init__(
        self, scenario: Scenario, corpus: Corpus, file: str, places: Sequence[str] = (),
        before: Corpus | None = None,
    ) -> None:  # fmt: skip
        super().__init__(scenario, corpus, file, before)
        self.sound: set[int] = set()  # interventions that are an act, as far as words go
        self.places = places or [f"intervention[{i}]" for i in range(len(scenario.interventions))]

    @cached_property
    def all_disputes(self) -> dict[str, Dispute]:
        """The disputes of history, with those that the scenario opens or closes."""
        return with_disputes(self.corpus, self.scenario).disputes

    @cached_property
    def named(self) -> tuple[Dispute, ...]:
        """The disputes that are in play, as far as they are sound."""
        named = (self.all_disputes.get(key) for key in self.scenario.disputes)
        return tuple(d for d in named if d is not None and d.at_issue)

    @cached_property
    def known(self) -> Corpus:
        """History as of the scenario's day, with the scenario's premises."""
        return given(self.before, self.scenario)

    @cached_property
    def effect(self) -> Effect | None:
        """What the simulation would make of the scenario; None unless its disputes are sound."""
        from sim.world.scenario_effect import Effect

        named = {d.dispute for d in self.named if d.is_open(self.scenario.as_of)}
        sound = named == set(self.scenario.disputes)
        return Effect(self.known, self.scenario) if sound else None

    @cached_property
    def answering(self) -> tuple[str, ...]:
        """Who answers recognitions in the scenario's disputes."""
        all_of_them = (d.responder(code) for d in self.named for code in d.contested)
        return tuple(dict.fromkeys(filter(None, all_of_them)))

    def calendar(self) -> None:
        """Require an as-of date that history can answer for, and a horizon within the calendar."""
        as_of = self.scenario.as_of
        first, last = self._span
        latest = dt.date(min(last.year + YEARS_AHEAD, dt.MAXYEAR), 12, 31)
        if as_of < first:
            self.wrong("as_of", f"{as_of}", f"{first}, the first event known, or a later day")
        if as_of > latest:
            right = f"{latest} or an earlier day: events are known up to {last}"
            self.wrong("as_of", f"{as_of}", right)
        if self.scenario.horizon_days > (dt.date.max - as_of).days:
            found = f"{self.scenario.horizon_days} days after {as_of}"
            self.wrong("horizon_days", found, f"an end within the calendar, up to {dt.date.max}")

    @property
    def _span(self) -> tuple[dt.date, dt.date]:
        """First day of the first event, last day that the corpus speaks of."""
        first = self.corpus.events["first"].min()
        return (dt.date.min if first != first else first.date()), self.corpus.end

    def premises(self) -> None:
        """Check what the scenario changes about the world as it stands."""
        if self.scenario.premises:
            check = PremiseCheck(self.scenario, self.before, self)
            for i, item in enumerate(self.scenario.interventions):
                if isinstance(item, Premise):
                    check.check(self.places[i], item)

    def disputes(self) -> None:
        """Require disputes over recognition that exist and are open on the as-of date."""
        as_of = self.scenario.as_of
        seen: set[str] = set()
        for i, key in enumerate(self.scenario.disputes):
            place = f"disputes[{i}]"
            dispute = self.all_disputes.get(key)
            if dispute is None:
                self.unknown(place, key, "the key of a dispute", self.all_disputes)
            elif not dispute.at_issue:
                found = f"{quoted(key)}, a {dispute.kind}, of which nothing is simulated"
                self.wrong(place, found, "a dispute over whom to recognise")
            elif not dispute.is_open(as_of):
                when = f"opened on {dispute.opened}"
                if dispute.opened <= as_of:
                    when = f"was closed on {dispute.closed}"
                self.wrong(place, f"{quoted(key)}, which {when}", f"one that is open on {as_of}")
            if key in seen:
                self.wrong(place, f"{quoted(key)} again", "each dispute once")
            seen.add(key)

    def forced(self) -> None:
        """Check each forced event by itself, then all of them in the order of their dates."""
        items = enumerate(self.scenario.interventions)
        events = [(i, item) for i, item in items if isinstance(item, ForcedEvent)]
        sound = [(i, event) for i, event in events if self._event(self.places[i], event)]
        self.sound.update(i for i, _ in sound)
        if not sound:
            return
        standing = Standing(self.known, self.scenario.as_of)
        seen: dict[tuple[object, ...], int] = {}
        for i, event in sorted(sound, key=lambda item: item[1].date):
            for place, receiver in _receivers(self.places[i], event):
                act = (event.sender, event.kind, receiver)
                other = seen.setdefault((event.date, *act), i)
                objection = self._objection(standing, act)
                if other != i:
                    self.wrong(place, f"the same act as in {self.places[other]}", "each act once")
                elif objection:
                    self.wrong(place, *objection)
                standing.apply(*act)

    def _objection(self, standing: Standing, act: tuple[str, str, str]) -> tuple[str, str] | None:
        """Tell what an act lacks, or that it would change nothing."""
        effect = self.effect
        if effect is None:
            return standing.objection(*act)
        return effect.idle(*act) or standing.objection(*act) or effect.objection(standing, *act)

    def conditional(self) -> None:
        """Check acts on a condition, and that the condition can be met."""
        last = self.scenario.horizon_days
        for i, event in enumerate(self.scenario.interventions):
            if not isinstance(event, ConditionalEvent):
                continue
            place, when = f"{self.places[i]}.when", event.when
            before = len(self.errors)
            if self._event(self.places[i], event):
                self.sound.add(i)
            if not (when.sender or when.kind or when.receiver):
                self.wrong(place, "an empty table", "at least one of sender, kind, receiver")
            if when.kind:
                self.known_kind(f"{place}.kind", when.kind, FORBIDDEN_KINDS, "waited for")
            self.sides(place, when)
            if when.after_days > last:
                right = f"at most {last} days, the horizon"
                self.wrong(f"{place}.after_days", f"{when.after_days}", right)
            if len(self.errors) > before or self.effect is None:
                continue
            for where, receiver in _receivers(self.places[i], event):
                if idle := self.effect.idle(event.sender, event.kind, receiver):
                    self.wrong(where, *idle)
            if (most := self.effect.most(when.pattern)) < when.count:
                found = f"{when.count} acts where at most {most} can come"
                self.wrong(f"{place}.count", found, "a condition that some world may meet")

    def stances(self) -> None:
        """Check the stances that are set."""
        items = zip(self.places, self.scenario.interventions, strict=True)
        mine = [(place, item) for place, item in items if isinstance(item, SetStance)]
        if mine and self.effect is not None:
            check_stances(self, mine, self.effect)

    def _event(self, place: str, event: ForcedEvent | ConditionalEvent) -> bool:
        """Check what one forced event says; True if it may be played."""
        before = len(self.errors)
        day: dt.date | None = self.scenario.as_of
        if isinstance(event, ForcedEvent):
            day = event.date if self._date(f"{place}.date", event.date) else None
        self.known_kind(f"{place}.kind", event.kind, FORCED_KINDS, "forced")
        self.actor(f"{place}.sender", event.sender, day)
        seen: set[str] = set()
        for where, receiver in _receivers(place, event):
            self.actor(where, receiver, day)
            if receiver == event.sender:
                self.wrong(where, f"{quoted(receiver)}, the sender itself", "another actor")
            if receiver in seen:
                self.wrong(where, f"{quoted(receiver)} again", "each receiver once")
            seen.add(receiver)
        if len(self.errors) == before and len(self.named) == len(self.scenario.disputes):
            self._in_play(place, event)
        return len(self.errors) == before

    def _date(self, place: str, date: dt.date) -> bool:
        as_of, last = self.scenario.as_of, self.scenario.last_day
        if date < as_of:
            meaning = "as_of itself means after everything known by then"
            self.wrong(place, f"{date}", f"a day on or after as_of, {as_of} ({meaning})")
        elif date > last:
            self.wrong(place, f"{date}", f"a day up to {last}, the end of the horizon")
        return as_of <= date <= last

    def _in_play(self, place: str, event: ForcedEvent | ConditionalEvent) -> None:
        """Require that the act bears on one of the scenario's disputes."""
        contested = dict.fromkeys(code for d in self.named for code in d.contested)
        at_issue = dict.fromkeys(code for d in self.named for code in d.at_issue)
        for where, receiver in _receivers(place, event):
            over = [d for d in self.named if receiver in d.contested]
            if event.kind in _CONTESTED_ONLY and not over:
                found = f"{quoted(receiver)}, which is not contested in {self._keys()}"
                right = f"one of {', '.join(contested)}" if contested else "another kind of act"
                self.wrong(where, found, right)
            elif event.kind in _TAKES_A_SIDE and any(_claims(d, event, receiver) for d in over):
                found = f"{event.sender}, which claims {receiver} or is its rival"
                self.wrong(f"{place}.sender", found, "a third actor")
            elif receiver not in at_issue and not {event.sender, receiver} & {*self.answering}:
                found = f"{event.sender} toward {receiver}, who stand outside {self._keys()}"
                right = f"an act toward {' or '.join(at_issue)}"
                right += f", or an act by {' or '.join(self.answering)}" if self.answering else ""
                self.wrong(where, found, right)

    def _keys(self) -> str:
        return " or ".join(d.dispute for d in self.named)

    def forbidden(self) -> None:
        """Check forbidden channels, and that none is forced too."""
        seen: dict[ChannelPattern, int] = {}
        items = list(enumerate(self.scenario.interventions))
        events = [(i, e) for i, e in items if isinstance(e, ForcedEvent | ConditionalEvent)]
        for i, item in items:
            if not isinstance(item, Forbidden):
                continue
            place, pattern = f"{self.places[i]}.forbid", item.forbid
            before = len(self.errors)
            if not (pattern.sender or pattern.kind or pattern.receiver):
                self.wrong(place, "an empty table", "at least one of sender, kind, receiver")
                continue
            if pattern.kind:
                self.known_kind(f"{place}.kind", pattern.kind, FORBIDDEN_KINDS, "forbidden")
            self.sides(place, pattern)
            silent = len(self.errors) == before and self.effect and not self.effect.closes(pattern)
            if silent and self.effect:
                found = f"a pattern that closes no channel in {self._keys()}"
                self.wrong(place, found, self.effect.right_patterns())
            other = seen.setdefault(pattern, i)
            if other != i:
                self.wrong(place, f"the same as {self.places[other]}", "each pattern once")
            if pattern.sender and pattern.kind and len(self.errors) == before and self.effect:
                for j, event in events:
                    if j in self.sound and self.effect.contradicts(pattern, event):
                        found = f"an act that {self.places[j]} forces"
                        self.wrong(place, found, "acts that are either forced or forbidden")

    def forecasts(self) -> None:
        """Check the questions: known words, and a deadline within the horizon."""
        seen: dict[str, int] = {}
        origin, last = self.scenario.forecast_origin, self.scenario.last_day
        for i, forecast in enumerate(self.scenario.forecasts):
            place = f"forecast[{i}]"
            kinds = event_kinds()
            if forecast.kind not in kinds:
                right = f"one of {', '.join(kinds)}"
                self.unknown(f"{place}.kind", forecast.kind, right, kinds)
            self.sides(place, forecast)
            if forecast.within_days > (last - origin).days and origin <= last:
                found = f"{forecast.within_days} days after {origin}"
                self.wrong(f"{place}.within_days", found, f"an end up to {last}, the horizon's")
            other = seen.setdefault(forecast.id, i)
            if other != i:
                found = f"{quoted(forecast.id)}, the id of forecast[{other}]"
                self.wrong(f"{place}.id", found, "an id of its own")

    def variants(self) -> None:
        """Check what each variant adds to a scenario that is sound, and that it has a name of its own."""
        seen: dict[str, int] = {}
        for v, variant in enumerate(self.scenario.variants):
            other = seen.setdefault(variant.name, v)
            if other != v:
                found = f"{quoted(variant.name)}, the name of variant[{other}]"
                self.wrong(f"variant[{v}].name", found, "a name of its own")
            own = [f"variant[{v}].intervention[{i}]" for i in range(len(variant.interventions))]
            if not own and not variant.instead:
                right = "interventions of its own, or instead = true"
                self.wrong(f"variant[{v}]", "nothing that differs", right)
            places = own if variant.instead else [*self.places, *own]
            checker = _Checker(self.scenario.varied(variant), self.corpus, self.file, places)
            checker.premises()
            if not checker.errors:
                checker.disputes()
                checker.forced()
                checker.conditional()
                checker.forbidden()
            self.errors += checker.errors


def _receivers(place: str, event: ForcedEvent | ConditionalEvent) -> list[tuple[str, str]]:
    """Return each receiver with its key path."""
    if len(event.receivers) == 1:
        return [(f"{place}.receivers", event.receivers[0])]
    return [(f"{place}.receivers[{i}]", code) for i, code in enumerate(event.receivers)]


def _claims(dispute: Dispute, event: ForcedEvent | ConditionalEvent, receiver: str) -> bool:
    """Tell whether the sender is the parent or the rival, rather than a sibling entity."""
    siblings = event.sender in dispute.entities and receiver in dispute.entities
    return not siblings and event.sender in (*dispute.contested, dispute.parent)
