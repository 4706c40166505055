"""What the fields of a scenario file are made of: lines, codes, days, and their bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_SEED = 2**63 - 1
MAX_DAYS = 3650
MAX_ITEMS = 1000
MAX_VARIANTS = 9

LINE = r"^[^\x00-\x1f\x7f]*$"
LINE_WITH_INK = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Line = Annotated[str, Field(pattern=LINE, max_length=1000)]
Lines = Annotated[str, Field(pattern=LINES, max_length=20_000)]
Code = Annotated[str, Field(pattern=LINE_WITH_INK, max_length=200)]
Anyone = Annotated[str, Field(pattern=LINE, max_length=1000)]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]


class Frozen(BaseModel):
    """A part of a scenario: it never changes, and knows every key it may have."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def as_tuple(value: object) -> object:
    """Accept a list for a tuple, and ``"DPR+LPR"`` for each of them."""
    if isinstance(value, str):
        return tuple(value.split("+"))
    return list_as_tuple(value)


def list_as_tuple(value: object) -> object:
    """Accept a list for a tuple."""
    return tuple(value) if isinstance(value, list) else value
