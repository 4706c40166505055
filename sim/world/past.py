"""The acts of a dispute's past by name: which one a user means, and what would be right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.errors import InputError, did_you_mean, quoted
from sim.hazard.riskset import Layout
from sim.hazard.shelf import check_taught
from sim.history.corpus import Corpus
from sim.history.disputes import check_dispute
from sim.world.named_acts import NamedAct, read_act, simulated_acts

COMMAND = "demarche counterfactual"


class Fact(NamedTuple):
    """An act that happened: what it means to the kernel, and the day it stands on."""

    act: tuple[int, int, int]
    day: dt.date


class Past:
    """What happened in a dispute up to a day.

    Parameters
    ----------
    corpus : Corpus
    dispute : str
    until : date or None
        The day the dispute closed, or the last known, by default.

    Raises
    ------
    InputError
        If nobody's recognition is the question there, or the days do not fit.
    """

    def __init__(self, corpus: Corpus, dispute: str, until: dt.date | None) -> None:
        found = check_dispute(corpus.disputes, dispute, COMMAND, "--history")
        if not found.contested:
            what = f"{quoted(dispute)}, a {found.kind}"
            raise InputError(COMMAND, "--history", what, "a dispute over whom to recognise")
        last = min(filter(None, (found.closed, corpus.end)))
        self.opened = found.opened
        self.until = last if until is None else until
        if not self.opened <= self.until <= last:
            right = f"a day from {self.opened} to {last}"
            raise InputError(COMMAND, "--until", str(until), right)
        check_taught(corpus, self.until, COMMAND, "--until")
        self.dispute = dispute
        self.known = corpus.as_of(self.until)
        self.layout = Layout.of(self.known, (dispute,))

    @cached_property
    def _facts(self) -> list[tuple[Fact, str, dt.date, dt.date]]:
        """Acts since the opening that bear on the dispute, with name and both ends of the date."""
        acts, ids = self.layout.acts(self.known, self.opened)
        events = self.known.events
        spans = {
            name: (first.date(), last.date())
            for name, first, last in zip(
                events["event_id"], events["first"], events["last"], strict=True
            )
        }
        own = {c for c, (_, d) in enumerate(self.layout.columns) if d.dispute == self.dispute}
        found = []
        for (time, *rest), name in zip(acts, ids, strict=True):
            act, i, j = (int(x) for x in rest)
            if time >= 0 and (act > kernel.WITHDRAW or j in own):
                day = self.opened + dt.timedelta(days=int(time))
                found.append((Fact((act, i, j), day), name, *spans[name]))
        return found

    def removed(self, text: str) -> list[Fact]:
        """Return the acts of history that a user wants gone."""
        asked = read_act("--remove", text, self.known.actors, dated=True)
        meant = simulated_acts("--remove", asked, self.layout)
        found = [
            fact
            for fact, _, first, last in self._facts
            if fact.act in meant and asked.date and min(first, fact.day) <= asked.date <= last
        ]
        if {fact.act for fact in found} != meant:
            what = f"{quoted(text)}, which did not happen"
            near = did_you_mean(text, self._told)
            right = f"an act in the history of {self.dispute} from {self.opened} to {self.until}"
            raise InputError("--remove", "", what, right, near)
        return found

    @cached_property
    def _told(self) -> list[str]:
        """The acts of history as a user would write them."""
        names = {name for _, name, _, _ in self._facts}
        events = self.known.events[self.known.events["event_id"].isin(names)]
        return [f"{e.sender} {e.kind} {e.receiver} {e.first.date()}" for e in events.itertuples()]

    def _addition(self, text: str) -> tuple[NamedAct, dt.date]:
        asked = read_act("--add", text, self.known.actors, dated=True)
        day = asked.date
        if day is None or not self.opened <= day <= self.until:
            right = f"a day from {self.opened} to {self.until}"
            raise InputError("--add", "day", str(day), right)
        return asked, day

    def day_of(self, text: str) -> dt.date:
        """Return the day of an act that a user adds."""
        return self._addition(text)[1]

    def added(self, text: str, since: dt.date) -> list[tuple[float, int, int, int]]:
        """Return the rows (time, act, i, j) of an act that a user adds."""
        asked, day = self._addition(text)
        meant = sorted(simulated_acts("--add", asked, self.layout))
        return [(float((day - since).days), *act) for act in meant]

    def check_done(
        self, texts: Sequence[str], added: npt.NDArray[np.float64], log: npt.NDArray[np.float64]
    ) -> None:
        """Require that each added act changed something in some world."""
        for row in added:
            if not (log[:, :4] == row).all(axis=1).any():
                what = f"{quoted(' and '.join(texts))}, of which a part changes nothing"
                raise InputError("--add", "", what, "acts that change something on their day")
