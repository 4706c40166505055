"""A sweep as a model of the EMA Workbench, so that PRIM, feature scoring and the like work on scenarios.

References
----------
Kwakkel, J. H. (2017). The Exploratory Modeling Workbench: an open source toolkit for exploratory modeling,
    scenario discovery, and (multi-objective) robust decision making. Environmental Modelling & Software 96,
    239-250.
"""

from __future__ import annotations

import warnings
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from sim.errors import InputError
from sim.world.sensitivity import EXTRA
from sim.world.sweep import Sweep
from sim.world.sweep_plan import Dimension

__all__ = ["ema_model"]


def ema_model(sweep: Sweep, name: str = "demarche") -> Any:
    """Return an `ema_workbench.Model` whose uncertainties are the dimensions of a sweep.

    Days and numbers that stand in an even row become integer parameters (how many steps after the
    first), everything else categories. Each of the sweep's outcomes is a scalar outcome; at an impossible
    point it is not a number.

    Parameters
    ----------
    sweep : Sweep
    name : str
        Letters and digits.

    Raises
    ------
    InputError
        If the EMA Workbench is not installed.

    Examples
    --------
    >>> from ema_workbench import perform_experiments  # doctest: +SKIP
    >>> experiments, outcomes = perform_experiments(ema_model(sweep), 200)  # doctest: +SKIP
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of evaluators that are not installed
            import ema_workbench as ema
    except ImportError:
        right = f"it installed: pip install '{EXTRA}'"
        raise InputError("demarche sweep", "", "no EMA Workbench", right) from None
    labels = {f"x{i}": d for i, d in enumerate(sweep.dimensions)}

    def function(**chosen: Any) -> dict[str, float]:
        point = [_index(d, chosen[label]) for label, d in labels.items()]
        values = sweep.at(point).values
        return {f"y{i}": values.get(o, np.nan) for i, o in enumerate(sweep.outcomes)}

    model = ema.Model(name, function=function)
    model.uncertainties = [_parameter(ema, label, d) for label, d in labels.items()]
    model.outcomes = [
        ema.ScalarOutcome(outcome, variable_name=f"y{i}")
        for i, outcome in enumerate(sweep.outcomes)
    ]
    return model


def _parameter(ema: Any, label: str, dimension: Dimension) -> Any:
    if _even(dimension):
        last = len(dimension.values) - 1
        return ema.IntegerParameter(dimension.name, 0, last, variable_name=[label])
    values = [str(value) for value in dimension.values]
    return ema.CategoricalParameter(dimension.name, values, variable_name=[label])


def _even(dimension: Dimension) -> bool:
    """Tell whether the values are days or numbers in an even row."""
    values = [Decimal(str(v)) if isinstance(v, float) else v for v in dimension.values]
    if len(values) < 3 or any(isinstance(v, bool | str) for v in values):
        return False
    return len({b - a for a, b in pairwise(values)}) == 1


def _index(dimension: Dimension, chosen: Any) -> int:
    if _even(dimension):
        return int(chosen)
    return [str(value) for value in dimension.values].index(str(chosen))
