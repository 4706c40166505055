"""Acts on a condition, as the kernel takes them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Conditions(NamedTuple):
    """What is waited for and what then happens; see `sim.kernel.plan`.

    Parameters
    ----------
    needed : array, shape (R,)
        How many acts must have happened.
    matches : array of uint8, shape (R, acts, n, J)
        Which acts count.
    planned : array, shape (P, 5)
        Rows (condition, delay in days, act, i, j).
    """

    needed: Any
    matches: Any
    planned: Any

    def scratch(self) -> tuple[Any, Any, Any, Any]:
        """Return the conditions as the kernel's drivers take them, none met yet."""
        return np.zeros(len(self.needed), np.int64), self.needed, self.matches, self.planned


NO_CONDITIONS = Conditions(
    np.zeros(0, np.int64), np.zeros((0, 1, 1, 1), np.uint8), np.zeros((0, 5))
)
