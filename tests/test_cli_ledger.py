"""`demarche issue` and `demarche score`: from a question to what became of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import main

ROOT = Path(__file__).resolve().parent.parent
Capture = pytest.CaptureFixture[str]
QUESTIONS = """\
id,as_of,sender,kinds,receiver,within_days
break,2022-12-31,UKR,sever_relations,RUS,30
never,2022-12-31,CAN,sever_relations,USA,30
"""
EVENTS = """\
event_id,date,date_precision,sender,kind,receiver,dispute,in_response_to,source,confidence,note
N1,2023-01-15,day,CAN,sever_relations,USA,none,,a newspaper,recalled,
N2,2023-03-01,day,CAN,condemn,USA,none,,a newspaper,recalled,
"""


@pytest.fixture
def asked(tmp_path: Path) -> str:
    (tmp_path / "q.csv").write_text(QUESTIONS, encoding="utf-8")
    return str(tmp_path / "q.csv")


def test_questions_are_issued_and_scored(asked: str, tmp_path: Path, capsys: Capture) -> None:
    ledger, tables = tmp_path / "ledger.jsonl", tmp_path / "later"
    assert main(["issue", asked, "--ledger", str(ledger), "--worlds", "100"]) == 0
    lines = [json.loads(line) for line in ledger.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["break", "never"]
    assert all(0 < line["probability"] < 1 and line["hash"] for line in lines)
    capsys.readouterr()
    assert main(["score", "--ledger", str(ledger)]) == 0
    assert "2 open" in capsys.readouterr().out
    tables.mkdir()
    (tables / "events.csv").write_text(EVENTS, encoding="utf-8")
    told = []
    for name in ("a.csv", "b.csv"):
        out = tmp_path / name
        arguments = ["score", "--ledger", str(ledger), "--corpus", str(tables), "--out", str(out)]
        assert main(arguments) == 0
        told.append((capsys.readouterr().out, out.read_bytes()))
    assert told[0] == told[1], "twice the same bytes"
    assert "1 yes, 1 no" in told[0][0]
    assert main(["issue", asked, "--ledger", str(ledger), "--worlds", "100"]) == 2
    assert "issued already" in capsys.readouterr().err


def test_a_scenario_is_issued_with_what_it_imposes(tmp_path: Path, capsys: Capture) -> None:
    ledger = tmp_path / "ledger.jsonl"
    scenario = str(ROOT / "scenarios" / "donbas-syria.toml")
    assert main(["issue", scenario, "--ledger", str(ledger), "--worlds", "200", "-q"]) == 0
    first = json.loads(ledger.read_text("utf-8").splitlines()[0])
    assert first["given"][0] == ["2022-06-29", "SYR", "recognise", "DPR"]
    assert "SYR recognise DPR 2022-06-29" in first["resolution"]
    capsys.readouterr()
    assert main(["score", "--ledger", str(ledger)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "issued when the tables knew later days" in told
    assert "0 void" in told


def test_rows_that_ask_nothing_are_not_issued(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "q.csv"
    path.write_text(QUESTIONS.replace("CAN", "XXX"), encoding="utf-8")
    ledger = tmp_path / "ledger.jsonl"
    assert main(["issue", str(path), "--ledger", str(ledger)]) == 2
    told = capsys.readouterr().err
    assert "line 3" in told
    assert "'XXX'" in told
    assert not ledger.exists()


def test_a_table_without_questions_issues_nothing(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "q.csv"
    path.write_text(QUESTIONS.splitlines()[0] + "\n", encoding="utf-8")
    assert main(["issue", str(path), "--ledger", str(tmp_path / "ledger.jsonl")]) == 0
    assert capsys.readouterr().out.startswith("0 forecasts issued, 0 stand in")


def test_no_ledger_no_score(tmp_path: Path, capsys: Capture) -> None:
    assert main(["score", "--ledger", str(tmp_path / "none.jsonl")]) == 2
    assert "Traceback" not in capsys.readouterr().err
