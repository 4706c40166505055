"""The learned coefficients as draws: sampled, saved, loaded, refused where the data do not match."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.disk import whole_file
from sim.errors import ResultError
from sim.hazard.effects import Matrix
from sim.hazard.evidence import Evidence
from sim.hazard.riskset import PROCESSES, SLOTS, Layout, process_of
from sim.hazard.sampling import Fit, sample_fit
from sim.hazard.scales import TOGETHER
from sim.hazard.terms import PIECES, Terms
from sim.history.corpus import Corpus
from sim.kernel import ENDOGENOUS

FORMAT = 2
GRAIN = 1024.0
UNLEARNED: dict[str, Any] = {"scales": {}, "vectors": [{}], "vector": [0]}
"""What is told of a process that nothing taught."""

Around = Callable[[Fit, Terms, int, np.random.Generator], list[tuple[Fit, int]]]


@dataclass(frozen=True)
class Posterior:
    """Draws of every coefficient, or of those of one process.

    Parameters
    ----------
    names : list of str, length P
    draws : array, shape (D, P)
        Equally weighted.
    mode : array, shape (P,)
    sd : array, shape (P,)
        Prior standard deviations.
    fingerprint : str
        Of the corpus as of `as_of` that taught it; of one process, of the rows that taught it.
    about : dict
        Scales, events, days at risk and the effective sample size of each process; the scales under which
        it was sampled, and under which of them each draw was.
    evidence : dict
        For each process, how every case moved the coefficients.
    """

    names: list[str]
    draws: Matrix
    mode: Matrix
    sd: Matrix
    fingerprint: str
    as_of: date
    without: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    @classmethod
    def sample(
        cls,
        terms: Terms,
        found: Fit,
        draws: int,
        seed: int,
        fingerprint: str,
        as_of: date,
        around: Around,
    ) -> Posterior:
        """Sample one process: a posterior of its own coefficients alone.

        `around` gives the fits from which it is sampled, see `sim.hazard.scales`.
        """
        own, process = terms.of_process(found.process), found.process
        rng = np.random.default_rng([seed, PROCESSES.index(process)])
        parts = around(found, terms, draws, rng)
        size = len(terms.index)
        sample, mode, sd = np.zeros((draws, size)), np.zeros(size), np.ones(size)
        effective, vector = _fill(sample, parts, rng)
        at = found.idle.at
        mode[at], sd[at] = found.idle.centre, found.idle.sd
        mode[found.shared], mode[found.pooled] = found.mode, found.effects
        sd[found.shared], sd[found.pooled] = found.sd, found.effect_sd
        about = {
            "scales": found.scales,
            "events": float(found.design.y.sum()),
            "days": float(found.design.days.sum()),
            "effective_share": effective * _evenly(vector),
            "vectors": [part.scales for part, _ in parts],
            "vector": vector.tolist(),  # of each draw
        }
        # What is saved is what is used; a finer grain of a log hazard would only make the file large.
        sample = np.round(sample[:, own] * GRAIN) / GRAIN
        names = list(terms.index)
        return cls(
            [names[p] for p in own], sample, mode[own], sd[own], fingerprint, as_of,
            about={process: about},
        )  # fmt: skip

    @classmethod
    def joined(
        cls,
        names: Sequence[str],
        parts: Sequence[Posterior],
        fingerprint: str,
        as_of: date,
        without: Iterable[str],
        about: dict[str, Any],
    ) -> Posterior:
        """Put the processes' draws side by side: given the record, they are independent.

        Of the coefficients named, those that no part holds stay at zero.
        """
        at = {name: p for p, name in enumerate(names)}
        size = len(names)
        draws, mode, sd = np.zeros((len(parts[0].draws), size)), np.zeros(size), np.ones(size)
        about, evidence = dict(about), {}
        for part in parts:
            own = [at[name] for name in part.names]
            draws[:, own], mode[own], sd[own] = part.draws, part.mode, part.sd
            about |= part.about
            for process, of in part.evidence.items():
                moves = np.zeros((len(of.cases), size))
                moves[:, own] = of.moves
                evidence[process] = replace(of, moves=moves)
        return cls(
            list(names),
            draws,
            mode,
            sd,
            fingerprint,
            as_of,
            tuple(sorted(without)),
            about,
            evidence,
        )

    def weighed(self, evidence: Evidence) -> Posterior:
        """Return a process's posterior with how its cases moved its coefficients, in the grain of a file."""
        (process,) = self.about
        moves = evidence.moves.astype(np.float32).astype(np.float64)
        return replace(self, evidence={process: replace(evidence, moves=moves)})

    def coefficients(self, terms: Terms) -> tuple[Matrix, Matrix, Matrix]:
        """Return each draw for the kernel: fixed (D, P), weights (D, S, Q), log paces (D, S, 2, B)."""
        if list(terms.index) != self.names:
            raise ValueError("the posterior was learned on other actors or disputes")
        D = len(self.draws)
        weight, pace = np.zeros((D, len(SLOTS), ENDOGENOUS)), np.zeros((D, len(SLOTS), 2, PIECES))
        for (s, q), positions in terms.moving.items():
            for p in positions:
                weight[:, s, q] += self.draws[:, p]
        for (s, phase, b), positions in terms.pace.items():
            for p in positions:
                pace[:, s, phase, b] += self.draws[:, p]
        return self.draws, weight, pace

    def save(self, path: Path) -> None:
        """Write the posterior as arrays and JSON (no pickle), whole or not at all."""
        header = {
            "format": FORMAT,
            "names": self.names,
            "fingerprint": self.fingerprint,
            "as_of": self.as_of.isoformat(),
            "without": list(self.without),
            "about": self.about,
            "cases": {process: list(found.cases) for process, found in self.evidence.items()},
        }
        moves: dict[str, Any] = {
            f"moves_{process}": found.moves.astype(np.float32)
            for process, found in self.evidence.items()
        }
        with whole_file(path) as file:
            np.savez_compressed(
                file,
                header=np.array(json.dumps(header)),
                draws=self.draws.astype(np.float32),
                mode=self.mode,
                sd=self.sd,
                **moves,
            )

    @classmethod
    def load(cls, path: Path) -> Posterior:
        """Read a saved posterior; a ResultError if the file is damaged or of another format."""
        try:
            # Opened here, since numpy leaves a file open that it cannot read.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls._unpacked(arrays)
        except Exception as error:  # foreign bytes fail in zip, zlib, struct, JSON or numpy alike
            told = str(error).partition("\n")[0] or type(error).__name__
            raise ResultError(f"{path.name} is not a posterior that can be read: {told}") from error

    @classmethod
    def _unpacked(cls, arrays: Any) -> Posterior:
        """Build the posterior from the arrays of a file; whatever does not fit raises."""
        header = json.loads(str(arrays["header"]))
        if header["format"] != FORMAT:
            raise ValueError(f"format {header['format']}, expected {FORMAT}")
        names, about = list(header["names"]), dict(header["about"])
        draws = arrays["draws"].astype(np.float64)
        mode, sd = arrays["mode"], arrays["sd"]
        evidence = {
            process: Evidence(tuple(cases), arrays[f"moves_{process}"].astype(np.float64))
            for process, cases in header["cases"].items()
        }
        if not (draws.shape[1:] == mode.shape == sd.shape == (len(names),) and len(draws)):
            raise ValueError("the arrays do not have the shape that the header states")
        if any(found.moves.shape != (len(found.cases), len(names)) for found in evidence.values()):
            raise ValueError("a case does not have its row of moves")
        return cls(
            names, draws, mode, sd, str(header["fingerprint"]),
            date.fromisoformat(header["as_of"]), tuple(header["without"]), about, evidence,
        )  # fmt: skip


def vectors_behind(vector: npt.ArrayLike) -> float:
    """Return the effective number of vectors of scales behind draws, given the number of each one's vector.

    Examples
    --------
    >>> vectors_behind([0, 0, 1, 1, 2, 2]), vectors_behind([0, 0, 0, 0])
    (3.0, 1.0)
    """
    count = np.bincount(np.asarray(vector, dtype=np.int64))
    return float(count.sum() ** 2 / (count @ count))


def _evenly(vector: npt.NDArray[np.int64]) -> float:
    """Return how evenly the draws come from the fits: 1 if no fit was chosen twice (or there is but one)."""
    hands = -(-len(vector) // TOGETHER)
    return min(1.0, vectors_behind(vector) / hands) if vector.any() else 1.0


def _fill(
    sample: Matrix, parts: Sequence[tuple[Fit, int]], rng: np.random.Generator
) -> tuple[float, npt.NDArray[np.int64]]:
    """Fill the columns of a process with draws of its fits, in random order.

    Returns their effective share, and the number of each draw's fit.
    """
    rows, effective = rng.permutation(len(sample)), 0.0
    vector = np.zeros(len(sample), np.int64)
    for number, (part, count) in enumerate(parts):
        mine, rows = rows[:count], rows[count:]
        vector[mine] = number
        shared, pooled, share = sample_fit(part, count, rng)
        at, centre, sd = part.idle
        for columns, drawn in (
            (part.shared, shared),
            (part.pooled, pooled),
            (at, rng.normal(centre, sd, (count, at.size))),
        ):
            sample[np.ix_(mine, columns)] = drawn
        effective += share * count / len(sample)
    return effective, vector


def transferred(posterior: Posterior, known: Corpus) -> Posterior:
    """Return a posterior with the coefficients of another day's world, found by their names.

    What is asked about the world as of one day can so be answered by rules that were learned on another:
    on a later one by a fit that leaves something out, on an earlier one to learn less often. A
    coefficient that had no name when the rules were learned (a dispute that opened since) is drawn from
    the prior of its block, under each draw's own scale.

    Parameters
    ----------
    posterior : Posterior
        Of the same actors.
    known : Corpus
        As of the day of the world.
    """
    blocks = Terms(Layout.of(known)).named
    at = {name: p for p, name in enumerate(posterior.names)}
    size = len(posterior.draws)
    draws, mode, sd = np.zeros((size, len(blocks))), np.zeros(len(blocks)), np.ones(len(blocks))
    for p, (name, block) in enumerate(blocks.items()):
        if name in at:
            row = at[name]
            draws[:, p], mode[p] = posterior.draws[:, row], posterior.mode[row]
            sd[p] = posterior.sd[row]
        else:
            learned = posterior.about.get(process_of(name), UNLEARNED)
            sd[p] = learned["scales"].get(block, 1.0)
            each = np.array([scales.get(block, 1.0) for scales in learned["vectors"]])
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            own = rng.normal(0.0, np.broadcast_to(each[learned["vector"]], size))
            draws[:, p] = own.astype(np.float32)
    return replace(
        posterior, names=list(blocks), draws=draws, mode=mode, sd=sd,
        fingerprint=known.fingerprint, as_of=known.end, evidence={},
    )  # fmt: skip
