"""Two scenarios on the same clocks: what differs is what the what-if did, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_minimally_different_world import carried_over

from sim.history.corpus import TABLES, load_corpus
from sim.world.assemble import Assembly, assemble
from sim.world.carriers import carriers
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.intervals import Counting
from sim.world.paired import COLUMNS, Pair
from sim.world.projection import ACT
from sim.world.scenario_model import ForcedEvent

WORLDS = 2000


@pytest.fixture(scope="module")
def held_back(syria: Assembly) -> Assembly:
    """Assemble the seed's scenario without the recognition that it asks about."""
    return replace(syria, forced=syria.forced[:0])


@pytest.fixture(scope="module")
def pair(ensemble: Ensemble, held_back: Assembly) -> Pair:
    return Pair(run_ensemble(held_back, WORLDS), ensemble)


def test_a_scenario_and_itself_do_not_differ(syria: Assembly) -> None:
    pair = Pair(run_ensemble(syria, 10_000), run_ensemble(syria, 10_000))
    assert pair.differing_events == 0
    assert pair.differences().empty
    assert list(pair.differences()) == list(COLUMNS)
    assert (pair.cascade.change, pair.cascade.touched, pair.changed) == (0.0, 0.0, 0.0)


def test_another_seed_differs(ensemble: Ensemble) -> None:
    other = replace(run_ensemble(ensemble.assembly, WORLDS, seed=2), seed=1)
    assert Pair(ensemble, other).differing_events > WORLDS


def test_other_worlds_are_no_pair(ensemble: Ensemble, syria: Assembly) -> None:
    with pytest.raises(ValueError, match="same worlds"):
        Pair(ensemble, run_ensemble(syria, 100))


def test_the_answer_is_what_the_recognition_brought(pair: Pair) -> None:
    first = pair.differences().iloc[0]
    assert (first["sender"], first["receiver"]) == ("UKR", "SYR")
    assert first["difference"] > 0.2
    assert first["only_base"] == 0


def test_differences_are_those_of_the_shares(pair: Pair) -> None:
    table = pair.differences()
    np.testing.assert_allclose(
        table["difference"], table["probability_other"] - table["probability_base"], atol=1e-12
    )
    np.testing.assert_allclose(
        table["difference"], table["only_other"] - table["only_base"], atol=1e-12
    )
    assert (table["low"] <= table["difference"]).all()
    assert (table["difference"] <= table["high"]).all()
    for act, share in table.set_index(list(ACT))["probability_other"].head(5).items():
        events = pair.other.events
        own = events[(events[list(ACT)] == list(act)).all(axis=1)]
        assert share == own["world"].nunique() / WORLDS


def test_what_is_imposed_is_no_difference(pair: Pair) -> None:
    table = pair.differences()
    imposed = (table["sender"] == "SYR") & table["receiver"].isin(["DPR", "LPR"])
    imposed &= table["kind"] == "recognise"
    assert not imposed.any()
    assert pair.differing_events > 2 * WORLDS * 0.9  # though the events differ


def test_turned_round_the_signs_turn(pair: Pair) -> None:
    there, back = pair.differences(), Pair(pair.other, pair.base).differences()
    joined = there.merge(back, on=list(ACT), suffixes=("", "_back"))
    assert len(joined) == len(there) == len(back)
    np.testing.assert_allclose(joined["difference"], -joined["difference_back"], atol=1e-12)
    np.testing.assert_allclose(joined["low"], -joined["high_back"], atol=1e-9)


def test_the_cascade_counts_what_nobody_imposed(pair: Pair) -> None:
    free = [len(e.events[~e.forced]) for e in (pair.base, pair.other)]
    own = pair.base.events  # a recognition by Syria of its own accord is left out on both sides
    by_itself = ((own["sender"] == "SYR") & own["receiver"].isin(["DPR", "LPR"])).sum()
    assert pair.cascade.base == pytest.approx((free[0] - by_itself) / WORLDS)
    assert pair.cascade.other == pytest.approx(free[1] / WORLDS, abs=0.01)
    assert pair.cascade.low < pair.cascade.change < pair.cascade.high


@pytest.mark.slow
def test_an_isolated_actor_changes_nobody_else(syria: Assembly, tmp_path: Path) -> None:
    """A dispute of its own, actors of its own: Donbas must not notice."""
    (tmp_path / "actors.csv").write_text(
        ",".join(TABLES["actors"][0])
        + "\nAAISLE,An island,contested,,,,,1990-01-01,,,test,verified"
        + "\nAAHOME,Its parent,state,,,,,1990-01-01,,,test,verified\n"
    )
    (tmp_path / "disputes.csv").write_text(
        ",".join(TABLES["disputes"][0])
        + "\nisland,The island,secession,AAISLE,AAHOME,,,2020-01-01,,test\n"
    )
    corpus = load_corpus(tmp_path)
    known = corpus.as_of(syria.scenario.as_of)
    both = syria.scenario.model_copy(update={"disputes": ("donbas", "island")})
    act = ForcedEvent(
        date=both.as_of + (both.last_day - both.as_of) / 20, sender="AAHOME",
        kind="sever_relations", receivers=("SLB",),
    )  # fmt: skip
    posterior = carried_over(syria.posterior, known)
    sides = [
        run_ensemble(
            assemble(both.model_copy(update={"interventions": items}), corpus, posterior), 1000
        )
        for items in (both.interventions, (*both.interventions, act))
    ]
    pair = Pair(*sides)
    assert len(sides[1].log) > len(sides[0].log), "the act is done"
    table = pair.differences()
    assert set(table["sender"]) | set(table["receiver"]) <= {"AAHOME", "AAISLE", "SLB"}


def test_of_two_acts_the_one_that_is_answered_carries_more(
    syria: Assembly, held_back: Assembly
) -> None:
    """Syria recognises, and Kazakhstan; what follows hangs on both, each has its part."""
    one = np.array(syria.forced[:1])
    row = syria.codes.index("PRK")
    two = np.array([[60.0, 0, row, one[0, 3]]])
    other = replace(syria, forced=np.concatenate([one, two]))
    found = carriers(held_back, other, 1000, 1)
    assert {c.sender for c in found} == {"SYR", "PRK"}
    whole = Pair(run_ensemble(held_back, 1000, 1), run_ensemble(other, 1000, 1)).changed
    assert sum(c.carries for c in found) == pytest.approx(whole, rel=1e-9)  # Shapley's, of two
    assert found[0].carries >= found[1].carries > 0


def test_the_same_scenario_has_no_carrier(syria: Assembly) -> None:
    assert carriers(syria, syria, 100, 1) == []


@pytest.mark.parametrize(("gain", "lose"), [(0.3, 0.0), (0.02, 0.01), (0.2, 0.15)])
def test_intervals_of_differences_cover_those_of_the_draws(gain: float, lose: float) -> None:
    """Each draw gains and loses with chances of its own; 90 % of the draws lie inside."""
    covered = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        draw = np.arange(10_000) // 4 % 1000
        up, down = (
            -np.expm1(-mean * np.exp(rng.normal(-0.5, 1.0, 1000))) if mean else np.zeros(1000)
            for mean in (gain, lose)
        )
        u = rng.random(10_000)
        gained = np.flatnonzero(u < up[draw])
        lost = np.flatnonzero((u >= up[draw]) & (u < up[draw] + down[draw]))
        counting = Counting(10_000, 1000)
        weights = (counting.likelihood(gained), counting.likelihood(lost))
        low, high = counting.difference(gained, lost, weights)
        true = up - np.minimum(down, 1 - up)
        covered.append(((low <= true) & (true <= high)).mean())
    assert 0.86 < np.mean(covered) < 0.97
