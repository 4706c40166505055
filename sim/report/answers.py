"""Answers to a scenario's forecasts: how likely each is to come true in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.riskset import MENDING, SLOTS, kind_of, slot_of, slots_of, undoing
from sim.history.events import EventKind
from sim.report.words import act_between, listed, name_of
from sim.world.assemble import Assembly
from sim.world.channels import answering
from sim.world.ensemble import Ensemble
from sim.world.projection import share_of
from sim.world.scenario import Forecast
from sim.world.tally import tally

COLUMNS = (
    "id", "sender", "kind", "receiver", "within_days", "counted_from",
    "probability", "low", "high", "median_days", "note",
)  # fmt: skip

RECOGNISE = str(EventKind.RECOGNISE)
Flags = npt.NDArray[np.bool_]
UNTAUGHT = "not simulated, no complete record teaches it"


@dataclass(frozen=True)
class Answer:
    """What the worlds say to one forecast.

    Parameters
    ----------
    forecast : Forecast
    probability, low, high : float or None
        Share of worlds in which it comes true, with a 90 % interval; None if the act is not simulated,
        so that the worlds have nothing to say. An act that could have come and never did has a share
        of 0.
    median_days : float or None
        Days from the forecast's origin, over the worlds in which it comes true: when, if at all.
    note : str
        Why there is no answer, or that what is asked has no room as things stand; else empty.
    """

    forecast: Forecast
    probability: float | None
    low: float | None
    high: float | None
    median_days: float | None
    note: str = ""

    def told(self, assembly: Assembly) -> str:
        """Tell the question in words."""
        f = self.forecast
        text = act_between(assembly.layout.actors, f.sender, f.kind, f.receiver.split("+"), "or")
        return f"{text} within {f.within_days} days"


def answers(ensemble: Ensemble) -> list[Answer]:
    """Answer every forecast of the scenario from the ensemble's events.

    The days count from the last forced event, or from the as-of date; that day is day 0. A forced
    event is never an answer.
    """
    return [_answer(ensemble, forecast) for forecast in ensemble.assembly.scenario.forecasts]


def _answer(ensemble: Ensemble, forecast: Forecast) -> Answer:
    a = ensemble.assembly
    if note := _silent(a, forecast):
        return Answer(forecast, None, None, None, None, note)
    origin = (a.scenario.forecast_origin - a.scenario.as_of).days

    def in_time(part: Ensemble) -> Flags:
        day = np.floor(part.log[:, 0])
        return (day >= origin) & (day <= origin + forecast.within_days) & ~part.forced

    counted = tally(ensemble, lambda act: forecast.matches(*act[:3]) or None, in_time).get(True)
    if counted is None and (note := _strangers(a, forecast)):
        return Answer(forecast, None, None, None, None, note)
    found = share_of(ensemble, forecast.kind, counted)
    median = None if found.median_days is None else found.median_days - origin
    note = a.foregone.get(forecast.id, "")
    return Answer(forecast, found.probability, found.low, found.high, median, note)


def _silent(a: Assembly, forecast: Forecast) -> str:
    """Tell why the worlds have nothing to say; empty if they have.

    What the state of the world or the scenario itself closes is simulated: the answer is 0.
    """
    if forecast.kind not in simulated_kinds(a):
        return UNTAUGHT
    found = answering(a.layout, forecast) & _may_come(a)
    if not found.any():
        return f"not simulated, {_simulated(a, forecast.kind)}"
    taught = np.isin(a.layout.slots[found], a.posterior.about["slots"])
    return "" if taught.any() else UNTAUGHT


def _may_come(a: Assembly) -> Flags:
    """Return which channels some state of the world would open, shape (K,).

    Who may take no stand in a dispute, a rival or the parent itself, gives nothing to answer in it.
    """
    layout = a.layout
    may = layout.allowed(a.scenario.as_of).astype(bool)
    stands = layout.by_column(may)
    for f, front in enumerate(layout.fronts):
        over = [
            stands[c]
            for c, (e, d) in enumerate(layout.columns)
            if d.dispute == front.dispute and d.responder(e) == front.responder
        ]
        given = np.any(over, axis=0)[:, None]
        layout.by_rung(may)[f] &= given
        layout.by_mend(may)[f] &= given
    return may


def _strangers(a: Assembly, forecast: Forecast) -> str:
    """Tell that whether *anyone* acts is not simulated, where all who are cannot; empty elsewhere.

    Of all the world only the responders answer. If none of them has relations with the receiver, or has
    answered it, their silence says nothing about the others, who are not simulated.
    """
    if forecast.sender:
        return ""
    met = np.ones(a.layout.channels, dtype=bool)
    known = (a.template.level != kernel.NONE) | (a.template.reached > 0)
    for view in (a.layout.by_rung(met), a.layout.by_mend(met)):
        view[:] = known[:, :, None]
    found = answering(a.layout, forecast) & _may_come(a) & met
    return "" if found.any() else f"not simulated, {_simulated(a, forecast.kind)}"


def _simulated(a: Assembly, kind: str) -> str:
    """Tell which acts of a kind are simulated, where others are asked about."""
    layout = a.layout
    if kind not in (RECOGNISE, str(EventKind.WITHDRAW_RECOGNITION)):
        responders = dict.fromkeys(name_of(layout.actors, f.responder) for f in layout.fronts)
        shunned = [name_of(layout.actors, e) for e, d in layout.columns if e in d.shunned]
        told = [f"answers of {listed(responders, 'or')} to recognitions"] if responders else []
        told += [f"breaks with {listed(shunned, 'or')}"] if shunned else []
        return f"only {listed(told)}, and what mends them, are"
    here = [(e, d) for e, d in layout.columns if d.dispute in layout.active]
    contested = dict.fromkeys(e for e, d in here if e in d.contested)
    names = listed((name_of(layout.actors, e) for e in contested), "or")
    return f"only recognitions of {names} by others, and their withdrawal, are"


def simulated_kinds(assembly: Assembly) -> frozenset[str]:
    """Return the kinds of act that worlds of this scenario can bring forth by themselves."""
    return frozenset(kind_of(slot) for slot in _taught(assembly))


def untaught(assembly: Assembly) -> list[str]:
    """Return the rules that the scenario would need and that the record taught nothing about."""
    taught = _taught(assembly)
    return [slot for slot in needed(assembly) if slot not in taught]


def _taught(assembly: Assembly) -> Sequence[str]:
    known = {SLOTS[int(s)] for s in assembly.posterior.about["slots"]}
    return [slot for slot in needed(assembly) if slot in known]


def needed(assembly: Assembly) -> Sequence[str]:
    """Return the rules (slots) that the scenario's disputes would use."""
    over = [d for d in assembly.layout.disputes if d.dispute in assembly.layout.active]
    stands = {slot_of(d) for d in over}
    wanted = stands | {undoing(s) for s in stands}
    fronts = assembly.layout.fronts
    wanted |= set(slots_of("respond")) if fronts else set()
    mends = any((f.dispute, f.responder) not in assembly.layout.column_index for f in fronts)
    wanted |= set(MENDING) if mends else set()
    return [s for s in SLOTS if s in wanted]
