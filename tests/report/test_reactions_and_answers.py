"""What is told agrees with a count by hand over the worlds' events."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from sim import kernel
from sim.history.corpus import load_corpus
from sim.report.answers import UNTAUGHT, answers, simulated_kinds, untaught
from sim.report.reactions import reactions
from sim.report.text import plain
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.run import prepare
from sim.world.scenario import ForcedEvent, Forecast, load_scenario
from sim.world.standing import Standing, foregone

Asking = Callable[..., Ensemble]


def worlds_with(ensemble: Ensemble, first: int = 0, last: int = 10**6, **act: object) -> set[int]:
    """Count by hand: loop over the rows of the log."""
    found = set()
    for row, forced in zip(ensemble.events.to_dict("records"), ensemble.forced, strict=True):
        fits = all(
            row[key] in (value if isinstance(value, tuple) else (value,))
            for key, value in act.items()
        )
        if fits and not forced and first <= row["day"] <= last:
            found.add(row["world"])
    return found


def test_single_acts_agree_with_the_projection(ensemble: Ensemble) -> None:
    table = ensemble.projection().set_index(["sender", "kind", "receiver"])
    for r in reactions(ensemble):
        if len(r.receivers) == 1:
            row = table.loc[(r.sender, r.kind, r.receivers[0])]
            assert r.probability == row["probability"]
            assert (r.low, r.high) == (row["low"], row["high"])
            assert r.median_day == row["median_days"]


def test_siblings_are_one_reaction_and_a_world_counts_once(ensemble: Ensemble) -> None:
    joint = [r for r in reactions(ensemble) if len(r.receivers) > 1]
    assert joint, "the two republics are siblings"
    for r in joint[:5]:
        assert r.receivers == ("DPR", "LPR")
        by_hand = worlds_with(ensemble, sender=r.sender, kind=r.kind, receiver=r.receivers)
        assert r.probability == len(by_hand) / ensemble.worlds
        both = by_hand
        for receiver in r.receivers:
            both = both & worlds_with(ensemble, sender=r.sender, kind=r.kind, receiver=receiver)
        assert r.joint == (len(both) >= 0.8 * len(by_hand))
        assert (" PR and " in r.told(ensemble.assembly)) == r.joint  # Sao Tome and Principe


def test_likeliest_first_and_imposed_acts_left_out(ensemble: Ensemble) -> None:
    found = reactions(ensemble)
    shares = [r.probability for r in found]
    assert shares == sorted(shares, reverse=True)
    # In a rare world Syria takes its recognition back and recognises anew: that is an act of its own.
    again = [r for r in found if r.sender == "SYR" and r.kind == "recognise"]
    assert all(r.probability < 0.01 for r in again)
    assert found[0].told(ensemble.assembly) == "Ukraine severs relations with Syria"


def test_an_act_imposed_is_not_told_with_its_sibling(root: Path) -> None:
    """In some worlds Nauru recognises the DPR before its day: what is left to come is the LPR."""
    scenario = load_scenario(root / "scenarios" / "donbas-syria.toml")
    day = scenario.as_of + timedelta(days=60)
    forced = ForcedEvent(date=day, sender="NRU", kind="recognise", receivers=("DPR",))
    a = prepare(scenario.model_copy(update={"interventions": (forced,), "forecasts": ()}))
    ensemble = run_ensemble(a, worlds=1000)
    log = ensemble.log.copy()
    log[np.flatnonzero(ensemble.forced)[:20], 0] -= 30.0
    early = replace(ensemble, log=log)
    assert len(worlds_with(early, sender="NRU", kind="recognise", receiver="DPR")) >= 20
    (told,) = (r for r in reactions(early) if r.sender == "NRU" and r.kind == "recognise")
    assert told.receivers == ("LPR",)
    by_hand = worlds_with(early, sender="NRU", kind="recognise", receiver="LPR")
    assert told.probability == len(by_hand) / early.worlds
    (line,) = re.findall(r"Nauru recognises Luhansk PR .*", plain(early, width=132))
    assert re.search(r"[+-]\S+-\d{4}", line), "it rests on something"


def test_several_disputes_are_named(asking: Asking) -> None:
    two = asking(disputes=("donbas", "georgia"))
    assert reactions(two)[0].told(two.assembly).endswith(" over donbas")


def test_nothing_happened(silent: Ensemble) -> None:
    assert reactions(silent) == []
    shares = [a.probability for a in answers(silent)]
    assert set(shares) <= {0.0, None}
    assert all(a.median_days is None for a in answers(silent))


def test_forecasts_count_from_the_last_imposed_act(ensemble: Ensemble) -> None:
    told = {a.forecast.id: a for a in answers(ensemble)}
    origin = 1  # as of 28 June, imposed on 29 June
    severs = told["UKR-sever_relations-SYR-30d"]
    by_hand = worlds_with(
        ensemble, origin, origin + 30, sender="UKR", kind="sever_relations", receiver="SYR"
    )
    assert severs.probability == len(by_hand) / ensemble.worlds
    anyone = told["next-recogniser-30d"]
    by_hand = worlds_with(ensemble, origin, origin + 30, kind="recognise", receiver=("DPR", "LPR"))
    assert anyone.probability == len(by_hand) / ensemble.worlds
    assert severs.low is not None
    assert severs.high is not None
    assert severs.low < severs.probability < severs.high


def test_an_imposed_act_is_no_answer(asking: Asking) -> None:
    own = Forecast(sender="SYR", kind="recognise", receiver="DPR", within_days=90)
    (answer,) = answers(asking(forecasts=(own,)))
    assert answer.probability == 0


@pytest.mark.parametrize("kind", ["treaty", "sanction", "signal_talks"])
def test_what_is_not_simulated_has_no_answer(asking: Asking, kind: str) -> None:
    (answer,) = answers(asking(forecasts=(Forecast(kind=kind, within_days=30),)))
    assert answer.probability is None
    assert answer.note == UNTAUGHT


ONLY_ANSWERS = "only answers of Ukraine to recognitions, and what mends them, are"
ONLY_RECOGNITIONS = (
    "only recognitions of Donetsk PR or Luhansk PR by others, and their withdrawal, are"
)


@pytest.mark.parametrize(
    ("sender", "kind", "receiver", "why"),
    [
        (
            "DEU",
            "sever_relations",
            "SYR",
            ONLY_ANSWERS,
        ),
        (
            "UKR",
            "sever_relations",
            "NATO",
            ONLY_ANSWERS,
        ),
        (
            "SYR",
            "recognise",
            "XKX",
            ONLY_RECOGNITIONS,
        ),
        (
            "UKR",
            "recognise",
            "DPR",
            ONLY_RECOGNITIONS,
        ),
        (
            "NATO+CSK",
            "recognise",
            "DPR+LPR",
            ONLY_RECOGNITIONS,
        ),
    ],
)
def test_an_act_that_no_channel_brings_has_no_answer(
    asking: Asking, sender: str, kind: str, receiver: str, why: str
) -> None:
    asked = Forecast(sender=sender, kind=kind, receiver=receiver, within_days=30)
    (answer,) = answers(asking(forecasts=(asked,)))
    assert (answer.probability, answer.low, answer.high) == (None, None, None)
    assert answer.note == f"not simulated, {why}"


@pytest.mark.parametrize("kind", ["sever_relations", "recall_ambassador", "restore_relations"])
def test_anyone_toward_one_whom_no_responder_knows_has_no_answer(asking: Asking, kind: str) -> None:
    """Kyiv alone answers, and has no relations with Taipei: who else would act is not simulated."""
    anyone = Forecast(kind=kind, receiver="TWN", within_days=30)
    kyiv = anyone.model_copy(update={"sender": "UKR"})
    told = answers(asking(forecasts=(anyone, kyiv)))
    assert [answer.probability for answer in told] == [None, 0]
    assert told[0].note == f"not simulated, {ONLY_ANSWERS}"


def test_anyone_toward_one_that_is_broken_with_already_is_0(asking: Asking) -> None:
    """Kyiv has relations with Damascus at first; the worlds in which it cut them say 0."""
    anyone = Forecast(kind="sever_relations", receiver="SYR", within_days=30)
    here = asking(forecasts=(anyone,))
    a = here.assembly
    row = a.codes.index("SYR")
    level, reached = a.template.level.copy(), a.template.reached.copy()
    level[0, row], reached[0, row] = kernel.NONE, kernel.RUNGS
    cut = replace(a, template=a.template._replace(level=level, reached=reached))
    (answer,) = answers(replace(here, assembly=cut, log=here.log[here.forced]))
    assert (answer.probability, answer.note) == (0, "")


def test_the_parent_takes_no_stand_that_its_rival_could_answer(root: Path) -> None:
    """Whoever turns from Taipei to Beijing is written as recognising; Beijing has nothing to answer there."""
    scenario = load_scenario(root / "scenarios" / "donbas-syria.toml")
    questions = (
        Forecast(kind="sever_relations", receiver="TWN", within_days=30),
        Forecast(sender="TWN", kind="sever_relations", within_days=30),
    )
    update = {"disputes": ("china",), "interventions": (), "forecasts": questions}
    told = answers(run_ensemble(prepare(scenario.model_copy(update=update)), worlds=200))
    assert told[0].probability is None
    assert told[0].note.startswith("not simulated, only answers of China or Taiwan")
    assert told[1].probability is not None


def test_a_channel_that_the_record_teaches_nothing_about_has_no_answer(asking: Asking) -> None:
    """Of recognitions only those of another kind of dispute are taught."""
    asked = Forecast(kind="recognise", receiver="DPR", within_days=30)
    two = asking(forecasts=(asked,))
    a = two.assembly
    layout = replace(a.layout, active=frozenset({"donbas", "china"}))
    posterior = replace(a.posterior, about=a.posterior.about | {"slots": [1, 5]})
    (answer,) = answers(replace(two, assembly=replace(a, layout=layout, posterior=posterior)))
    assert answer.note == UNTAUGHT


def test_what_could_have_come_and_never_did_is_0(silent: Ensemble, asking: Asking) -> None:
    """Ukraine has no ambassador in Syria to recall; Germany's break is asked beside its own."""
    questions = (
        Forecast(sender="UKR", kind="recall_ambassador", receiver="SYR", within_days=30),
        Forecast(sender="DEU+UKR", kind="sever_relations", receiver="SYR", within_days=30),
        Forecast(kind="recognise", within_days=30),
        Forecast(sender="DPR", kind="recognise", receiver="LPR", within_days=30),
    )
    scenario = asking(forecasts=questions).assembly
    told = answers(replace(silent, assembly=scenario))
    assert [(answer.probability, answer.note) for answer in told] == [(0.0, "")] * 4


def test_a_question_about_what_stands_already_says_so(root: Path) -> None:
    """As of the eve Moscow had recognised both republics, and Kyiv had cut its relations with Moscow."""
    scenario = load_scenario(root / "scenarios" / "donbas-syria.toml")
    questions = (
        Forecast(sender="RUS", kind="recognise", receiver="DPR", within_days=30),
        Forecast(sender="UKR", kind="sever_relations", receiver="RUS", within_days=30),
        Forecast(sender="UKR", kind="sever_relations", receiver="BLR", within_days=30),
        Forecast(sender="UKR", kind="restore_relations", receiver="BLR", within_days=30),
        Forecast(sender="UKR", kind="sever_relations", receiver="SYR", within_days=30),
    )
    asked = run_ensemble(prepare(scenario.model_copy(update={"forecasts": questions})), worlds=300)
    told = answers(asked)
    assert [answer.note for answer in told] == [
        "as of 2022-06-28: RUS, which recognises DPR already",
        "as of 2022-06-28: UKR and RUS, who have no relations",
        "", "", "",
    ]  # fmt: skip
    assert told[0].probability == 0
    page = " ".join(plain(asked, width=132).split())
    assert (
        "recognises Donetsk PR within 30 days: as of 2022-06-28: RUS, which recognises DPR" in page
    )


def test_what_the_scenario_undoes_first_is_an_open_question(root: Path) -> None:
    scenario = load_scenario(root / "scenarios" / "donbas-syria.toml")
    asked = Forecast(sender="UKR", kind="sever_relations", receiver="RUS", within_days=30)
    mends = ForcedEvent(
        date=scenario.as_of, sender="UKR", kind="restore_relations", receivers=("RUS",)
    )
    mended = scenario.model_copy(update={"interventions": (mends,), "forecasts": (asked,)})
    standing = Standing(load_corpus().as_of(scenario.as_of), scenario.as_of)
    assert foregone(mended, standing) == {}
    assert foregone(mended.model_copy(update={"interventions": ()}), standing)


def test_every_kind_in_the_events_counts_as_simulated(ensemble: Ensemble) -> None:
    kinds = set(ensemble.events["kind"][~ensemble.forced])
    assert kinds <= simulated_kinds(ensemble.assembly)
    for slot in untaught(ensemble.assembly):
        assert slot.split("/")[0] in ("recognise", "respond")
