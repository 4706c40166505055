"""W200 in the product's own law: 200 states, five contested entities, 365 days, 25 events a world.

The reference workload of the field notes has 200 states with five reactions each, a thousand things that
may happen at any time, and 25 events in a year. Its own law (each event sets clocks of every state toward
the one who acted, with features frozen then) is not the kernel's, and is not imitated. Here the thousand
are recognitions of five entities by 200 states, with eight fixed covariates and four that move with every
event (the bloc's and the allies' share, the count, kin), and the five parents answer each on four rungs.
Every contender plays this very law; numbers are synthetic.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.replay import empty_world
from sim.hazard.riskset import FIRST_RUNG, SLOTS, Layout
from sim.hazard.terms import EDGES, PIECES
from sim.history.corpus import TABLES, read_folder
from sim.world.streams import clock_keys

Vector = npt.NDArray[np.float64]

HORIZON = 365.0
MEAN_EVENTS = 25.0
FEATURES = 8
BLOCS = 8
KIN = 0.6
MOVING = {kernel.BLOC: 1.2, kernel.ALLY: 0.4, kernel.COUNT: 0.15, kernel.KIN: 0.5}
ANSWERED = -0.5
PACE = (0.030, 0.020, 0.006, 0.002, 0.0006, 0.0006, 0.0006)
ANSWER_PACE = (0.300, 0.080, 0.020, 0.003, 0.0006, 0.0006, 0.0006)
RUNG_LEVEL = (-2.0, -1.4, -2.2, -1.2)
SECESSION = SLOTS.index("recognise/secession")
ANSWERS = slice(FIRST_RUNG, FIRST_RUNG + kernel.RUNGS)


@dataclass(frozen=True)
class Law:
    """The numbers of a workload, for every contender.

    Parameters
    ----------
    n : int
        Actors: the states, then the entities.
    rate : array, shape (entities, n)
        Hazard of recognising without delay and moving covariates; 0 for those who never do.
    answer : array, shape (entities, n, RUNGS)
        The same of the parent's answers.
    bloc, ally : array, shape (n, n)
        Weights of each actor's fellows.
    """

    n: int
    states: int
    entities: int
    rate: Vector
    answer: Vector
    bloc: Vector
    ally: Vector
    edges: Vector
    answer_edges: Vector


def law(states: int = 200, entities: int = 5, shift: float = 0.0, seed: int = 7) -> Law:
    """Draw the numbers of a workload. State 0 sets it off, states 1 to `entities` are the parents."""
    r = np.random.default_rng(seed)
    n = states + entities
    of = r.integers(0, BLOCS, n)
    same = (of[:, None] == of[None]) & ~np.eye(n, dtype=bool)
    same[:, states:] = same[states:] = False
    allied = np.triu(r.random((n, n)) < 0.05 + 0.4 * same, 1)
    allied |= allied.T
    allied[:, states:] = allied[states:] = False
    bloc, ally = (x / np.maximum(1, x.sum(axis=1, keepdims=True)) for x in (same, allied))
    X = r.normal(0, 1, (entities, n, FEATURES))
    eta = X @ r.normal(0, 0.35, FEATURES) + shift - np.log(entities * states / 1000)
    rate = np.exp(eta - 1.0)
    rate[:, states:] = 0.0
    rate[range(entities), range(1, entities + 1)] = 0.0
    answer = np.exp(X @ r.normal(0, 0.2, (FEATURES, kernel.RUNGS)) + RUNG_LEVEL)
    answer[:, states:] = 0.0
    answer[range(entities), range(1, entities + 1)] = 0.0
    return Law(
        n, states, entities, rate, answer, bloc, ally, np.array(EDGES["recognise"]),
        np.array(EDGES["respond"]),
    )  # fmt: skip


@dataclass(frozen=True)
class Kernel:
    """The workload in the arrays of the product's kernel."""

    name = "demarche's kernel"
    template: kernel.WorldArrays
    draws: tuple[Vector, Vector, Vector]

    def log(self, worlds: npt.NDArray[np.int64], seed: int) -> Vector:
        """Play worlds; return their log."""
        template, scratch = kernel.copy_state(self.template), kernel.copy_state(self.template)
        used, log = 200 * len(worlds), np.zeros((0, 6))
        while used > len(log):  # a log that was too short has been counted, not written, to its end
            log = np.zeros((used, 6))
            used = kernel.run_worlds(
                template, scratch, *self.draws, TRIGGER, 0.0, HORIZON, seed, worlds, log
            )
        return log[:used]

    def run(self, worlds: int, seed: int) -> Vector:
        """Play worlds; return how many events each had."""
        log = self.log(np.arange(worlds), seed)
        return np.bincount(log[:, 4].astype(int), minlength=worlds).astype(float)


TRIGGER = np.array([[0.0, kernel.RECOGNISE, 0, 0]])


def in_kernel(law: Law) -> Kernel:
    """Lay a workload out in the arrays of the kernel."""
    world = empty_world(_layout(law.states, law.entities))
    K, m = world.ring.size, law.entities
    state = {"bloc": law.bloc, "ally": law.ally, "kin": KIN * (1.0 - np.eye(m))}
    rates = np.zeros(K)  # of what is undone and mended nothing happens
    rates[: law.rate.size + law.answer.size] = [*law.rate.ravel(), *law.answer.ravel()]
    known = np.flatnonzero(rates)
    fixed = np.zeros((1, K))
    fixed[0, known] = np.log(rates[known])
    weight = np.zeros((1, len(SLOTS), kernel.ENDOGENOUS))
    for q, w in MOVING.items():
        weight[0, SECESSION, q] = w
    weight[0, ANSWERS, kernel.ANSWERED] = ANSWERED
    pace = np.zeros((1, len(SLOTS), 2, PIECES))
    pace[0, SECESSION], pace[0, ANSWERS] = np.log(PACE), np.log(ANSWER_PACE)
    # Eight terms a channel, as a learned rule has them: seven that add up to nothing.
    start = np.stack([np.arange(K + 1) * FEATURES, np.zeros(K + 1, np.int64)])
    term = np.repeat(np.arange(K, dtype=np.int32), FEATURES)
    value = np.tile([1.0] + [0.5, -0.5] * 3 + [0.0], K)
    template = world._replace(
        key=clock_keys(map(str, range(K))), allowed=(rates > 0).astype(np.int8), start=start,
        term=term, value=value, **state,
    )  # fmt: skip
    return Kernel(kernel.copy_state(template), (fixed, weight, pace))


def calibrated(states: int = 200, entities: int = 5, events: float = MEAN_EVENTS) -> Law:
    """Return the law whose worlds have so many events on average."""
    low, high = -8.0, 8.0
    for _ in range(12):
        middle = (low + high) / 2
        found = in_kernel(law(states, entities, middle)).run(400, seed=11).mean()
        low, high = (low, middle) if found > events else (middle, high)
    return law(states, entities, low)


def _layout(states: int, entities: int) -> Layout:
    codes = [_code("S", i) for i in range(states)]
    contested = [_code("X", e) for e in range(entities)]
    tables: dict[str, list[str]] = {
        "actors": [f"{c},{c},state,,,,,1990-01-01,,,toy,verified" for c in codes]
        + [f"{c},{c},contested,,,,,1990-01-01,,,toy,verified" for c in contested],
        "disputes": [
            f"d{e:02d},D{e},secession,{c},{codes[e + 1]},{codes[0] if e == 0 else ''},,2000-01-01,,toy"
            for e, c in enumerate(contested)
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in tables.items():
            text = "\n".join([",".join(TABLES[name][0]), *rows]) + "\n"
            Path(folder, f"{name}.csv").write_text(text, encoding="utf-8")
        return Layout.of(read_folder(Path(folder)))


def _code(letter: str, i: int) -> str:
    """Return a code of four letters that sorts by number."""
    return letter + "".join(chr(65 + i // 26**p % 26) for p in (2, 1, 0))
