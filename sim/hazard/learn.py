"""Learning: the penalised Poisson likelihood of the replayed event history, and its posterior.

Between changes a hazard is constant, so a row of exposure contributes ``y * eta - days * exp(eta)``
(piecewise-exponential event history; Holford, 1980; Laird and Olivier, 1981). Coefficients of one block
share a normal prior whose scale is estimated by expectation-maximisation (type II maximum
likelihood). The posterior is the normal at the mode, corrected by importance weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
import scipy.sparse
import scipy.special

from sim import kernel
from sim.hazard.covariates import endogenous
from sim.hazard.posterior import Fit, Posterior
from sim.hazard.replay import History, replay
from sim.hazard.riskset import PROCESSES, SLOTS, Layout
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus

DRAWS = 1000
PROPOSALS = 4  # proposals per draw before weighting
INTERCEPT_SD = 3.0  # weak prior around the crude rate
# The prior of a squared scale: scaled inverse chi-squared, worth two observations of 0.5 squared. Weak,
# but proper: a block with few members (five responders) cannot collapse to zero by chance.
SCALE_DF, SCALE_SQ = 2.0, 0.25

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """The rows of one process: sparse covariates ``X`` (N, P), events ``y``, ``days`` at risk, channels."""

    X: Any
    y: Vector
    days: Vector
    channel: npt.NDArray[np.int64]


def learn(corpus: Corpus, as_of: date, draws: int = DRAWS, without: frozenset[str] = frozenset()) -> Posterior:
    """Fit every process to what was known on a day.

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

    Returns
    -------
    Posterior
    """
    known = corpus.as_of(as_of)
    layout = Layout.of(known)
    terms = Terms(layout)
    history = replay(known, layout, as_of, terms)
    forgotten = _forgotten_rows(known, layout, history, without)
    fits = {}
    for process in PROCESSES:
        design = _design(layout, terms, history, process, forgotten)
        fits[process] = fit(design, terms, process)
    seed = int(known.fingerprint[:15], 16)
    return Posterior.sample(terms, fits, draws, seed, known.fingerprint, as_of, without)


def _design(
    layout: Layout, terms: Terms, history: History, process: str, forgotten: npt.NDArray[np.bool_]
) -> Design:
    """Gather a process's rows and spell out their terms."""
    slot = layout.slots[history.exposure[:, 0].astype(np.int64)]
    own = np.isin(slot, [s for s, name in enumerate(SLOTS) if process in name]) & ~forgotten
    rows, slot = history.exposure[own], slot[own]
    channel = rows[:, 0].astype(np.int64)
    at, col, val = [], [], []

    def add(which: npt.NDArray[np.int64], columns: Any, values: Any) -> None:
        at.append(which)
        col.append(np.broadcast_to(columns, which.shape).astype(np.int64))
        val.append(np.broadcast_to(values, which.shape).astype(float))

    for period, fixed in enumerate(history.periods):
        here = np.flatnonzero(rows[:, 1] == period)
        if here.size:
            first, last = fixed.start[channel[here]], fixed.start[channel[here] + 1]
            for t in range(int((last - first).max())):
                add(here, fixed.term[first + t], fixed.value[first + t])
    for s in np.unique(slot):
        for c in endogenous(process):
            here = np.flatnonzero(slot == s)
            for p in terms.moving[int(s), int(c.column or 0)]:
                add(here, p, rows[here, 6 + int(c.column or 0)])
    for (s, phase, b), positions in terms.pace.items():
        here = np.flatnonzero((slot == s) & (rows[:, 2] == phase) & (rows[:, 3] == b))
        for p in positions:
            add(here, p, 1.0)
    chosen = terms.of_process(process)
    local = np.full(len(terms.index), -1)
    local[chosen] = np.arange(chosen.size)
    shape = (len(rows), chosen.size)
    if not at:
        return Design(scipy.sparse.csr_array(shape), rows[:, 5], rows[:, 4], channel)
    entries = (np.concatenate(val), (np.concatenate(at), local[np.concatenate(col)]))
    X = scipy.sparse.csr_array(scipy.sparse.coo_array(entries, shape=shape))
    X.eliminate_zeros()
    return Design(X, rows[:, 5], rows[:, 4], channel)


def fit(design: Design, terms: Terms, process: str) -> Fit:
    """Find the mode and the scales of one process's coefficients.

    Alternates a Newton step on the coefficients with the EM update of each block's scale,
    ``s^2 = (sum(mean^2 + variance) + SCALE_DF * SCALE_SQ) / (size + SCALE_DF)``.
    """
    names = list(terms.named)
    chosen = terms.of_process(process)
    blocks = [terms.named[names[p]] for p in chosen]
    kinds = sorted(set(blocks))
    block = np.array([kinds.index(b) for b in blocks])
    free = block == kinds.index("intercept")
    rate = (design.y.sum() + 0.5) / (design.days.sum() + 1.0)
    centre = np.where(free, np.log(rate), 0.0)
    scale = np.array([INTERCEPT_SD if kind == "intercept" else 1.0 for kind in kinds])
    beta = centre.copy()
    hessian = np.eye(len(beta))
    for _ in range(60):
        beta, hessian = _newton(design, beta, centre, scale[block])
        variance = np.diag(scipy.linalg.inv(hessian))
        before = scale.copy()
        for b, kind in enumerate(kinds):
            if kind != "intercept":
                mine = block == b
                total = float((beta[mine] ** 2 + variance[mine]).sum())
                scale[b] = np.sqrt((total + SCALE_DF * SCALE_SQ) / (mine.sum() + SCALE_DF))
        if np.max(np.abs(scale / before - 1)) < 0.005:
            break
    beta, hessian = _newton(design, beta, centre, scale[block], steps=50)
    return Fit(
        process=process,
        positions=chosen,
        mode=beta,
        centre=centre,
        sd=scale[block],
        precision=hessian,
        scales={kind: float(scale[b]) for b, kind in enumerate(kinds)},
        log_likelihood=design_log_likelihood(design),
        events=float(design.y.sum()),
        days=float(design.days.sum()),
    )


def design_log_likelihood(design: Design) -> Any:
    """Return the log likelihood as a function of coefficient columns, shape (P, D) to (D,)."""

    def value(beta: npt.NDArray[np.float64]) -> Vector:
        eta = design.X @ beta
        return np.asarray(design.y @ eta - design.days @ np.exp(np.minimum(eta, 50.0)))

    return value


def _newton(
    design: Design, beta: Vector, centre: Vector, sd: Vector, steps: int = 3
) -> tuple[Vector, npt.NDArray[np.float64]]:
    """A few damped Newton steps to the mode; returns it and the negative Hessian there."""
    X, weight = design.X, 1.0 / sd**2

    def objective(b: Vector) -> tuple[float, Vector]:
        eta = X @ b
        mu = design.days * np.exp(np.minimum(eta, 50.0))
        value = design.y @ eta - mu.sum() - 0.5 * weight @ (b - centre) ** 2
        return float(value), mu

    value, mu = objective(beta)
    hessian = np.diag(weight)
    for step in range(steps + 1):
        scaled = X.multiply(mu[:, None]).tocsr() if mu.size else X
        hessian = np.asarray((X.T @ scaled).toarray()) + np.diag(weight)
        if step == steps:
            break
        gradient = X.T @ (design.y - mu) - weight * (beta - centre)
        move = scipy.linalg.solve(hessian, gradient, assume_a="pos")
        size = 1.0
        while size > 1e-4:
            tried, tried_mu = objective(beta + size * move)
            if np.isfinite(tried) and tried >= value - 1e-9:
                break
            size /= 2
        beta, value, mu = beta + size * move, tried, tried_mu
        if float(np.abs(move).max()) < 1e-7:
            steps = step + 1
    return beta, hessian


def _forgotten_rows(
    corpus: Corpus, layout: Layout, history: History, without: frozenset[str]
) -> npt.NDArray[np.bool_]:
    """Rows of the channels on which the forgotten events happened or that answered them.

    The whole channel is forgotten (the actor toward that entity, the answers to that actor in that
    front): an event cannot be dropped while the days that led to it stay in the denominator.
    """
    gone = np.zeros(layout.channels, dtype=bool)
    base = layout.m * layout.n
    for a, event_id in enumerate(history.event_ids):
        if event_id not in without:
            continue
        act, i, j = (int(x) for x in history.acts[a, 1:])
        fronts = [j] if act > kernel.WITHDRAW else [int(history.world.front_of[j])]
        if act <= kernel.WITHDRAW:
            gone[j * layout.n + i] = True
        for f in fronts:
            if f >= 0:
                k = base + (f * layout.n + i) * kernel.RUNGS
                gone[k : k + kernel.RUNGS] = True
    if not len(history.exposure):
        return np.zeros(0, dtype=bool)
    return gone[history.exposure[:, 0].astype(np.int64)]
