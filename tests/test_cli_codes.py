"""Which codes there are: actors and disputes, by a part of their names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sim.cli import main

Capture = pytest.CaptureFixture[str]


def listed(capsys: Capture, *arguments: str) -> Any:
    assert main([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("word", ["syria", "SYR", "Sýri"])
def test_an_actor_is_found_by_its_name_or_its_code(capsys: Capture, word: str) -> None:
    found = listed(capsys, "actors", word)["actors"]
    assert {"code": "SYR", "name": "Syria", "type": "state"} in found
    assert "UKR" not in [row["code"] for row in found]


def test_only_actors_that_exist_on_the_day_are_listed(capsys: Capture) -> None:
    def codes(*more: str) -> list[str]:
        return [row["code"] for row in listed(capsys, "actors", *more)["actors"]]

    assert {"CSK", "UKR"} <= set(codes())
    assert "CSK" not in codes("--as-of", "2022-06-28")
    assert "CSK" in codes("--as-of", "1980-01-01")
    assert "UKR" not in codes("--as-of", "1980-01-01")


def test_disputes_are_found_by_word_actor_and_day(capsys: Capture) -> None:
    def keys(*more: str) -> list[str]:
        return [row["dispute"] for row in listed(capsys, "disputes", *more)["disputes"]]

    assert keys("donb") == ["donbas"]
    assert "donbas" in keys("--actor", "UKR")
    assert "kosovo" not in keys("--actor", "UKR")
    assert "donbas" in keys("--as-of", "2022-06-28")
    assert "donbas" not in keys("--as-of", "1990-06-28")


def test_the_page_names_code_and_title_and_counts(capsys: Capture) -> None:
    assert main(["disputes", "donbas"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("Dispute ")
    assert "DPR, LPR" in page
    assert page.endswith("1 dispute\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["actors", "Ukrane"], "demarche actors: found 'Ukrane'"),
        (["disputes", "donbass"], "(did you mean donbas?)"),
        (["disputes", "--actor", "UKRAINE"], "--actor: found 'UKRAINE', expected the code of"),
        (["disputes", "x\x1b", "--actor", "UKR"], "of one with UKR"),
    ],
)
def test_a_word_that_nothing_has_is_told_with_what_is_near(
    capsys: Capture, arguments: list[str], told: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert captured.err.count("\n") == 1
