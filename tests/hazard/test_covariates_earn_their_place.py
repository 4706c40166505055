"""What a covariate is worth is judged by later history, and nothing after the last window is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

from sim.hazard import ablation
from sim.hazard.ablation import ablate
from sim.hazard.fitting import fit
from sim.hazard.learn import design_of, played
from sim.hazard.replay import END
from sim.hazard.sampling import sample_fit
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
SAMPLE = 10_000


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


ANSWERED = [
    *EVENTS,
    "Y1,2000-09-02,day,PAR,sever_relations,NE1,north,X1",
    "Y2,2003-02-02,day,PAR,sever_relations,NE2,north,X2",
]


def test_answers_are_scored_with_their_silences(toy_corpus: ToyCorpus) -> None:
    gains = ablate(toy_corpus(ANSWERED, actors=ACTORS), "respond", ORIGINS)
    assert set(gains.index) >= {"mission", "stronger", "answered"}
    assert gains.attrs["acts"] == pytest.approx(1)
    assert gains.attrs["score"] < 0


def test_the_score_of_answers_is_their_likelihood_averaged_over_the_posterior(
    toy_corpus: ToyCorpus,
) -> None:
    terms, history = played(toy_corpus(ANSWERED, actors=ACTORS).as_of(ORIGINS[-1]), ORIGINS[-1])
    every = np.ones(len(history.exposure), dtype=bool)
    design, mine = design_of(terms, history, "respond", every)
    known = history.exposure[mine][:, END] <= (ORIGINS[0] - ORIGINS[-1]).days + 1
    taught, asked = ablation._rows(design, known), ablation._rows(design, ~known)
    found = fit(taught, terms, "respond")
    rng = np.random.default_rng(3)
    draws = rng.normal(0.0, 1.0, (SAMPLE, asked.X.shape[1]))
    at, idle = ablation._columns(found)
    draws[:, idle] = found.idle.centre + found.idle.sd * draws[:, idle]
    draws[:, at], _, _ = sample_fit(found, SAMPLE, rng)
    eta = asked.X @ draws.T
    logs = asked.y @ eta - asked.days @ np.exp(eta)
    averaged = logsumexp(logs) - np.log(SAMPLE)
    # Of one act and its silences the average over so many draws is off by 0.02; Laplace by a little more.
    assert ablation._what(found, taught, asked) == pytest.approx(averaged, abs=0.15)
