"""What a scenario is made of: frozen models, every default visible.

Only the structure is judged here (types, ranges, unknown keys). Whether an actor exists or an act
is possible is a question to history, see `sim.world.scenario_check`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)

__all__ = [
    "FORBIDDEN_KINDS",
    "FORCED_KINDS",
    "ChannelPattern",
    "Forbidden",
    "ForcedEvent",
    "Forecast",
    "Intervention",
    "Scenario",
    "Variant",
]

FORCED_KINDS = (
    "recognise",
    "withdraw_recognition",
    "establish_relations",
    "condemn",
    "recall_ambassador",
    "return_ambassador",
    "downgrade_relations",
    "sever_relations",
    "restore_relations",
)
"""Kinds of act that a scenario may force."""

FORBIDDEN_KINDS = (
    "recognise",
    "withdraw_recognition",
    "establish_relations",
    "restore_relations",
    "open_embassy",
    "treaty",
    "condemn",
    "recall_ambassador",
    "return_ambassador",
    "downgrade_relations",
    "sever_relations",
)
"""Kinds of act that a scenario may forbid: what the worlds do by themselves, or a word for it."""

MAX_SEED = 2**63 - 1
MAX_DAYS = 3650
MAX_ITEMS = 1000
MAX_VARIANTS = 9

_LINE = r"^[^\x00-\x1f\x7f]*$"
_LINE_WITH_INK = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def _as_tuple(value: object) -> object:
    """Accept a list for a tuple, and ``"DPR+LPR"`` for each of them."""
    if isinstance(value, str):
        return tuple(value.split("+"))
    return tuple(value) if isinstance(value, list) else value


def _list_as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Line = Annotated[str, Field(pattern=_LINE, max_length=1000)]
Lines = Annotated[str, Field(pattern=_LINES, max_length=20_000)]
Code = Annotated[str, Field(pattern=_LINE_WITH_INK, max_length=200)]
Anyone = Annotated[str, Field(pattern=_LINE, max_length=1000)]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def _each(codes: str) -> frozenset[str]:
    return frozenset(codes.split("+")) if codes else frozenset()


class ForcedEvent(_Frozen):
    """An act that happens on a given day in every world, whatever the rules say.

    Examples
    --------
    >>> ForcedEvent(date=dt.date(2022, 8, 1), sender="BLR", kind="recognise", receivers=("DPR",))
    ForcedEvent(date=datetime.date(2022, 8, 1), sender='BLR', kind='recognise', receivers=('DPR',))
    """

    date: dt.date = Field(description="Day of the act, on or after as_of.")
    sender: Code = Field(description="Code of the actor who acts.")
    kind: Code = Field(description="What it does.", json_schema_extra={"enum": [*FORCED_KINDS]})
    receivers: Annotated[
        tuple[Code, ...],
        BeforeValidator(_as_tuple),
        Field(min_length=1, max_length=MAX_ITEMS),
    ] = Field(
        validation_alias=AliasChoices("receivers", "receiver"),
        description="Codes of those it acts toward; `receiver` where there is one.",
    )


class ChannelPattern(_Frozen):
    """Which channels: those that agree with every part that is given.

    `sender` and `receiver` may join several codes by ``+``; an empty part stands for anyone.
    """

    sender: Anyone = Field("", description="Who may not act; empty: nobody may.")
    kind: Anyone = Field("", description="What may not be done; empty: anything.")
    receiver: Anyone = Field("", description="Toward whom; empty: anyone.")

    def matches(self, sender: str, kind: str, receiver: str) -> bool:
        """Tell whether the channel is one of these.

        Examples
        --------
        >>> ChannelPattern(sender="PRK", kind="recognise").matches("PRK", "recognise", "DPR")
        True
        """
        return (
            (not self.sender or sender in _each(self.sender))
            and (not self.kind or kind == self.kind)
            and (not self.receiver or receiver in _each(self.receiver))
        )


class Forbidden(_Frozen):
    """Channels that stay silent in every world; a forced event still happens."""

    forbid: ChannelPattern = Field(description="The channels.")


def _which(value: Any) -> str:
    if isinstance(value, dict):
        return "forbidden" if "forbid" in value else "forced"
    return "forbidden" if isinstance(value, Forbidden) else "forced"


Intervention = Annotated[
    Annotated[ForcedEvent, Tag("forced")] | Annotated[Forbidden, Tag("forbidden")],
    Discriminator(_which),
]


def _forecast_id(given: dict[str, Any]) -> str:
    parts = (given.get("sender"), given.get("kind"), given.get("receiver"))
    return "-".join([*(part or "any" for part in parts), f"{given.get('within_days')}d"])


class Forecast(_Frozen):
    """A question that can be checked later: whether this happens within so many days.

    The days count from the last forced event, or from `as_of` where nothing is forced; a forced
    event itself is no answer. With several codes joined by ``+`` the answer is yes when it happens
    to, or by, any of them.

    Examples
    --------
    >>> Forecast(sender="UKR", kind="sever_relations", receiver="BLR", within_days=30).id
    'UKR-sever_relations-BLR-30d'
    """

    sender: Anyone = Field("", description="Who acts; empty: anyone.")
    kind: Code = Field(description="What happens.")
    receiver: Anyone = Field("", description="Toward whom; empty: anyone.")
    within_days: Days = Field(description="Days from the last forced event, or from as_of.")
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+-]{1,200}$")] = Field(
        default_factory=_forecast_id, description="Name of the question; made from its parts."
    )

    def matches(self, sender: str, kind: str, receiver: str) -> bool:
        """Tell whether an act of this kind answers the question with yes (the date aside)."""
        pattern = ChannelPattern(sender=self.sender, kind=self.kind, receiver=self.receiver)
        return pattern.matches(sender, kind, receiver)


class Variant(_Frozen):
    """The same question with further interventions, to be compared with the scenario as it stands."""

    # By alias only: a file that says `interventions` is told what the key is called.
    model_config = ConfigDict(populate_by_name=False)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+-]{1,60}$")] = Field(
        description="What to call it."
    )
    title: Annotated[str, Field(pattern=_LINE, max_length=200)] = Field(
        "", description="One line that tells it; empty: the scenario's title with the name."
    )
    instead: bool = Field(
        False, description="Its interventions stand instead of the scenario's, not beside them."
    )
    interventions: Annotated[
        tuple[Intervention, ...], BeforeValidator(_list_as_tuple), Field(max_length=MAX_ITEMS)
    ] = Field((), alias="intervention", description="Forced events and forbidden channels.")


class Scenario(_Frozen):
    """A question to the simulator: what is known, what is imposed, what is asked.

    Examples
    --------
    >>> s = Scenario(title="Quiet", as_of=dt.date(2022, 1, 1), horizon_days=30, disputes=("a",))
    >>> s.seed, s.last_day, s.forecast_origin
    (1, datetime.date(2022, 1, 31), datetime.date(2022, 1, 1))
    """

    title: Annotated[str, Field(pattern=_LINE_WITH_INK, max_length=200)] = Field(
        description="One line that names the scenario."
    )
    question: Line = Field("", description="The question in a sentence.")
    as_of: dt.date = Field(description="Nothing dated later is known to the model.")
    horizon_days: Days = Field(description="How many days after as_of are simulated.")
    disputes: Annotated[
        tuple[Code, ...],
        BeforeValidator(_list_as_tuple),
        Field(min_length=1, max_length=MAX_ITEMS),
    ] = Field(description="The contested questions that are in play.")
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = Field(
        1, description="The same seed gives the same events."
    )
    sources: Lines = Field("", description="Where the facts of the scenario come from.")
    notes: Lines = Field("", description="Anything worth keeping with the scenario.")
    interventions: Annotated[
        tuple[Intervention, ...], BeforeValidator(_list_as_tuple), Field(max_length=MAX_ITEMS)
    ] = Field((), alias="intervention", description="Forced events and forbidden channels.")
    forecasts: Annotated[
        tuple[Forecast, ...], BeforeValidator(_list_as_tuple), Field(max_length=MAX_ITEMS)
    ] = Field((), alias="forecast", description="Questions to be checked later.")

    variants: Annotated[
        tuple[Variant, ...], BeforeValidator(_list_as_tuple), Field(max_length=MAX_VARIANTS)
    ] = Field((), alias="variant", description="What-ifs that `compare` holds against it.")

    def varied(self, variant: Variant) -> Scenario:
        """Return what a variant asks: a scenario of its own, without questions and variants."""
        kept = () if variant.instead else self.interventions
        title = variant.title.strip() or f"{self.title[:130]} ({variant.name})"
        changes = {"title": title, "interventions": (*kept, *variant.interventions)}
        return self.model_copy(update=changes | {"forecasts": (), "variants": ()})

    @property
    def forced(self) -> tuple[ForcedEvent, ...]:
        """The forced events, by date; those of one day in the order of the file."""
        events = (i for i in self.interventions if isinstance(i, ForcedEvent))
        return tuple(sorted(events, key=lambda event: event.date))

    @property
    def forbidden(self) -> tuple[ChannelPattern, ...]:
        """The forbidden channels, in the order of the file."""
        return tuple(i.forbid for i in self.interventions if isinstance(i, Forbidden))

    @property
    def last_day(self) -> dt.date:
        """The last simulated day.

        Raises
        ------
        OverflowError
            If it lies past the calendar; a checked scenario never does.
        """
        return self.as_of + dt.timedelta(days=self.horizon_days)

    @property
    def forecast_origin(self) -> dt.date:
        """The day from which forecasts count: that of the last forced event, or `as_of`."""
        return max((event.date for event in self.forced), default=self.as_of)
