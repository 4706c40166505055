"""A kind of act means the same to the kernel whether history or a scenario tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from sim import kernel
from sim.hazard.riskset import Layout
from sim.history.corpus import Corpus, load_corpus
from sim.history.events import EventKind
from sim.world.assemble import _forced
from sim.world.scenario import ForcedEvent, Scenario

DAY = date(2022, 1, 1)


@pytest.fixture(scope="module")
def known() -> Corpus:
    return load_corpus().as_of(DAY)


def as_history(known: Corpus, layout: Layout, sender: str, kind: str, receiver: str) -> list[tuple]:
    row = known.events.iloc[[0]].assign(
        sender=sender, kind=kind, receiver=receiver, dispute="china", placed=pd.Timestamp(DAY)
    )
    acts, _ = layout.acts(replace(known, events=row), DAY)
    return [tuple(map(int, act[1:])) for act in acts]


def as_imposed(layout: Layout, sender: str, kind: str, receiver: str) -> list[tuple]:
    event = ForcedEvent(date=DAY, sender=sender, kind=kind, receivers=(receiver,))
    scenario = Scenario(
        title="A", as_of=DAY, horizon_days=30, disputes=("china",), interventions=(event,)
    )
    return [tuple(map(int, act[1:])) for act in _forced(scenario, layout, 0.0)]


@pytest.mark.parametrize("kind", [str(kind) for kind in EventKind])
@pytest.mark.parametrize(("sender", "receiver"), [("GTM", "TWN"), ("TWN", "GTM"), ("GTM", "USA")])
def test_history_and_scenarios_agree(known: Corpus, kind: str, sender: str, receiver: str) -> None:
    layout = Layout.of(known, ("china",))
    told = as_history(known, layout, sender, kind, receiver)
    assert as_imposed(layout, sender, kind, receiver) == told


def test_a_recogniser_that_severs_recognises_no_longer(known: Corpus) -> None:
    layout = Layout.of(known, ("china",))
    ((act, i, column),) = as_imposed(layout, "GTM", "sever_relations", "TWN")
    assert (act, layout.actors.codes[i]) == (kernel.WITHDRAW, "GTM")
    assert layout.columns[column][0] == "TWN"
