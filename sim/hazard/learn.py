"""Learning: the penalised Poisson likelihood of the replayed event history, and its posterior.

Between changes a hazard is constant, so a row of exposure contributes ``y * eta - days * exp(eta)``
(piecewise-exponential event history; Holford, 1980; Laird and Olivier, 1981). Coefficients of one block
share a normal prior whose scale is estimated by expectation-maximisation (type II maximum
likelihood); what is not known of the scales is added by `sim.hazard.scales`. The posterior is the normal
at the mode, corrected by importance weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
import scipy.sparse

from sim import kernel
from sim.hazard.covariates import endogenous
from sim.hazard.evidence import cases_of_rows, named_cases, weigh
from sim.hazard.intervals import spread
from sim.hazard.posterior import Posterior
from sim.hazard.replay import History, replay
from sim.hazard.riskset import PROCESSES, SLOTS, Layout, process_of
from sim.hazard.sampling import Design, Fit, Idle, Moments, moments
from sim.hazard.shelf import learner_version
from sim.hazard.terms import ON_COLUMNS, Terms
from sim.history.corpus import Corpus

DRAWS = 1000
INTERCEPT_SD = 3.0  # weak prior around the crude rate
# The prior of a squared scale: scaled inverse chi-squared, worth two observations of 0.5 squared. Weak,
# but proper: a block with few members (five responders) cannot collapse to zero by chance.
SCALE_DF, SCALE_SQ = 2.0, 0.25

Vector = npt.NDArray[np.float64]


def learn(
    corpus: Corpus,
    as_of: date,
    draws: int = DRAWS,
    without: frozenset[str] = frozenset(),
    processes: Sequence[str] = PROCESSES,
) -> Posterior:
    """Fit the processes to what was known on a day.

    Parameters
    ----------
    corpus : Corpus
    as_of : date
        Nothing later reaches the fit.
    draws : int
        Size of the posterior sample.
    without : frozenset of str
        Ids of events to forget: they stay in the state of the world, but neither they nor the answers
        to them teach anything.
    processes : sequence of str
        Which to fit, all by default; channels of the others do not open in a simulation.

    Returns
    -------
    Posterior
    """
    known = corpus.as_of(as_of)
    terms, history = played(known, as_of)
    layout = terms.layout
    case = cases_of_rows(known, layout, history)
    remembered = ~np.isin(case, named_cases(known, without))
    fits, evidence = {}, {}
    for process in processes:
        design, rows = design_of(terms, history, process, remembered)
        design, taught_by = design.merged(case[rows])
        fits[process] = fit(design, terms, process)
        evidence[process] = weigh(fits[process], taught_by, len(terms.index))
    from sim.hazard.scales import SEED, around  # which fits by this module

    exposed = np.unique(layout.slots[history.exposure[:, 0].astype(np.int64)])
    slots = [int(s) for s in exposed if process_of(SLOTS[s]) in processes]
    about = {"slots": slots, "learner": learner_version()}
    return Posterior.sample(
        terms, fits, draws, SEED, known.fingerprint, as_of, without, about, evidence, around
    )


def played(known: Corpus, day: date) -> tuple[Terms, History]:
    """Play all that is known on a day, with the exposure of everyone at risk; and name its terms."""
    layout = Layout.of(known)
    terms = Terms(layout)
    history = replay(known, layout, day, terms)
    return terms, replace(history, exposure=spread(known, layout, history))


def design_of(
    terms: Terms, history: History, process: str, remembered: npt.NDArray[np.bool_]
) -> tuple[Design, npt.NDArray[np.bool_]]:
    """Gather a process's rows and spell out their terms; tell which rows of the exposure they are."""
    slot = terms.layout.slots[history.exposure[:, 0].astype(np.int64)]
    own = (
        np.isin(slot, [s for s, name in enumerate(SLOTS) if process_of(name) == process])
        & remembered
    )
    rows, slot = history.exposure[own], slot[own]
    channel = rows[:, 0].astype(np.int64)
    late = rows[:, 3] >= terms.late_from[slot]
    at, col, val = [], [], []

    def add(which: npt.NDArray[np.int64], columns: Any, values: Any) -> None:
        at.append(which)
        col.append(np.broadcast_to(columns, which.shape).astype(np.int64))
        val.append(np.broadcast_to(values, which.shape).astype(float))

    for period, fixed in enumerate(history.periods):
        here = np.flatnonzero(rows[:, 1] == period)
        for which, start in zip((here, here[late[here]]), fixed.start, strict=True):
            first, last = start[channel[which]], start[channel[which] + 1]
            for t in range(int((last - first).max(initial=0))):
                some = first + t < last
                add(which[some], fixed.term[first[some] + t], fixed.value[first[some] + t])
    for s in np.unique(slot):
        for c in endogenous(process):
            here = np.flatnonzero(slot == s)
            for p in terms.moving[int(s), c.column]:
                add(here, p, rows[here, kernel.FIXED + c.column])
    for (s, phase, b), positions in terms.pace.items():
        here = np.flatnonzero((slot == s) & (rows[:, 2] == phase) & (rows[:, 3] == b))
        for p in positions:
            add(here, p, 1.0)
    chosen = terms.of_process(process)
    local = np.full(len(terms.index), -1)
    local[chosen] = np.arange(chosen.size)
    shape = (len(rows), chosen.size)
    entries = (
        (np.concatenate(val), (np.concatenate(at), local[np.concatenate(col)])) if at else shape
    )
    table = scipy.sparse.csr_array(scipy.sparse.coo_array(entries, shape=shape))
    shared, pooled = split(terms, process)
    effects = table[:, local[pooled]]
    effect = np.full(len(rows), -1)
    if pooled.size:
        effect[effects.sum(axis=1) != 0] = effects.tocoo().coords[1]
    return Design(table[:, local[shared]].toarray(), effect, rows[:, 5], rows[:, 4]), own


def split(terms: Terms, process: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions of a process's shared coefficients and of the effects that are integrated out."""
    names = list(terms.named)
    chosen = terms.of_process(process)
    many = process in ON_COLUMNS
    pooled = np.array([many and terms.named[names[p]] == "actor" for p in chosen])
    return chosen[~pooled], chosen[pooled]


def fit(design: Design, terms: Terms, process: str) -> Fit:
    """Find the mode of one process's shared coefficients, and the scales of its blocks.

    Coefficients that enter no row (of a responder whose answers are not on record) are idle: they keep
    their prior, and do not make the space larger in which the others are sought.

    Alternates Newton steps on the marginal posterior with the EM update of each block's scale,
    ``s^2 = (sum(mean^2 + variance) + SCALE_DF * SCALE_SQ) / (size + SCALE_DF)``.
    """
    names = list(terms.named)
    every, pooled = split(terms, process)
    kinds = sorted({terms.named[names[p]] for p in every})
    every_block = np.array([kinds.index(terms.named[names[p]]) for p in every])
    taught = (design.X != 0).any(axis=0)
    design = replace(design, X=design.X[:, taught])
    shared, block = every[taught], every_block[taught]
    rate = (design.y.sum() + 0.5) / (design.days.sum() + 1.0)
    every_centre = np.where(every_block == kinds.index("intercept"), np.log(rate), 0.0)
    centre = every_centre[taught]
    scale = np.array([INTERCEPT_SD if kind == "intercept" else 1.0 for kind in kinds])
    effect_sd = 1.0
    beta = centre.copy()
    for _ in range(60):
        beta, precision, effects = newton(
            design, beta, centre, scale[block], effect_sd, pooled.size
        )
        variance = np.diag(scipy.linalg.inv(precision))
        before = np.append(scale, effect_sd)
        for b, kind in enumerate(kinds):
            mine = block == b
            if kind != "intercept" and mine.any():
                scale[b] = _scale(beta[mine] ** 2 + variance[mine])
        if pooled.size:
            effect_sd = _scale(effects.square)
        if np.max(np.abs(np.append(scale, effect_sd) / before - 1)) < 0.005:
            break
    beta, precision, effects = newton(
        design, beta, centre, scale[block], effect_sd, pooled.size, steps=50
    )
    scales = {kind: float(scale[b]) for b, kind in enumerate(kinds)}
    idle = Idle(every[~taught], every_centre[~taught], scale[every_block[~taught]])
    return Fit(
        process, shared, pooled, idle, design, beta, centre, scale[block], precision, effect_sd,
        effects.mean, effects.factor, scales | ({"actor": effect_sd} if pooled.size else {}),
    )  # fmt: skip


def _scale(squares: Vector) -> float:
    return float(np.sqrt((squares.sum() + SCALE_DF * SCALE_SQ) / (squares.size + SCALE_DF)))


def newton(
    design: Design,
    beta: Vector,
    centre: Vector,
    sd: Vector,
    effect_sd: float,
    effects: int,
    steps: int = 1,
) -> tuple[Vector, npt.NDArray[np.float64], Moments]:
    """Take a few damped Newton steps on the log posterior with the effects integrated out.

    With ``A`` the events expected of an effect at zero, the derivative of its log mass in ``A`` is
    ``-E exp(v)`` and the second is ``Var exp(v)``. Returns the mode, the negative Hessian there and the
    effects' moments.
    """
    X, y, weight = design.X, design.y, 1.0 / sd**2
    events = design.by_effect(y, effects)
    alone = design.effect < 0

    def objective(b: Vector) -> tuple[float, Vector, Moments]:
        eta = X @ b
        mu = design.days * np.exp(np.minimum(eta, 50.0))
        found = moments(events, design.by_effect(mu, effects), effect_sd)
        value = y @ eta - mu[alone].sum() + found.log_mass.sum() - 0.5 * weight @ (b - centre) ** 2
        return float(value), mu, found

    value, mu, found = objective(beta)
    for step in range(steps + 1):
        factor = np.where(alone, 1.0, np.append(found.factor, 1.0)[design.effect])
        precision, by_effect = np.diag(weight), np.zeros((effects + 1, beta.size))
        for rows, add in design.blocks(effects):
            moved = mu[rows, None] * X[rows]
            by_effect += add @ moved
            precision += X[rows].T @ (factor[rows, None] * moved)
        by_effect = by_effect[:-1]
        precision -= by_effect.T @ (found.factor_variance[:, None] * by_effect)
        if step == steps:
            break
        gradient = X.T @ (y - mu * factor) - weight * (beta - centre)
        move = scipy.linalg.solve(_positive(precision), gradient, assume_a="pos")
        if gradient @ move < 1e-6:  # twice what a full step can still gain
            break
        size = 1.0
        while True:
            tried, tried_mu, tried_found = objective(beta + size * move)
            if (np.isfinite(tried) and tried >= value) or size < 1e-3:
                break
            size /= 2
        beta, value, mu, found = beta + size * move, tried, tried_mu, tried_found
    return beta, _positive(precision), found


def _positive(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Make a symmetric matrix safely positive definite (far from the mode the marginal need not be)."""
    values, vectors = scipy.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(np.abs(values), 1e-6)) @ vectors.T)
