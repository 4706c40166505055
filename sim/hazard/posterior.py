"""The learned coefficients as draws: sampled, saved, loaded, refused where the data do not match."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
import scipy.special

from sim.errors import ResultError
from sim.hazard.riskset import SLOTS
from sim.hazard.terms import PIECES, Terms
from sim.kernel import ENDOGENOUS

FORMAT = 1
PROPOSALS = 4
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """One process at its mode: coefficients (P,), prior centre and sd, negative Hessian (P, P)."""

    process: str
    positions: npt.NDArray[np.int64]
    mode: Matrix
    centre: Matrix
    sd: Matrix
    precision: Matrix
    scales: dict[str, float]
    log_likelihood: Callable[[Matrix], Matrix]
    events: float
    days: float


@dataclass(frozen=True)
class Posterior:
    """Draws of every coefficient.

    Parameters
    ----------
    names : list of str, length P
    draws : array, shape (D, P)
        Equally weighted.
    mode : array, shape (P,)
    sd : array, shape (P,)
        Prior standard deviations.
    fingerprint : str
        Of the corpus as of `as_of` that taught it.
    about : dict
        Scales, events, days at risk and the effective sample size of each process.
    """

    names: list[str]
    draws: Matrix
    mode: Matrix
    sd: Matrix
    fingerprint: str
    as_of: date
    without: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def sample(
        cls,
        terms: Terms,
        fits: dict[str, Fit],
        draws: int,
        seed: int,
        fingerprint: str,
        as_of: date,
        without: frozenset[str] = frozenset(),
    ) -> Posterior:
        """Sample every process and put the draws side by side (processes are independent)."""
        size = len(terms.index)
        sample, mode, sd = np.zeros((draws, size)), np.zeros(size), np.ones(size)
        about = {}
        for process, found in fits.items():
            rng = np.random.default_rng([seed, sorted(fits).index(process)])
            own, effective = sample_fit(found, draws, rng)
            sample[:, found.positions] = own
            mode[found.positions], sd[found.positions] = found.mode, found.sd
            about[process] = {
                "scales": found.scales,
                "events": found.events,
                "days": found.days,
                "effective_share": effective,
            }
        sample = sample.astype(np.float32).astype(np.float64)  # what is saved is what is used
        return cls(
            list(terms.index), sample, mode, sd, fingerprint, as_of, tuple(sorted(without)), about
        )

    def coefficients(self, terms: Terms) -> tuple[Matrix, Matrix, Matrix]:
        """Return what the kernel needs of each draw: fixed (D, P), weights (D, S, Q), log paces (D, S, 2, B)."""
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
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        with partial.open("wb") as file:
            np.savez_compressed(
                file,
                header=np.array(json.dumps(header)),
                draws=self.draws.astype(np.float32),
                mode=self.mode,
                sd=self.sd,
            )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Posterior:
        """Read a saved posterior; a ResultError if the file is damaged or of another format."""
        try:
            with np.load(path, allow_pickle=False) as file:
                header = json.loads(str(file["header"]))
                draws = file["draws"].astype(np.float64)
                mode, sd = file["mode"], file["sd"]
            if header["format"] != FORMAT:
                raise ValueError(f"format {header['format']}, expected {FORMAT}")
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, json.JSONDecodeError) as error:
            raise ResultError(f"{path.name} is not a posterior that can be read: {error}") from error
        as_of = date.fromisoformat(header["as_of"])
        return cls(
            header["names"], draws, mode, sd, header["fingerprint"], as_of,
            tuple(header["without"]), header["about"],
        )  # fmt: skip


def sample_fit(fit: Fit, draws: int, rng: np.random.Generator) -> tuple[Matrix, float]:
    """Draw from the posterior of one process.

    Proposals come from the normal at the mode and are resampled (systematically, without favour) by
    importance weights, truncated at the square root of their number times their mean (Ionides, 2008).

    Returns
    -------
    draws : array, shape (draws, P)
    effective_share : float
        Effective sample size of the weights over the number of proposals, in (0, 1].
    """
    P = fit.mode.size
    lower = scipy.linalg.cholesky(fit.precision, lower=True)
    noise = rng.standard_normal((P, draws * PROPOSALS))
    beta = fit.mode[:, None] + scipy.linalg.solve_triangular(lower, noise, lower=True, trans="T")
    prior = -0.5 * (((beta - fit.centre[:, None]) / fit.sd[:, None]) ** 2).sum(axis=0)
    logw = np.concatenate([fit.log_likelihood(beta[:, c : c + 500]) for c in range(0, beta.shape[1], 500)])
    logw = logw + prior + 0.5 * (noise**2).sum(axis=0)
    weight = np.exp(logw - scipy.special.logsumexp(logw))
    weight = np.minimum(weight, np.sqrt(weight.size) / weight.size)
    weight /= weight.sum()
    effective = float(1.0 / (weight**2).sum() / weight.size)
    points = (rng.random() + np.arange(draws)) / draws
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), points), weight.size - 1)
    rng.shuffle(chosen)
    return beta[:, chosen].T, effective
