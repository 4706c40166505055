"""Rows simulated from known coefficients: the posterior's intervals hold the truth as often as they claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from sim.hazard import sampling
from sim.hazard.effects import draw_effects, moments
from sim.hazard.fitting import fit
from sim.hazard.riskset import Layout
from sim.hazard.sampling import Design, Fit, Idle, sample_fit
from sim.hazard.terms import Terms
from sim.history.corpus import TABLES, read_folder

PROCESS = "recognise"
FITS, ACTORS, ROWS_EACH = 60, 14, 30
WEIGHT_SD, EFFECT_SD = 0.5, 0.8
LEVEL = 0.8


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Terms:
    """Names of the coefficients for a dozen states and two rival governments."""
    folder = tmp_path_factory.mktemp("toy")
    codes = [f"S{i:02d}" for i in range(ACTORS - 2)] + ["ONE", "TWO"]
    actors = [f"{c},{c},state,,,,,1990-01-01,,,toy,verified" for c in codes[:-1]]
    actors.append("TWO,TWO,contested,,,,,1990-01-01,,,toy,verified")
    dispute = "toy,Toy,rival_government,TWO,ONE,S00,,2000-01-01,,toy"
    for name, rows in (("actors", actors), ("disputes", [dispute])):
        text = "\n".join([",".join(TABLES[name][0]), *rows]) + "\n"
        (Path(folder) / f"{name}.csv").write_text(text, encoding="utf-8")
    return Terms(Layout.of(read_folder(folder)))


def simulated(terms: Terms, rng: np.random.Generator) -> tuple[Design, np.ndarray, np.ndarray]:
    """Return rows, and the shared coefficients and pooled effects that made them."""
    names = [n for n in terms.named if n.startswith(f"{PROCESS}/")]
    shared = [n for n in names if terms.named[n] != "actor"]
    truth = np.array(
        [-6.0 if n.endswith("intercept") else WEIGHT_SD * rng.standard_normal() for n in shared]
    )
    effects = EFFECT_SD * rng.standard_normal(len(names) - len(shared))
    rows = ACTORS * ROWS_EACH
    X = rng.standard_normal((rows, len(shared)))
    entity = np.array(["/entity/" in n for n in shared])
    X[:, entity] = np.eye(entity.sum())[rng.integers(0, entity.sum(), rows)]
    X[:, [n.endswith("intercept") for n in shared]] = 0.0
    X[:, shared.index(f"{PROCESS}/rival_government/intercept")] = 1.0
    effect = np.repeat(np.arange(ACTORS), ROWS_EACH)
    days = rng.uniform(10, 200, rows)
    y = rng.poisson(days * np.exp(X @ truth + effects[effect])).astype(float)
    return Design(X, effect, y, days), truth, effects


def test_intervals_cover_at_their_level(terms: Terms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights, the sum that makes the crude rate, and pooled effects, over many small fits.

    The scales are estimated with a prior of their own, so coverage is judged with some room beside the
    binomial error. An intercept and the effects around it share their level; only sums are compared.
    """
    monkeypatch.setattr(sampling, "MOST", 2000)
    inside: dict[str, list[bool]] = {"weight": [], "effect": [], "total": []}
    shares = []
    for number in range(FITS):
        rng = np.random.default_rng([5, number])
        design, truth, effects = simulated(terms, rng)
        found = fit(design, terms, PROCESS)
        shared, pooled, share = sample_fit(found, 1000, rng)
        shares.append(share)
        names = [list(terms.named)[p] for p in found.shared]
        truth = truth[np.isin(terms.of_process(PROCESS), found.shared)[: truth.size]]
        weights = [p for p, name in enumerate(names) if "/x/" in name]
        level = [
            p for p, name in enumerate(names) if name.endswith("intercept") or "/entity/" in name
        ]
        inside["weight"] += held(shared[:, weights], truth[weights])
        inside["effect"] += held(pooled, effects)
        at_one = [level[0], level[1]]  # the level of one entity, for the average actor
        inside["total"] += held(
            (shared[:, at_one].sum(axis=1) + pooled.mean(axis=1))[:, None],
            np.array([truth[at_one].sum() + effects.mean()]),
        )
    for kind, hits in inside.items():
        # fits are independent, intervals within one are not wholly: count half of them
        n = len(hits) if kind == "total" else len(hits) / 2
        error = np.sqrt(LEVEL * (1 - LEVEL) / n)
        assert abs(np.mean(hits) - LEVEL) < 3.5 * error + 0.02, (kind, np.mean(hits), n)
    assert min(shares) > 0.2


def held(draws: np.ndarray, truth: np.ndarray) -> list[bool]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return list((low < truth) & (truth < high))


def single_rate(events: float, days: float, centre: float, sd: float) -> Fit:
    """One coefficient, a log rate, at its mode."""
    grid = np.linspace(-40, 10, 2_000_001)
    log_p = events * grid - days * np.exp(grid) - 0.5 * ((grid - centre) / sd) ** 2
    mode = grid[log_p.argmax()]
    precision = days * np.exp(mode) + 1 / sd**2
    design = Design(np.ones((1, 1)), np.array([-1]), np.array([events]), np.array([days]))
    none = np.array([], dtype=np.int64)
    idle = Idle(none, none.astype(float), none.astype(float))
    return Fit(
        "toy", np.array([0]), none, idle, design, np.array([mode]), np.array([centre]), np.array([sd]),
        np.array([[precision]]), 1.0, none.astype(float), none.astype(float), {},
    )  # fmt: skip


@pytest.mark.parametrize("events", [0.0, 1.0, 2.0, 10.0])
def test_draws_of_a_rare_rate_match_its_exact_posterior(events: float) -> None:
    """A gamma-like posterior, far from normal where nothing or little happened."""
    days, centre, sd = 1000.0, np.log(1.5 / 1000), 1.5
    found = single_rate(events, days, centre, sd)
    draws, _, share = sample_fit(found, 4000, np.random.default_rng(3))
    grid = np.linspace(-25, 3, 200_001)
    log_p = events * grid - days * np.exp(grid) - 0.5 * ((grid - centre) / sd) ** 2
    cdf = np.cumsum(np.exp(log_p - log_p.max()))
    u = np.interp(draws[:, 0], grid, cdf / cdf[-1])
    # resampled draws repeat, so they tell as much as the weights do
    n = share * 4000
    for level in (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975):
        error = np.sqrt(level * (1 - level) / n)
        assert abs((u <= level).mean() - level) < 4.5 * error, (level, (u <= level).mean())
    if events <= 1:  # the plain normal would not have passed
        plain = np.interp(
            scipy.stats.norm(found.mode[0], found.precision[0, 0] ** -0.5).rvs(
                4000, random_state=1
            ),
            grid,
            cdf / cdf[-1],
        )
        assert max(abs((plain <= q).mean() - q) for q in (0.1, 0.25, 0.5, 0.75, 0.9)) > 0.05


def test_an_effect_is_drawn_from_its_own_posterior() -> None:
    """A pooled effect at a known rate, integrated out and drawn back: the exact posterior on a grid."""
    events, expected, sd = np.array([0.0, 1.0, 6.0]), np.array([2.0, 0.05, 1.0]), 1.3
    rng = np.random.default_rng(4)
    many = np.tile(expected, (20_000, 1))
    draws = draw_effects(events, many, sd, rng)
    found = moments(events, expected, sd)
    grid = np.linspace(-12, 12, 100_001)
    masses: list[float] = []
    for e in range(3):
        log_p = events[e] * grid - expected[e] * np.exp(grid) - 0.5 * (grid / sd) ** 2
        p = np.exp(log_p - log_p.max())
        mass = p.sum() * (grid[1] - grid[0]) / (sd * np.sqrt(2 * np.pi))
        p /= p.sum()
        masses.append(np.log(mass) + log_p.max())
        assert found.mean[e] == pytest.approx(p @ grid, abs=2e-3)
        assert found.factor[e] == pytest.approx(p @ np.exp(grid), rel=5e-3)
        u = np.interp(draws[:, e], grid, np.cumsum(p))
        for level in (0.05, 0.25, 0.5, 0.75, 0.95):
            error = np.sqrt(level * (1 - level) / 20_000)
            assert abs((u <= level).mean() - level) < 4.5 * error + 0.002, (e, level)
    # a constant that no coefficient moves is left out
    np.testing.assert_allclose(np.ptp(found.log_mass - masses), 0, atol=2e-3)
