"""How much of an outcome's variance over a sweep hangs on each thing that varies.

References
----------
Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output: design and estimator for
    the total sensitivity index. Computer Physics Communications 181, 259-270.
Iwanaga, T., Usher, W. and Herman, J. (2022). Toward SALib 2.0. Socio-Environmental Systems Modelling 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import InputError
from sim.world.sweep_plan import Dimension, Points, from_unit

__all__ = ["correlation_ratio", "saltelli", "sobol_indices"]

EXTRA = "demarche-sim[sweep]"

Vector = npt.NDArray[np.float64]


def correlation_ratio(values: Sequence[object], outcome: Vector) -> float:
    """Return the share of an outcome's variance that lies between the values of one dimension.

    ``Var(E[y | x]) / Var(y)`` less what as many values would have by chance (epsilon squared, not
    below 0): with N points and K values ``1 - (1 - eta^2) (N - 1) / (N - K)``. Not a number if the
    outcome does not vary; 1 if each point has a value of its own.

    References
    ----------
    Kelley, T. L. (1935). An unbiased correlation ratio measure. PNAS 21, 554-559.

    Examples
    --------
    >>> round(correlation_ratio(["a", "a", "b", "b"], np.array([0.0, 1.0, 2.0, 3.0])), 2)
    0.7
    """
    known = np.isfinite(outcome)
    y, x = outcome[known], pd.Series(values, dtype=object).astype(str).to_numpy()[known]
    if not y.size or y.var() == 0:
        return float("nan")
    size, groups = len(y), len(set(x))
    if groups == size:
        return 1.0
    means = pd.Series(y).groupby(x).transform("mean").to_numpy()
    within = ((y - means) ** 2).mean() / y.var()
    return float(max(0.0, 1 - within * (size - 1) / (size - groups)))


def saltelli(dimensions: Sequence[Dimension], samples: int, seed: int) -> Points:
    """Return the points from which Sobol's indices are estimated, ``samples * (dimensions + 2)`` of them.

    Raises
    ------
    InputError
        If SALib is not installed.
    """
    sample, _ = _salib()
    unit = sample.sample(_problem(dimensions), samples, calc_second_order=False, seed=seed)
    return from_unit(dimensions, unit)


def sobol_indices(dimensions: Sequence[Dimension], outcome: Vector, seed: int) -> pd.DataFrame:
    """Return Sobol's indices of an outcome at the points of `saltelli`, a row for each dimension.

    `first` is the share of the variance that the dimension explains by itself, `total` with all that it
    does together with others; each with the half width of its 95 % interval.
    """
    _, analyze = _salib()
    rows = [d.name for d in dimensions]
    if np.ptp(outcome) == 0:
        none = np.full(len(rows), np.nan)
        return pd.DataFrame(
            {
                "dimension": rows,
                "first": none,
                "first_half": none,
                "total": none,
                "total_half": none,
            }
        )
    found = analyze.analyze(
        _problem(dimensions), outcome, calc_second_order=False, seed=seed, print_to_console=False
    )
    return pd.DataFrame(
        {
            "dimension": rows, "first": found["S1"], "first_half": found["S1_conf"],
            "total": found["ST"], "total_half": found["ST_conf"],
        }
    )  # fmt: skip


def _problem(dimensions: Sequence[Dimension]) -> dict[str, Any]:
    n = len(dimensions)
    return {"num_vars": n, "names": [d.name for d in dimensions], "bounds": [[0.0, 1.0]] * n}


def _salib() -> tuple[Any, Any]:
    try:
        from SALib.analyze import sobol as analyze
        from SALib.sample import sobol as sample
    except ImportError:
        found = "no SALib"
        raise InputError("--sobol", "", found, f"it installed: pip install '{EXTRA}'") from None
    return sample, analyze
