"""What an act hangs on is what it vanishes without, and nothing that merely came before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim import kernel
from sim.history.corpus import load_corpus
from sim.world.ancestry import ITSELF, Acts, Ancestry, happens, trace
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import Ensemble, play, run_ensemble
from sim.world.run import prepare
from sim.world.scenario import load_scenario
from sim.world.scenario_model import ChannelPattern, Forbidden

WORLDS = 2000


def acts(a: Assembly, sender: str, kind: str, receiver: str) -> Acts:
    from sim.history.events import EventKind

    return frozenset(a.layout.translate(sender, EventKind(kind), receiver, a.layout.active))


@pytest.fixture(scope="module")
def severs(syria: Assembly) -> Acts:
    return acts(syria, "UKR", "sever_relations", "SYR")


@pytest.fixture(scope="module")
def ancestry(ensemble: Ensemble, severs: Acts) -> Ancestry:
    return trace(ensemble, severs)


def worlds_with(log: np.ndarray, some: Acts) -> set[int]:
    return {int(row[4]) for row in log if tuple(int(x) for x in row[1:4]) in some}


def test_it_hangs_on_the_recognition(ancestry: Ancestry, ensemble: Ensemble) -> None:
    first = ancestry.ancestors[0]
    assert (first.sender, first.kind, first.receivers) == ("SYR", "recognise", ("DPR", "LPR"))
    assert first.imposed
    assert first.before == 1
    assert first.vanishes > 0.99
    assert (
        ancestry.probability
        == len(
            ensemble.events.query(
                "sender == 'UKR' and kind == 'sever_relations' and receiver == 'SYR'"
            )
        )
        / ensemble.worlds
    )


def test_the_share_is_that_of_worlds_played_without(root: Path) -> None:
    """The recall forbidden by the scenario instead, all worlds played: another way to the same number."""
    a = prepare(load_scenario(root / "scenarios" / "donbas-dprk.toml"))
    severs = acts(a, "UKR", "sever_relations", "PRK")
    ensemble = run_ensemble(a, WORLDS)
    ancestry = trace(ensemble, severs)
    recall = next(x for x in ancestry.ancestors if x.kind == "recall_ambassador")
    pattern = ChannelPattern(sender="UKR", kind="recall_ambassador", receiver="PRK")
    items = (*a.scenario.interventions, Forbidden(forbid=pattern))
    scenario = a.scenario.model_copy(update={"interventions": items})
    kept = run_ensemble(assemble(scenario, load_corpus(), a.posterior), WORLDS)
    had, has = (worlds_with(log, severs) for log in (ensemble.log, kept.log))
    assert recall.carries == pytest.approx(len(had - has) / len(had), abs=1e-12)
    assert recall.low <= recall.vanishes <= recall.high


def test_every_ancestor_against_the_frequency_of_deletion(
    ancestry: Ancestry, ensemble: Ensemble, severs: Acts
) -> None:
    had = worlds_with(ensemble.log, severs)
    for one in ancestry.ancestors:
        gone = frozenset().union(
            *(acts(ensemble.assembly, one.sender, one.kind, r) for r in one.receivers)
        )
        log = play(ensemble.assembly.without(gone), np.arange(WORLDS), ensemble.seed)
        frequency = len(had - worlds_with(log, severs)) / len(had)
        assert one.carries == pytest.approx(frequency, abs=0.03)


def test_nothing_hangs_on_an_act_that_only_came_before(syria: Assembly, severs: Acts) -> None:
    """An act imposed on the first day, between two who have no part in it."""
    row = syria.codes.index("ABW") if "ABW" in syria.codes else syria.codes.index("ISL")
    idle = np.array([[syria.start, kernel.WITHDRAW, row, syria.forced[0, 3]]])
    idle[0, 1] = kernel.RESTORE  # relations that stand: passed over
    idle[0, 3] = 0
    with_idle = replace(syria, forced=np.concatenate([idle, syria.forced]))
    found = trace(run_ensemble(with_idle, 300), severs)
    assert all(one.kind != "restore_relations" for one in found.ancestors)


def test_siblings_are_deleted_together_but_not_with_the_act_itself(ensemble: Ensemble) -> None:
    """Who recognises one entity mostly does so with the other: each is the other's ancestor at times."""
    a = ensemble.assembly
    free = ensemble.events[~ensemble.forced]
    who = free.loc[(free["kind"] == "recognise"), "sender"].mode()[0]
    found = trace(ensemble, acts(a, who, "recognise", "DPR"))
    own = [one for one in found.ancestors if one.sender == who]
    assert all(one.receivers == ("LPR",) for one in own)


def test_links_lead_to_the_act(ancestry: Ancestry) -> None:
    assert all(b == ITSELF or 0 <= b < len(ancestry.ancestors) for _, b in ancestry.links)
    for place, one in enumerate(ancestry.ancestors):
        out = sum(share for (a, _), share in ancestry.links.items() if a == place)
        assert out >= one.carries - 1e-12, "what carries the act is linked to it or to a descendant"
    assert sum(share for (_, b), share in ancestry.links.items() if b == ITSELF) >= 0.99


def test_an_act_of_no_world(ensemble: Ensemble) -> None:
    never = acts(ensemble.assembly, "USA", "recognise", "DPR")
    some = frozenset() if happens(ensemble, never) else never
    assert not happens(ensemble, some)
    with pytest.raises(ValueError, match="no world"):
        trace(ensemble, some)
