"""Why an act is expected as it is: its rule, its log hazard taken apart, the precedents, what was like it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.errors import InputError, quoted
from sim.hazard.refits import Refits
from sim.hazard.riskset import MENDING, SLOTS
from sim.history.corpus import Corpus
from sim.report.contributions import Contribution, Prior, contributions, prior_of
from sim.report.explain import Clock, Support, strongest
from sim.report.rulebook import Rulebook, interval
from sim.report.rules import Rule, effective_number, rules
from sim.report.similar import Similar, similar
from sim.report.track import Track, track
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble
from sim.world.named_acts import NamedAct, simulated_acts
from sim.world.projection import Share, share

OPTION = "--event"
COMPARED = 50
"""So many precedents, where there are as many, are compared with refits."""


@dataclass(frozen=True)
class Influence(Support):
    """One case behind an act, with what dropping it does to the log hazard when the clock starts.

    Parameters
    ----------
    step : float
        By one Newton step, like the change of the probability.
    """

    step: float


@dataclass(frozen=True)
class Verification:
    """The one Newton step compared with refits, over some precedents.

    Parameters
    ----------
    labels : tuple of str
    predicted, refitted : tuple of float
        Change of the log hazard without each, by the step and by a refit.
    """

    labels: tuple[str, ...]
    predicted: tuple[float, ...]
    refitted: tuple[float, ...]

    @property
    def correlation(self) -> float:
        """Correlation (Pearson) of the two; 0 where one of them does not vary."""
        pair = np.array([self.predicted, self.refitted])
        if pair.shape[1] < 2 or not pair.std(axis=1).all():
            return 0.0
        return float(np.corrcoef(pair)[0, 1])

    @property
    def slope(self) -> float:
        """How far a refit moves for each unit predicted (least squares through zero)."""
        p, r = np.array(self.predicted), np.array(self.refitted)
        return float(p @ r / (p @ p)) if p.any() else 0.0


@dataclass(frozen=True, eq=False)
class Explanation:
    """What explains one act of a scenario.

    Parameters
    ----------
    ensemble : Ensemble
        The scenario's worlds.
    known : Corpus
        Read as of the scenario's date.
    clock : Clock
    """

    ensemble: Ensemble
    known: Corpus
    clock: Clock

    @property
    def assembly(self) -> Assembly:
        """The scenario."""
        return self.clock.assembly

    @property
    def act(self) -> tuple[str, str, str, str]:
        """Sender, kind, receiver, dispute."""
        return self.assembly.channel(self.clock.k)

    @property
    def awaited(self) -> tuple[str, str, str, str] | None:
        """The act that has to come first, and that nothing imposes."""
        first = self.clock.opening.awaited
        return None if first is None else self.assembly.describe(*first)

    @cached_property
    def share(self) -> Share:
        """In how many worlds it happens."""
        events = self.ensemble.events[~self.ensemble.forced]
        for name, word in zip(("sender", "kind", "receiver", "dispute"), self.act, strict=True):
            events = events[events[name] == word]
        return share(self.ensemble, self.act[1], events)

    @cached_property
    def draws(self) -> tuple[float, float, float]:
        """Its probability by the horizon once its clock runs, and the 90 % interval over the draws."""
        return interval(self.clock.probability(self.assembly.posterior.draws))

    @cached_property
    def contributions(self) -> list[Contribution]:
        """What makes up its log hazard."""
        return contributions(self.clock)

    @cached_property
    def precedents(self) -> list[Influence]:
        """The precedents it rests on, the strongest first."""
        evidence, modes = self.clock.evidence, self.clock.modes
        if evidence is None:
            return []
        change, step = modes[1:] - modes[0], evidence.moves @ self.clock.values
        names = list(map(self.clock.label, evidence.cases))
        return [Influence(names[c], float(change[c]), float(step[c])) for c in strongest(change)]

    @property
    def effective(self) -> float:
        """How many precedents it effectively rests on, see `sim.report.rules`."""
        drawn = self.clock.probability(self.assembly.posterior.draws)
        return effective_number(drawn, [s.change for s in self.precedents])

    @cached_property
    def prior(self) -> Prior:
        """What was known before any case."""
        return prior_of(self.clock)

    @cached_property
    def similar(self) -> list[Similar]:
        """What similar actors did."""
        return similar(self.clock, self.known, self.contributions)

    @cached_property
    def rule(self) -> Rule | None:
        """The rule that drives it, told of a middling state; None if none is left to act."""
        sender, kind, receiver, dispute = self.act
        book = Rulebook(self.known, self.assembly.posterior)
        if self.clock.process != "respond":
            found = rules(book, self.clock.process, dispute=dispute)
            if (
                SLOTS[self.clock.slot] in MENDING
            ):  # one rule for all to whom the sender has answered
                return next((r for r in found if r.sender == sender), None)
            return next((r for r in found if r.entities == (receiver,)), None)
        found = rules(book, "respond", sender, dispute)
        return next((r for r in found if r.kind == kind), None)

    @cached_property
    def track(self) -> Track:
        """How such acts went in the past, and what scores forecasts of them."""
        return track(self.known, self.clock.process, self.act[0], self.act[1])


@dataclass(frozen=True, eq=False)
class Without:
    """The same act once some precedents teach nothing.

    Parameters
    ----------
    dropped : tuple of str
        As the user named them.
    only_verified : bool
        Whether all events went that nobody could verify.
    after : Explanation
        By the refit.
    """

    dropped: tuple[str, ...]
    only_verified: bool
    after: Explanation

    @property
    def forgotten(self) -> int:
        """How many events were forgotten."""
        return len(self.after.assembly.posterior.without)


def recalled_events(known: Corpus) -> list[str]:
    """Return the ids of the events of which some row is not verified."""
    rows = known.events
    return sorted(set(rows.loc[rows["confidence"] != "verified", "event_id"]))


def clock_of(assembly: Assembly, asked: NamedAct) -> Clock:
    """Return the clock of the act that a user names.

    Raises
    ------
    InputError
        If it is several acts, or none that can come by itself in this scenario.
    """
    meant = simulated_acts(OPTION, asked, assembly.layout)
    if len(asked.receivers) > 1:
        raise InputError(OPTION, "", quoted(asked.text), "an act toward one receiver")
    found = {assembly.channel(k): k for k in assembly.channels_of(asked.sender)}
    channels = [found[told] for act in meant if (told := assembly.describe(*act)) in found]
    clocks = [Clock.of(assembly, k) for k in sorted(channels)]
    running = [clock for clock in clocks if clock.opening.is_open]
    if not running:
        what, right = f"{quoted(asked.text)}, {_why_not(assembly, asked, clocks)}", _RIGHT
        raise InputError(OPTION, "", what, right)
    return max(running, key=lambda c: (c.opening.awaited is None, c.log_hazard))


_RIGHT = "an act that may come by itself (see demarche run)"


def _why_not(a: Assembly, asked: NamedAct, clocks: Sequence[Clock]) -> str:
    """Tell why an act cannot come by itself."""
    if not clocks:
        return "a kind of act that no rule brings forth"
    if any(map(a.imposes, simulated_acts(OPTION, asked, a.layout))):
        return "which the scenario imposes"
    if not {clock.slot for clock in clocks} & set(a.posterior.about["slots"]):
        return "of which no complete record teaches anything"
    return "which cannot come in this scenario"


def verify(explained: Explanation, told: Callable[[int, int], None] | None = None) -> Verification:
    """Compare the step with refits: for the cases that it moves most, and a random rest.

    Parameters
    ----------
    explained : Explanation
    told : callable, optional
        Called with (refits done, refits in all).
    """
    clock, posterior = explained.clock, explained.assembly.posterior
    evidence = clock.evidence
    if evidence is None:
        return Verification((), (), ())
    steps = evidence.moves @ clock.values
    order = strongest(steps)
    rest = np.random.default_rng(0).permutation(order[COMPARED // 2 :])
    chosen = [*order[: COMPARED // 2], *map(int, rest[: COMPARED - COMPARED // 2])]
    refits = Refits.of(explained.known, posterior.as_of, clock.process)
    base, found = refits.mode() @ clock.values, []
    for done, c in enumerate(chosen):
        if told:
            told(done, len(chosen))
        found.append(float(refits.mode([evidence.cases[c]]) @ clock.values - base))
    labels = tuple(clock.label(evidence.cases[c]) for c in chosen)
    return Verification(labels, tuple(float(steps[c]) for c in chosen), tuple(found))
