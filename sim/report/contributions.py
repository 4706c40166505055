"""The log hazard of an act taken apart, covariate by covariate, and what was known before any case."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from sim.hazard.posterior import Posterior
from sim.hazard.terms import Terms
from sim.report.explain import Clock
from sim.report.hazards import Vector
from sim.report.rulebook import interval

INTERCEPT, DISPUTE, DOCTRINE, DELAY = "intercept", "dispute", "doctrine", "delay"
OWN = {
    "intercept": INTERCEPT, "entity": DISPUTE, "dispute": DISPUTE, "actor": DOCTRINE, "pace": DELAY,
}  # fmt: skip
SAMPLE = 2000


@dataclass(frozen=True)
class Contribution:
    """What one covariate does to the log hazard.

    Parameters
    ----------
    covariate : str
        Its name, or one of `intercept`, `dispute` (its effect, or the contested actor's), `doctrine` (of who
        acts) and `delay`.
    value : float
        When the clock starts; 1 for the four.
    weight : float
        At the mode of the posterior; of a rung, what all rungs share and its own deviation together.
    contribution : float
        ``value * weight``.
    """

    covariate: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True)
class Prior:
    """The log hazard before any case was seen, beside the posterior.

    Parameters
    ----------
    log_hazard, sd : float
        Mean and standard deviation of the prior: the crude rate of the rule's process, with the scales
        of the blocks as they were learned.
    posterior_log_hazard, posterior_sd : float
        The same over the draws.
    probability, low, high : float
        Of the act by the horizon under the prior: mean and central 90 % interval.
    """

    log_hazard: float
    sd: float
    posterior_log_hazard: float
    posterior_sd: float
    probability: float
    low: float
    high: float

    @property
    def narrower(self) -> float:
        """How many times the posterior is narrower."""
        return self.sd / self.posterior_sd if self.posterior_sd > 0 else float("inf")


def contributions(clock: Clock) -> list[Contribution]:
    """Return what makes up the log hazard of an act when its clock starts, at the mode of the posterior.

    They sum to the log of what `sim.kernel.hazard_now` gives under these coefficients.
    """
    names = list(clock.terms.index)
    mode = clock.assembly.posterior.mode
    weights: dict[str, float] = defaultdict(float)
    values: dict[str, float] = {}
    for p in clock.term_positions:
        name = covariate_of(names[p])
        weights[name] += float(mode[p])
        values[name] = float(clock.values[p])
    return [Contribution(name, values[name], w, values[name] * w) for name, w in weights.items()]


def covariate_of(coefficient: str) -> str:
    """Return which covariate a coefficient weighs, or which other part of the log hazard it is.

    Examples
    --------
    >>> covariate_of("respond/sever/x/mission"), covariate_of("respond/actor/UKR")
    ('mission', 'doctrine')
    """
    parts = coefficient.split("/")
    if "x" in parts:
        return parts[-1]
    return next(OWN[part] for part in parts if part in OWN)


def prior_of(clock: Clock) -> Prior:
    """Return what the prior says of an act, beside the posterior."""
    posterior, v = clock.assembly.posterior, clock.values
    centre = prior_centre(posterior, clock.terms, clock.process)
    rng = np.random.default_rng(0)
    sample = rng.normal(centre, posterior.sd, (SAMPLE, v.size))
    drawn = posterior.draws @ v
    return Prior(
        float(centre @ v), float(np.sqrt(v**2 @ posterior.sd**2)),
        float(drawn.mean()), float(drawn.std()), *interval(clock.probability(sample)),
    )  # fmt: skip


def prior_centre(posterior: Posterior, terms: Terms, process: str) -> Vector:
    """Return where the priors of a process stand: its intercepts at the crude rate, all else at zero.

    The crude rate is that of `sim.hazard.fitting.fit`.
    """
    about = posterior.about[process]
    rate = np.log((about["events"] + 0.5) / (about["days"] + 1.0))
    blocks = terms.named.items()
    return np.array(
        [
            rate if block == "intercept" and name.split("/")[0] == process else 0.0
            for name, block in blocks
        ]
    )
