from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.report.folder import provenance, summary, write
from sim.report.text import plain
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.results import FILES, ResultFolder
from sim.world.scenario import load_scenario


@pytest.fixture
def result(ensemble: Ensemble, tmp_path: Path) -> Path:
    with ResultFolder(tmp_path / "run") as folder:
        write(folder, ensemble)
    return tmp_path / "run"


def test_holds_what_is_promised(result: Path, ensemble: Ensemble) -> None:
    assert {p.name for p in result.iterdir()} == FILES
    events = pd.read_parquet(result / "events.parquet")
    assert list(events) == [
        "world",
        "day",
        "date",
        "sender",
        "kind",
        "receiver",
        "dispute",
        "trigger",
    ]
    pd.testing.assert_frame_equal(events, ensemble.events, check_dtype=False)
    projection = pd.read_csv(result / "projection.csv", keep_default_na=False)
    assert list(projection) == list(ensemble.projection())
    assert (projection["probability"] - ensemble.projection()["probability"]).abs().max() < 1e-5


def test_is_written_twice_with_the_same_bytes(
    result: Path, ensemble: Ensemble, tmp_path: Path
) -> None:
    with ResultFolder(tmp_path / "again") as folder:
        write(folder, ensemble)
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (result / name).read_bytes(), name


def test_the_resolved_scenario_is_the_scenario(result: Path, ensemble: Ensemble) -> None:
    assert load_scenario(result / "scenario.toml") == ensemble.assembly.scenario


def test_the_resolved_scenario_gives_the_seed_that_was_run(
    ensemble: Ensemble, tmp_path: Path
) -> None:
    other = run_ensemble(ensemble.assembly, worlds=50, seed=77)
    with ResultFolder(tmp_path / "run") as folder:
        write(folder, other)
    again = load_scenario(tmp_path / "run" / "scenario.toml")
    assert again.seed == 77
    assert again == other.assembly.scenario.model_copy(update={"seed": 77})
    with ResultFolder(tmp_path / "again") as folder:  # its own seed, none given
        write(folder, run_ensemble(replace(ensemble.assembly, scenario=again), worlds=50))
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "run" / name).read_bytes()


def test_forecasts_without_an_answer_say_why(result: Path) -> None:
    with (result / "forecasts.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert float(rows["UKR-sever_relations-SYR-30d"]["probability"]) > 0
    for row in rows.values():
        assert (row["probability"] == "") == (row["note"] != "")
        assert row["counted_from"] == "2022-06-29"


def test_provenance_names_what_made_it_and_no_machine(ensemble: Ensemble) -> None:
    facts = provenance(ensemble).as_dict()
    assert facts["worlds"] == ensemble.worlds
    assert facts["data"] == ensemble.assembly.posterior.fingerprint
    text = json.dumps(facts, allow_nan=False)
    assert str(Path.cwd()) not in text
    assert '"as_of": "2022-06-28"' in text


def test_summary_is_plain_json(ensemble: Ensemble) -> None:
    told = json.loads(json.dumps(summary("a\x1b", ensemble), allow_nan=False))
    assert told["scenario"] == "a "
    assert len(told["projection"]) == len(ensemble.projection())


def test_summary_tells_of_each_row_the_precedents_that_the_page_names(ensemble: Ensemble) -> None:
    told: Any = summary("syria", ensemble)
    severs = told["projection"][0]
    assert (severs["sender"], severs["kind"]) == ("UKR", "sever_relations")
    page = plain(ensemble, width=132)
    signs = ["+" if p["change"] < 0 else "-" for p in severs["precedents"]]
    ids = [sign + p["id"] for sign, p in zip(signs, severs["precedents"], strict=True)]
    assert ids
    assert " ".join(ids) in page
    asked = {answer["id"]: answer for answer in told["forecasts"]}
    assert asked["UKR-sever_relations-SYR-30d"]["precedents"] == severs["precedents"]
    assert asked["next-recogniser-30d"]["precedents"]
    (silent,) = (answer for answer in told["forecasts"] if answer["kind"] == "condemn")
    assert silent["precedents"] == []


def test_summary_marks_what_few_draws_carry(ensemble: Ensemble, supports: Any) -> None:
    a = ensemble.assembly
    about = a.posterior.about | {"respond": {"effective_share": 0.004}}
    thin = replace(ensemble, assembly=replace(a, posterior=replace(a.posterior, about=about)))
    told: Any = summary("syria", thin, supports)
    for row in [*told["projection"], *told["forecasts"]]:
        rungs = ("condemn", "recall_ambassador", "downgrade_relations", "sever_relations")
        assert row["thin"] == (row["kind"] in rungs)
