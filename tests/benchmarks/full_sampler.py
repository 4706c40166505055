"""Hold the corrected Laplace posterior of a process against a full sampler on the same rows.

Run by hand, with the extra ``sampler`` installed: ``python tests/benchmarks/full_sampler.py [--process P]``.
Both sample the same posterior, with the scales that the learner estimated; NumPyro's no-U-turn sampler
(Hoffman and Gelman, 2014) does it without an approximation. Compared are the probabilities that an act
comes within 30 days, for everyone who was ever at risk, and the widths of their 90 % intervals.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from sim.hazard.learn import design_of, fit, played
from sim.hazard.sampling import Fit, sample_fit
from sim.history.corpus import load_corpus

WITHIN = 30.0  # days
CHAINS = 2


def learned(process: str, day: date) -> Fit:
    known = load_corpus().as_of(day)
    terms, history = played(known, day)
    design, _ = design_of(terms, history, process, np.ones(len(history.exposure), bool))
    return fit(design, terms, process)


def joined(found: Fit) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Join rows with the same terms: the likelihood hangs on the sums of their days and events only."""
    d = found.design
    same, at = np.unique(np.column_stack([d.effect, d.X]), axis=0, return_inverse=True)
    sums = [np.bincount(at.ravel(), weights=w, minlength=len(same)) for w in (d.y, d.days)]
    return same[:, 1:], same[:, 0].astype(int), *sums


def sampled_fully(
    found: Fit, rows: tuple[np.ndarray, ...], draws: int, warmup: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """Draw the shared coefficients and the effects with NumPyro; tell how well its chains agree."""
    import jax
    import numpyro
    from jax import numpy as jnp
    from numpyro import distributions as dist
    from numpyro.diagnostics import summary
    from numpyro.infer import MCMC, NUTS

    jax.config.update("jax_enable_x64", True)
    X, effect, y, days = map(jnp.asarray, rows)
    # Standardised by the curvature at the mode, so that the sampler's steps fit; the law is the same.
    root = np.linalg.cholesky(np.linalg.inv(found.precision))

    flat = dist.ImproperUniform(dist.constraints.real_vector, (), (found.mode.size,))

    def model() -> None:
        raw = numpyro.sample("raw", flat)
        beta = numpyro.deterministic("beta", found.mode + root @ raw)
        numpyro.factor("prior", -0.5 * jnp.sum(((beta - found.centre) / found.sd) ** 2))
        size = max(1, found.pooled.size)
        unit = numpyro.sample("unit", dist.Normal(0.0, 1.0).expand([size]).to_event(1))
        v = numpyro.deterministic("v", found.effect_sd * unit)
        eta = X @ beta + jnp.where(effect >= 0, v[effect], 0.0)
        numpyro.factor("rows", jnp.sum(y * eta - days * jnp.exp(eta)))

    mcmc = MCMC(
        NUTS(model, target_accept_prob=0.9), num_warmup=warmup, num_samples=draws,
        num_chains=CHAINS, chain_method="sequential", progress_bar=False,
    )  # fmt: skip
    mcmc.run(jax.random.PRNGKey(1), init_params={"raw": jnp.zeros((CHAINS, found.mode.size)),
             "unit": jnp.zeros((CHAINS, max(1, found.pooled.size)))})  # fmt: skip
    told = summary(mcmc.get_samples(group_by_chain=True))
    rhat = max(float(np.max(told[name]["r_hat"])) for name in ("raw", "unit"))
    least = min(float(np.min(told[name]["n_eff"])) for name in ("raw", "unit"))
    split = int(mcmc.get_extra_fields()["diverging"].sum())
    drawn = mcmc.get_samples()
    pooled = np.asarray(drawn["v"])[:, : found.pooled.size]
    about = f"largest R-hat {rhat:.3f}, least effective draws {least:.0f}, divergences {split}"
    return np.asarray(drawn["beta"]), pooled, about


def probabilities(rows: tuple[np.ndarray, ...], beta: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return mean, 5 % and 95 % of the probability within 30 days, for each kind of row; shape (3, N)."""
    X, effect = rows[:2]
    found = np.empty((3, len(X)))
    v = np.column_stack([v, np.zeros(len(v))])  # -1: no effect
    for first in range(0, len(X), 2000):
        some = slice(first, first + 2000)
        p = -np.expm1(-WITHIN * np.exp(X[some] @ beta.T + v[:, effect[some]].T))
        found[:, some] = [p.mean(axis=1), *np.quantile(p, [0.05, 0.95], axis=1)]
    return found


def compared(name: str, one: np.ndarray, other: np.ndarray) -> None:
    width = [p[2] - p[1] for p in (one, other)]
    at = int(np.abs(one[0] - other[0]).argmax())
    print(
        f"{name}: largest difference of a probability {np.abs(one[0] - other[0]).max():.4f} "
        f"(at {other[0][at]:.3f}), of a 90 % interval's width {np.abs(width[0] - width[1]).max():.4f}; "
        f"mean of both {np.abs(one[0] - other[0]).mean():.5f}, {np.abs(width[0] - width[1]).mean():.5f}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--process", default="solidarity")
    options.add_argument("--day", type=date.fromisoformat, default=date(2022, 7, 12))
    options.add_argument("--draws", type=int, default=2000)
    options.add_argument("--warmup", type=int, default=1000)
    given = options.parse_args()
    found = learned(given.process, given.day)
    rows = joined(found)
    print(
        f"{given.process} as of {given.day}: {found.mode.size} shared coefficients, {found.pooled.size} "
        f"effects, {len(found.design.y):,} rows ({len(rows[0]):,} different), {rows[2].sum():.0f} events",
        flush=True,
    )
    samples = [sample_fit(found, 1000, np.random.default_rng(seed)) for seed in (1, 2)]
    print(f"effective share of the weights: {samples[0][2]:.2f}", flush=True)
    own = [probabilities(rows, shared, pooled) for shared, pooled, _ in samples]
    begun = time.perf_counter()
    beta, v, about = sampled_fully(found, rows, given.draws, given.warmup)
    print(f"NumPyro: {about}; {time.perf_counter() - begun:.0f} s")
    full = probabilities(rows, beta, v)
    compared("corrected Laplace, 1,000 draws, against NumPyro", own[0], full)
    compared("corrected Laplace against itself, another 1,000", own[0], own[1])
    half = CHAINS * given.draws // 2
    compared(
        "NumPyro against itself, chain by chain",
        probabilities(rows, beta[:half], v[:half]), probabilities(rows, beta[half:], v[half:]),
    )  # fmt: skip


if __name__ == "__main__":
    main()
