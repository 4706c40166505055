"""Which points a sweep visits: what varies in a scenario, and between which values."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.errors import InputError, quoted
from sim.world.scenario_model import Scenario

__all__ = ["Dimension", "grid", "latin", "read_dimension", "varied"]

MOST_POINTS = 100_000
MOST_VALUES = 10_000
OPTION = "--vary"
FINEST = -20
"""Exponent of the last decimal place that a number may have."""

_PATH = re.compile(r"[a-z_]+(\[\d+\])?(\.[a-z_]+)*")
_RANGE = re.compile(r"(.+?)\.\.(.+?)(?:/([^/]+))?")
_RIGHT = '"intervention[0].date=2022-08-01..2022-12-01/7", "intervention[1]=on,off" and the like'

Points = npt.NDArray[np.int64]
Step = str | int


@dataclass(frozen=True)
class Dimension:
    """One thing that varies.

    Parameters
    ----------
    name : str
        As the user wrote it: the first of the key paths.
    paths : tuple of tuple
        Where each value goes in the scenario's tables; a path that ends in a number is a whole
        intervention, which is there or not.
    values : tuple
        Text, numbers, true or false, or days.
    """

    name: str
    paths: tuple[tuple[Step, ...], ...]
    values: tuple[Any, ...]


def read_dimension(text: str, scenario: Scenario) -> Dimension:
    """Read what ``--vary PATH[&PATH...]=VALUES`` names.

    Parameters
    ----------
    text : str
        Key paths as messages write them; values joined by commas, or ``FIRST..LAST`` with an optional
        ``/STEP``, of days or numbers. Without it the step is one day, or one in the last decimal place
        that either end is written with.
    scenario : Scenario
        The base: its value under a path tells of what kind the values are.

    Raises
    ------
    InputError

    Examples
    --------
    >>> s = Scenario(title="A", as_of=dt.date(2022, 1, 1), horizon_days=30, disputes=("donbas",))
    >>> read_dimension("horizon_days=30..90/30", s).values
    (30, 60, 90)
    """
    joined, equals, told = text.partition("=")
    if not equals or not told.strip():
        raise InputError(OPTION, "", quoted(text), f"a key path, = and values: {_RIGHT}")
    tables = scenario.model_dump(by_alias=True)
    names = [name.strip() for name in joined.split("&")]
    paths = tuple(_path(name, tables) for name in names)
    values = _values(names[0], told.strip(), _at(tables, paths[0]), _is_presence(paths[0]))
    return Dimension(names[0], paths, values)


def _path(name: str, tables: dict[str, Any]) -> tuple[Step, ...]:
    if not _PATH.fullmatch(name):
        raise InputError(OPTION, "", quoted(name), f"a key path such as in {_RIGHT}")
    if name == "as_of" or name.startswith("variant"):
        raise InputError(
            OPTION, "", quoted(name), "a key that can vary while what is known does not"
        )
    path: list[Step] = []
    for part in name.split("."):
        word, bracket, number = part.partition("[")
        path += [word, int(number.rstrip("]"))] if bracket else [word]
    try:
        _at(tables, tuple(path))
    except (KeyError, IndexError, TypeError):
        right = "the key path of something that the scenario says"
        raise InputError(OPTION, "", quoted(name), right) from None
    return tuple(path)


def _is_presence(path: tuple[Step, ...]) -> bool:
    return isinstance(path[-1], int)


def _at(tables: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        tables = tables[step]
    return tables


class _Kind(NamedTuple):
    """How values of a kind are read: what a word says, counted in steps, and which value that is."""

    read: Callable[[str], Any]
    value: Callable[[Any], Any]
    right: str = ""


def _decimal(word: str) -> Decimal:
    """Read a number as it is written, so that steps of a tenth stay tenths."""
    number = Decimal(word)
    exponent = number.as_tuple().exponent
    if not math.isfinite(float(number)) or not isinstance(exponent, int) or exponent < FINEST:
        raise ValueError(word)
    return number


_KINDS: dict[type, _Kind] = {
    bool: _Kind(
        {"on": True, "off": False, "true": True, "false": False}.__getitem__, bool, "on or off"
    ),
    int: _Kind(int, int, "a whole number"),
    float: _Kind(_decimal, float, "a number such as 0.5"),
    dt.date: _Kind(
        lambda word: dt.date.fromisoformat(word).toordinal(),
        dt.date.fromordinal,
        "a day such as 2022-08-01",
    ),
    str: _Kind(str, str),
}
_RANGED = {int: int, float: float, dt.date: int}
"""The kinds of value that have ranges, each with the kind of its step."""


def _values(name: str, told: str, base: Any, presence: bool) -> tuple[Any, ...]:
    kind = bool if presence else type(base) if type(base) in _KINDS else str
    found: list[Any] = []
    for word in (word.strip() for word in told.split(",")):
        span = _RANGE.fullmatch(word)
        if span and kind in _RANGED:
            found += _ranged(name, span, kind)
        else:
            found.append(_KINDS[kind].value(_read(name, word, kind)))
    if len(set(found)) < len(found):
        raise InputError(OPTION, name, quoted(told), "each value once")
    return tuple(found)


def _read(name: str, word: str, kind: type) -> Any:
    try:
        return _KINDS[kind].read(word)
    except (KeyError, ValueError, InvalidOperation):
        raise InputError(OPTION, name, quoted(word), _KINDS[kind].right) from None


def _ranged(name: str, span: re.Match[str], kind: type) -> list[Any]:
    first, last = (_read(name, span[i], kind) for i in (1, 2))
    step = _read(name, span[3], _RANGED[kind]) if span[3] else _unit(first, last)
    if last < first or step <= 0:
        right = "the first, then the last, and a step above 0"
        raise InputError(OPTION, name, quoted(span[0]), right)
    steps = (last - first) // step
    if steps >= MOST_VALUES:
        found = f"{quoted(span[0])}, {steps + 1:,} values"
        raise InputError(OPTION, name, found, f"at most {MOST_VALUES:,}")
    return [_KINDS[kind].value(first + s * step) for s in range(int(steps) + 1)]


def _unit(*ends: Any) -> Any:
    """Return one in the last place that any of the ends is written with."""
    places = [int(end.as_tuple().exponent) for end in ends if isinstance(end, Decimal)]
    return Decimal(1).scaleb(min(0, *places)) if places else 1


def grid(dimensions: Sequence[Dimension]) -> Points:
    """Return every combination, as indices of values, shape (points, dimensions).

    Raises
    ------
    InputError
        If there are more than `MOST_POINTS`.
    """
    sizes = [len(d.values) for d in dimensions]
    if math.prod(sizes) > MOST_POINTS:
        found = f"{math.prod(sizes):,} points"
        raise InputError(OPTION, "", found, f"at most {MOST_POINTS:,}, or --samples N of them")
    return np.array(list(itertools.product(*map(range, sizes))), dtype=np.int64)


def latin(dimensions: Sequence[Dimension], samples: int, seed: int) -> Points:
    """Return a Latin hypercube: each value of each dimension about equally often (McKay et al., 1979)."""
    from scipy.stats import qmc

    unit = qmc.LatinHypercube(len(dimensions), rng=seed).random(samples)
    return from_unit(dimensions, unit)


def from_unit(dimensions: Sequence[Dimension], unit: npt.NDArray[np.float64]) -> Points:
    """Return the points that lie at some places of the unit cube."""
    sizes = np.array([len(d.values) for d in dimensions])
    return np.asarray(np.minimum((unit * sizes).astype(np.int64), sizes - 1))


def varied(scenario: Scenario, dimensions: Sequence[Dimension], point: Sequence[int]) -> Scenario:
    """Return the scenario at a point.

    Raises
    ------
    pydantic.ValidationError
        If a value is none that the key may have.
    """
    tables = deepcopy(scenario.model_dump(by_alias=True))
    tables["intervention"] = list(tables["intervention"])
    tables["forecast"] = list(tables["forecast"])
    gone: set[int] = set()
    for dimension, index in zip(dimensions, point, strict=True):
        value = dimension.values[index]
        for path in dimension.paths:
            if _is_presence(path):
                gone |= set() if value else {int(path[-1])}
            else:
                _at(tables, path[:-1])[path[-1]] = value
    kept = enumerate(tables["intervention"])
    tables["intervention"] = tuple(item for i, item in kept if i not in gone)
    return Scenario.model_validate(tables | {"variant": (), "forecast": tuple(tables["forecast"])})
