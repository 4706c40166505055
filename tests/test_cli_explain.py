"""`demarche explain`: what it prints, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import main

ROOT = Path(__file__).resolve().parent.parent
SYRIA = str(ROOT / "scenarios" / "donbas-syria.toml")
BREAK = ["--event", "UKR sever_relations SYR", "--worlds", "300"]

Capture = pytest.CaptureFixture[str]


def test_one_object_is_printed(capsys: Capture) -> None:
    assert main(["explain", SYRIA, *BREAK, "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found = json.loads(captured.out)
    assert {
        "event", "probability", "low", "high", "log_hazard", "contributions", "precedents",
        "effective_precedents", "prior", "similar", "verify", "provenance",
    } <= set(found)  # fmt: skip
    assert 0 <= found["low"] <= found["probability"] <= found["high"] <= 1
    assert (found["verify"], found["without"]) == (None, None)
    total = sum(c["contribution"] for c in found["contributions"])
    assert total == pytest.approx(found["log_hazard"], abs=1e-9)
    assert found["provenance"]["worlds"] == 300


def test_a_page_is_printed(capsys: Capture) -> None:
    assert main(["explain", SYRIA, *BREAK, "--top", "1"]) == 0
    out = capsys.readouterr().out
    assert "Rule: Ukraine severs relations with a middling recogniser" in out
    assert "+UKR-RUS-2022" in out
    assert "+GEO-RUS-2008  " not in out, "one precedent was asked for"


@pytest.mark.slow
def test_dropping_a_precedent_learns_again(capsys: Capture) -> None:
    """Ukraine took three days, which speaks against those who break at once or never.

    So the mean over the draws need not fall without that case: what falls is the log hazard at the mode,
    and what is left is that nearly nothing is known.
    """
    drop = ["--drop", "UKR-RUS-2022, UKR-ABK-2022"]
    assert main(["explain", SYRIA, *BREAK, *drop, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    after = found["without"]
    assert after["dropped"] == ["UKR-RUS-2022", "UKR-ABK-2022"]
    assert after["events_forgotten"] > 2
    assert after["log_hazard"] < found["log_hazard"] - 0.3, "as the step says"
    known, left = found["once_open"], after["once_open"]
    assert left["low"] < known["low"] < known["high"] < left["high"]
    assert left["high"] - left["low"] > known["high"] - known["low"] + 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--event", "UKR severs SYR"], "(did you mean sever_relations?)"),
        (["--event", "UKR sever_relations"], "sender, kind and receiver"),
        (["--event", "UKR sever_relations SYRX"], "the code of an actor"),
        (["--event", "SRB sever_relations DEU"], "no act of donbas"),
        (["--event", "UKR condemn SYR"], "no complete record teaches"),
        ([*BREAK, "--drop", "UKR-RUS-1822"], "--drop: found 'UKR-RUS-1822'"),
        ([*BREAK, "--drop", ""], "--drop: found ''"),
        ([*BREAK, "--top", "0"], "--top: found '0'"),
    ],
)
def test_wrong_input_is_told(capsys: Capture, arguments: list[str], message: str) -> None:
    assert main(["explain", SYRIA, *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err
