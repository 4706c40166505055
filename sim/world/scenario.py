"""A scenario from a file: read, validated in structure and in substance, told in plain words.

The models stand in `scenario_model`, the text in `scenario_toml`, the questions to history in
`scenario_check`; this is the face of the four.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from sim.errors import LIMIT, ScenarioError, did_you_mean, quoted
from sim.world.scenario_check import check
from sim.world.scenario_model import (
    FORCED_KINDS,
    MAX_DAYS,
    MAX_ITEMS,
    MAX_SEED,
    MAX_VARIANTS,
    ChannelPattern,
    Forbidden,
    ForcedEvent,
    Forecast,
    Intervention,
    Scenario,
    Variant,
)
from sim.world.scenario_toml import read_toml, resolved_toml

if TYPE_CHECKING:
    from sim.history.corpus import Corpus

__all__ = [
    "FORCED_KINDS",
    "ChannelPattern",
    "Forbidden",
    "ForcedEvent",
    "Forecast",
    "Intervention",
    "Scenario",
    "Variant",
    "check",
    "load_scenario",
    "resolved_toml",
    "scenario_schema",
]

_DATE = "a date such as 2022-07-14, without quotes and without a time"
_DAYS = f"a whole number of days from 1 to {MAX_DAYS}"
_CODE = 'the code of an actor such as "UKR"'
_TEXT = "text of at most 20000 characters"

RIGHT = {
    "title": "one line of text, 1 to 200 characters",
    "question": "one line of text, at most 1000 characters",
    "as_of": _DATE,
    "date": _DATE,
    "horizon_days": _DAYS,
    "within_days": _DAYS,
    "disputes": 'a list of one or more disputes such as ["donbas"]',
    "disputes[]": 'the key of a dispute such as "donbas"',
    "seed": f"a whole number from 0 to {MAX_SEED}",
    "sources": _TEXT,
    "notes": _TEXT,
    "intervention": f"tables headed [[intervention]], at most {MAX_ITEMS}",
    "intervention[]": "a table with date, sender, kind and receivers, or with forbid",
    "forbid": "a table with sender, kind or receiver",
    "forecast": f"tables headed [[forecast]], at most {MAX_ITEMS}",
    "forecast[]": "a table with kind and within_days",
    "sender": _CODE,
    "receiver": _CODE,
    "receivers": 'a list of codes such as ["DPR", "LPR"]',
    "receivers[]": _CODE,
    "receiver[]": _CODE,
    "kind": 'a kind of act such as "recognise"',
    "id": "1 to 200 letters, digits and _ . + -",
    "variant": f"tables headed [[variant]], at most {MAX_VARIANTS}",
    "variant[]": "a table with name and further interventions",
    "name": "1 to 60 letters, digits and _ . + -",
    "instead": "true or false",
}
"""What would be right under each key; with brackets, in each item of its list."""

_ALIASES = {"interventions": "intervention", "forecasts": "forecast", "variants": "variant"}


def load_scenario(path: str | os.PathLike[str], corpus: Corpus | None = None) -> Scenario:
    """Read a scenario file and check it against history.

    Parameters
    ----------
    path : path
        A TOML file, see `scenario_schema`.
    corpus : Corpus, optional
        The history to check against; the shipped one by default.

    Returns
    -------
    Scenario
        Frozen, with every default filled in.

    Raises
    ------
    ScenarioError
        With a line for each mistake: file, key path, what was found, what would be right.

    Examples
    --------
    >>> load_scenario("scenarios/donbas-syria.toml").disputes  # doctest: +SKIP
    ('donbas',)
    """
    file = os.fspath(path)
    scenario = _validated(file, read_toml(path))
    if corpus is None:
        from sim.history.corpus import load_corpus

        corpus = load_corpus()
    check(scenario, corpus, file)
    return scenario


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors that complete and check TOML."""
    schema = Scenario.model_json_schema(by_alias=True)
    forced = schema["$defs"]["ForcedEvent"]
    code = forced["properties"]["receivers"]["items"]
    forced["properties"]["receiver"] = code | {"description": "The one it acts toward."}
    forced["required"].remove("receivers")
    forced["oneOf"] = [{"required": ["receivers"]}, {"required": ["receiver"]}]
    for part in (schema, *schema["$defs"].values()):
        part["description"] = part.get("description", "").split("\n\nExamples\n")[0]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _validated(file: str, tables: dict[str, Any]) -> Scenario:
    """Make the models, and turn what pydantic has to say into our words."""
    known = {name: value for name, value in tables.items() if name not in _ALIASES}
    errors = [_unknown_key(file, (name,), Scenario) for name in tables if name in _ALIASES]
    try:
        scenario = Scenario.model_validate(known)
    except ValidationError as wrong:
        # Without the inputs' context: pydantic cannot print an integer of thousands of digits.
        details = wrong.errors(include_url=False, include_context=False)
        details = [d for d in details if not _follows_from_another(d)]
        errors += [_told(file, detail) for detail in details[: LIMIT + 1]]
    if errors:
        raise errors[0].together(errors[1:])
    return scenario


def _follows_from_another(detail: Any) -> bool:
    """Tell whether pydantic only adds that a wrong item left a default or a list incomplete."""
    kind = detail["type"]
    return kind == "default_factory_not_called" or (kind == "too_short" and bool(detail["input"]))


def _told(file: str, detail: Any) -> ScenarioError:
    location: tuple[str | int, ...] = tuple(detail["loc"])
    model: type[BaseModel] = Scenario
    own = 0  # where the key path of the scenario, or of a variant of it, begins
    if location[0] == "variant" and len(location) > 2:
        model, own = Variant, 2
    if location[own] == "intervention" and len(location) > own + 2:
        model = ForcedEvent if location[own + 2] == "forced" else Forbidden
        location = location[: own + 2] + location[own + 3 :]
    if location[own] == "forecast" and len(location) > 2:
        model = Forecast
    if "forbid" in location[:-1]:
        model = ChannelPattern
    if detail["type"] == "extra_forbidden":
        return _unknown_key(file, location, model)
    missing = detail["type"] == "missing"
    found = "nothing" if missing else _shown(detail["input"])
    return ScenarioError(file, _key_path(location), found, RIGHT[_field(location)])


def _unknown_key(file: str, location: Sequence[str | int], model: type[BaseModel]) -> ScenarioError:
    key = str(location[-1])
    names = [field.alias or name for name, field in model.model_fields.items()]
    right = f"one of {', '.join(names)}"
    if model is Forbidden:
        found = "forbid beside other keys"
        return ScenarioError(file, _key_path(location[:-1]), found, "a forced event or forbid")
    whole = Scenario.model_fields.get(key)
    if model is not Scenario and whole is not None and whole.alias is None:
        right = f"{key} above the first table in double brackets"
        return ScenarioError(file, _key_path(location), "a key of the whole scenario", right)
    if model is ForcedEvent and key == "receiver":
        right = "either receiver or receivers"
        return ScenarioError(file, _key_path(location), "both of them", right)
    near = did_you_mean(key, names)
    return ScenarioError(file, _key_path(location), "an unknown key", right, near)


def _field(location: Sequence[str | int]) -> str:
    """Return the key of `RIGHT` for a location."""
    if isinstance(location[-1], int):
        return f"{location[-2]}[]"
    return str(location[-1])


def _key_path(location: Sequence[str | int]) -> str:
    """Write a location as ``intervention[0].receivers[1]``; odd keys are quoted."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = part if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", part) else quoted(part)
            path += f".{name}" if path else name
    return path


def _shown(value: object) -> str:
    """Tell what was found, on one short line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 200 else "a number of more than 60 digits"
    if isinstance(value, str):
        return quoted(value) if value.strip() else f"{quoted(value)}, which is empty"
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}, which has a time"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "a table"
    return str(value)  # a date, a time, a float: nan and inf among them
