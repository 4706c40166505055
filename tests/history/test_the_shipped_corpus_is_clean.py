import re
from datetime import date

import pytest

from sim.errors import InputError
from sim.history.corpus import Corpus, load_corpus


def test_it_covers_at_least_the_four_disputes(shipped: Corpus) -> None:
    assert {"donbas", "georgia", "kosovo", "china"} <= set(shipped.disputes)


def test_every_row_has_a_source(shipped: Corpus) -> None:
    for table in (shipped.events, shipped.nonevents, shipped.coverage):
        assert (table["source"] != "").all()
    assert all(d.source for d in shipped.disputes.values())


def test_nothing_is_odd_beyond_what_is_known(shipped: Corpus) -> None:
    """Some acted before they count as states: members of the UN, republics about to be recognised."""
    early = {"BLR", "UKR", "BIH", "GEO"}
    odd = [f for f in shipped.findings if not re.search(r" comes before [A-Z]{3} began", f.text)]
    assert [str(f) for f in odd] == []
    assert {f.text.split(" before ")[1][:3] for f in shipped.findings} <= early


def test_the_fingerprint_is_stable(shipped: Corpus) -> None:
    assert load_corpus().fingerprint == shipped.fingerprint
    assert len(shipped.fingerprint) == 64


def test_events_can_be_left_out(shipped: Corpus) -> None:
    less = shipped.without(["DPR24", "N640"])
    assert "DPR24" not in set(less.events["event_id"])
    assert "N640" not in set(less.nonevents["nonevent_id"])
    answer = less.events[less.events["event_id"] == "DPR25"]
    assert answer["in_response_to"].tolist() == [""]
    assert less.fingerprint != shipped.fingerprint
    assert len(less.events) == len(shipped.events) - 2
    with pytest.raises(InputError, match=r"did you mean DPR24"):
        shipped.without(["DPR24x"])


def test_an_open_window_of_coverage_reaches_to_the_last_known_act(shipped: Corpus) -> None:
    day = date(2010, 5, 5)
    known = shipped.as_of(day)
    assert (known.coverage["first"].dt.date <= day).all()
    assert (known.coverage["last"].dropna().dt.date <= day).all()
    assert known.coverage["last"].isna().any()
    assert known.last_known == known.events["known_from"].max().date() <= day
