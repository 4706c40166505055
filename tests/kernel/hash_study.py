"""How good the hash is that clocks are drawn with: counted by compiled loops, judged by chi-square."""

from __future__ import annotations

import numpy as np
import scipy.stats
from numba import njit

from sim import kernel

BINS, CELLS = 1 << 12, 64  # of one draw, and of each of two
OUT = 52  # bits of a draw that are told; the last is lost where a half is added to it
IN = 64 + 32 + 64 + 32  # bits of seed, world, key and occurrence
NEXT_WORLD, NEXT_DRAW, NEXT_OPENING, NEXT_CHANNEL, NEXT_SEED = range(5)
NEIGHBOURS = (
    "next world", "next posterior draw", "next opening", "next channel of the data", "next seed",
)  # fmt: skip


@njit
def bits(seed, world, key, occurrence):
    """Return the bits of a draw."""
    return np.uint64(kernel.uniform(seed, world, key, occurrence) * 4503599627370496.0)


@njit
def counted(keys, worlds, seed, step, high, low, pairs):
    """Count draws by their high and low bits, and pairs of a draw and its neighbour; sum their products."""
    total = 0.0
    for c in range(keys.size):
        for v in range(worlds):
            one = bits(seed, v, keys[c], 0)
            if step == NEXT_WORLD:
                other = bits(seed, v + 1, keys[c], 0)
            elif step == NEXT_DRAW:
                other = bits(seed, v + kernel.NEIGHBOURS, keys[c], 0)
            elif step == NEXT_OPENING:
                other = bits(seed, v, keys[c], 1)
            elif step == NEXT_CHANNEL:
                other = bits(seed, v, keys[(c + 1) % keys.size], 0)
            else:
                other = bits(seed + 1, v, keys[c], 0)
            high[one >> np.uint64(40)] += 1
            low[one & np.uint64(4095)] += 1
            pairs[one >> np.uint64(46), other >> np.uint64(46)] += 1
            total += (float(one) / 2.0**52 - 0.5) * (float(other) / 2.0**52 - 0.5)
    return total


@njit
def flipped(inputs, found):
    """Flip each bit that goes in, and count which bits that come out flip; `found` is (IN, OUT)."""
    one = np.uint64(1)
    for trial in range(len(inputs)):
        seed, world, key, occurrence = inputs[trial]
        base = bits(seed, world, key, occurrence)
        for b in range(IN):
            s, v, k, o = seed, world, key, occurrence
            if b < 64:
                s ^= one << np.uint64(b)
            elif b < 96:
                v ^= one << np.uint64(b - 64)
            elif b < 160:
                k ^= one << np.uint64(b - 96)
            else:
                o ^= one << np.uint64(b - 160)
            change = base ^ bits(s, v, k, o)
            for out in range(OUT):
                found[b, out] += (change >> np.uint64(out)) & one


def even(counts: np.ndarray) -> float:
    """Return the p-value of counts that should be even, too even being as odd as too uneven."""
    p = scipy.stats.chisquare(counts.ravel()).pvalue
    return float(2 * min(p, 1 - p))


def neighbours(keys: np.ndarray, worlds: int, seed: int = 1) -> dict[str, float]:
    """Judge the draws of channels in worlds, each beside its neighbours."""
    found = {}
    for step, name in enumerate(NEIGHBOURS):
        high, low = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
        pairs = np.zeros((CELLS, CELLS), np.int64)
        total = counted(keys, worlds, seed, step, high, low, pairs)
        if step == 0:
            found |= {"high bits are even": even(high), "low bits are even": even(low)}
        z = 12.0 * total / np.sqrt(keys.size * worlds)
        found[f"no correlation with the {name}"] = float(2 * scipy.stats.norm.sf(abs(z)))
        found[f"in no cell more often with the {name}"] = even(pairs)
    return found


def avalanche(trials: int) -> tuple[dict[str, float], float]:
    """Judge what a flipped bit does; also return the largest deviation of a share from a half."""
    found = np.zeros((IN, OUT), np.int64)
    rng = np.random.default_rng(5)
    sizes = np.array([2**64, 2**20, 2**64, 8], dtype=object) - 1
    inputs = [rng.integers(0, size, trials, np.uint64, endpoint=True) for size in sizes]
    flipped(np.column_stack(inputs), found)
    z = (found - trials / 2) / np.sqrt(trials / 4)
    largest = 2 * scipy.stats.norm.sf(np.abs(z).max())
    return {
        "each bit in flips each bit out in half of the draws": float(-np.expm1(z.size * np.log1p(-largest))),
        "and no more evenly than chance": float(
            2 * min(scipy.stats.chi2(z.size).cdf((z**2).sum()), scipy.stats.chi2(z.size).sf((z**2).sum()))
        ),
    }, float(np.abs(found / trials - 0.5).max())  # fmt: skip
