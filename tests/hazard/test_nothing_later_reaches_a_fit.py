"""A forecast made as of a day cannot have read what came after it; learned anew, not looked up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from sim.hazard import sampling
from sim.hazard.learn import learn
from sim.hazard.posterior import Posterior
from sim.history.corpus import Corpus, load_corpus

DRAWS = 100

LATER = {
    "events": [
        "X-BLR,2022-12-01,day,BLR,recognise,DPR,donbas,,invented,verified,",
        "X-UKR,2022-12-02,day,UKR,sever_relations,BLR,donbas,X-BLR,invented,verified,",
        "X-NRU,2022-12-05,day,NRU,recognise,XKX,kosovo,,invented,verified,",
        # of a month that the day lies in: known only once the month is over
        "X-MONTH,2022-07-01,month,BFA,recognise,SOO,georgia,,invented,verified,",
    ],
    "nonevents": [
        "XN-1,2022-12-06,day,SRB,recall_ambassador,NRU,kosovo,X-NRU,no_retaliation,made up,verified,",
    ],
    "coverage": ["donbas,recognise,recognise,,2022-12-01,,Invented.,invented,verified"],
    "ties": [
        "alliance,BLR,CHN,defense,2022-08-01,,invented",
        "mission,BLR,VUT,embassy,2022-09-01,,invented",
    ],
}
BEFORE = {"events": ["X-NIC,2022-03-05,day,NIC,recognise,DPR,donbas,,invented,verified,"]}


@pytest.fixture(scope="module", autouse=True)
def _few_proposals() -> Iterator[None]:
    """Learn by the fewest proposals: here bytes are compared, not how good they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "BUDGET", 1)
        yield


@pytest.fixture(scope="module")
def learned(_few_proposals: None, shipped: Corpus, day: date) -> Posterior:
    return learn(shipped, day, draws=DRAWS)


def same_bytes(one: Posterior, other: Posterior) -> bool:
    arrays = ("draws", "mode", "sd")
    if one.names != other.names:
        return False
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays)


def test_later_rows_leave_every_byte(
    shipped: Corpus, day: date, learned: Posterior, folder
) -> None:
    richer = load_corpus(folder("later", **LATER))
    assert len(richer.events) > len(shipped.events)
    assert richer.fingerprint != shipped.fingerprint
    other = learn(richer, day, draws=DRAWS)
    assert same_bytes(other, learned)
    assert other.fingerprint == learned.fingerprint
    assert other.about == learned.about
    for process, evidence in learned.evidence.items():
        assert other.evidence[process].cases == evidence.cases
        np.testing.assert_array_equal(other.evidence[process].moves, evidence.moves)


def test_an_earlier_row_changes_the_fit(day: date, learned: Posterior, folder) -> None:
    other = learn(load_corpus(folder("before", **BEFORE)), day, draws=DRAWS)
    assert other.fingerprint != learned.fingerprint
    assert other.names == learned.names
    assert not np.array_equal(other.mode, learned.mode)
    assert other.about["recognise"]["events"] == pytest.approx(
        learned.about["recognise"]["events"] + 1
    )
