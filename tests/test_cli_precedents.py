"""`demarche precedents`: show, check, stats and import, what they print where, and with which exit code."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from sim.cli import main
from sim.history.corpus import TABLES, load_corpus
from sim.history.events import COLUMNS
from sim.history.names import find_case, named_events

Capture = pytest.CaptureFixture[str]
ICEWS = (
    "Event ID\tEvent Date\tSource Name\tSource Country\tEvent Text\tCAMEO Code\t"
    "Target Name\tTarget Country\tPublisher\n"
    "1\t2014-03-05\tSaudi Arabia\tSaudi Arabia\tReduce or break relations\t161\t"
    "Qatar\tQatar\tGulf News\n"
    "2\t2014-03-05\tSaudi Arabia\tSaudi Arabia\tMake statement\t010\tQatar\tQatar\tGulf News\n"
)
HEADS = {
    "list": "what --drop takes",
    "show": "trigger, at risk, reactions, delays, sources",
    "check": "against every rule of the codebook",
    "stats": "response shares and delays by parent",
    "import": "candidate rows, for people to check",
}


def ran(capsys: Capture, *arguments: str, code: int = 0) -> tuple[str, str]:
    assert main(["precedents", *arguments]) == code
    captured = capsys.readouterr()
    return captured.out, captured.err


@pytest.fixture
def reports(tmp_path: Path) -> str:
    file = tmp_path / "reports.tsv"
    file.write_text(ICEWS, encoding="utf-8")
    return str(file)


def folder(tmp_path: Path, *rows: str) -> str:
    made = tmp_path / "mine"
    made.mkdir()
    text = "\n".join([",".join(TABLES["events"][0]), *rows]) + "\n"
    (made / "events.csv").write_text(text, encoding="utf-8")
    return str(made)


# -- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", HEADS)
def test_each_command_says_what_it_does(capsys: Capture, command: str) -> None:
    shown, err = ran(capsys, command, "--help")
    assert HEADS[command] in " ".join(shown.split())
    assert "--corpus" in shown
    assert err == ""


def test_the_help_lists_them(capsys: Capture) -> None:
    shown, _ = ran(capsys, "--help")
    for command in HEADS:
        assert f"\n  {command} " in shown


# -- show -----------------------------------------------------------------------------------------


def test_show_a_response(capsys: Capture) -> None:
    shown, err = ran(capsys, "show", "UKR-SYR-2022")
    assert err == ""
    heads = ["Trigger", "At risk", "Reactions", "Sources"]
    assert [line for line in shown.splitlines() if line in heads] == heads
    assert shown.startswith("UKR-SYR-2022: the hurt side of a recognition answers\n")
    assert "29 Jun 2022  Syria recognises Donetsk PR  [DPR24, " in shown
    assert "Ukraine, which had relations with Syria" in shown
    assert "+0 d  Ukraine severs relations with Syria [DPR25, verified]" in shown
    assert max(map(len, shown.splitlines())) < 200
    assert "\x1b" not in shown


def test_show_takes_the_id_of_any_of_its_events(capsys: Capture) -> None:
    assert ran(capsys, "show", "DPR25") == ran(capsys, "show", "UKR-SYR-2022")
    assert ran(capsys, "show", "+DPR25") == ran(capsys, "show", "DPR25"), "as pages print it"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("AS-BD27", "1 Jan 1972 to 31 Dec 1972 Pakistan restores relations with Poland"),
        ("KOS19", "24 Jul 2008 Serbia returns its ambassador to Austria, Belgium, Bulgaria"),
        ("ABK>DPR-2022", "Abkhazia recognises Donetsk PR"),
        ("MI-NL00", "not done: Canada recognises Israel (delayed recognition)"),
    ],
)
def test_show_takes_an_act_that_makes_no_precedent(capsys: Capture, name: str, told: str) -> None:
    """Reports rest on these too: what it was, over what, when, how sure, by which source."""
    shown, err = ran(capsys, "show", name)
    assert err == ""
    assert shown.startswith(f"{name}\n")
    words = " ".join(shown.split())
    assert told in words
    assert re.search(r"\[\S+, (verified|recalled)\]", words)
    assert "over: " in words
    assert shown.split("Sources\n")[1].strip()


def test_show_takes_whatever_can_be_dropped() -> None:
    known = load_corpus()
    found = [find_case(known, name) for name in list(named_events(known))[::97]]
    assert all(found)


def test_show_a_case_of_a_users_folder(capsys: Capture, tmp_path: Path) -> None:
    mine = folder(tmp_path, "X1,2022-08-01,day,TUV,recognise,DPR,donbas,,my notes,verified,")
    shown, _ = ran(capsys, "show", "UKR-TUV-2022", "--corpus", mine)
    assert "Tuvalu recognises Donetsk PR  [X1, verified]" in shown
    assert "none is coded: no source either way" in shown
    assert "my notes" in shown


def test_show_an_unknown_id_suggests(capsys: Capture) -> None:
    shown, err = ran(capsys, "show", "UKR-SYR-2021", code=2)
    assert shown == ""
    assert err.count("\n") == 1
    assert "found 'UKR-SYR-2021'" in err
    assert "did you mean" in err
    assert "UKR-SYR-2022" in err


# -- check ----------------------------------------------------------------------------------------


def test_check_finds_the_shipped_tables_clean(capsys: Capture) -> None:
    shown, err = ran(capsys, "check")
    assert err == ""
    last = shown.splitlines()[-1]
    assert last.startswith("clean: ")
    notes = [line for line in shown.splitlines() if line.startswith("note: ")]
    assert f"; {len(notes)} oddities, all of them possible" in last


def test_check_tells_rows_that_are_shipped_already_and_passes(
    capsys: Capture, tmp_path: Path
) -> None:
    mine = folder(tmp_path, "X1,2022-06-29,day,UKR,sever_relations,SYR,donbas,,mine,recalled,")
    shown, err = ran(capsys, "check", "--corpus", mine)
    assert "events.csv: line 2: the same as the shipped DPR25" in shown
    assert err == "", "told once"


def test_check_refuses_a_broken_folder_line_by_line(capsys: Capture, tmp_path: Path) -> None:
    mine = folder(
        tmp_path,
        "X1,2022-13-01,day,UKR,sever_relations,SYR,donbas,,mine,recalled,",
        "X2,2022-06-01,day,UKR,sever_relation,SYR,donbas,,mine,recalled,",
    )
    shown, err = ran(capsys, "check", "--corpus", mine, code=2)
    assert shown == "", "not a word of clean"
    lines = err.splitlines()
    assert len(lines) == 2
    assert any("line 2" in line and "date" in line for line in lines)
    assert any("line 3" in line and "did you mean sever_relations" in line for line in lines)


def test_check_refuses_a_folder_that_is_none(capsys: Capture) -> None:
    _, err = ran(capsys, "check", "--corpus", "no-such-folder", code=2)
    assert "no-such-folder: found no such folder" in err


# -- stats ----------------------------------------------------------------------------------------


def test_stats_counts_what_is_there(capsys: Capture, tmp_path: Path) -> None:
    first, err = ran(capsys, "stats")
    assert err == ""
    assert max(map(len, first.splitlines())) <= 80
    mine = folder(tmp_path, "X1,2022-08-01,day,BLR,recognise,DPR,donbas,,mine,verified,")
    more, _ = ran(capsys, "stats", "--corpus", mine)

    def count(shown: str, group: str) -> int:
        line = next(one for one in shown.splitlines() if one.startswith(f"{group} "))
        return int(line.split()[1].replace(",", ""))

    for group in ("events", "recognitions"):
        assert count(more, group) == count(first, group) + 1
    assert count(more, "responses") == count(first, "responses")


# -- import ---------------------------------------------------------------------------------------


def test_import_prints_the_rows_and_tells_the_summary_apart(capsys: Capture, reports: str) -> None:
    shown, err = ran(capsys, "import", reports, "--format", "cameo")
    rows = list(csv.DictReader(shown.splitlines()))
    assert list(rows[0])[: len(COLUMNS)] == list(COLUMNS)
    assert len(rows) == 1
    assert (rows[0]["sender"], rows[0]["receiver"], rows[0]["dispute"]) == ("SAU", "QAT", "none")
    assert err.startswith(f"{reports}: 2 reports read, 1 kept as 1 candidate\n")


def test_import_writes_a_file_that_can_be_read_as_a_table(
    capsys: Capture, reports: str, tmp_path: Path
) -> None:
    printed, told = ran(capsys, "import", reports, "--format", "cameo")
    out = tmp_path / "deep" / "events.csv"
    shown, err = ran(capsys, "import", reports, "--format", "cameo", "--out", str(out))
    assert shown == ""
    assert err == told
    assert out.read_text("utf-8") == printed
    assert [p.name for p in out.parent.iterdir()] == ["events.csv"]
    assert ran(capsys, "check", "--corpus", str(out.parent))[0].splitlines()[-1].startswith("clean")


def test_import_leaves_no_torn_file_when_the_disk_fails(
    capsys: Capture, reports: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "events.csv"

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.disk.flush", full)
    _, err = ran(capsys, "import", reports, "--format", "cameo", "--out", str(out), code=1)
    assert err == f"{out}: cannot be written: No space left on device\n"
    assert not list(out.parent.iterdir())


def test_import_writes_over_nothing(capsys: Capture, reports: str, tmp_path: Path) -> None:
    out = tmp_path / "events.csv"
    out.write_text("checked by hand")
    _, err = ran(capsys, "import", reports, "--format", "cameo", "--out", str(out), code=2)
    assert "which is there already" in err
    assert out.read_text() == "checked by hand"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no-such.tsv", "--format", "cameo"], "no-such.tsv: found no such file"),
        (["REPORTS", "--format", "plover"], "with cameo codes"),
        (["REPORTS", "--format", "icews"], "icews"),
        (["REPORTS"], "--format"),
    ],
)
def test_import_refuses_what_it_cannot_read(
    capsys: Capture, reports: str, arguments: list[str], told: str
) -> None:
    given = [reports if word == "REPORTS" else word for word in arguments]
    shown, err = ran(capsys, "import", *given, code=2)
    assert shown == ""
    assert told in err
    assert err.count("\n") == 1
