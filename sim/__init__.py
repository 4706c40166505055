"""Ask what diplomacy would follow: if X recognises Y, who reacts, how, when, and what then.

The rooms, each allowed to import only those below it::

    cli         the command line
    report      what to tell: tables, figures, the precedents a projection rests on
    backtest    how far to trust it: forecasts of what is known by now, scored
    world       what could happen: scenario -> world (Mesa) -> ensemble -> projection
    hazard      how states react: covariates, risk sets, response rules learned from precedents
    history     what happened: actors, disputes, dated events, ties, precedents
    kernel      the arithmetic of clocks: compiled, numbers only

>>> import sim
>>> scenario = sim.load_scenario("scenarios/donbas-syria.toml")  # doctest: +SKIP
>>> ensemble = sim.run(scenario, worlds=10_000)  # doctest: +SKIP
>>> ensemble.projection()  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.hazard.learn import learn
    from sim.history.corpus import load_corpus
    from sim.world.model import World
    from sim.world.run import run
    from sim.world.scenario import load_scenario

__all__ = ["World", "learn", "load_corpus", "load_scenario", "run"]

_HOMES = {
    "World": "sim.world.model",
    "learn": "sim.hazard.learn",
    "load_corpus": "sim.history.corpus",
    "load_scenario": "sim.world.scenario",
    "run": "sim.world.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that ``import sim`` costs nothing."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
