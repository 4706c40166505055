"""Real history on its own clocks: without an edit it is itself, with one only the effects differ."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.errors import InputError
from sim.history.corpus import Corpus, load_corpus
from sim.world.counterfactual import Counterfactual, Rewriting, counterfactual, rewriting
from sim.world.past import Past

WORLDS = 400
SYRIA = "SYR recognise DPR+LPR 2022-06-29"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture(scope="module")
def donbas(corpus: Corpus) -> Rewriting:
    """Prepare the whole history, from the proclamations to the annexation."""
    past = Past(corpus, "donbas", None)
    return rewriting(corpus, "donbas", past.opened, past.until)


@pytest.fixture(scope="module")
def without_syria(corpus: Corpus) -> Counterfactual:
    return counterfactual(corpus, "donbas", [SYRIA], worlds=WORLDS)


def test_donbas_without_an_edit_is_itself(donbas: Rewriting) -> None:
    assert len(donbas.told) >= 15
    for seed in (1, 2):
        log = donbas.played(1000, seed)
        assert donbas.equal(log, 1000) == 1000


@pytest.mark.slow
def test_kosovo_without_an_edit_is_itself(corpus: Corpus) -> None:
    found = counterfactual(corpus, "kosovo", worlds=200)
    assert found.worlds_equal_history == 200
    assert found.pair.differing_events == 0
    assert found.pair.differences().empty
    assert found.pair.cascade.base > 100


def test_worlds_that_are_not_history_are_not_counted(donbas: Rewriting) -> None:
    log = donbas.played(4, 1)
    moved, short = log.copy(), log[1:]
    moved[0, 0] += 1e-3
    assert (donbas.equal(moved, 4), donbas.equal(short, 4), donbas.equal(log, 4)) == (3, 3, 4)


def test_nothing_before_the_edit_changes(donbas: Rewriting) -> None:
    """Played from 2014 on, though the edit is of 2022."""
    past = Past(load_corpus(), "donbas", None)
    acts = frozenset(fact.act for fact in past.removed(SYRIA))
    day = (date(2022, 6, 29) - past.opened).days
    log = donbas.played(WORLDS, 1, acts)
    early = log[log[:, 0] < day]
    facts = donbas.told[donbas.told[:, 0] < day]
    assert len(facts) >= 10
    for v in range(WORLDS):
        own = early[early[:, 4] == v, :4]
        np.testing.assert_array_equal(np.sort(own, axis=0), np.sort(facts, axis=0))
    assert donbas.equal(log, WORLDS) == 0


def test_what_is_removed_never_comes_and_its_answer_neither(without_syria: Counterfactual) -> None:
    assert without_syria.worlds_equal_history == WORLDS
    events = without_syria.pair.other.events
    assert not ((events["sender"] == "SYR") & (events["kind"] == "recognise")).any()
    assert not (events["receiver"] == "SYR").any()
    first = without_syria.pair.differences().iloc[0]
    assert (first["sender"], first["receiver"], first["difference"]) == ("UKR", "SYR", -1)


def test_what_the_edit_does_not_reach_stays(without_syria: Counterfactual) -> None:
    """Pyongyang's recognition did not hang on Damascus'; Kyiv's answer to it stays."""
    events = without_syria.pair.other.events
    for act in (("PRK", "recognise", "DPR"), ("UKR", "sever_relations", "PRK")):
        own = events[(events[["sender", "kind", "receiver"]] == list(act)).all(axis=1)]
        assert own["world"].nunique() > 0.95 * WORLDS, act


def test_half_a_removal_leaves_the_other_half_to_its_clock(corpus: Corpus) -> None:
    found = counterfactual(corpus, "donbas", ["SYR recognise DPR 2022-06-29"], worlds=WORLDS)
    table = found.pair.differences().set_index(["sender", "kind", "receiver"])
    luhansk = table.loc[("SYR", "recognise", "LPR")]
    assert luhansk["probability_base"] == 1
    assert 0 < luhansk["probability_other"] < 1


def test_an_added_act_is_answered(corpus: Corpus) -> None:
    found = counterfactual(corpus, "donbas", add=["BLR recognise DPR 2022-08-01"], worlds=WORLDS)
    assert found.worlds_equal_history == WORLDS
    table = found.pair.differences().set_index(["sender", "kind", "receiver"])
    answer = table.loc[("UKR", "sever_relations", "BLR")]
    assert answer["probability_base"] == 0
    assert answer["probability_other"] > 0.3
    events = found.pair.other.events
    assert (events["date"] >= "2022-08-01").all()


def test_the_same_seed_writes_the_same_history(donbas: Rewriting) -> None:
    acts = frozenset({(0, donbas.assembly.codes.index("SYR"), 5)})
    one, two = (donbas.played(100, 7, acts) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    few = donbas.played(50, 7, acts)
    assert one[one[:, 4] < 50].tobytes() == few.tobytes(), (
        "a world is the same whatever their number"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("donbass",), "found 'donbass', expected the key of a dispute (did you mean donbas?)"),
        (("hallstein-x",), "the key of a dispute"),
        (("donbas", ["SYR recognise DPR 2022-06-30"]), "which did not happen"),
        (("donbas", ["SYR recognise DPR 2022-06-30"]), "did you mean SYR recognise DPR 2022-06-29"),
        (("donbas", ["SYR recognise DPR"]), "sender, kind, receiver and day"),
        (("donbas", ["SYR recognise DPR soon"]), "a date such as"),
        (("donbas", ["SYR recognize DPR 2022-06-29"]), "did you mean recognise"),
        (("donbas", ["SRY recognise DPR 2022-06-29"]), "the code of an actor"),
        (("donbas", ["USA recognise XKX 2008-02-18"]), "no act of donbas"),
        (("donbas", [], ["BLR recognise DPR 2023-01-01"]), "a day from 2014-05-12 to 2022-09-30"),
        (("donbas", [], ["RUS recognise DPR 2022-06-01"]), "changes nothing"),
        (("donbas", [], [], date(2013, 1, 1)), "a day from 2014-05-12"),
    ],
)
def test_wrong_edits_are_told(corpus: Corpus, arguments: tuple, message: str) -> None:
    with pytest.raises(InputError) as told:
        counterfactual(corpus, *arguments, worlds=20)
    assert message in str(told.value)
