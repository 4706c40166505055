"""The command line: what it prints where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import BLAS_THREADS, main

ROOT = Path(__file__).resolve().parent.parent
SYRIA = str(ROOT / "scenarios" / "donbas-syria.toml")
DPRK = str(ROOT / "scenarios" / "donbas-dprk.toml")
HEAVY = "numpy pandas scipy mesa numba matplotlib pydantic pyarrow rich"
DEMARCHE = [sys.executable, "-m", "sim"]

Capture = pytest.CaptureFixture[str]


def refused(capsys: Capture, *arguments: str, code: int = 2) -> str:
    """Run, expect that exit code and nothing on standard output; return what was told."""
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


# -- help, version, speed -------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "threads"), [(None, "1"), ("3", "3")])
def test_linear_algebra_takes_one_thread_unless_told(
    monkeypatch: pytest.MonkeyPatch, given: str | None, threads: str
) -> None:
    for name in BLAS_THREADS:
        monkeypatch.setenv(name, given or "")
        if given is None:
            monkeypatch.delenv(name)
    assert main(["--help"]) == 0
    assert [os.environ[name] for name in BLAS_THREADS] == [threads] * len(BLAS_THREADS)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from sim.cli import main; assert main(sys.argv[1:]) == 0;"
        f"found = [m for m in '{HEAVY}'.split() if m in sys.modules]; sys.exit(str(found or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""
    assert done.stdout


def test_no_arguments_show_the_help(capsys: Capture) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    for command in ("run", "rules", "learn", "validate", "schema", "precedents"):
        assert f"\n  {command} " in shown


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "demarche 0.1.0\n"


# -- run ------------------------------------------------------------------------------------------


def test_json_is_one_object_and_nothing_else(capsys: Capture) -> None:
    assert main(["run", SYRIA, "--worlds", "300", "--seed", "5", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    told = json.loads(captured.out)
    assert list(told) == [
        "scenario", "as_of", "horizon_days", "worlds", "seed", "projection", "forecasts", "provenance",
    ]  # fmt: skip
    assert (told["scenario"], told["as_of"]) == ("donbas-syria", "2022-06-28")
    assert (told["horizon_days"], told["worlds"], told["seed"]) == (180, 300, 5)
    for row in told["projection"]:
        assert list(row) == [
            "sender", "kind", "receiver", "dispute", "probability", "low", "high", "median_days",
            "precedents", "thin",
        ]  # fmt: skip
        assert 0 < row["probability"] <= 1
        assert 0 <= row["low"] <= row["high"] <= 1
    severs, *_ = told["forecasts"]
    assert severs["question"] == "Ukraine severs relations with Syria within 30 days"
    assert 0 <= severs["low"] <= severs["probability"] <= severs["high"] <= 1
    (silent,) = (f for f in told["forecasts"] if f["kind"] == "condemn")
    assert (silent["probability"], silent["low"], silent["high"]) == (None, None, None)
    assert silent["note"].startswith("not simulated, ")
    assert told["provenance"]["title"] == "Syria recognises the DPR and the LPR"


def test_table_goes_to_standard_output_plain(capsys: Capture) -> None:
    assert main(["run", SYRIA, "--worlds", "300", "--top", "3"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.startswith("Syria recognises the DPR and the LPR\n")
    assert "\x1b" not in captured.out
    assert max(map(len, captured.out.splitlines())) <= 80


def test_same_seed_same_bytes(tmp_path: Path, capsys: Capture) -> None:
    for name in ("a", "b"):
        out = str(tmp_path / name)
        assert main(["run", SYRIA, "--worlds", "300", "--seed", "7", "--out", out, "-q"]) == 0
    a, b = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("a", "b"))
    assert a == b
    assert {"events.parquet", "projection.csv", "projection.png", "provenance.json"} <= set(a)


@pytest.mark.slow
def test_dropped_precedents_are_not_learned_from(capsys: Capture) -> None:
    """Ukraine broke with Syria on the day: without that, its breaking with the DPRK is less certain."""

    def severs(*arguments: str) -> float:
        assert main(["run", DPRK, "--worlds", "2000", "--format", "json", *arguments]) == 0
        rows = json.loads(capsys.readouterr().out)["projection"]
        act = ("UKR", "sever_relations", "PRK")
        own = [r for r in rows if (r["sender"], r["kind"], r["receiver"]) == act]
        return sum(float(row["probability"]) for row in own)

    with_all, without = severs(), severs("--drop", "UKR-RUS-2022", "UKR-SYR-2022")
    assert without < with_all
    assert severs("--drop", "UKR-RUS-2022", "--drop", "UKR-SYR-2022") == without


def test_a_wrong_target_is_told_before_the_work(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    monkeypatch.setattr("sim.cli.scenarios._simulate", lambda *_: pytest.fail("worked for nothing"))
    told = refused(capsys, "run", SYRIA, "--out", str(tmp_path), code=1)
    assert "a folder with other content" in told
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_an_interrupt_leaves_nothing(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.cli.scenarios._simulate", interrupted)
    told = refused(capsys, "run", SYRIA, "--out", str(tmp_path / "run"), code=130)
    assert told == "interrupted\n"
    assert list(tmp_path.iterdir()) == []


def test_repeated_rows_are_reported_unless_quiet(tmp_path: Path, capsys: Capture) -> None:
    header = (ROOT / "sim" / "history" / "data" / "events.csv").read_text("utf-8").splitlines()[0]
    row = "X1,2022-06-29,day,UKR,sever_relations,SYR,donbas,,mine,recalled,,"
    (tmp_path / "events.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert main(["run", SYRIA, "--worlds", "10", "--corpus", str(tmp_path)]) == 0
    assert "events.csv: line 2: the same as the shipped" in capsys.readouterr().err
    assert main(["run", SYRIA, "--worlds", "10", "--corpus", str(tmp_path), "-q"]) == 0
    assert capsys.readouterr().err == ""


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", SYRIA, "--worlds", "0"], "--worlds: found '0', expected a whole number from 1"),
        (["run", SYRIA, "--worlds", "-5"], "--worlds: found '-5'"),
        (["run", SYRIA, "--worlds", "99999999999999999999"], "--worlds: found"),
        (["run", SYRIA, "--worlds", "many"], "--worlds: found what is no whole number, expected"),
        (["run", SYRIA, "--seed", "-1"], "--seed: found '-1'"),
        (["run", SYRIA, "--seed", str(2**63)], "--seed: found"),
        (["run", SYRIA, "--top", "0"], "--top: found '0'"),
        (["run", SYRIA, "--format", "yaml"], "--format: found 'yaml', expected one of table, json"),
        (
            ["trace", SYRIA, "--event", "x", "--format", "it's"],
            """--format: found "it's", expected one of table, json, dot""",
        ),
        (["run", SYRIA, "--wrlds", "5"], "--worlds"),
        (["run", SYRIA, "other.toml"], "found a second argument 'other.toml'"),
        (["run", SYRIA, "--drop", "UKR-SYRIA-2022"], "--drop: found 'UKR-SYRIA-2022'"),
        (["run", SYRIA, "--corpus", "no-such-folder"], "no-such-folder: found no such folder"),
        (["run", "no\x1b[31m.toml"], "found no such file"),
        (["run"], "Missing argument 'SCENARIO'"),
        (["rnu"], "No such command 'rnu'"),
        (["learn", "--draws", "1"], "--draws: found '1'"),
        (["learn", "--as-of", "28.6.2022"], "expected a date such as 2022-06-28"),
        (["learn", "--corpus", "mine"], "--corpus: found 'mine', expected --out FILE too"),
        (
            ["learn", "--as-of", "2020-01-01"],
            "--as-of: found '2020-01-01', expected --out FILE too",
        ),
        (
            ["learn", "--as-of", "1900-01-01", "--out", "x"],
            "before any record begins, expected a day",
        ),
        (
            ["learn", "--as-of", "1940-01-01", "--out", "x"],
            "before any record begins, expected a day",
        ),
        (["validate", "nothing.toml"], "nothing.toml: found no such file"),
        (["precedents", "list", "--dispute", "donbass"], "did you mean donbas?"),
        (["precedents", "list", "--actor", "UKRAINE"], "expected the code of an actor"),
        (["precedents", "list", "--as-of", "2022-02-30"], "expected a date"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(
    arguments: list[str], told: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.world.run.posterior_for", lambda *_: pytest.fail("too late"))
    monkeypatch.setattr("sim.hazard.learn.learn", lambda *_: pytest.fail("too late"))
    found = refused(capsys, *arguments)
    assert told in found
    assert found.count("\n") == 1
    assert found.strip().isprintable()


def test_each_mistake_of_a_scenario_is_a_line(tmp_path: Path, capsys: Capture) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('title = "x"\nas_of = "soon"\nhorizon_days = 0\ndisputes = ["donbas"]\n')
    lines = refused(capsys, "run", str(wrong)).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["as_of", "horizon_days"]


def test_a_bug_is_one_line_and_exit_3(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of\nmine")

    monkeypatch.setattr("sim.cli.scenarios._simulate", broken)
    told = refused(capsys, "run", SYRIA, code=3)
    assert told.count("\n") == 1
    assert "ZeroDivisionError: of mine" in told
    assert "DEMARCHE_TRACEBACK=1" in told
    monkeypatch.setenv("DEMARCHE_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in refused(capsys, "run", SYRIA, code=3)


# -- standard output ------------------------------------------------------------------------------


def test_a_reader_that_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*DEMARCHE, "precedents", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*DEMARCHE, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("standard output: cannot be written: ")


def test_a_terminal_without_utf8_is_served() -> None:
    done = subprocess.run(
        [*DEMARCHE, "precedents", "list", "--dispute", "donbas"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert b"UKR-SYR-2022" in done.stdout
    assert done.stdout.isascii()


# -- the other commands ---------------------------------------------------------------------------


def test_validate(tmp_path: Path, capsys: Capture) -> None:
    assert main(["validate", SYRIA]) == 0
    assert ": valid: Syria recognises the DPR and the LPR" in capsys.readouterr().out
    assert main(["validate", SYRIA, "--resolved"]) == 0
    resolved = tmp_path / "resolved.toml"
    resolved.write_text(capsys.readouterr().out, encoding="utf-8")
    assert "seed = 1" in resolved.read_text()
    assert main(["validate", str(resolved)]) == 0


def test_validate_tells_of_a_question_about_what_stands_already(
    tmp_path: Path, capsys: Capture
) -> None:
    asked = tmp_path / "asked.toml"
    asked.write_text(
        'title = "x"\nas_of = 2022-07-21\nhorizon_days = 60\ndisputes = ["donbas"]\n'
        '[[forecast]]\nsender = "UKR"\nkind = "sever_relations"\nreceiver = "SYR"\nwithin_days = 30\n'
    )
    assert main(["validate", str(asked)]) == 0
    told = capsys.readouterr().err
    assert told.endswith(
        "forecast UKR-sever_relations-SYR-30d: as of 2022-07-21: UKR and SYR, who have no relations\n"
    )
    assert main(["validate", SYRIA]) == 0
    assert capsys.readouterr().err == ""


def test_validate_tells_where_the_record_ends(tmp_path: Path, capsys: Capture) -> None:
    asked = tmp_path / "asked.toml"
    asked.write_text('title = "x"\nas_of = 2024-07-14\nhorizon_days = 60\ndisputes = ["kosovo"]\n')
    assert main(["validate", str(asked)]) == 0
    assert "note: nothing is on record after 2022-12-31" in capsys.readouterr().err


def test_schema(capsys: Capture) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["horizon_days"]


def test_precedents(capsys: Capture) -> None:
    assert main(["precedents", "list", "--dispute", "donbas", "--actor", "SYR"]) == 0
    shown = capsys.readouterr().out
    assert "UKR-SYR-2022" in shown
    assert "SYR-UKR-2022" in shown  # which struck back
    assert "2 precedents\n" in shown
    assert main(["precedents", "list", "--dispute", "donbas", "--as-of", "2022-06-28"]) == 0
    assert "UKR-SYR-2022" not in capsys.readouterr().out


def test_learn_takes_the_first_day_of_the_record_and_none_before(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from sim.history.corpus import load_corpus

    def learned(*_: object) -> None:
        raise ZeroDivisionError("reached")

    monkeypatch.setattr("sim.hazard.learn.learn", learned)
    first = load_corpus().coverage["first"].min().date()
    out = ["--out", str(tmp_path / "p.npz")]
    told = refused(capsys, "learn", "--as-of", str(first - timedelta(days=1)), *out)
    assert f"expected a day on or after {first}" in told
    assert "reached" in refused(capsys, "learn", "--as-of", str(first), *out, code=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_learn_writes_a_posterior_and_tells_what_it_learned(
    tmp_path: Path, capsys: Capture
) -> None:
    from datetime import date

    from sim.hazard.posterior import Posterior

    out = tmp_path / "deep" / "posterior.npz"
    assert main(["learn", "--as-of", "1975-01-01", "--draws", "50", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    for process in ("recognise", "respond"):
        assert f"{process}: " in shown
    assert "days at risk" in shown
    assert "effective share of the draws" in shown
    found = Posterior.load(out)
    assert (found.as_of, len(found.draws)) == (date(1975, 1, 1), 50)
