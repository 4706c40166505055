"""Parents side by side: the story that history tells must be visible, and no name stands in the code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import pytest
from rich.console import Console

from sim.errors import InputError
from sim.history.corpus import load_corpus
from sim.history.precedents import precedents
from sim.report.doctrine import Chance, Doctrine, Record, doctrines, how_often
from sim.report.rule_pages import doctrine_json, doctrine_page
from sim.report.rulebook import Rulebook
from sim.world.assemble import Assembly


@pytest.fixture(scope="module")
def book(syria: Assembly) -> Rulebook:
    return Rulebook(load_corpus().as_of(syria.scenario.as_of), syria.posterior)


@pytest.fixture(scope="module")
def compared(book: Rulebook) -> dict[str, Doctrine]:
    asked = ("GEO", "SRB", "CHN", "TWN", "MAR", "DEU")
    return {d.parent: d for d in doctrines(book, asked)}


def within_a_year(doctrine: Doctrine, rung: str) -> float:
    return doctrine.middling[rung][-1].probability


@pytest.mark.parametrize("parent", ["CHN", "TWN"])
def test_both_chinas_sever(compared: dict[str, Doctrine], parent: str) -> None:
    d = compared[parent]
    assert within_a_year(d, "sever") > 0.7
    assert within_a_year(d, "recall") < within_a_year(d, "sever") / 2
    assert d.to_strongest["sever"][-1].probability > 0.7
    assert d.record.times["sever"][-1] > 0.8 * d.record.known


def test_one_recalls_and_never_severs(compared: dict[str, Doctrine]) -> None:
    d = compared["SRB"]
    assert within_a_year(d, "sever") < 0.05 < within_a_year(d, "recall")
    assert d.record.times["sever"] == (0, 0)
    assert d.record.times["recall"][-1] >= 20


def test_one_severs_with_the_weak_where_another_lets_pass(compared: dict[str, Doctrine]) -> None:
    assert within_a_year(compared["GEO"], "sever") > 3 * within_a_year(compared["DEU"], "sever")


def test_what_comes_in_a_month_comes_in_a_year(compared: dict[str, Doctrine]) -> None:
    for d in compared.values():
        for chances in (*d.middling.values(), *d.to_strongest.values()):
            month, year = chances
            assert (month.within_days, year.within_days) == (30, 365)
            assert month.probability <= year.probability
            assert all(c.low <= c.high for c in chances)


def test_the_record_is_that_of_the_precedents(
    book: Rulebook, compared: dict[str, Doctrine]
) -> None:
    mine = [
        p
        for p in precedents(book.known)
        if (p.process, p.responder, p.dispute) == ("respond", "GEO", "georgia")
    ]
    record = compared["GEO"].record
    assert record.cases == len(mine)
    assert record.answered == sum(p.highest is not None for p in mine)
    severed = {p.target for p in mine if p.highest == "sever"}
    assert set(record.severed) == severed
    assert record.severed[0] == "RUS", "the most capable first"
    assert not severed & set(record.spared)


def test_a_parent_whose_record_is_not_complete_is_not_taken_as_learned(
    book: Rulebook, compared: dict[str, Doctrine]
) -> None:
    (evidence,) = (e for p, e in book.posterior.evidence.items() if p == "respond")
    for d in compared.values():
        own = [c for c in evidence.cases if c.startswith(f"{d.parent}-")]
        assert (d.record.taught == 0) == (not own)
        never_seen = "the forecast is that of a parent never seen" in d.words(book.layout.actors)
        assert never_seen == (not own)


def test_a_closed_dispute_is_asked_as_it_stood(compared: dict[str, Doctrine]) -> None:
    assert compared["DEU"].day == date(1972, 12, 21)
    assert compared["SRB"].day == date(2022, 6, 28)


@pytest.mark.parametrize(
    ("asked", "told"),
    [(("FRA",), "'FRA', expected one who had recognitions to answer"), (("UKRAINE",), "UKR")],
)
def test_others_are_refused(book: Rulebook, asked: Sequence[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        doctrines(book, asked, where="demarche rules")


def test_every_wrong_code_is_a_line(book: Rulebook) -> None:
    with pytest.raises(InputError) as error:
        doctrines(book, ["FRA", "GEO", "XX"])
    assert len(error.value.problems) == 2


TOLD = (
    "Ukraine almost always severs (96 %) and seldom recalls (10 %) after recognition by a middling state; "
    "by the strongest, China, it about as often as not severs (45 %) and hardly ever recalls (0 %). On "
    "record: of 2 known cases it answered 1 (recalled 0 and severed 1); severed with Syria; not severed "
    "with Nauru. 1 case of its own taught the rules."
)


def test_a_rung_that_no_record_of_its_own_teaches_is_marked(book: Rulebook) -> None:
    """Beijing's and Taipei's breaks are on record completely, their recalls are not."""
    (taiwan,) = doctrines(book, ["TWN"])
    assert taiwan.record.complete == ("sever",)
    page = io.StringIO()
    Console(file=page, width=100).print(doctrine_page(book, [taiwan]))
    rows = [line.split() for line in page.getvalue().splitlines()]
    marked = {
        row[0]: row[-1].endswith("*") for row in rows if row and row[0] in ("recalls", "severs")
    }
    assert marked == {"recalls": True, "severs": False}


def test_words_follow_the_numbers(book: Rulebook) -> None:
    def chances(recall: float, sever: float) -> dict[str, tuple[Chance, ...]]:
        return {
            rung: (Chance(30, 0.0, 0.0, 0.0), Chance(365, p, 0.0, 1.0))
            for rung, p in (("recall", recall), ("sever", sever))
        }

    record = Record(3, 1, 2, 1, {"recall": (0, 0), "sever": (1, 1)}, ("SYR",), ("NRU",), ("sever",))
    d = Doctrine(
        "UKR", "donbas", ("DPR",), date(2022, 6, 28), "CHN", False, chances(0.1, 0.96),
        chances(0.0, 0.45), record,
    )  # fmt: skip
    assert d.words(book.layout.actors) == TOLD
    assert how_often(0.59) == "about as often as not"


def test_the_page_fits(book: Rulebook, compared: dict[str, Doctrine]) -> None:
    file = io.StringIO()
    page = doctrine_page(book, list(compared.values()))
    Console(file=file, width=80, color_system=None).print(page)
    text = file.getvalue()
    assert "…" not in text
    assert "as it stood on 21 Dec 1972" in " ".join(text.split())
    told = doctrine_json(book, list(compared.values()))
    assert [row["parent"] for row in told["doctrines"]] == list(compared)
