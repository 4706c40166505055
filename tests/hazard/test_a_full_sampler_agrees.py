"""Held against a sampler that approximates nothing, the learner's draws say the same, within their noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calibration_study import PROCESS, Study, toy_corpus
from full_sampler_study import joined, probabilities, sampled_fully

from sim.hazard import learn
from sim.hazard.sampling import sample_fit


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_on_a_small_history(tmp_path: Path) -> None:
    pytest.importorskip("numpyro")
    study, rng = Study(toy_corpus(tmp_path)), np.random.default_rng(3)
    scales = study.scales(rng)
    history = study.history(study.truth(scales, rng), rng)
    everyone = np.ones(len(history.exposure), bool)
    found = study.fit(learn.design_of(study.terms, history, PROCESS, everyone)[0], scales)
    rows = joined(found)
    assert rows[2].sum() > 0
    beta, v, about = sampled_fully(found, rows, draws=2000, warmup=500)
    assert "divergences 0" in about
    full = probabilities(rows, beta, v)
    own = probabilities(rows, *sample_fit(found, 4000, np.random.default_rng(4))[:2])
    spread = np.maximum(full[2] - full[1], 1e-6)
    # a mean of so many draws is known to a hundredth of the interval, its ends to a tenth
    assert np.abs(own[0] - full[0]).max() < 0.06 * spread.max()
    assert np.abs((own[2] - own[1]) / spread - 1).max() < 0.2
