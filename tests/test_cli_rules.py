"""`demarche rules`: the rules as sentences, doctrines side by side, and what is refused."""

from __future__ import annotations

import json

import pytest

from sim.cli import main

Capture = pytest.CaptureFixture[str]
DAY = ("--as-of", "2022-06-28")  # of the scenario whose rules the other tests have learned


def shown(capsys: Capture, *arguments: str) -> str:
    assert main(["rules", *DAY, *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_a_table_of_one_dispute(capsys: Capture) -> None:
    text = shown(capsys, "--dispute", "donbas", "--process", "respond")
    assert max(map(len, text.splitlines())) <= 80
    assert "Ukraine severs relations" in text
    assert "recognises Donetsk" not in text
    assert "+UKR-RUS-2022" in text
    assert "thin" in text
    assert "Learned from what was known on 28 Jun 2022" in text


def test_json_is_one_object(capsys: Capture) -> None:
    told = json.loads(shown(capsys, "--actor", "SYR", "--dispute", "donbas", "--format", "json"))
    assert list(told) == ["as_of", "history", "within_days", "rules"]
    assert [(r["sender"], r["entities"]) for r in told["rules"]] == [
        ("SYR", ["DPR"]), ("SYR", ["LPR"]),
    ]  # fmt: skip
    for row in told["rules"]:
        assert row["low"] <= row["probability"] <= row["high"]
        assert row["thin"] == (row["effective"] < 5)
        assert row["sentence"].startswith("Syria recognises ")


def test_doctrines_in_numbers_and_words(capsys: Capture) -> None:
    text = shown(capsys, "--doctrine", "SRB,TWN,GEO")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in text
    parents = [line for line in lines if line in ("Serbia", "Taiwan", "Georgia")]
    assert parents == ["Serbia", "Taiwan", "Georgia"], "in the order asked for"
    joined = " ".join(text.split())
    assert "Taiwan almost always severs" in joined
    assert "Serbia" in joined
    assert "hardly ever severs" in joined
    told = json.loads(shown(capsys, "--doctrine", "SRB, TWN", "--format", "json"))
    assert told["spans"] == [30, 365]
    assert [row["parent"] for row in told["doctrines"]] == ["SRB", "TWN"]


def test_nothing_to_tell_is_said(capsys: Capture) -> None:
    assert "No rule answers to this" in shown(capsys, "--actor", "FRA", "--process", "respond")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--actor", "UKRAINE"], "--actor: found 'UKRAINE', expected the code of an actor"),
        (["--dispute", "donbass"], "did you mean donbas?"),
        (["--process", "withdrawal"], "withdrawal"),
        (["--format", "xml"], "xml"),
        (["--as-of", "28.6.2022"], "expected a date such as 2022-06-28"),
        (["--as-of", "1900-01-01"], "before any record begins"),
        (["--doctrine", "GEO", "--actor", "GEO"], "--actor: found 'GEO' beside --doctrine"),
        (["--doctrine", "GEO", "--process", "respond"], "found 'respond' beside --doctrine"),
    ],
)
def test_wrong_input_is_one_line(
    arguments: list[str], told: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.hazard.shelf.posterior_for", lambda *_, **__: pytest.fail("too late"))
    assert main(["rules", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_who_never_had_to_answer_is_refused_with_those_who_had(capsys: Capture) -> None:
    assert main(["rules", *DAY, "--doctrine", "FRA,GEO"]) == 2
    told = capsys.readouterr().err
    assert "--doctrine: found 'FRA', expected one who had recognitions to answer" in told
    assert "GEO" in told
    assert told.count("\n") == 1
