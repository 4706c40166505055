"""The scenario file as text: read it without trusting it, write it with every default visible."""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from typing import Any

from pydantic import BaseModel

from sim.errors import ScenarioError, quoted
from sim.world.scenario_model import Forecast, Intervention, Scenario, Variant

__all__ = ["read_toml", "resolved_toml"]

MAX_BYTES = 2**20
MAX_DEPTH = 32
MAX_DIGITS = 100

_QUOTED = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}|\Z)'
    r"|'''(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]++|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+",
    re.DOTALL,
)
_KEY = re.compile(r'[\w"-]++(?:[ \t]*+\.[ \t]*+[\w"-]++)*+')
_LONG_NUMBER = re.compile(rf"[0-9](?:_?[0-9]){{{MAX_DIGITS}}}")
_LINE_NUMBER = re.compile(r"\(at line (\d+), column \d+\)")
_TWICE = ("overwrite", "twice", "immutable", "duplicate")


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a TOML file, at most 1 MiB of it and no deeper than 32 levels.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    dict
        Its tables, as `tomllib` gives them.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is no UTF-8 or no TOML, or is too large or too deep.
    """
    file = os.fspath(path)
    text = _decoded(file, _content(file))
    _refuse_excess(file, text)
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(file) from None
    except ValueError as error:
        raise _no_toml(file, text, str(error)) from None
    if _depth(tables) > MAX_DEPTH:
        raise _too_deep(file)
    return tables


def _content(file: str) -> bytes:
    right = "a scenario file"
    try:
        with open(file, "rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ScenarioError(file, "", "no such file", right) from None
    except IsADirectoryError:
        raise ScenarioError(file, "", "a folder", right) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "a name that no file can have"
        raise ScenarioError(file, "", reason, f"{right} that can be read") from None
    if len(content) > MAX_BYTES:
        raise ScenarioError(file, "", "more than 1 MiB", "a scenario of at most 1 MiB")
    return content


def _decoded(file: str, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ScenarioError(file, "", "text in UTF-16", "text in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02x}, which is not UTF-8"
        raise ScenarioError(file, f"line {line}", found, "text in UTF-8") from None


def _refuse_excess(file: str, text: str) -> None:
    """Refuse what would take the parser far longer than its size says."""
    bare = _QUOTED.sub(_as_blank, text)
    for match in _KEY.finditer(bare):
        if (parts := match[0].count(".") + 1) > MAX_DEPTH:
            place = f"line {bare.count(chr(10), 0, match.start()) + 1}"
            raise ScenarioError(
                file, place, f"a key of {parts} parts", f"at most {MAX_DEPTH} parts"
            )
    if number := _LONG_NUMBER.search(bare):
        place = f"line {bare.count(chr(10), 0, number.start()) + 1}"
        found = f"a number of more than {MAX_DIGITS} digits"
        raise ScenarioError(file, place, found, "a number of fewer digits")


def _as_blank(match: re.Match[str]) -> str:
    """Keep the lines countable."""
    return "" if match[0].startswith("#") else '""' + "\n" * match[0].count("\n")


def _too_deep(file: str) -> ScenarioError:
    found = f"brackets or tables nested more than {MAX_DEPTH} deep"
    return ScenarioError(file, "", found, f"at most {MAX_DEPTH} levels")


def _no_toml(file: str, text: str, message: str) -> ScenarioError:
    """Tell in our own words: the parser's differ from one Python to the next."""
    lines = text.split("\n")
    match = _LINE_NUMBER.search(message)
    number = min(int(match[1]) if match else len(lines), len(lines))
    while number > 1 and not lines[number - 1].strip():
        number -= 1  # an unfinished line is noticed on the blank ones that follow
    line = lines[number - 1].strip()
    right = 'key = value as TOML writes it (text in "quotes", dates and numbers without)'
    if "date" in message.lower():
        right = "a date of the calendar such as 2022-02-21"
    elif any(word in message.lower() for word in _TWICE):
        right = "each key and each table once"
    return ScenarioError(file, f"line {number}", quoted(line) if line else "nothing", right)


def _depth(tables: object) -> int:
    level: list[object] = [tables]
    depth = 0
    while level and depth <= MAX_DEPTH:
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = [item for item in below if isinstance(item, dict | list)]
        depth += 1
    return depth


def resolved_toml(scenario: Scenario) -> str:
    """Write a scenario as TOML with every default visible.

    The same scenario gives the same text, and loading the text gives an equal scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    str
        TOML 1.0, ending with a line end.

    Examples
    --------
    >>> s = Scenario(title="Quiet", as_of=dt.date(2022, 1, 1), horizon_days=30, disputes=("a",))
    >>> print(resolved_toml(s), end="")
    title = "Quiet"
    question = ""
    as_of = 2022-01-01
    horizon_days = 30
    disputes = ["a"]
    seed = 1
    sources = ""
    notes = ""
    """
    hidden = {"interventions", "forecasts", "variants"}
    blocks = [_assignments(scenario, [f for f in Scenario.model_fields if f not in hidden])]
    blocks += ["[[intervention]]\n" + _intervention(item) for item in scenario.interventions]
    fields = [*Forecast.model_fields]
    blocks += ["[[forecast]]\n" + _assignments(item, fields) for item in scenario.forecasts]
    blocks += [block for variant in scenario.variants for block in _variant(variant)]
    return "\n".join(blocks)


def _variant(variant: Variant) -> list[str]:
    own = _assignments(variant, [f for f in Variant.model_fields if f != "interventions"])
    parts = ["[[variant.intervention]]\n" + _intervention(i) for i in variant.interventions]
    return ["[[variant]]\n" + own, *parts]


def _intervention(item: Intervention) -> str:
    given = [name for name in type(item).model_fields if getattr(item, name) is not None]
    return _assignments(item, given)


def _assignments(model: object, names: list[str]) -> str:
    return "".join(f"{name} = {_literal(getattr(model, name))}\n" for name in names)


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, BaseModel):
        parts = [f"{key} = {_literal(item)}" for key, item in value]
        return f"{{ {', '.join(parts)} }}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value).lower()  # true and false are numbers to Python
    raise TypeError(f"no scenario holds {type(value).__name__}")


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char < " " or char == "\x7f":
        return f"\\u{ord(char):04x}"
    return char
