"""A process that would learn from the same rows again is not learned again, whatever others' record tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.hazard import sampling
from sim.hazard.learn import Lesson, learn
from sim.hazard.posterior import Posterior
from sim.hazard.riskset import Layout
from sim.hazard.sampling import Design
from sim.hazard.shelf import posterior_for
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus

DAY = date(2004, 12, 31)
EVENTS = [
    "X1,2000-06-01,day,CCC,recognise,ENT,north,",
    "X2,2000-06-04,day,PAR,sever_relations,CCC,north,X1",
    "X3,2001-03-01,day,AAA,recognise,ENT,north,",
    "X4,2001-03-01,day,PAR,recall_ambassador,AAA,north,X3",
]
KINDS = (
    "recognise,recognise", "respond,recall_ambassador", "respond,sever_relations",
    "respond,return_ambassador", "respond,restore_relations",
)  # fmt: skip
COVERAGE = [f"north,{kind},,2000-01-01,,Toy.,toy,verified" for kind in KINDS]


@pytest.fixture
def learned(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, toy_corpus: Callable[..., Corpus]
) -> Callable[..., tuple[Posterior, list[str]]]:
    """Ask the shelf for what some events teach; tell what it learned, and what it had to learn anew."""
    monkeypatch.setenv("DEMARCHE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sampling, "BUDGET", 1)
    anew: list[str] = []
    learn_it = Lesson.learn
    monkeypatch.setattr(Lesson, "learn", lambda self: anew.append(self.process) or learn_it(self))

    def found(*events: str, without: tuple[str, ...] = ()) -> tuple[Posterior, list[str]]:
        anew.clear()
        corpus = toy_corpus(list(events), ("north",), coverage=COVERAGE)
        return posterior_for(corpus, DAY, without), list(anew)

    return found


def test_an_envoy_who_came_back_is_no_news_to_what_ends_a_break(
    learned: Callable[..., tuple[Posterior, list[str]]],
) -> None:
    mended = "X5,2002-06-01,day,PAR,restore_relations,CCC,north,"
    _, first = learned(*EVENTS, mended)
    assert {"restore", "return"} <= set(first)
    back = "X6,2001-09-01,day,PAR,return_ambassador,AAA,north,"
    _, anew = learned(*EVENTS, mended, back)
    assert "return" in anew
    assert "restore" not in anew
    _, anew = learned(*EVENTS, mended.replace("2002-06-01", "2003-06-01"), back)
    assert "restore" in anew
    assert "return" not in anew


def test_a_changed_answer_is_no_news_to_recognitions(
    learned: Callable[..., tuple[Posterior, list[str]]],
) -> None:
    _, first = learned(*EVENTS)
    assert {"recognise", "respond"} <= set(first)
    _, again = learned(*EVENTS)
    assert again == []
    milder, anew = learned(*EVENTS[:3], EVENTS[3].replace("recall_ambassador", "sever_relations"))
    assert "respond" in anew
    assert "recognise" not in anew
    severs = milder.names.index("respond/sever/intercept")
    assert milder.mode[severs] != learned(*EVENTS)[0].mode[severs]


def test_what_is_put_together_is_what_is_learned_at_once(
    learned: Callable[..., tuple[Posterior, list[str]]], toy_corpus: Callable[..., Corpus]
) -> None:
    learned(*EVENTS)
    together, anew = learned(*EVENTS, without=("X4",))
    assert "recognise" not in anew
    at_once = learn(
        toy_corpus(EVENTS, ("north",), coverage=COVERAGE), DAY, without=frozenset({"X4"})
    )
    assert together.names == at_once.names
    for name in ("draws", "mode", "sd"):
        assert getattr(together, name).tobytes() == getattr(at_once, name).tobytes()
    assert together.about == at_once.about
    for process, of in at_once.evidence.items():
        assert together.evidence[process].cases == of.cases
        assert (together.evidence[process].moves == of.moves).all()


def test_a_kept_lesson_that_was_damaged_is_learned_again(
    learned: Callable[..., tuple[Posterior, list[str]]], tmp_path: Path
) -> None:
    _, first = learned(*EVENTS)
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(b"nothing")
    assert learned(*EVENTS)[1] == first


ROWS = Design(
    np.eye(3, 2), np.array([-1, 0, 1]), np.array([0.0, 1.0, 0.0]), np.array([5.0, 6.0, 7.0])
)


@pytest.fixture
def lesson(toy_corpus: Callable[..., Corpus]) -> Lesson:
    terms = Terms(Layout.of(toy_corpus(EVENTS, ("north",), coverage=COVERAGE)))
    return Lesson(terms, "respond", ROWS, np.array(["", "X4", ""], dtype=object), 20, DAY)


def moved(name: str, at: tuple[int, ...]) -> Design:
    changed = getattr(ROWS, name).copy()
    changed[at] += 1
    return replace(ROWS, **{name: changed})


@pytest.mark.parametrize(
    "change",
    [
        {"process": "recognise"},
        {"design": moved("X", (2, 1))},
        {"design": moved("effect", (0,))},
        {"design": moved("y", (2,))},
        {"design": moved("days", (0,))},
        {"case": np.array(["X4", "", ""], dtype=object)},
        {"draws": 21},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_teaches_otherwise_is_another_lesson(
    lesson: Lesson, change: dict[str, Any]
) -> None:
    assert lesson._replace(**change).fingerprint != lesson.fingerprint


def test_so_do_the_names_of_its_coefficients_their_blocks_and_the_learner(
    lesson: Lesson, toy_corpus: Callable[..., Corpus], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lesson.fingerprint
    wider = Terms(Layout.of(toy_corpus(EVENTS, ("north", "south"), coverage=COVERAGE)))
    assert lesson._replace(terms=wider).fingerprint != first
    named = dict(lesson.terms.named)
    name = next(n for n in named if n.startswith("respond/"))
    with monkeypatch.context() as patch:
        patch.setitem(lesson.terms.named, name, "another block")
        assert lesson.fingerprint != first
    monkeypatch.setattr("sim.hazard.learn.learner_version", lambda: "another")
    assert lesson.fingerprint != first


def test_another_process_s_blocks_and_the_day_that_asks_are_not_part_of_it(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lesson.fingerprint
    other = next(n for n in lesson.terms.named if n.startswith("recognise/"))
    monkeypatch.setitem(lesson.terms.named, other, "another block")
    assert lesson._replace(as_of=date(2005, 1, 1)).fingerprint == first
