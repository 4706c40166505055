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
    TAGGED,
    ChannelPattern,
    Condition,
    ConditionalEvent,
    Forbidden,
    ForcedEvent,
    Forecast,
    Intervention,
    Scenario,
    Stance,
    Variant,
)
from sim.world.scenario_premises import LEVELS, PREMISES
from sim.world.scenario_toml import read_toml, resolved_toml

if TYPE_CHECKING:
    from sim.history.corpus import Corpus

__all__ = [
    "FORCED_KINDS",
    "ChannelPattern",
    "Condition",
    "ConditionalEvent",
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
_CODES = 'a list of codes such as ["RUS"]'

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
    "intervention[]": "a table with date (or when), sender, kind and receivers, or with one of "
    f"forbid, stance, {', '.join(PREMISES)}",
    "stance": "a table with actor, toward and value",
    "toward": 'a list of codes such as ["DPR", "LPR"]',
    "toward[]": _CODE,
    "value": "a number from -1 (against) to 1 (as good as recognised)",
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
    "when": "a table with sender, kind or receiver, and count",
    "count": f"a whole number from 1 to {MAX_ITEMS}",
    "after_days": f"a whole number of days from 0 to {MAX_DAYS}",
    "relations": "a table with between and level",
    "between": 'a list of two codes such as ["UKR", "SYR"]',
    "between[]": _CODE,
    "level": f"one of {', '.join(LEVELS)}",
    "tie": "a table with between and kind",
    "holds": "true or false",
    "open": "a table with dispute; of a new one also kind, entities and parent",
    "close": "a table with dispute",
    "dispute": 'the key of a dispute, of a-z, 0-9 and _, such as "donbas"',
    "entities": _CODES,
    "entities[]": _CODE,
    "parent": _CODE,
    "patrons": _CODES,
    "patrons[]": _CODE,
    "parent_backers": _CODES,
    "parent_backers[]": _CODE,
    "doctrine": "a table with actor and like",
    "actor": _CODE,
    "like": _CODE,
}
"""What would be right under each key; with brackets, in each item of its list."""

_TABLES: dict[str, type[BaseModel]] = {
    "forbid": ChannelPattern,
    "when": Condition,
    "stance": Stance,
    **{key: inner for key, (_, inner) in PREMISES.items()},
}
"""The models of the tables inside an intervention."""

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
    for name in ("ForcedEvent", "ConditionalEvent"):
        event = schema["$defs"][name]
        code = event["properties"]["receivers"]["items"]
        event["properties"]["receiver"] = code | {"description": "The one it acts toward."}
        event["required"].remove("receivers")
        event["oneOf"] = [{"required": ["receivers"]}, {"required": ["receiver"]}]
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
        details = [d for d in details if not _follows_from_another(d, details)]
        errors += [_told(file, detail) for detail in details[: LIMIT + 1]]
    if errors:
        raise errors[0].together(errors[1:])
    return scenario


def _follows_from_another(detail: Any, details: Sequence[Any]) -> bool:
    """Tell whether pydantic only adds that a wrong item left a default or a list incomplete."""
    kind, place = detail["type"], tuple(detail["loc"])
    items = (d["loc"] for d in details if tuple(d["loc"][: len(place)]) == place)
    return kind == "default_factory_not_called" or (
        kind == "too_short" and any(len(item) > len(place) for item in items)
    )


def _told(file: str, detail: Any) -> ScenarioError:
    location: tuple[str | int, ...] = tuple(detail["loc"])
    model: type[BaseModel] = Scenario
    own = 0  # where the key path of the scenario, or of a variant of it, begins
    if location[0] == "variant" and len(location) > 2:
        model, own = Variant, 2
    if location[own] == "intervention" and len(location) > own + 2:
        model = TAGGED[str(location[own + 2])]
        location = location[: own + 2] + location[own + 3 :]
        inner = _TABLES.get(str(location[own + 2])) if len(location) > own + 3 else None
        model = inner or model
    if location[own] == "forecast" and len(location) > 2:
        model = Forecast
    if detail["type"] == "extra_forbidden":
        return _unknown_key(file, location, model)
    missing = detail["type"] == "missing"
    found = "nothing" if missing else _shown(detail["input"])
    return ScenarioError(file, _key_path(location), found, RIGHT[_field(location)])


def _unknown_key(file: str, location: Sequence[str | int], model: type[BaseModel]) -> ScenarioError:
    key = str(location[-1])
    names = [field.alias or name for name, field in model.model_fields.items()]
    right = f"one of {', '.join(names)}"
    if model in _ALONE:
        found = f"{_ALONE[model]} beside other keys"
        return ScenarioError(
            file, _key_path(location[:-1]), found, f"a forced event or {_ALONE[model]}"
        )
    if model is ConditionalEvent and key == "date":
        return ScenarioError(file, _key_path(location), "both date and when", "one of them")
    whole = Scenario.model_fields.get(key)
    if model is not Scenario and whole is not None and whole.alias is None:
        right = f"{key} above the first table in double brackets"
        return ScenarioError(file, _key_path(location), "a key of the whole scenario", right)
    if model in (ForcedEvent, ConditionalEvent) and key == "receiver":
        right = "either receiver or receivers"
        return ScenarioError(file, _key_path(location), "both of them", right)
    near = did_you_mean(key, names)
    return ScenarioError(file, _key_path(location), "an unknown key", right, near)


_ALONE: dict[type[BaseModel], str] = {
    Forbidden: "forbid",
    **{outer: key for key, (outer, _) in PREMISES.items()},
}
"""Interventions of one key, which stands alone."""


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
