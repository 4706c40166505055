"""A recognition is the same channel however the record of its dispute words it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.hazard.riskset import Layout
from sim.history.corpus import Corpus, load_corpus
from sim.report.answers import answers
from sim.world.channels import as_simulated, channel_names, closed, recognition_words
from sim.world.ensemble import run_ensemble
from sim.world.run import prepare
from sim.world.scenario import ChannelPattern, Forbidden, ForcedEvent, Forecast, Scenario

DAY = date(2022, 6, 28)


@pytest.fixture(scope="module")
def known() -> Corpus:
    return load_corpus().as_of(DAY)


def asked(known: Corpus, forecast: Forecast, *disputes: str) -> Forecast:
    layout = Layout.of(known, disputes)
    return as_simulated(forecast, layout, recognition_words(known, layout))


def test_the_record_tells_how_a_dispute_words_recognitions(known: Corpus) -> None:
    """Beijing and Taipei: relations imply it. Donbas: relations and treaties came after it."""
    words = recognition_words(known, Layout.of(known, ("china", "donbas")))
    assert words["donbas"] == {"recognise"}
    assert words["china"] > {"recognise", "establish_relations", "restore_relations"}


@pytest.mark.parametrize("kind", ["establish_relations", "restore_relations", "open_embassy"])
def test_forbidding_a_word_closes_the_channel(known: Corpus, kind: str) -> None:
    layout = Layout.of(known, ("china",))
    words = recognition_words(known, layout)
    mask = closed(layout, ChannelPattern(sender="GTM", kind=kind, receiver="CHN"), words)
    names = np.array(channel_names(layout))
    assert names[mask].tolist() == ["recognise/recognise/GTM>CHN@china"]


def test_a_later_step_is_not_asked_as_a_recognition(known: Corpus) -> None:
    later = Forecast(sender="SYR", kind="establish_relations", receiver="DPR", within_days=30)
    assert asked(known, later, "donbas") == later
    answer = Forecast(sender="CHN", kind="restore_relations", receiver="GTM", within_days=30)
    assert asked(known, answer, "china") == answer


def test_of_anyone_toward_anyone_is_asked_where_it_is_so_worded(known: Corpus) -> None:
    anyone = Forecast(kind="establish_relations", within_days=30)
    found = asked(known, anyone, "china", "donbas")
    assert (found.kind, found.receiver, found.id) == ("recognise", "TWN+CHN", anyone.id)
    assert asked(known, anyone, "china").receiver == ""


def test_a_question_so_worded_is_answered_and_a_severance_ends_recognition() -> None:
    words = ("establish_relations", "recognise")
    questions = [
        Forecast(sender="GTM+HND", kind=kind, receiver="CHN", within_days=300) for kind in words
    ]
    severs = ForcedEvent(date=DAY, sender="GTM", kind="sever_relations", receivers=("TWN",))
    never = Forbidden(forbid=ChannelPattern(sender="HND", kind="establish_relations"))
    scenario = Scenario(
        title="A", as_of=DAY, horizon_days=300, disputes=("china",),
        interventions=(severs, never), forecasts=tuple(questions),
    )  # fmt: skip
    ensemble = run_ensemble(prepare(scenario), 1000)
    told = [answer.probability for answer in answers(ensemble)]
    assert told[0] is not None
    assert told[0] == told[1]
    events = ensemble.events
    assert ensemble.forced.sum() == 1000
    assert set(events["kind"][ensemble.forced]) == {"withdraw_recognition"}
    recognitions = events[events["kind"] == "recognise"]
    assert "HND" not in set(recognitions["sender"].astype(str))
