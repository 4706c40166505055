"""What a covariate is worth is judged by later history, and nothing after the last window is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sim.hazard.ablation import ablate
from sim.history.corpus import Corpus

ORIGINS = (date(2002, 12, 31), date(2003, 12, 31), date(2004, 6, 30))
# Recognised by the newborn only: NEW1 before the first origin, NEW2 and NEW3 in the two windows.
BORN = {"NE1": "2000-06-01", "NE2": "2002-12-01", "NE3": "2003-10-01"}
ACTORS = [f"{code},{code},state,,,,,{day},,,toy,verified" for code, day in BORN.items()]
EVENTS = [
    "X1,2000-09-01,day,NE1,recognise,ENT,north,",
    "X2,2003-02-01,day,NE2,recognise,ENT,north,",
    "X3,2004-01-10,day,NE3,recognise,ENT,north,",
]

ToyCorpus = Callable[..., Corpus]


@pytest.fixture
def gains(toy_corpus: ToyCorpus) -> pd.DataFrame:
    return ablate(toy_corpus(EVENTS, actors=ACTORS), "recognise", ORIGINS)


def test_what_tells_who_acts_gains_and_what_is_constant_gains_nothing(gains: pd.DataFrame) -> None:
    assert gains.index[0] == "newborn"
    assert gains.loc["newborn", "gain"] > 0.5
    for idle in ("votes", "holds_rival", "kin"):
        assert gains.loc[idle, "gain"] == pytest.approx(0, abs=1e-9)
    windows = gains[["2002", "2003"]].sum(axis=1)
    np.testing.assert_allclose(gains["gain"], windows)
    assert gains.attrs["acts"] == pytest.approx(2)


def test_nothing_after_the_last_window_is_read(toy_corpus: ToyCorpus, gains: pd.DataFrame) -> None:
    later = [*EVENTS, "X4,2004-08-01,day,AAA,recognise,ENT,north,"]
    again = ablate(toy_corpus(later, actors=ACTORS), "recognise", ORIGINS)
    pd.testing.assert_frame_equal(again, gains)
    earlier = [*EVENTS, "X4,2004-05-01,day,AAA,recognise,ENT,north,"]
    other = ablate(toy_corpus(earlier, actors=ACTORS), "recognise", ORIGINS)
    assert not np.allclose(other.loc[gains.index, "gain"], gains["gain"])


def test_answers_are_scored_with_their_silences(toy_corpus: ToyCorpus) -> None:
    events = [
        *EVENTS,
        "Y1,2000-09-02,day,PAR,sever_relations,NE1,north,X1",
        "Y2,2003-02-02,day,PAR,sever_relations,NE2,north,X2",
    ]
    gains = ablate(toy_corpus(events, actors=ACTORS), "respond", ORIGINS)
    assert set(gains.index) >= {"mission", "backer", "answered"}
    assert gains.attrs["acts"] == pytest.approx(1)
    assert gains.attrs["score"] < 0
