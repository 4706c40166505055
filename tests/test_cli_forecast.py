"""`demarche forecast`: the table it writes, what it says of rows that ask nothing, and its exit codes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from sim.cli import main
from sim.history.corpus import load_corpus
from sim.report.forecasts import COLUMNS
from sim.world.questions import COLUMNS as ASKED
from sim.world.questions import read_questions

ROOT = Path(__file__).resolve().parent.parent
Capture = pytest.CaptureFixture[str]

HEAD = ",".join(ASKED)
# As of the last day of what ships, so that the shipped rules answer.
GOOD = """\
known,2022-12-31,UKR,sever_relations,RUS,30
never,2022-12-31,CAN,sever_relations,USA,30
wave,2022-12-31,,expel_diplomats,RUS,90
turn,2022-12-31,HND,establish_relations,CHN,365
anyone,2022-12-31,,establish_relations,CHN,365
either,2022-12-31,,sever_relations|recall_ambassador,,90
joined,2022-12-31,FRA+DEU,condemn,RUS+BLR,400
"""
BAD = """\
day,2022-13-31,UKR,sever_relations,RUS,30
kind,2022-12-31,UKR,sever_relation,RUS,30
code,2022-12-31,UKR,sever_relations,SYRIA,30
gone,2022-12-31,DDR,sever_relations,RUS,30
self,2022-12-31,UKR,sever_relations,UKR,30
long,2022-12-31,UKR,sever_relations,RUS,3651
twice,2022-12-31,UKR+UKR,condemn|condemn,RUS,30
day,2022-12-31,UKR,sever_relations,RUS,30
,2022-12-31,UKR,,RUS,soon
early,1600-01-01,UKR,sever_relations,RUS,30
"""
WORLDS = "--worlds=300"


def written(folder: Path, rows: str, head: str = HEAD) -> str:
    path = folder / "asked.csv"
    path.write_text(f"{head}\n{rows}", encoding="utf-8")
    return str(path)


def read(text: str) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text))}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Answer the good rows once, into a file."""
    folder = tmp_path_factory.mktemp("forecast")
    out = folder / "deep" / "answers.csv"
    assert main(["forecast", written(folder, GOOD), WORLDS, "--out", str(out)]) == 0
    assert [p.name for p in out.parent.iterdir()] == ["answers.csv"], "nothing is left beside it"
    return out.read_text("utf-8")


def test_every_question_has_a_probability(answered: str) -> None:
    assert answered.splitlines()[0] == ",".join((*ASKED, *COLUMNS))
    rows = read(answered)
    assert list(rows) == [line.split(",")[0] for line in GOOD.splitlines()]
    for row in rows.values():
        low, p, high = (float(row[name]) for name in ("low", "probability", "high"))
        assert 0 <= low <= p <= high <= 1
        assert 0 < p < 1
        assert float(row["effective_precedents"]) > 0
        assert row["thin"] in ("true", "false")
        assert row["rule"]
        assert row["reason"]


def test_what_the_answers_say(answered: str) -> None:
    """Wide bounds: another machine, or one more precedent, moves them a little, not out of these."""
    rows = read(answered)
    p = {name: float(row["probability"]) for name, row in rows.items()}
    assert p["known"] < 1e-2, "cut already: mended first, and cut again"
    assert "simulated" in rows["known"]["reason"], "the two may be on terms again by then"
    assert "UKR and RUS, who have no relations" in rows["known"]["reason"]
    assert p["never"] < 1e-4
    assert p["turn"] < p["anyone"]
    assert p["wave"] < p["either"] < 1, "anyone, anywhere, in three months"
    assert 0.01 < p["wave"] < 0.99
    assert rows["turn"]["rule"] == "recognise/rival_government"
    assert rows["wave"]["rule"] == "respond/recall + base/expel_diplomats"
    assert (rows["joined"]["rule"], rows["joined"]["thin"]) == ("base/condemn", "true")


@pytest.mark.slow
def test_the_same_file_gives_the_same_bytes(answered: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["forecast", written(tmp_path, GOOD), WORLDS]) == 0
    assert capsys.readouterr().out == answered


@pytest.mark.slow
def test_what_happened_and_a_wrong_row_leave_the_answers(
    answered: str, tmp_path: Path, capsys: Capture
) -> None:
    wrong = BAD.splitlines()[1]
    told = "".join(f"{line},yes\n" for line in [wrong, *GOOD.splitlines()])
    assert main(["forecast", written(tmp_path, told, f"{HEAD},happened"), WORLDS]) == 1
    rows = read(capsys.readouterr().out)
    assert rows.pop("kind")["probability"] == ""
    assert {row.pop("happened") for row in rows.values()} == {"yes"}
    assert rows == read(answered)


@pytest.mark.parametrize("truth", ["maybe", "1", "Yes"])
def test_a_truth_that_is_neither_yes_nor_no_is_refused(tmp_path: Path, truth: str) -> None:
    truths = ["yes", "no", "", truth]
    lines = GOOD.splitlines()[: len(truths)]
    told = "".join(f"{line},{cell}\n" for line, cell in zip(lines, truths, strict=True))
    *sound, wrong = read_questions(written(tmp_path, told, f"{HEAD},happened"), load_corpus())
    assert [row.wrong for row in sound] == ["", "", ""]
    assert wrong.question is None
    assert wrong.wrong == (
        f"column happened: found '{truth}', expected yes or no, or nothing where it is not known yet"
    )


def test_rows_that_ask_nothing_say_why(tmp_path: Path, capsys: Capture) -> None:
    assert main(["forecast", written(tmp_path, BAD), WORLDS]) == 1
    captured = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(captured.out)))
    reasons = [row["reason"] for row in rows]
    expected = [
        "column as_of: found '2022-13-31', expected a date such as",
        "column kinds: found 'sever_relation', expected kinds of act",
        "column receiver: found 'SYRIA', expected the code of an actor, or nothing for anyone "
        "(did you mean SYR",
        "column sender: found 'DDR', East Germany, expected an actor that exists on 2022-12-31",
        "column receiver: found 'UKR', the sender itself, expected another actor",
        "column within_days: found '3651', expected a whole number from 1 to 3650",
        "column sender: found 'UKR' twice, expected each actor once; column kinds: found 'condemn' "
        "twice",
        "column id: found 'day', which stands in line 2 already, expected each once",
        "column id: found nothing, expected a name for the question; column kinds: found nothing",
        "column as_of: found 1600-01-01, before the first event known, expected a later day",
    ]
    assert len(reasons) == len(expected)
    for reason, start in zip(reasons, expected, strict=True):
        assert reason.startswith(start)
    assert "did you mean sever_relations" in reasons[1]
    assert {row["probability"] for row in rows} == {""}
    assert captured.err == "10 of 10 questions cannot be answered: see their reason\n"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (HEAD.replace("kinds", "kind"), "unknown column 'kind', expected columns"),
        (HEAD.replace(",receiver", ""), "column receiver: found no such column"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    head: str, said: str, tmp_path: Path, capsys: Capture
) -> None:
    row = ",".join("x" for _ in head.split(","))
    assert main(["forecast", written(tmp_path, row, head)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_a_scenario_is_no_table(capsys: Capture) -> None:
    assert main(["forecast", str(ROOT / "scenarios" / "donbas-syria.toml")]) == 2
    assert "found a scenario, expected a table of questions (CSV)" in capsys.readouterr().err


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path, capsys: Capture) -> None:
    assert main(["forecast", str(tmp_path / "none.csv")]) == 2
    assert "no such file" in capsys.readouterr().err
    asked = written(tmp_path, GOOD)
    assert main(["forecast", asked, "--out", str(tmp_path)]) == 2
    assert "a folder, expected a file to write" in capsys.readouterr().err
    assert main(["forecast", asked, "--worlds", "0"]) == 2
    assert main(["forecast", asked, "--refit", "decade"]) == 2


def test_an_empty_table_has_no_answers(tmp_path: Path, capsys: Capture) -> None:
    assert main(["forecast", written(tmp_path, "")]) == 0
    assert capsys.readouterr().out == ",".join((*ASKED, *COLUMNS)) + "\n"


def test_the_shipped_questions_are_sound() -> None:
    from sim.history.corpus import load_corpus
    from sim.world.questions import read_questions

    rows = read_questions(str(ROOT / "scenarios" / "questions.csv"), load_corpus())
    assert len(rows) >= 60
    assert not [row.wrong for row in rows if row.wrong]
    happened = [row.cells["happened"] for row in rows]
    assert set(happened) == {"yes", "no"}
    assert 0.3 < happened.count("yes") / len(rows) < 0.7
    assert len({row.cells["as_of"] for row in rows}) <= 8
