"""A dispute (a parent) that is left out is forecast by the others alone, and asked about fairly."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from sim.backtest import parents, recognisers
from sim.backtest.holdout import learn_without, without_answers, without_dispute
from sim.backtest.parents import Answer, base_rates
from sim.cli import main
from sim.errors import InputError
from sim.hazard.posterior import Posterior, transferred
from sim.history.corpus import Corpus, load_corpus
from sim.history.precedents import Precedent
from sim.report.holdouts import parent_lines, recogniser_lines
from tests.backtest.conftest import Reader, recognises, severs

SOUTH = [
    recognises("BBB", "SOU", "south", "2000-03-01"),
    recognises("EEE", "SOU", "south", "2000-09-01"),
    severs("PAS", "BBB", "south", "2000-03-02"),
]
EAST = [
    recognises("GRT", "EST", "east", "2002-01-05"),
    recognises("AAA", "EST", "east", "2002-03-01"),
    severs("PAE", "AAA", "east", "2002-03-01"),
]
NORTH = [
    recognises("GRT", "NOR", "north", "2000-02-01"),
    recognises("AAA", "NOR", "north", "2000-05-01"),
    recognises("CCC", "NOR", "north", "2000-07-01"),
    severs("PAN", "GRT", "north", "2000-02-03"),
]
"""Who recognises NOR and then EST of the same patron is kin: what happened in one tells of the other."""


def asked(corpus: Corpus, entity: str) -> recognisers.Question:
    return next(q for q in recognisers.questions(corpus) if q.entity == entity)


def forecast_of_north(corpus: Corpus) -> np.ndarray:
    posterior = learn_without(without_dispute(corpus, "north"), "recognise", "north")
    return recognisers.forecast(corpus, asked(corpus, "NOR"), posterior, worlds=500)


def test_who_recognised_does_not_reach_the_forecast_of_it(toy: Reader) -> None:
    others = [recognises(c, "NOR", "north", "2000-11-01") for c in ("GRT", "DDD", "BBB", "EEE")]
    one, another = toy([*NORTH, *SOUTH, *EAST]), toy([*others, *SOUTH, *EAST])
    assert asked(one, "NOR").first == ("GRT", "AAA", "CCC")
    assert asked(another, "NOR").first == ("GRT", "DDD", "BBB", "EEE")
    first = forecast_of_north(one)
    assert first.max() > 0
    assert first.tobytes() == forecast_of_north(another).tobytes()


def test_what_happened_elsewhere_does(toy: Reader) -> None:
    """So that the test above cannot pass because nothing teaches anything."""
    rush = [recognises(c, "SOU", "south", "2000-01-09") for c in ("AAA", "CCC", "DDD", "GRT")]
    calm = forecast_of_north(toy([*NORTH, *SOUTH, *EAST]))
    assert forecast_of_north(toy([*NORTH, *SOUTH, *rush, *EAST])).mean() > calm.mean()


def test_how_a_parent_answered_does_not_reach_the_forecast_of_it(toy: Reader) -> None:
    given = []
    for north in (NORTH, NORTH[:-1]):
        corpus = toy([*north, *SOUTH, *EAST])
        found = {
            a.precedent.target: a for a in parents.answers(corpus) if a.precedent.responder == "PAN"
        }
        posterior = learn_without(without_answers(corpus, "PAN"), "respond", "PAN")
        p = parents.forecast(corpus, found["GRT"], posterior, worlds=500)
        assert p is not None
        given.append((found["GRT"].reached, p))
    (reached, cut), (other, uncut) = given
    assert (reached, other) == ("sever", "none")
    assert cut == uncut
    assert 0 < cut["sever"] < 1
    assert sum(cut.values()) == pytest.approx(1.0)


def test_without_doctrines_all_parents_are_one(toy: Reader) -> None:
    """Of two parents unlike each other, the one that is asked about no longer differs from the other."""
    corpus = toy([*NORTH, *SOUTH, *EAST])
    asked_of = next(a for a in parents.answers(corpus) if a.precedent.responder == "PAN")
    level = parents.learn_alike(without_answers(corpus, "PAN"))
    personal = [p for p, name in enumerate(level.names) if "actor/PA" in name]
    assert not level.mode[personal].any(), "blanked, they are learned from no row"
    p = parents.forecast(corpus, asked_of, level, 500, alike=True)
    other = replace(level, draws=tilted(level, personal))
    q = parents.forecast(corpus, asked_of, other, 500, alike=True)
    assert p == q, "whatever is said of a parent has no part in the forecast"
    assert p is not None
    assert 0 < p["sever"] < 1


def tilted(posterior: Posterior, columns: list[int]) -> np.ndarray:
    draws = posterior.draws.copy()
    draws[:, columns] += 3.0
    return draws


def test_what_is_left_out_keeps_its_prior(toy: Reader) -> None:
    corpus = toy([*NORTH, *SOUTH, *EAST])

    def mode(posterior: Posterior, name: str) -> float:
        return float(posterior.mode[posterior.names.index(name)])

    kept = learn_without(without_dispute(corpus, "north"), "recognise", "north")
    assert mode(kept, "recognise/entity/NOR") == 0
    assert mode(kept, "recognise/entity/SOU") != 0
    kept = learn_without(without_answers(corpus, "PAN"), "respond", "PAN")
    assert mode(kept, "respond/actor/PAN") == 0
    assert mode(kept, "respond/actor/PAS") != 0


def test_a_parent_is_left_out_of_a_record_that_it_shares(toy: Reader) -> None:
    rows = [
        "north,respond,sever_relations,,2000-01-01,,Toy.,toy,verified",
        "south,respond,sever_relations,PAN+PAS,2000-01-01,,Toy.,toy,verified",
    ]
    kept = without_answers(toy([*NORTH, *SOUTH], rows), "PAN").coverage
    assert kept[["dispute", "sender"]].values.tolist() == [["south", "PAN+PAS"]]
    kept = without_answers(toy([*NORTH, *SOUTH], rows), "PAS").coverage
    assert kept[["dispute", "sender"]].values.tolist() == [["north", ""], ["south", "PAN"]]


def test_without_any_other_record_there_is_nothing_to_learn(toy: Reader) -> None:
    rows = ["north,recognise,recognise,,2000-01-01,,Toy.,toy,verified"]
    with pytest.raises(InputError, match="north, without which nothing is on record"):
        recognisers.backtest(toy(NORTH, rows))


def test_coefficients_are_found_by_name_in_an_earlier_world(toy: Reader) -> None:
    corpus = toy([*NORTH, *SOUTH, *EAST])
    later = learn_without(without_dispute(corpus, "north"), "recognise", "north")
    known = corpus.as_of(date(2001, 6, 1))
    earlier = transferred(later, known)
    assert set(later.names) - set(earlier.names) >= {"recognise/entity/EST", "respond/actor/PAE"}
    assert earlier.fingerprint == known.fingerprint
    for p, name in enumerate(earlier.names):
        at = later.names.index(name)
        assert np.array_equal(earlier.draws[:, p], later.draws[:, at])
        assert (earlier.mode[p], earlier.sd[p]) == (later.mode[at], later.sd[at])


def test_the_question_is_asked_at_the_start_or_on_the_eve(toy: Reader) -> None:
    """At the opening; a patron's eve where it comes late; the start of the record, if all came after."""
    corpus = toy([*NORTH, *SOUTH, *EAST])
    assert (asked(corpus, "NOR").day, asked(corpus, "NOR").days) == (date(2000, 1, 1), 365)
    late = [recognises("GRT", "NOR", "north", "2001-05-01"), *NORTH[1:3], *SOUTH]
    assert asked(toy(late), "NOR").day == date(2001, 4, 30)
    assert "AAA" not in asked(toy(late), "NOR").actors
    rows = [
        "north,recognise,recognise,,2000-01-20,2000-06-30,Toy.,toy,verified",
        "south,recognise,recognise,,2000-03-20,,Toy.,toy,verified",
    ]
    found = {q.entity: q for q in recognisers.questions(toy([*NORTH, *SOUTH], rows))}
    assert set(found) == {"NOR"}  # BBB had recognised SOU before the record began
    assert (found["NOR"].day, found["NOR"].days) == (date(2000, 1, 19), 163)
    assert found["NOR"].first == ("GRT", "AAA")


def test_the_seed_is_asked_on_the_eve_of_moscows_recognition() -> None:
    corpus = load_corpus()
    days = {
        entity: recognisers.asked_on(corpus, corpus.disputes[key], entity)
        for key, entity in (("donbas", "DPR"), ("kosovo", "XKX"), ("china", "TWN"))
    }
    assert days == {"DPR": date(2022, 2, 20), "XKX": date(2008, 2, 17), "TWN": None}


def question(dispute: str, happened: Sequence[float]) -> recognisers.Question:
    codes = tuple(map(str, range(len(happened))))
    return recognisers.Question(
        dispute, "", date(2000, 1, 1), 365, codes, np.array(happened), (), {}
    )


def test_the_base_rate_is_that_of_other_disputes() -> None:
    every = [question("a", [1, 1]), question("b", [1, 0, 0]), question("c", [0, 0])]
    assert recognisers.base_rate(every[0], every) == pytest.approx(1.5 / 6)


def answer(parent: str, rungs: tuple[str, ...], reached: str) -> Answer:
    p = Precedent("", "respond", "", parent, "", (), date(2000, 1, 1), (), (), (), "verified")
    return Answer(p, rungs, 365, reached)


def test_the_base_rates_go_down_the_rungs() -> None:
    """Of BBB and CCC one of three severed; of those asked about a recall that did not, one of one did."""
    both, top = ("recall", "sever"), ("sever",)
    mine = answer("AAA", both, "sever")
    history = [
        mine,
        answer("BBB", both, "recall"),
        answer("BBB", top, "none"),
        answer("CCC", both, "sever"),
    ]
    sever, recall = 1.5 / 4, 1.5 / 2
    assert base_rates(mine, history) == pytest.approx(
        {"sever": sever, "recall": (1 - sever) * recall, "none": (1 - sever) * (1 - recall)}
    )


def test_only_disputes_with_recognisers_enough_are_averaged() -> None:
    names = [f"auc_{name}" for name in ("model", *recognisers.BASELINES)]
    rows = [("a", 3, 0.9, 0.5, 0.5), ("a", 5, 0.7, 0.5, 0.5), ("a", 2, 0, 0, 0), ("b", 1, 0, 0, 0)]
    found = recognisers.by_dispute(pd.DataFrame(rows, columns=["dispute", "recognised", *names]))
    assert found["auc_model"].to_dict() == {"a": pytest.approx(0.8)}


def printed(page: object) -> str:
    console = Console(file=io.StringIO(), width=100)
    with console.capture() as captured:
        console.print(page)
    return captured.get()


def test_the_pages_tell_every_case(toy: Reader) -> None:
    corpus, told = toy([*NORTH, *SOUTH, *EAST]), []
    page = printed(recogniser_lines(recognisers.backtest(corpus, worlds=200, told=told.append)))
    assert [line.split()[-1] for line in told] == ["north", "south", "east"]
    for word in ("NOR", "2000-01-01", "GRT", "disputes: 1", "Mean over disputes (3)"):
        assert word in page
    page = printed(parent_lines(parents.backtest(corpus, "north", worlds=200)))
    for word in ("PAN", "Alike", "Base", "3 cases", "Mean of the parents"):
        assert word in page


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--dispute", "kosvo"], "did you mean kosovo"),
        (["--from", "2015"], "with --leave-out"),
        (["--worlds", "0"], "--worlds"),
    ],
)
def test_a_wrong_option_is_told_in_a_line(
    options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backtest", "--leave-out", "dispute", *options]) == 2
    message = capsys.readouterr().err
    assert told in message
    assert message.count("\n") == 1
