"""Which covariates earn their place: each is left out in turn, and later history judges.

Structure is chosen inside the training data only: at each origin the process is fitted to what was
known by then, with and without a covariate, and scored on the years up to the next origin. Nothing
after the last of them is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.hazard.covariates import COVARIATES
from sim.hazard.fitting import fit, newton, split
from sim.hazard.learn import design_of, played
from sim.hazard.replay import CHANNEL, END
from sim.hazard.sampling import Design, Fit
from sim.hazard.scales import log_evidence
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus

Told = Callable[[int, int], None]
ORIGINS = {
    "recognise": tuple(date(year, 12, 31) for year in (1985, 1990, 1994, 2007, 2014)),
    "respond": tuple(
        date(year, 12, 31) for year in (1994, 1997, 2000, 2003, 2006, 2008, 2011, 2014)
    ),
    "solidarity": tuple(date(year, 12, 31) for year in (1965, 1966, 1978, 2007, 2014)),
    "withdraw": tuple(date(year, 12, 31) for year in (1994, 2000, 2006, 2014)),
    "reconcile": tuple(date(year, 12, 31) for year in (1968, 1972, 1979, 1987, 2014)),
}
"""Where the windows of each process begin and end: none reaches into what the backtest scores."""

STEPS = 50
"""Newton steps at most, from what was known to what came in addition."""


def ablate(
    corpus: Corpus, process: str, origins: Sequence[date], told: Told | None = None
) -> pd.DataFrame:
    """Score a process without each of its covariates, one rolling origin after the other.

    Parameters
    ----------
    corpus : Corpus
    process : str
        One of `sim.hazard.riskset.PROCESSES`.
    origins : sequence of date
        In order; the last one only ends the last window.
    told : callable, optional
        Called with (fits done, fits in all).

    Returns
    -------
    DataFrame
        One row a covariate, the most useful first: gain (log points of the full model above the one
        without it, over all windows; positive if it earns its place), and one column a window, named
        by its origin's year. `attrs` hold the number of acts scored and the full model's log score.

    Notes
    -----
    A recognition, or a break out of solidarity, is scored given that somebody took that stand in the
    window: who did, among all at risk (at the mode). So is what undoes them. Of what mends relations after an
    answer there is too little to divide into windows. Answers are scored by the likelihood of all that
    responders did and did not do in the window, averaged over the posterior: see `_what`.
    """
    terms, history = played(corpus.as_of(origins[-1]), origins[-1])
    every = np.ones(len(history.exposure), dtype=bool)
    design, mine = design_of(terms, history, process, every)
    rows = history.exposure[mine]
    group = _groups(terms, rows)
    walls = [float((day - origins[-1]).days + 1) for day in origins]
    names = ["", *(c.name for c in COVARIATES if process in c.processes)]
    scores = np.zeros((len(names), len(origins) - 1))
    acts = 0.0
    for w, (left, right) in enumerate(pairwise(walls)):
        before, after = rows[:, END] <= left, (rows[:, END] > left) & (rows[:, END] <= right)
        acts += float(design.y[after].sum())
        for c, name in enumerate(names):
            if told:
                told(w * len(names) + c, scores.size)
            taught, asked = (
                _without(_rows(design, chosen), terms, process, name) for chosen in (before, after)
            )
            found = fit(taught, terms, process)
            scores[c, w] = (
                _what(found, taught, asked)
                if process == "respond"
                else _who(found, asked, group[after])
            )
    table = pd.DataFrame(
        scores[0] - scores[1:], index=names[1:], columns=[str(day.year) for day in origins[:-1]]
    )
    table.insert(0, "gain", table.sum(axis=1))
    table.attrs = {"acts": acts, "score": float(scores[0].sum())}
    return table.sort_values("gain", ascending=False)


def _without(design: Design, terms: Terms, process: str, name: str) -> Design:
    """Blank a covariate in all its coefficients: they become idle."""
    shared, _ = split(terms, process)
    names = list(terms.named)
    gone = np.array([names[p].endswith(f"/x/{name}") for p in shared])
    return replace(design, X=np.where(gone, 0.0, design.X)) if name else design


def _rows(design: Design, chosen: npt.NDArray[np.bool_]) -> Design:
    return Design(design.X[chosen], design.effect[chosen], design.y[chosen], design.days[chosen])


def _groups(terms: Terms, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the column of each stand and of what undoes it; -1 for answers, which have none."""
    layout = terms.layout
    group = np.full(layout.channels, -1, dtype=np.int64)
    for undone in (False, True):
        layout.by_column(group, undone)[:] = np.arange(layout.m)[:, None]
    return group[rows[:, CHANNEL].astype(np.int64)]


def _columns(found: Fit) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where the coefficients that were fitted and the idle ones stand in the design."""
    order = np.sort(np.concatenate([found.shared, found.idle.at]))
    return np.searchsorted(order, found.shared), np.searchsorted(order, found.idle.at)


def _who(found: Fit, test: Design, group: npt.NDArray[np.int64]) -> float:
    """Log score, at the mode, of who acted, given each group's number of acts."""
    taught, idle = _columns(found)
    mode = np.zeros(taught.size + idle.size)
    mode[taught] = found.mode
    factor = np.append(found.factor, 1.0)[test.effect]
    mean = test.days * np.exp(np.minimum(test.X @ mode, 50.0)) * factor
    happened = test.y > 0
    logs = test.y[happened] @ np.log(np.maximum(mean[happened], 1e-12))
    at = np.unique(group, return_inverse=True)[1]
    acts, total = np.bincount(at, test.y), np.bincount(at, mean)
    return float(logs - acts @ np.log(np.maximum(total, 1e-12)))


def _what(found: Fit, taught: Design, asked: Design) -> float:
    """Log of the likelihood of all acts and silences asked about, averaged over the posterior.

    It is the evidence of the record with them over the evidence of what was known, under the same prior,
    by Laplace's approximation: within 0.15 of importance sampling in every window up to 2014. A mean over
    draws would be luck: a responder whose habits nobody knows is silent or not a hundred times over, and
    of 1,000 draws one carried it (three seeds, 8 log points apart).

    Coefficients that were idle until then take part with their prior.
    """
    order = np.concatenate([found.shared, found.idle.at])
    at = np.argsort(order)
    mode, centre, sd = (
        np.concatenate([own, idle])[at]
        for own, idle in (
            (found.mode, found.idle.centre),
            (found.centre, found.idle.centre),
            (found.sd, found.idle.sd),
        )
    )
    design = Design(
        *(
            np.concatenate([getattr(part, field.name) for part in (taught, asked)])
            for field in fields(Design)
        )
    )
    mode, precision, _ = newton(design, mode, centre, sd, found.effect_sd, 0, STEPS)
    whole = replace(
        found, shared=order[at], design=design, mode=mode, centre=centre, sd=sd, precision=precision
    )
    return log_evidence(whole) - log_evidence(found)
