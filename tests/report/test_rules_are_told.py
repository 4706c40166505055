"""Rules as sentences: what they rest on, and who is meant."""

from __future__ import annotations

import numpy as np
import pytest

from sim.hazard.terms import EDGES
from sim.history.corpus import load_corpus
from sim.report.rule_pages import rules_json, rules_page
from sim.report.rulebook import Rulebook
from sim.report.rules import THIN, WITHIN, Rule, effective_number, median_day, rules
from sim.world.assemble import Assembly


@pytest.fixture(scope="module")
def book(syria: Assembly) -> Rulebook:
    return Rulebook(load_corpus().as_of(syria.scenario.as_of), syria.posterior)


@pytest.fixture(scope="module")
def donbas(book: Rulebook) -> list[Rule]:
    return rules(book, dispute="donbas")


def test_of_a_rupture_it_is_told_only_while_records_teach_who_joins(book: Rulebook) -> None:
    """The last break that a record tells of comes within a year; older ruptures may be open still."""
    told = {r.dispute for r in rules(book) if r.process == "solidarity"}
    open_ = [d for d in book.known.disputes.values() if d.shunned and d.is_open(book.as_of)]
    old = {d.dispute for d in open_ if (book.as_of - d.opened).days >= EDGES["solidarity"][-1]}
    assert old
    assert not told & old


def test_every_rung_that_is_learned_has_its_sentence(donbas: list[Rule]) -> None:
    answers = [r.told for r in donbas if r.process == "respond"]
    assert answers == [
        "Ukraine recalls its ambassador from a middling recogniser of Donetsk PR or Luhansk PR",
        "Ukraine downgrades relations with a middling recogniser of Donetsk PR or Luhansk PR",
        "Ukraine severs relations with a middling recogniser of Donetsk PR or Luhansk PR",
    ]
    recognitions = [r.told for r in donbas if r.process == "recognise"]
    assert recognitions == [
        "A middling state recognises Donetsk PR", "A middling state recognises Luhansk PR",
    ]  # fmt: skip


def test_a_break_known_from_one_case_is_thin_and_names_it(donbas: list[Rule]) -> None:
    (severs,) = (r for r in donbas if r.kind == "sever_relations")
    assert severs.thin
    assert severs.effective < THIN
    assert severs.closest[0].label == "UKR-RUS-2022"
    assert severs.closest[0].change < 0, "without it, less likely"
    assert severs.high - severs.low > 0.3
    assert " (thin), closest +UKR-RUS-2022" in severs.sentence
    assert f"within {WITHIN} days (90 % interval " in severs.sentence


def test_probabilities_lie_in_their_intervals_and_delays_in_the_span(donbas: list[Rule]) -> None:
    for rule in donbas:
        assert 0 <= rule.low <= rule.probability <= rule.high <= 1
        assert rule.median_days is not None
        assert 0 <= rule.median_days < WITHIN


def test_an_actor_has_rules_of_its_own(book: Rulebook, donbas: list[Rule]) -> None:
    own = rules(book, "recognise", "SYR", "donbas")
    assert [r.told for r in own] == ["Syria recognises Donetsk PR", "Syria recognises Luhansk PR"]
    for mine, usual in zip(own, donbas, strict=False):
        assert mine.probability > 2 * usual.probability, "a client of the same patron"
    assert rules(book, "recognise", "RUS", "donbas") == [], "which recognises both"
    assert {r.sender for r in rules(book, "respond", "UKR")} == {"UKR"}


def test_closed_disputes_are_told_only_if_asked_for(book: Rulebook) -> None:
    asked = rules(book, "respond", dispute="gdr")
    assert {(r.sender, r.day.isoformat()) for r in asked} == {("DEU", "1972-12-21")}
    assert {r.sender for r in rules(book, "respond", "DEU")} == {"DEU"}
    assert "DEU" not in {r.sender for r in rules(book, "respond")}


def test_precedents_that_decide_alone_count_as_one() -> None:
    sure = np.full(100, 0.5) + np.linspace(-0.001, 0.001, 100)
    assert effective_number(sure, [0.2] * 7) == pytest.approx(7)
    assert effective_number(sure, [0.2, 0.0, 0.0]) == pytest.approx(1)
    assert effective_number(sure, []) == 0


def test_many_precedents_that_leave_it_open_count_as_few() -> None:
    rng = np.random.default_rng(1)
    assert effective_number(rng.beta(2.0, 4.0, 200_000), [0.1] * 300) == pytest.approx(6, rel=0.02)


def test_half_of_what_comes_has_come_by_the_median_day() -> None:
    paths = np.array([[0.0, 0.0, 0.2, 0.2, 0.6], [0.0, 0.0, 0.4, 0.4, 0.6]])
    assert median_day(paths) == 1
    assert median_day(np.zeros((2, 5))) is None


def test_the_page_fits_and_no_id_is_cut(book: Rulebook, donbas: list[Rule]) -> None:
    import io

    from rich.console import Console

    file = io.StringIO()
    Console(file=file, width=80, color_system=None).print(rules_page(book, donbas))
    text = file.getvalue()
    assert "…" not in text
    assert "+UKR-RUS-2022" in text
    assert "thin" in text


def test_plain_data_says_the_same(book: Rulebook, donbas: list[Rule]) -> None:
    told = rules_json(book, donbas)
    assert told["as_of"] == "2022-06-28"
    assert [row["sentence"] for row in told["rules"]] == [r.sentence for r in donbas]
    assert all(len(row["closest"]) == 3 for row in told["rules"])
