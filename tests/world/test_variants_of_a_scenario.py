"""Variants: what-ifs in one file, each the base with further interventions or with others instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import main
from sim.world.scenario import Scenario, load_scenario, scenario_schema

ROOT = Path(__file__).parents[2]
VARIANTS = """
[[variant]]
name = "held-back"
title = "Syria does not"
instead = true

[[variant]]
name = "and-nicaragua"

[[variant.intervention]]
date = 2022-07-01
sender = "NIC"
kind = "recognise"
receivers = ["DPR", "LPR"]
"""

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the seed's scenario with two variants."""
    made = tmp_path_factory.mktemp("variants") / "syria.toml"
    made.write_text(
        (ROOT / "scenarios" / "donbas-syria.toml").read_text("utf-8") + VARIANTS, "utf-8"
    )
    return made


def test_a_variant_adds_to_the_base_or_stands_instead(path: Path) -> None:
    base = load_scenario(path)
    held_back, more = map(base.varied, base.variants)
    assert held_back.forced == ()
    assert held_back.title == "Syria does not"
    assert [event.sender for event in more.forced] == ["SYR", "NIC"]
    assert more.title == f"{base.title} (and-nicaragua)"
    for one in (held_back, more):
        assert (one.as_of, one.horizon_days, one.disputes, one.seed) == (
            base.as_of, base.horizon_days, base.disputes, base.seed,
        )  # fmt: skip
        assert (one.variants, one.forecasts) == ((), ())
    assert [event.sender for event in base.forced] == ["SYR"], "the base stands as it is"


def test_the_title_of_a_variant_is_one_that_a_scenario_may_have(path: Path) -> None:
    base = load_scenario(path).model_copy(update={"title": "x" * 200})
    for variant in base.variants:
        varied = base.varied(variant)
        assert Scenario.model_validate(varied.model_dump(by_alias=True)) == varied


def test_compare_holds_each_variant_against_the_base(capsys: Capture, path: Path) -> None:
    assert main(["compare", str(path), "--worlds", "200", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["base"]["name"] == "syria"
    assert [other["name"] for other in found["others"]] == ["held-back", "and-nicaragua"]
    gone, fresh = (
        {(row["sender"], row["kind"], row["receiver"]): row["difference"]
         for row in found["differences"] if row["other"] == name}
        for name in ("held-back", "and-nicaragua")
    )  # fmt: skip
    assert gone["UKR", "sever_relations", "SYR"] < -0.2
    assert fresh["UKR", "sever_relations", "NIC"] > 0.1
    assert abs(fresh.get(("UKR", "sever_relations", "SYR"), 0.0)) < 0.05, "Syria did in both"


def test_two_files_name_the_variants_by_their_file(capsys: Capture, path: Path) -> None:
    other = str(ROOT / "scenarios" / "donbas-syria.toml")
    assert main(["compare", other, str(path), "--worlds", "50", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [o["name"] for o in found["others"]] == [
        "syria", "syria/held-back", "syria/and-nicaragua",
    ]  # fmt: skip
    assert found["others"][0]["differing_events"] == 0, "a base ignores its variants"


def test_validate_spells_them_out_and_editors_know_them(capsys: Capture, path: Path) -> None:
    assert main(["validate", str(path), "--resolved"]) == 0
    out = capsys.readouterr().out
    assert '[[variant]]\nname = "and-nicaragua"\ntitle = ""\ninstead = false\n' in out
    assert '[[variant.intervention]]\ndate = 2022-07-01\nsender = "NIC"' in out
    assert scenario_schema()["$defs"]["Variant"]["required"] == ["name"]
