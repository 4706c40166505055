"""What the laws of the kernel are tested with: toys, worlds to play, and chi-square tests of what came.

A law says how often something comes, or when, by pencil and paper. Each claim becomes one p-value; those
of all laws are one family, judged together (Holm, 1979).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.stats

if TYPE_CHECKING:
    from conftest import Toy, Writer

Channel = tuple[str, str, str]
Mass = Callable[[np.ndarray], np.ndarray]
"""Integrated hazard up to a time."""

DISPUTES = {
    "toy": (("ENT",), ("toy,Toy,secession,ENT,PAR,CCC,,2000-01-01,,toy",)),
    # two parents who may answer each other
    "mutual": (
        ("ENT", "TNE"),
        (
            "north,North,secession,ENT,PAR,,,2000-01-01,,toy",
            "south,South,secession,TNE,AAA,,,2000-01-01,,toy",
        ),
    ),
    "siblings": (("ENT", "TNE"), ("toy,Toy,secession,ENT+TNE,PAR,CCC,,2000-01-01,,toy",)),
    "rivals": (("ENT", "PAR"), ("toy,Toy,rival_government,ENT,PAR,,,2000-01-01,,toy",)),
}


@dataclass(frozen=True)
class Bench:
    """The toys that laws play, in so many worlds."""

    toys: Mapping[str, Toy]
    worlds: int
    seed: int = 0

    def play(self, toy: str, rates: Mapping[Channel, float], rows: int = 4, **given: Any) -> Log:
        """Play a toy; `rows` a world is the most that can happen in it, on average."""
        played = self.toys[toy].play(
            rates, worlds=self.worlds, seed=self.seed, rows=rows, **({"horizon": 1e6} | given)
        )
        return Log(played, self.worlds)


Law = Callable[[Bench], dict[str, float]]


def bench_of(toy_of: Writer, worlds: int, arithmetic: ModuleType | None = None) -> Bench:
    """Build the toys, played by the kernel or by one with a fault in it."""
    toys = {name: toy_of(*spelt) for name, spelt in DISPUTES.items()}
    if arithmetic is not None:
        toys = {name: replace(toy, arithmetic=arithmetic) for name, toy in toys.items()}
    return Bench(toys, worlds)


def judge(bench: Bench, laws: Sequence[Law]) -> dict[str, float]:
    """Return the p-value of each claim, each law under a seed that belongs to its name."""
    found: dict[str, float] = {}
    for law in laws:
        try:
            claims = law(replace(bench, seed=zlib.crc32(law.__name__.encode())))
        except AssertionError:  # the log had no room
            claims = {"no more happens than can": 0.0}
        found |= {f"{law.__name__}: {claim}": p for claim, p in claims.items()}
    return found


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Adjust the p-values of a family, so that one below a level is wrong in that share of families."""
    order = sorted(p, key=lambda claim: p[claim])
    steps = np.array([p[claim] * (len(p) - rank) for rank, claim in enumerate(order)])
    adjusted = np.minimum(1.0, np.maximum.accumulate(steps))
    return dict(zip(order, adjusted.tolist(), strict=True))


@dataclass(frozen=True)
class Log:
    """What happened, asked for by act."""

    rows: np.ndarray
    worlds: int

    def first(self, act: int, i: int, j: int = 0) -> np.ndarray:
        """When an act first happened in each world, infinity where it did not; shape (worlds,)."""
        mine = (self.rows[:, 1] == act) & (self.rows[:, 2] == i) & (self.rows[:, 3] == j)
        when = np.full(self.worlds, np.inf)
        last_first = self.rows[mine][::-1]
        when[last_first[:, 4].astype(np.int64)] = last_first[:, 0]
        return when

    def count(self) -> np.ndarray:
        """How many acts there were in each world, shape (worlds,)."""
        return np.bincount(self.rows[:, 4].astype(np.int64), minlength=self.worlds)


# -- tests --------------------------------------------------------------------------------------------


def shares(counts: np.ndarray, p: np.ndarray) -> float:
    """Return the p-value of counts against probabilities (Pearson's chi-square).

    Cells that expect fewer than ten are joined; something in a cell that must stay empty is refuted.
    """
    counts, p = np.ravel(counts).astype(float), np.ravel(p)
    if counts[p <= 0].any():
        return 0.0
    expected = counts.sum() * p
    rare = expected < 10
    if rare.any():
        counts, expected = (np.append(some[~rare], some[rare].sum()) for some in (counts, expected))
        counts, expected = counts[expected > 0], expected[expected > 0]
    statistic = ((counts - expected) ** 2 / expected).sum()
    return float(scipy.stats.chi2.sf(statistic, max(1, len(expected) - 1)))


def binned(
    when: np.ndarray, mass: Mass, horizon: float, bins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sort times into bins of one probability, and a last one for never; return bins and probabilities.

    Times at or past the horizon fall out of every bin, into one of probability 0.
    """
    came = 1.0 - np.exp(-float(mass(np.array([horizon]))[0]))
    cell = np.full(len(when), bins)
    acted = np.isfinite(when)
    u = -np.expm1(-mass(when[acted])) / came
    cell[acted] = np.where(when[acted] < horizon, np.minimum((u * bins).astype(int), bins - 1), -1)
    p = np.append(np.full(bins, came / bins), [1.0 - came, 0.0])
    return cell % (bins + 2), p


def timed(when: np.ndarray, mass: Mass, horizon: float = 1e6, bins: int = 100) -> float:
    """Return the p-value of times against an integrated hazard; few worlds fill fewer bins."""
    cell, p = binned(when, mass, horizon, min(bins, max(5, len(when) // 40)))
    return shares(np.bincount(cell, minlength=p.size), p)


def independent(*factors: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the p-value of cells against the product of their probabilities."""
    sizes = [p.size for _, p in factors]
    joint = np.ravel_multi_index([cell for cell, _ in factors], sizes)
    expected = factors[0][1]
    for _, p in factors[1:]:
        expected = np.multiply.outer(expected, p)
    return shares(np.bincount(joint, minlength=int(np.prod(sizes))), expected)


def residual(mass: np.ndarray, bins: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Sort integrated hazards, which are unit exponentials whatever drives them, into even bins.

    (The random time change of point processes: Meyer, 1971.)
    """
    cell = np.minimum((-np.expm1(-mass) * bins).astype(int), bins - 1)
    return cell, np.full(bins, 1.0 / bins)


# -- integrated hazards -------------------------------------------------------------------------------


def constant(rate: float) -> Mass:
    return lambda t: rate * t


def steps(edges: Sequence[float], rates: Sequence[float]) -> Mass:
    """Rates that hold from each edge on."""
    right = np.append(np.asarray(edges[1:], dtype=float), np.inf)

    def mass(t: np.ndarray) -> np.ndarray:
        t = np.asarray(t, dtype=float)
        return sum(
            r * np.clip(np.minimum(t, b) - a, 0.0, None)
            for a, b, r in zip(edges, right, rates, strict=True)
        )

    return mass


def survival(of: Callable[[np.ndarray], np.ndarray]) -> Mass:
    """Return the integrated hazard that belongs to a survival function."""
    return lambda t: -np.log(np.maximum(of(np.asarray(t, dtype=float)), 1e-300))


def chain(rates: Sequence[float]) -> Mass:
    """Time until the last of exponential steps, one after the other, all rates different."""

    def of(t: np.ndarray) -> np.ndarray:
        total = np.zeros_like(t)
        for k, rate in enumerate(rates):
            others = [other / (other - rate) for o, other in enumerate(rates) if o != k]
            total += np.prod(others) * np.exp(-rate * t)
        return total

    return survival(of)
