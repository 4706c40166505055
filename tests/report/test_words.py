from __future__ import annotations

import doctest

import pytest

from sim.history.corpus import Corpus, load_corpus
from sim.history.events import EventKind
from sim.report import words


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def test_examples_hold() -> None:
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_of_act_has_words(kind: str) -> None:
    told = words.act("A", kind, "B")
    assert told.startswith("A ")
    assert told.endswith("B")
    assert "toward" not in told


def test_steering_characters_are_gone() -> None:
    told = words.clean("a\x1b]0;b\x07\x9b31m\u202ec\r\n\x7fd")
    assert told.isprintable()
    assert [c for c in told if c.isalnum()] == list("a0b31mcd")


def test_names_are_short_and_codes_stand_in(corpus: Corpus) -> None:
    assert words.name_of(corpus.actors, "SYR") == "Syria"
    assert words.name_of(corpus.actors, "NOBODY") == "NOBODY"
    assert max(len(words.name_of(corpus.actors, code)) for code in corpus.actors) <= 40


@pytest.mark.parametrize("share", [1e-9, 1e-4, 5e-4, 0.0099, 0.01, 0.5, 0.994, 0.995, 1 - 1e-9])
def test_what_may_happen_is_never_told_as_certain(share: float) -> None:
    assert words.percent(share) not in ("0 %", "0.0 %", "100 %")


def test_anyone_stands_for_an_empty_side(corpus: Corpus) -> None:
    told = words.act_between(corpus.actors, "", "recognise", ["DPR", "LPR"], "or")
    assert told.startswith("Anyone recognises ")
    assert " or " in told
    assert words.act_between(corpus.actors, "UKR", "condemn", [""]) == "Ukraine condemns anyone"
