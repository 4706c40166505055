from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from sim.history.corpus import Corpus, load_corpus
from sim.report.reactions import reactions
from sim.report.text import imposed_lines, named, plain, warnings
from sim.report.words import percent
from sim.world.assemble import assemble
from sim.world.ensemble import Ensemble
from sim.world.model import World
from sim.world.scenario_model import SetStance, Stance

Asking = Callable[..., Ensemble]


@dataclass(frozen=True)
class Given:
    label: str
    change: float


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
        r"Ukraine severs relations.* \d+ % +\S+–>?\d+ % +\d+ Jul \(\d+\) +\+AAA-BBB-2001", lines[8]
    )
    assert f"{ensemble.worlds:,} worlds, seed {ensemble.seed}; history " in text


def test_precedents_have_their_sign_and_weak_ones_are_left_out(
    ensemble: Ensemble, supports: Any
) -> None:
    text = plain(ensemble, width=132, supports=supports)
    assert "+AAA-BBB-2001 -CCC-DDD-2002" in text
    assert "EEE-FFF-2003" not in text


def test_what_speaks_for_an_act_is_named_first() -> None:
    weaker = [Given("A", 0.1), Given("B", -0.2), Given("C", -0.05), Given("D", 0.02)]
    found = sorted(weaker, key=lambda s: -abs(s.change))
    assert named(found, 0.5, 2) == ["+B", "+C"]
    assert named(found, 0.5, 4) == ["+B", "+C", "-A", "-D"]
    assert named(found, 0.5, 1) == ["+B"]
    assert named([s for s in found if s.change > 0], 0.5, 2) == ["-A", "-D"], "nothing else to name"
    assert named([], 0.5, 2) == []


def test_what_outweighs_all_that_speaks_for_an_act_is_not_hidden() -> None:
    found = [Given("A", 0.3), Given("B", -0.2), Given("C", -0.1)]
    assert named(found, 0.5, 2) == ["+B", "-A"]
    assert named(found, 0.5, 3) == ["+B", "+C", "-A"]


def test_near_certainty_a_change_counts_by_what_it_takes_from_the_doubt() -> None:
    found = [Given("A", -0.002)]
    assert named(found, 0.993, 2) == ["+A"]
    assert named(found, 0.5, 2) == []
    assert named([Given("A", -1e-9)], 1.0, 2) == []


LONG = ("SADR>TRNC-2022b", "AAA-BBB-2001", "HOMELAND>NOWHERE-1977")


@pytest.mark.parametrize("ids", [LONG[:2], LONG[1:2], LONG])
@pytest.mark.parametrize("width", [80, 100, 120])
def test_ids_are_never_cut_even_where_dates_carry_a_year(
    asking: Asking, ids: tuple[str, ...], width: int
) -> None:
    def told(*act: object) -> list[Given]:
        return [Given(label, -0.4) for label in ids]

    text = plain(asking(as_of=date(2021, 12, 20)), width=width, supports=told)
    assert max(map(len, text.splitlines())) <= width
    rows = text.split("Rests on\n")[1].split("\n... and")[0]
    assert re.search(r" \d+ Mar 2022 \(\d+\) ", rows), "whole too"
    for label in ids[: 3 if width >= 110 else 2]:
        assert rows.count(f" +{label}") == 15


def test_a_legend_says_what_the_columns_mean(ensemble: Ensemble, supports: Any) -> None:
    text = " ".join(plain(ensemble, supports=supports).split())
    assert "precedents that make it likelier (+), then less likely (-). In brackets" in text
    assert "days after 28 Jun 2022. 90 % interval: what is not known" in text
    assert "effective share, how many of the sampled rules still count once weighed" in text


def test_the_legend_tells_of_rows_that_nothing_speaks_for(ensemble: Ensemble) -> None:
    text = plain(ensemble, supports=lambda *act: [Given("AAA-BBB-2001", 0.4)])
    assert "-AAA-BBB-2001" in text
    assert "Only (-): nothing weighty speaks for it." in " ".join(text.split())


def test_imposed_acts_are_no_reactions(ensemble: Ensemble, supports: Any) -> None:
    table = plain(ensemble, top=10_000, width=132, supports=supports).split("Rests on")[1]
    assert not [line for line in table.splitlines() if line.startswith("Syria recognises")]


def test_top_cuts_and_says_so(ensemble: Ensemble, supports: Any) -> None:
    text = plain(ensemble, top=1, width=132, supports=supports)
    assert text.count("AAA-BBB-2001") == 1
    assert re.search(r"\.\.\. and [\d,]+ further reactions, none likelier than \d", text)


def test_chances_below_1_percent_are_counted_not_listed(ensemble: Ensemble, supports: Any) -> None:
    text = plain(ensemble, top=10_000, width=132, supports=supports)
    found = reactions(ensemble)
    likely = [r for r in found if "." not in percent(r.probability)]
    assert 0 < len(likely) < len(found)
    assert text.count("AAA-BBB-2001") == len(likely)
    left = len(found) - len(likely)
    told = percent(found[len(likely)].probability)
    assert f"... and {left:,} further reactions, none likelier than {told}\n" in text


def test_where_all_is_unlikely_the_likeliest_is_listed(ensemble: Ensemble, supports: Any) -> None:
    own = ensemble.log[:, 4] < 5
    few = replace(ensemble, log=ensemble.log[ensemble.forced | own])
    assert max(r.probability for r in reactions(few)) < 0.0095
    text = plain(few, width=132, supports=supports)
    assert text.count("AAA-BBB-2001") == 1
    left = len(reactions(few)) - 1
    assert left
    assert f"... and {left:,} further reaction{'s' if left > 1 else ''}" in text


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


def test_a_scenario_after_the_record_says_where_it_ends(
    ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Corpus, "last_known", property(lambda _: date(2022, 3, 1)))
    a = ensemble.assembly
    short = replace(ensemble, assembly=assemble(a.scenario, load_corpus(), a.posterior))
    (told,) = (line for line in warnings(short) if "The record ends" in line)
    assert told == (
        "The record ends on 1 Mar 2022: nothing between that day and 28 Jun 2022 is known."
    )


def test_a_scenario_within_the_record_needs_no_such_warning(ensemble: Ensemble) -> None:
    assert not [line for line in warnings(ensemble) if "The record ends" in line]


def test_a_stance_that_is_set_is_told_beside_the_one_it_replaces(ensemble: Ensemble) -> None:
    """What is set may be lower than what was held, however friendly it sounds."""
    a = ensemble.assembly
    turn = SetStance(stance=Stance(actor="NRU", toward=("DPR",), value=0.2), date=None)
    update = {"interventions": (*a.scenario.interventions, turn)}
    turned = assemble(a.scenario.model_copy(update=update), load_corpus(), a.posterior)
    (line,) = (str(line) for line in imposed_lines(turned) if "stands at" in str(line))
    before = World(turned).actors["NRU"].stance["DPR"]
    found = re.fullmatch(
        r"Supposed: Nauru stands at \+0\.20 toward Donetsk PR \(was ([+-]\d\.\d\d)\)\.", line
    )
    assert found
    # one world stands under one draw of the rules, the page tells the mean of them
    assert float(found.group(1)) == pytest.approx(before, abs=0.5)
    assert not [line for line in imposed_lines(a) if "was" in str(line)]
