"""An ensemble whose explanation is given, and ways to change its question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble

Asking = Callable[..., Ensemble]


@dataclass(frozen=True)
class Given:
    """A support as `sim.report.explain` would tell it."""

    label: str
    change: float


@pytest.fixture
def supports() -> Any:
    """Tell the same three precedents of every act, the strongest first."""

    def told(a: Assembly, sender: str, kind: str, receiver: str, dispute: str) -> list[Given]:
        assert sender in a.codes
        assert receiver in a.codes
        return [
            Given("AAA-BBB-2001", -0.4),
            Given("CCC-DDD-2002", 0.3),
            Given("EEE-FFF-2003", -1e-9),
        ]

    return told


@pytest.fixture
def asking(ensemble: Ensemble) -> Asking:
    """Return the same worlds under a scenario that is told otherwise: ``asking(title="$x$")``."""

    def asked(**changes: Any) -> Ensemble:
        scenario = ensemble.assembly.scenario.model_copy(update=changes)
        return replace(ensemble, assembly=replace(ensemble.assembly, scenario=scenario))

    return asked


@pytest.fixture
def silent(ensemble: Ensemble) -> Ensemble:
    """Return worlds in which nothing but the imposed acts happened."""
    return replace(ensemble, log=ensemble.log[ensemble.forced])
