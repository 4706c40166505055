"""Simulation-based calibration of the learner: the truth should be anywhere in the posterior equally often.

Coefficients are drawn from the prior, a history is simulated under them by the kernel, replayed by the
kernel, and learned from. If the posterior is right, the truth's rank among its draws is uniform (Talts
et al., 2018): of every coefficient, and of the log hazards that ten probabilities hang on.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats

from sim import kernel
from sim.hazard import fitting, learn, sampling
from sim.hazard.effects import mode_of_effect
from sim.hazard.posterior import Posterior
from sim.hazard.replay import History, empty_world
from sim.hazard.riskset import Layout
from sim.hazard.sampling import Design, Fit, Idle
from sim.hazard.scales import around
from sim.hazard.snapshot import Snapshot
from sim.hazard.terms import Rows, Terms
from sim.history.corpus import TABLES, Corpus, read_folder

PROCESS, DAY, HORIZON = "recognise", date(2001, 1, 1), 800.0
STATES, QUESTIONS, DRAWS = 6, 10, 1000
INTERCEPT = (-7.5, 1.0)  # mean and deviation: a handful of recognitions a history
SCALES = {"weight": 0.5, "weight_when_late": 0.5, "pace": 0.7, "entity": 0.6, "actor": 0.8}
LEAST_SCALE, MOST_SCALE = 0.1, 1.5
"""Scales drawn from the learner's own prior are kept in here: its tail is too heavy to simulate from."""


def toy_corpus(folder: Path) -> Corpus:
    """Write and read six states and two entities, each with a patron."""
    codes = [f"S{i}" for i in range(STATES)]
    actors = [f"{c},{c},state,,,,,1990-01-01,,,toy,verified" for c in codes]
    actors += [f"{c},{c},contested,,,,,1990-01-01,,,toy,verified" for c in ("ENT", "TNE")]
    disputes = [
        f"north,North,secession,ENT,S0,S1,,{DAY},,toy",
        f"south,South,secession,TNE,S2,S3,,{DAY},,toy",
    ]
    for name, rows in (("actors", actors), ("disputes", disputes)):
        text = "\n".join([",".join(TABLES[name][0]), *rows]) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_folder(folder)


@dataclass(frozen=True)
class Study:
    """A small world in which histories are made and learned from.

    With `scales_known` the learner is told the scales of the prior; else it estimates them, and they are
    drawn from its own prior of them.
    """

    corpus: Corpus
    scales_known: bool = True

    @cached_property
    def layout(self) -> Layout:
        return Layout.of(self.corpus)

    @cached_property
    def terms(self) -> Terms:
        return Terms(self.layout)

    @cached_property
    def rows(self) -> Rows:
        """Which terms each channel has; their values are drawn anew for each history."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nobody has a capital here
            return self.terms.rows(Snapshot(self.corpus, self.layout, DAY))

    @cached_property
    def blocks(self) -> np.ndarray:
        """Block of each coefficient."""
        return np.array(list(self.terms.named.values()))

    @cached_property
    def mine(self) -> np.ndarray:
        return self.terms.of_process(PROCESS)

    def scales(self, rng: np.random.Generator) -> dict[str, float]:
        if self.scales_known:
            return SCALES
        found = {}
        for block in SCALES:
            while not LEAST_SCALE < found.get(block, 0.0) < MOST_SCALE:
                square = fitting.SCALE_DF * fitting.SCALE_SQ / rng.chisquare(fitting.SCALE_DF)
                found[block] = float(np.sqrt(square))
        return found

    def truth(self, scales: Mapping[str, float], rng: np.random.Generator) -> np.ndarray:
        """Draw every coefficient from the prior."""
        theta = np.zeros(len(self.blocks))
        for p in self.mine:
            block = self.blocks[p]
            mean, sd = INTERCEPT if block == "intercept" else (0.0, scales[block])
            theta[p] = rng.normal(mean, sd)
        return theta

    def history(self, theta: np.ndarray, rng: np.random.Generator) -> History:
        """Simulate a history under coefficients, and replay it."""
        names = np.array(list(self.terms.named))
        value = self.rows.value.copy()
        drawn = np.array(["/x/" in name for name in names])[self.rows.term]
        value[drawn] = rng.standard_normal(int(drawn.sum()))
        rows = self.rows._replace(value=value)
        n, K = self.layout.n, self.layout.channels
        shares = rng.dirichlet(np.full(n, 0.3), (2, n)) * (1 - np.eye(n))
        allowed = self.layout.allowed(DAY)
        allowed[self.layout.answers.start :] = 0
        world = empty_world(self.layout)._replace(
            start=rows.start, term=rows.term, value=rows.value,
            bloc=shares[0], ally=shares[1],
            allowed=allowed, key=rng.integers(0, 2**63, K).astype(np.uint64),
        )  # fmt: skip
        acts = self._simulated(world, theta, int(rng.integers(2**31)))
        replayed = kernel.copy_state(world)
        kernel.refresh(replayed, 0.0)
        table = np.zeros((4000, kernel.FIXED + kernel.ENDOGENOUS))
        _, used = kernel.replay(replayed, acts, 0, HORIZON, 0, table, 0)
        if used > len(table):
            raise MemoryError("a history has more rows than there is room for")
        return History(replayed, HORIZON, acts, [], table[:used], [rows], allowed)

    def _simulated(self, world: kernel.WorldArrays, theta: np.ndarray, seed: int) -> np.ndarray:
        fixed, weight, pace = self._posterior(theta[None]).coefficients(self.terms)
        playing = kernel.copy_state(world)
        kernel.refresh(playing, 0.0)
        kernel.load_draw(playing, fixed[0], weight[0], pace[0], 0.0, HORIZON)
        log = np.zeros((self.layout.channels, 6))
        trail = kernel.new_trail(playing)
        used = kernel.run_world(playing, trail, 0.0, np.zeros((0, 4)), HORIZON, seed, 0, log, 0)
        return log[:used, :4].copy()

    def _posterior(self, draws: np.ndarray) -> Posterior:
        size = draws.shape[1]
        return Posterior(list(self.terms.index), draws, np.zeros(size), np.ones(size), "toy", DAY)

    def fit(self, design: Design, scales: Mapping[str, float]) -> Fit:
        """Learn, with the scales estimated or told."""
        if not self.scales_known:
            return fitting.fit(design, self.terms, PROCESS)
        every, pooled = fitting.split(self.terms, PROCESS)
        taught = (design.X != 0).any(axis=0)
        design = sampling.Design(design.X[:, taught], design.effect, design.y, design.days)
        is_intercept = self.blocks[every] == "intercept"
        centre = np.where(is_intercept, INTERCEPT[0], 0.0)
        sd = np.where(is_intercept, INTERCEPT[1], [scales.get(b, 1.0) for b in self.blocks[every]])
        mode, precision, effects = fitting.newton(
            design, centre[taught], centre[taught], sd[taught], scales["actor"], pooled.size, 100
        )
        idle = Idle(every[~taught], centre[~taught], sd[~taught])
        return Fit(
            PROCESS, every[taught], pooled, idle, design, mode, centre[taught], sd[taught], precision,
            scales["actor"], effects.mean, effects.factor, dict(scales),
        )  # fmt: skip

    def around(
        self, found: Fit, terms: Terms, draws: int, rng: np.random.Generator
    ) -> list[tuple[Fit, int]]:
        """Return what is sampled: the one fit if the scales are told, those around it if not."""
        return [(found, draws)] if self.scales_known else around(found, terms, draws, rng)

    def questions(self, history: History, rng: np.random.Generator) -> np.ndarray:
        """Return ten rows of coefficients' weights: log hazards of someone's recognition at some time.

        Its probability within so many days rises with it, so both have the same rank.
        """
        found = np.zeros((QUESTIONS, len(self.blocks)))
        exposed = np.flatnonzero(history.exposure[:, 0] < self.layout.stands.stop)
        for q, r in enumerate(rng.choice(exposed, QUESTIONS)):
            row = history.exposure[r]
            k, s = int(row[0]), int(self.layout.slots[int(row[0])])
            fixed = history.periods[0]
            mine = slice(fixed.start[0, k], fixed.start[0, k + 1])
            np.add.at(found[q], fixed.term[mine], fixed.value[mine])
            for (slot, column), positions in self.terms.moving.items():
                if slot == s:
                    found[q, positions] += row[kernel.FIXED + column]
            found[q, self.terms.pace[s, int(row[2]), int(row[3])]] += 1.0
        return found

    def ranks(self, number: int) -> tuple[np.ndarray, np.ndarray, float, float]:
        """Make one history and learn from it.

        Returns the share of draws below the truth for each coefficient and question, of the corrected
        posterior and of plain Laplace; the effective share of the weights; and the number of events.
        """
        rng = np.random.default_rng([11, number])
        scales = self.scales(rng)
        theta = self.truth(scales, rng)
        history = self.history(theta, rng)
        remembered = np.ones(len(history.exposure), bool)
        design, _ = learn.design_of(self.terms, history, PROCESS, remembered)
        found = self.fit(design, scales)
        asked = np.vstack([np.eye(len(self.blocks))[self.mine], self.questions(history, rng)])
        part = Posterior.sample(
            self.terms, found, DRAWS, int(rng.integers(2**31)), "toy", DAY, self.around
        )
        posterior = Posterior.joined(list(self.terms.index), [part], "toy", DAY, (), {})
        share = posterior.about[PROCESS]["effective_share"]
        told = [posterior.draws, plain_laplace(found, len(self.blocks), rng)]
        below = [((draws @ asked.T) < asked @ theta).mean(axis=0) for draws in told]
        return below[0], below[1], share, float(design.y.sum())


def plain_laplace(fit: Fit, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw from the normal at the mode, effects too: what importance weights would correct."""
    draws = np.zeros((DRAWS, size))
    lower = scipy.linalg.cholesky(scipy.linalg.inv(fit.precision), lower=True)
    shared = fit.mode + rng.standard_normal((DRAWS, fit.mode.size)) @ lower.T
    _, expected = sampling.log_posterior(fit, shared.T)
    events = fit.design.by_effect(fit.design.y, fit.pooled.size)
    mode, width = mode_of_effect(events, expected, fit.effect_sd)
    draws[:, fit.shared] = shared
    draws[:, fit.pooled] = mode + width * rng.standard_normal(mode.shape)
    draws[:, fit.idle.at] = rng.normal(fit.idle.centre, fit.idle.sd, (DRAWS, fit.idle.at.size))
    return draws


def uniform_p(below: np.ndarray) -> np.ndarray:
    """Return, for each column of ranks, Kolmogorov's p-value; below .05 it leaves its 95 % band."""
    return np.array([scipy.stats.kstest(column, "uniform").pvalue for column in below.T])


def coverage(below: np.ndarray, level: float = 0.9) -> np.ndarray:
    """Return how often the central interval of a level held the truth, for each column."""
    edge = (1 - level) / 2
    return ((below > edge) & (below < 1 - edge)).mean(axis=0)
