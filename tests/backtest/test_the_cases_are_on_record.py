"""A case is scored only where the record says what the parent did, and with what was known before."""

from __future__ import annotations

from datetime import date

import pytest

from sim.backtest.rolling import backtest, cases
from sim.cli import main
from sim.history.corpus import load_corpus


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


@pytest.mark.slow
def test_a_backtest_prints_scores_beside_their_baselines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["backtest", "--from", "2022", "--dispute", "donbas"]) == 0
    printed = capsys.readouterr().out
    for word in ("nobody acts", "base rate", "as last time", "UKR-PRK-2022", "Brier"):
        assert word in printed


@pytest.mark.slow
def test_a_case_without_relations_to_cut_is_left_out() -> None:
    table = backtest(load_corpus(), date(2022, 2, 20), date(2022, 3, 10))
    assert table["precedent"].tolist() == ["UKR-RUS-2022"]
