"""The commands that change one thing and keep the luck: what they print, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import main

ROOT = Path(__file__).resolve().parent.parent
SYRIA = str(ROOT / "scenarios" / "donbas-syria.toml")

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def held_back(tmp_path: Path) -> str:
    """Write the seed's scenario without what it imposes."""
    text = Path(SYRIA).read_text("utf-8")
    start, end = text.index("[[intervention]]"), text.index("[[forecast]]")
    path = tmp_path / "held-back.toml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    return str(path)


def told(capsys: Capture, *arguments: str) -> dict:
    assert main([*arguments, "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


@pytest.mark.slow
def test_a_scenario_and_itself(capsys: Capture) -> None:
    found = told(capsys, "compare", SYRIA, SYRIA)
    assert (found["worlds"], found["differing_events"], found["differences"]) == (10_000, 0, [])


def test_compare_tells_a_difference(capsys: Capture, held_back: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = told(capsys, "compare", held_back, SYRIA, "--worlds", "400", "--out", str(out))
    assert found["differing_events"] > 400
    assert found["differences"][0]["receiver"] == "SYR"
    assert found["others"][0]["carriers"][0]["receivers"] == ["DPR", "LPR"]
    assert (out / "differences.png").is_file()
    assert main(["compare", held_back, SYRIA, "--worlds", "100", "--top", "2"]) == 0
    assert "Base (held-back):" in capsys.readouterr().out


def test_trace(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "out"
    event = ["--event", "UKR sever_relations SYR", "--worlds", "200"]
    found = told(capsys, "trace", SYRIA, *event, "--out", str(out))
    assert found["ancestors"][0]["sender"] == "SYR"
    assert (out / "ancestors.dot").read_text().startswith("digraph")
    assert main(["trace", SYRIA, *event, "--format", "dot"]) == 0
    assert capsys.readouterr().out.startswith("digraph")


def test_counterfactual(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "out"
    edit = ["--history", "donbas", "--remove", "SYR recognise DPR+LPR 2022-06-29"]
    found = told(capsys, "counterfactual", *edit, "--worlds", "100", "--out", str(out))
    assert found["worlds"] == found["worlds_equal_history"] == 100
    assert found["differences"][0]["receiver"] == "SYR"
    assert found["from"] == "2022-06-29"
    assert (out / "differences.csv").is_file()
    assert main(["counterfactual", *edit, "--worlds", "50"]) == 0
    assert "Without: SYR recognise DPR+LPR 2022-06-29" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", SYRIA], "found 1 scenario, expected a base and 1 to 9 others"),
        (["compare", SYRIA, "none.toml"], "none.toml: found no such file"),
        (["trace", SYRIA, "--event", "UKR severs SYR"], "--event: kind: found 'severs'"),
        (["trace", SYRIA, "--event", "UKR sever BLR"], "(did you mean sever_relations?)"),
        (
            ["explain", SYRIA, "--event", "UKR xyzzy BLR"],
            "kind: found 'xyzzy', expected one of signal_talks, recognise, ",
        ),
        (["trace", SYRIA, "--event", "UKR sever_relations"], "sender, kind and receiver"),
        (["trace", SYRIA, "--event", "SRB sever_relations DEU"], "no act of donbas"),
        (["trace", SYRIA, "--event", "UKR sever_relations UKR"], "the sender itself"),
        (
            ["trace", SYRIA, "--event", "UKR condemn SYR", "--worlds", "20"],
            "which happens in none of 20 worlds",
        ),
        (["counterfactual", "--history", "donbas", "--until", "soon"], "a date such as"),
        (["counterfactual", "--history", "nowhere"], "the key of a dispute"),
    ],
)
def test_wrong_input_is_told(capsys: Capture, arguments: list[str], message: str) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err
