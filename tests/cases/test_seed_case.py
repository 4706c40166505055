"""The seed: Russia, Syria and the DPRK recognise Donetsk and Luhansk, and Kyiv severs; Belgrade would not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from sim.world.ensemble import run_ensemble
from sim.world.run import prepare
from sim.world.scenario import load_scenario

WORLDS, SEED = 1000, 20220221
Told = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def told(root: Path) -> Told:
    """Return a scenario's projection: ``told("donbas-syria", "UKR-RUS-2022")`` forgets a precedent."""

    @cache
    def projected(name: str, *drop: str) -> pd.DataFrame:
        scenario = load_scenario(root / "scenarios" / f"{name}.toml")
        return run_ensemble(prepare(scenario, drop=drop), WORLDS, SEED).projection()

    return projected


def chance(table: pd.DataFrame, sender: str, kind: str, receiver: str) -> float:
    row = table[
        (table["sender"] == sender) & (table["kind"] == kind) & (table["receiver"] == receiver)
    ]
    return float(row["probability"].sum())


def test_before_kyiv_had_answered_anyone_a_break_and_a_recall_lead(told: Told) -> None:
    """Both came: the chargé was recalled on the next day, relations were cut on the third."""
    two = told("donbas-russia").iloc[:2]
    assert set(two["kind"]) == {"sever_relations", "recall_ambassador"}
    assert set(two["receiver"]) == {"RUS"}
    assert two["probability"].min() > 0.3


@pytest.mark.parametrize(("name", "recogniser"), [("donbas-syria", "SYR"), ("donbas-dprk", "PRK")])
def test_ukraine_severing_is_the_likeliest_reaction(told: Told, name: str, recogniser: str) -> None:
    first = told(name).iloc[0]
    assert tuple(first[["sender", "kind", "receiver"]]) == ("UKR", "sever_relations", recogniser)
    assert 0.4 < first["probability"] < 0.95
    assert first["low"] < first["probability"] < first["high"]


def test_it_comes_within_days(told: Told) -> None:
    """Severed on days 3 (Russia), 0 (Syria) and 0 (the DPRK) after the recognition."""
    for name in ("donbas-russia", "donbas-syria", "donbas-dprk"):
        assert told(name).iloc[0]["median_days"] <= 10


def test_each_severance_makes_the_next_likelier(told: Told) -> None:
    dprk = chance(told("donbas-dprk"), "UKR", "sever_relations", "PRK")
    assert dprk > chance(told("donbas-syria"), "UKR", "sever_relations", "SYR")
    belarus = chance(told("donbas-belarus"), "UKR", "sever_relations", "BLR")
    assert belarus > 0.5


def test_without_both_precedents_it_is_less_sure(told: Told) -> None:
    informed = chance(told("donbas-dprk"), "UKR", "sever_relations", "PRK")
    forgot = told("donbas-dprk", "UKR-RUS-2022", "UKR-SYR-2022")
    assert chance(forgot, "UKR", "sever_relations", "PRK") <= informed - 0.1


def test_serbia_recalls_and_does_not_sever(told: Told) -> None:
    table = told("kosovo-control")
    sever = chance(table, "SRB", "sever_relations", "SVK")
    assert sever < 0.10
    assert chance(table, "SRB", "recall_ambassador", "SVK") > max(sever, 0.2)
