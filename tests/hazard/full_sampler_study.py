"""The posterior of one fit, sampled without an approximation, and what it says beside the learner's draws.

NumPyro's no-U-turn sampler (Hoffman and Gelman, 2014), under the scales that the learner estimated.
"""

from __future__ import annotations

import numpy as np

from sim.hazard.sampling import Fit

WITHIN = 30.0  # days
CHAINS = 2


def joined(found: Fit) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Join rows with the same terms: the likelihood hangs on the sums of their days and events only."""
    d, _ = found.design.merged(np.full(len(found.design.y), "", dtype=object))
    return d.X, d.effect, d.y, d.days


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
