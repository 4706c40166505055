from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sim.report.text import plain, warnings
from sim.world.ensemble import Ensemble

Asking = Callable[..., Ensemble]


@pytest.mark.parametrize("width", [80, 132])
def test_reads_right(ensemble: Ensemble, supports: Any, width: int) -> None:
    text = plain(ensemble, width=width, supports=supports)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0] == ensemble.assembly.scenario.title
    assert lines[2] == "As of 28 Jun 2022, 180 days ahead."
    assert lines[3].startswith("Imposed: Syria recognises ")
    assert re.match(r" +If it comes,$", lines[5])
    assert re.match(r"Reaction +Prob\. +90 % interval +median \(day\) +Rests on", lines[6])
    assert lines[5].index("If") == lines[6].index("median"), "one head in two lines"
    assert re.match(
        r"Ukraine severs relations.* \d+ % +\S+–\d+ % +\d+ Jul \(\d+\) +\+AAA-BBB-2001", lines[8]
    )
    assert f"{ensemble.worlds:,} worlds, seed {ensemble.seed}; history " in text


def test_precedents_have_their_sign_and_weak_ones_are_left_out(
    ensemble: Ensemble, supports: Any
) -> None:
    text = plain(ensemble, width=132, supports=supports)
    assert "+AAA-BBB-2001 -CCC-DDD-2002" in text
    assert "EEE-FFF-2003" not in text


def test_imposed_acts_are_no_reactions(ensemble: Ensemble, supports: Any) -> None:
    table = plain(ensemble, top=10_000, width=132, supports=supports).split("Rests on")[1]
    # In a world or two Syria acts of itself before the imposed day; the imposed act is in every one.
    told = [line for line in table.splitlines() if line.startswith("Syria recognises")]
    assert not [line for line in told if "100 %" in line]


def test_top_cuts_and_says_so(ensemble: Ensemble, supports: Any) -> None:
    text = plain(ensemble, top=1, width=132, supports=supports)
    assert text.count("AAA-BBB-2001") == 1
    assert re.search(r"\.\.\. and [\d,]+ further reactions, none likelier than \d", text)


def test_forecasts_are_answered(ensemble: Ensemble, supports: Any) -> None:
    text = plain(ensemble, width=132, supports=supports)
    assert "Forecast, from 29 Jun 2022" in text
    assert re.search(r"Ukraine severs relations with Syria within 30 days +\d+ %", text)
    assert "Anyone recognises Donetsk PR or Luhansk PR within 30 days" in text


def test_markup_and_control_characters_are_only_text(asking: Asking, supports: Any) -> None:
    odd = asking(title="[bold]$x$[/bold] \x9b31m :smile:", question="[link=a]b[/nothing]\u202e")
    lines = plain(odd, supports=supports).splitlines()
    assert lines[0] == "[bold]$x$[/bold]  31m :smile:"
    assert lines[1] == "[link=a]b[/nothing]"


def test_silence_is_told(silent: Ensemble, supports: Any) -> None:
    assert "Nothing happened in any world." in plain(silent, supports=supports)


def test_thin_evidence_and_missing_rules_are_told(ensemble: Ensemble) -> None:
    a = ensemble.assembly
    about = a.posterior.about | {"slots": [0], "respond": {"effective_share": 0.004}}
    thin = replace(ensemble, assembly=replace(a, posterior=replace(a.posterior, about=about)))
    told = " ".join(warnings(thin))
    assert "Thin evidence: the respond rule rests on 0.4% of its draws." in told
    assert "respond/recall, respond/downgrade, respond/sever" in told
    assert "rival" not in told, "no such dispute is in play"
