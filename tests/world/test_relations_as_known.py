"""Who is known to have relations: what a scenario is judged by, and which cases a backtest scores."""

from __future__ import annotations

from datetime import date

import pytest

from sim.history.corpus import Corpus, load_corpus
from sim.world.standing import Standing


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def standing(corpus: Corpus, day: date) -> Standing:
    return Standing(corpus.as_of(day), day)


def test_a_government_with_a_rival_has_relations_with_its_recognisers_only(corpus: Corpus) -> None:
    """The Bahamas recognised neither until they turned to Taipei in January 1989."""
    eve = standing(corpus, date(1989, 1, 9))
    assert not eve.has_relations("CHN", "BHS")
    assert eve.has_relations("CHN", "RUS")


def test_relations_with_the_government_that_is_left_stand_until_cut(corpus: Corpus) -> None:
    """Brazil recognised the interim president of Venezuela; Caracas broke with Washington only."""
    day = standing(corpus, date(2019, 2, 20))
    assert not day.recognises("BRA", "VEN")
    assert day.has_relations("VEN", "BRA")
    assert not day.has_relations("VEN", "USA")


def test_only_states_recognise_the_incumbent_of_old(corpus: Corpus) -> None:
    """Who claims to be a state, or became one after the rival had come, has no such habit."""
    caracas = standing(corpus, date(2022, 6, 28))
    assert caracas.recognises("RUS", "VEN")
    assert not [code for code in ("DPR", "XKX", "TWN", "NATO") if caracas.recognises(code, "VEN")]
    assert not caracas.has_relations("DPR", "VEN")
    tripoli = standing(corpus, date(2011, 8, 1))
    assert tripoli.recognises("ITA", "LBY") or tripoli.recognises("DZA", "LBY")
    assert not tripoli.recognises("SSD", "LBY"), "independent in July 2011"
