"""Scenario files: valid ones load and survive being written out, invalid ones are told why."""

import datetime as dt
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim.errors import InputError, ScenarioError
from sim.history.corpus import Corpus, load_corpus
from sim.world.run import prepare
from sim.world.scenario import (
    FORCED_KINDS,
    RIGHT,
    ForcedEvent,
    Forecast,
    Scenario,
    Variant,
    check,
    load_scenario,
    resolved_toml,
    scenario_schema,
)

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
VALID = sorted((CASES / "valid").glob("*.toml"))
INVALID = sorted((CASES / "invalid").glob("*.toml"))
SHIPPED = sorted((ROOT / "scenarios").glob("*.toml"))
SMALLEST = 'title = "A"\nas_of = 2022-07-14\nhorizon_days = 180\ndisputes = ["donbas"]\n'


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def refused(path: Path, corpus: Corpus) -> list[str]:
    """Load a file that must be refused; return the lines of the message."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, corpus)
    return str(caught.value).split("\n")


def test_there_are_cases_enough() -> None:
    assert len(VALID) >= 40
    assert len(INVALID) >= 100
    assert {path.stem for path in SHIPPED} >= {
        "donbas-russia",
        "donbas-syria",
        "donbas-dprk",
        "donbas-belarus",
        "kosovo-control",
    }


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid(path: Path, corpus: Corpus) -> None:
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    prefix = "# expected: "
    expected = [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]
    assert [line.replace(str(path), "FILE") for line in refused(path, corpus)] == expected
    assert all(line.isprintable() for line in expected)


@pytest.mark.parametrize("path", [*VALID, *SHIPPED], ids=lambda path: path.stem)
def test_valid_survives_being_written_out(path: Path, corpus: Corpus, tmp_path: Path) -> None:
    scenario = load_scenario(path, corpus)
    text = resolved_toml(scenario)
    again = tmp_path / "resolved.toml"
    again.write_bytes(text.encode("utf-8"))
    assert load_scenario(again, corpus) == scenario
    assert resolved_toml(load_scenario(again, corpus)) == text


def test_every_default_is_visible_once_resolved(corpus: Corpus) -> None:
    scenario = load_scenario(CASES / "valid" / "all_keys.toml", corpus)
    tables = tomllib.loads(resolved_toml(scenario))
    fields = {field.alias or name for name, field in Scenario.model_fields.items()}
    assert set(tables) == fields
    assert set(tables["intervention"][0]) == set(ForcedEvent.model_fields)
    assert set(tables["forecast"][0]) == set(Forecast.model_fields)
    keys = {field.alias or name for name, field in Variant.model_fields.items()}
    assert set(tables["variant"][0]) == keys


def test_what_a_scenario_asks(corpus: Corpus) -> None:
    scenario = load_scenario(ROOT / "scenarios" / "donbas-belarus.toml", corpus)
    (event,) = scenario.forced
    assert (event.sender, event.kind, event.receivers) == ("BLR", "recognise", ("DPR", "LPR"))
    assert scenario.forecast_origin == event.date == dt.date(2022, 8, 1)
    assert scenario.last_day == dt.date(2023, 1, 10)
    follows = next(f for f in scenario.forecasts if not f.sender)
    assert follows.matches("PRK", "recognise", "LPR")
    assert not follows.matches("PRK", "recognise", "XKX")


def test_receiver_and_receivers_mean_the_same(corpus: Corpus, tmp_path: Path) -> None:
    head = SMALLEST + '[[intervention]]\ndate = 2022-08-01\nsender = "BLR"\nkind = "recognise"\n'
    scenarios = set()
    for i, tail in enumerate(('receiver = "DPR+LPR"', 'receivers = ["DPR", "LPR"]')):
        path = tmp_path / f"{i}.toml"
        path.write_text(head + tail, "utf-8")
        scenarios.add(load_scenario(path, corpus))
    assert len(scenarios) == 1


def test_a_shipped_event_that_is_not_known_yet_may_be_forced(corpus: Corpus) -> None:
    """History after the as-of date does not decide what is possible."""
    dprk = load_scenario(ROOT / "scenarios" / "donbas-dprk.toml", corpus)
    assert dprk.forced[0].sender == "PRK"
    later = Scenario(**{**dict(dprk), "as_of": dt.date(2022, 7, 13)})
    with pytest.raises(ScenarioError, match="recognises DPR already"):
        check(later, corpus)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"#" * (2**20 + 1), "found more than 1 MiB, expected a scenario of at most 1 MiB"),
        (b"a = " + b"[" * 100_000, "nested more than 32 deep"),
        (b"a = " + b"{a = " * 100_000, "nested more than 32 deep"),
        (b"a" + b".a" * 300_000 + b" = 1", "found a key of 300001 parts"),
        (b"[a" + b" . a" * 200_000 + b"]", "found a key of 200001 parts"),
        (b"seed = " + b"9" * 1_000_000, "found a number of more than 100 digits"),
        (b'"""\\' * 250_000, "line 1: found "),
        ((SMALLEST + "notes = '''\n").encode() + b"a.b" * 200_000, "expected key = value"),
        (SMALLEST.encode("utf-16"), "found text in UTF-16, expected text in UTF-8"),
        (b"title = \xff", "line 1: found the byte 0xff"),
        (b"", "title: found nothing"),
        (b"\x00", "line 1: found"),
    ],
    ids=[
        "more than 1 MiB",
        "100,000 nested brackets",
        "100,000 nested tables",
        "a key of many parts",
        "a table of many parts",
        "a million digits",
        "quotes without end",
        "text without end",
        "UTF-16",
        "no UTF-8",
        "empty",
        "a NUL",
    ],
)
def test_hostile_content(content: bytes, message: str, corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "hostile.toml"
    path.write_bytes(content)
    lines = refused(path, corpus)
    assert any(message in line for line in lines), lines
    assert all(len(line) < 1000 for line in lines)


def test_files_that_are_none(corpus: Corpus, tmp_path: Path) -> None:
    assert refused(tmp_path / "none.toml", corpus)[0].endswith(
        "none.toml: found no such file, expected a scenario file"
    )
    assert "found a folder" in refused(tmp_path, corpus)[0]
    assert "a name that no file can have" in refused(Path("a\0b"), corpus)[0]
    odd = tmp_path / "two\nlines\x1b.toml"
    assert len(refused(odd, corpus)) == 1


def test_many_mistakes_are_counted_not_shown(corpus: Corpus, tmp_path: Path) -> None:
    event = '[[intervention]]\ndate = 2022-08-01\nsender = "RUSS"\nkind = "sevre"\nreceiver = "X"\n'
    path = tmp_path / "many.toml"
    path.write_text(SMALLEST + event * 500, "utf-8")
    lines = refused(path, corpus)
    assert len(lines) == 21
    assert lines[-1] == "... and 1480 more like these"


def test_python_builds_scenarios_too(corpus: Corpus) -> None:
    event = ForcedEvent(
        date=dt.date(2022, 8, 1), sender="BLRS", kind="recognise", receivers=("DPR",)
    )
    scenario = Scenario(
        title="A",
        as_of=dt.date(2022, 7, 14),
        horizon_days=30,
        disputes=("donbas",),
        interventions=(event,),
    )
    with pytest.raises(InputError, match=r"^scenario: intervention\[0\]\.sender: found 'BLRS'"):
        check(scenario, corpus)


def test_what_happened_after_as_of_cannot_be_dropped(corpus: Corpus) -> None:
    scenario = load_scenario(ROOT / "scenarios" / "donbas-syria.toml", corpus)
    with pytest.raises(InputError, match="dated 2022-06-29, after as_of 2022-06-28"):
        prepare(scenario, corpus, ["UKR-SYR-2022"])


def test_schema_knows_every_key_and_kind() -> None:
    schema = scenario_schema()
    json.dumps(schema)
    assert "intervention" in schema["properties"]
    assert schema["$defs"]["ForcedEvent"]["properties"]["kind"]["enum"] == list(FORCED_KINDS)
    keys = {*schema["properties"]} | {
        key for part in schema["$defs"].values() for key in part["properties"]
    }
    assert keys == {key for key in RIGHT if not key.endswith("[]")}


def test_reading_a_scenario_does_not_need_pandas() -> None:
    code = "import sys, sim.world.scenario; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
