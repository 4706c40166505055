"""A case is scored only where the record says what the parent did, and with what was known before."""

from __future__ import annotations

from datetime import date

import pytest

from sim.backtest.rolling import BASELINES, Case, backtest, cases, plain_forecasts, question
from sim.cli import main
from sim.history.corpus import load_corpus
from sim.history.names import find_precedent
from sim.history.precedents import Precedent, precedents


def named(first: date, last: date) -> dict[str, Case]:
    return {c.precedent.id: c for c in cases(load_corpus(), first, last)}


def precedent(day: date, responder: str = "AAA") -> Precedent:
    return Precedent("", "respond", "", responder, "", (), day, (), (), (), "verified")


def test_the_seed_severances_are_cases_that_happened() -> None:
    found = {
        c.precedent.id: c.happened
        for c in cases(load_corpus(), date(2022, 1, 1), date(2022, 12, 31))
    }
    assert found["UKR-RUS-2022"]
    assert found["UKR-SYR-2022"]
    assert found["UKR-PRK-2022"]


def test_serbia_after_the_record_ends_is_no_case() -> None:
    found = [c.precedent.id for c in cases(load_corpus(), date(2020, 9, 1), date(2020, 12, 31))]
    assert "SRB-ISR-2020" not in found


def test_only_a_parent_with_relations_to_cut_makes_a_case() -> None:
    """Kyiv never had relations with Sukhumi, nor Beijing with Nassau: neither could have cut any."""
    found = named(date(2022, 1, 1), date(2022, 12, 31))
    assert "UKR-ABK-2022" not in found
    assert plain_forecasts([*found.values()], found["UKR-SYR-2022"].precedent)[-1] == 1.0
    assert "CHN-BHS-1989" not in named(date(1989, 1, 1), date(1989, 12, 31))


def test_what_nobody_knows_does_not_count_as_no() -> None:
    """Georgia's relations with Venezuela ended, no source tells when."""
    found = named(date(2008, 8, 1), date(2011, 12, 31))
    assert "GEO-VEN-2009" not in found
    assert not found["GEO-TUV-2011"].happened


def test_an_uncoded_pair_is_no_case_where_only_coded_ones_count() -> None:
    """Israel's answer to some recognisers of Palestine is coded; silence about the others says nothing."""
    found = named(date(2010, 1, 1), date(2020, 12, 31))
    israel = [c.precedent for c in found.values() if c.precedent.responder == "ISR"]
    assert israel
    assert all(p.nonevents for p in israel)
    every = [p for p in precedents(load_corpus()) if p.responder == "ISR" and p.date.year >= 2010]
    assert len(israel) < len(every)


def test_the_plain_forecasts_by_hand() -> None:
    """Closed before 1 June: AAA yes, no, BBB yes; the case of 15 May is still open."""
    history = [
        Case(precedent(date(2000, 1, 1)), True, ""),
        Case(precedent(date(2000, 2, 1)), False, ""),
        Case(precedent(date(2000, 3, 1), "BBB"), True, ""),
        Case(precedent(date(2000, 5, 15)), True, ""),
    ]
    own = dict(zip(BASELINES, plain_forecasts(history, precedent(date(2000, 6, 1))), strict=True))
    assert own["nobody acts"] == 0
    assert own["base rate"] == pytest.approx(2.5 / 4)
    assert own["own past rate"] == pytest.approx((1 + 2.5 / 4) / 3)
    assert own["as last time"] == 0
    new = plain_forecasts(history, precedent(date(2000, 6, 1), "CCC"))
    assert new == pytest.approx((0, 2.5 / 4, 2.5 / 4, 2.5 / 4))


def test_only_what_is_dated_on_the_first_day_is_imposed() -> None:
    """Sao Tome left Taipei on 20 December 2016 and turned to Beijing on the 26th."""
    corpus = load_corpus()
    switch = find_precedent(precedents(corpus), "TWN-STP-2016")
    assert len(switch.trigger_ids) == 2
    scenario = question(corpus, switch)
    acts = [(e.date, e.kind, e.receivers) for e in scenario.forced]
    assert acts == [(date(2016, 12, 20), "withdraw_recognition", ("TWN",))]
    assert scenario.as_of == date(2016, 12, 19)


@pytest.mark.slow
def test_a_backtest_prints_scores_beside_their_baselines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["backtest", "--from", "2022", "--dispute", "donbas"]) == 0
    printed = capsys.readouterr().out
    for word in (*BASELINES, "UKR-PRK-2022", "Brier"):
        assert word in printed


@pytest.mark.slow
def test_a_case_without_relations_to_cut_is_left_out() -> None:
    table = backtest(load_corpus(), date(2022, 2, 20), date(2022, 3, 10))
    assert table["precedent"].tolist() == ["UKR-RUS-2022"]
