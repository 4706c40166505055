"""An act that waits for others comes when they have come, and changes nothing before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sim.history.corpus import load_corpus
from sim.world.ancestry import trace
from sim.world.assemble import Assembly, assemble
from sim.world.carriers import carriers
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.model import World
from sim.world.named_acts import read_act, simulated_acts
from sim.world.paired import Pair
from sim.world.scenario_model import Condition, ConditionalEvent

WORLDS = 1000
Waiting = Callable[..., Ensemble]


@pytest.fixture(scope="module")
def waiting(syria: Assembly) -> Waiting:
    """Let Belarus recognise on a condition."""

    def ran(when: Condition, receivers: tuple[str, ...] = ("DPR", "LPR")) -> Ensemble:
        event = ConditionalEvent(when=when, sender="BLR", kind="recognise", receivers=receivers)
        own = (*syria.scenario.interventions, event)
        scenario = syria.scenario.model_copy(update={"interventions": own})
        return run_ensemble(assemble(scenario, load_corpus(), syria.posterior), WORLDS)

    return ran


@pytest.fixture(scope="module")
def week_later(waiting: Waiting) -> Ensemble:
    when = Condition(sender="UKR", kind="sever_relations", receiver="SYR", after_days=7)
    return waiting(when)


def by_world(e: Ensemble, world: int) -> np.ndarray:
    return e.log[e.log[:, 4] == world]


def test_it_comes_so_many_days_after_and_nothing_differs_before(
    ensemble: Ensemble, week_later: Ensemble
) -> None:
    a = week_later.assembly
    imposed = set()
    for (act, i, j), delays in a.conditions.acts.items():
        assert (a.describe(act, i, j)[:2], delays) == (("BLR", "recognise"), [7.0])
    severs = simulated_acts(
        "", read_act("", "UKR sever_relations SYR", a.layout.actors, False), a.layout
    )
    for v in range(WORLDS):
        base, other = by_world(ensemble, v), by_world(week_later, v)
        at = [row[0] for row in base if tuple(row[1:4].astype(int)) in severs]
        until = at[0] + 7 if at else np.inf
        assert (base[base[:, 0] < until] == other[other[:, 0] < until]).all()
        if until < a.horizon:
            came = other[[tuple(r[1:4].astype(int)) in a.conditions.acts for r in other]]
            assert len(came) == 2
            assert (came[:, 0] <= until).all()
            if np.isclose(came[:, 0], until).any():  # else Minsk had done both by itself
                imposed.add(v)
    told = week_later.events[week_later.forced & (week_later.events["sender"] == "BLR")]
    assert len(imposed) > 0.2 * WORLDS
    assert imposed == set(told["world"])
    assert told["trigger"].str.match(r"intervention after UKR sever_relations SYR 2022-").all()


def test_it_waits_for_the_third(ensemble: Ensemble, waiting: Waiting) -> None:
    third = waiting(Condition(kind="recognise", receiver="DPR", count=3), ("LPR",))
    events = third.events
    mine = events[third.forced & (events["sender"] == "BLR")]
    assert len(mine) > 5
    for event in mine.itertuples():
        world = events[(events["world"] == event.world) & (events.index <= event.Index)]
        dpr = world[(world["kind"] == "recognise") & (world["receiver"] == "DPR")]
        assert len(dpr) == 3
        assert dpr["day"].iloc[-1] == event.day


def test_the_watched_world_waits_too(week_later: Ensemble) -> None:
    worlds = week_later.events.loc[week_later.forced, "world"]
    chosen = worlds.value_counts().index[:20]
    for v in chosen:
        world = World(week_later.assembly, int(v))
        world.run()
        assert world.log.tobytes() == by_world(week_later, int(v)).tobytes()


def test_what_it_carries_is_told_and_traced(ensemble: Ensemble, week_later: Ensemble) -> None:
    a = week_later.assembly
    (carrier,) = carriers(ensemble.assembly, a, 200)
    assert (carrier.sender, carrier.date) == ("BLR", None)
    assert carrier.carries > 0.2
    differences = Pair(run_ensemble(ensemble.assembly, WORLDS), week_later).differences()
    assert "recognise" not in set(differences.loc[differences["sender"] == "BLR", "kind"])
    assert differences["receiver"].iloc[0] == "BLR"
    asked = read_act("", "UKR sever_relations BLR", a.layout.actors, False)
    found = trace(week_later, simulated_acts("", asked, a.layout)).ancestors
    told = {(x.sender, x.kind): x for x in found}
    assert told["BLR", "recognise"].imposed
    assert told["BLR", "recognise"].vanishes > 0.95
    # Syria's recognition stands behind Kyiv's break with it, which Minsk waited for
    assert told["UKR", "sever_relations"].carries > 0.9
    assert told["SYR", "recognise"].carries > 0.9
