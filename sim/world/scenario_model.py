"""What a scenario is made of: frozen models, every default visible.

Only the structure is judged here (types, ranges, unknown keys). Whether an actor exists or an act
is possible is a question to history, see `sim.world.scenario_check`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from sim.world.scenario_fields import (
    LINE,
    LINE_WITH_INK,
    MAX_DAYS,
    MAX_ITEMS,
    MAX_SEED,
    MAX_VARIANTS,
    Anyone,
    Code,
    Days,
    Frozen,
    Line,
    Lines,
    as_tuple,
    list_as_tuple,
)
from sim.world.scenario_premises import (
    PREMISES,
    CloseDispute,
    OpenDispute,
    Premise,
    SetDoctrine,
    SetRelations,
    SetTie,
)

__all__ = [
    "FORBIDDEN_KINDS",
    "FORCED_KINDS",
    "MAX_DAYS",
    "MAX_ITEMS",
    "MAX_SEED",
    "MAX_VARIANTS",
    "ChannelPattern",
    "Condition",
    "ConditionalEvent",
    "Forbidden",
    "ForcedEvent",
    "Forecast",
    "Intervention",
    "Scenario",
    "SetStance",
    "Stance",
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


def _each(codes: str) -> frozenset[str]:
    return frozenset(codes.split("+")) if codes else frozenset()


Receivers = Annotated[
    tuple[Code, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=MAX_ITEMS)
]


class ForcedEvent(Frozen):
    """An act that happens on a given day in every world, whatever the rules say.

    Examples
    --------
    >>> ForcedEvent(date=dt.date(2022, 8, 1), sender="BLR", kind="recognise", receivers=("DPR",))
    ForcedEvent(date=datetime.date(2022, 8, 1), sender='BLR', kind='recognise', receivers=('DPR',))
    """

    date: dt.date = Field(description="Day of the act, on or after as_of.")
    sender: Code = Field(description="Code of the actor who acts.")
    kind: Code = Field(description="What it does.", json_schema_extra={"enum": [*FORCED_KINDS]})
    receivers: Receivers = Field(
        validation_alias=AliasChoices("receivers", "receiver"),
        description="Codes of those it acts toward; `receiver` where there is one.",
    )


class ChannelPattern(Frozen):
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


class Forbidden(Frozen):
    """Channels that stay silent in every world; a forced event still happens."""

    forbid: ChannelPattern = Field(description="The channels.")


class Condition(ChannelPattern):
    """What an act waits for: so many acts that agree with every part that is given.

    Each act counts, imposed ones too: who recognises two entities has acted twice.
    """

    sender: Anyone = Field("", description="Who acts; empty: anyone.")
    kind: Anyone = Field("", description="What is done; empty: anything.")
    receiver: Anyone = Field("", description="Toward whom; empty: anyone.")
    count: Annotated[int, Field(ge=1, le=MAX_ITEMS)] = Field(
        1, description="How many such acts it takes."
    )
    after_days: Annotated[int, Field(ge=0, le=MAX_DAYS)] = Field(
        0, description="How many days after the last of them; 0: at once."
    )

    @property
    def pattern(self) -> ChannelPattern:
        """Which acts count."""
        return ChannelPattern(sender=self.sender, kind=self.kind, receiver=self.receiver)


class ConditionalEvent(Frozen):
    """An act that happens once others have, in the worlds in which they do.

    Examples
    --------
    >>> third = Condition(kind="recognise", receiver="DPR", count=3)
    >>> ConditionalEvent(when=third, sender="BLR", kind="recognise", receivers=("DPR",)).when.count
    3
    """

    when: Condition = Field(description="What it waits for.")
    sender: Code = Field(description="Code of the actor who acts.")
    kind: Code = Field(description="What it does.", json_schema_extra={"enum": [*FORCED_KINDS]})
    receivers: Receivers = Field(
        validation_alias=AliasChoices("receivers", "receiver"),
        description="Codes of those it acts toward; `receiver` where there is one.",
    )


class Stance(Frozen):
    """Where an actor stands toward contested (or shunned) ones, see `sim.hazard.stance`."""

    actor: Code = Field(description="Whose stance.")
    toward: Receivers = Field(description="Codes of the contested or shunned actors.")
    value: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] = Field(
        description="From -1 (against) by 0 (the middling actor) to +1 (as good as recognised)."
    )


class SetStance(Frozen):
    """An actor's stance from a day on, as after a change of government; later acts still move it.

    Examples
    --------
    >>> turned = Stance(actor="NRU", toward=("DPR", "LPR"), value=0.9)
    >>> SetStance(stance=turned, date=dt.date(2022, 8, 1)).stance.value
    0.9
    """

    stance: Stance = Field(description="Whose, toward whom, and where it stands.")
    date: dt.date | None = Field(None, description="From when on; from the start where left out.")


TAGGED: dict[str, type[Frozen]] = {
    "forced": ForcedEvent,
    "conditional": ConditionalEvent,
    "forbidden": Forbidden,
    "stance": SetStance,
    **{key: outer for key, (outer, _) in PREMISES.items()},
}
"""The models of an intervention, by the tag under which pydantic reports its mistakes."""

_KEYS = {
    "forbid": "forbidden",
    "stance": "stance",
    **{key: key for key in PREMISES},
    "when": "conditional",
}


def _which(value: Any) -> str:
    if isinstance(value, dict):
        return next((tag for key, tag in _KEYS.items() if key in value), "forced")
    return next((tag for tag, model in TAGGED.items() if isinstance(value, model)), "forced")


Intervention = Annotated[
    Annotated[ForcedEvent, Tag("forced")]
    | Annotated[ConditionalEvent, Tag("conditional")]
    | Annotated[Forbidden, Tag("forbidden")]
    | Annotated[SetStance, Tag("stance")]
    | Annotated[SetRelations, Tag("relations")]
    | Annotated[SetTie, Tag("tie")]
    | Annotated[OpenDispute, Tag("open")]
    | Annotated[CloseDispute, Tag("close")]
    | Annotated[SetDoctrine, Tag("doctrine")],
    Discriminator(_which),
]
Interventions = Annotated[
    tuple[Intervention, ...], BeforeValidator(list_as_tuple), Field(max_length=MAX_ITEMS)
]
_INTERVENTIONS = "What is imposed, ruled out, or changed about the world as it stands."


def _forecast_id(given: dict[str, Any]) -> str:
    parts = (given.get("sender"), given.get("kind"), given.get("receiver"))
    return "-".join([*(part or "any" for part in parts), f"{given.get('within_days')}d"])


class Forecast(Frozen):
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


class Variant(Frozen):
    """The same question with further interventions, to be compared with the scenario as it stands."""

    # By alias only: a file that says `interventions` is told what the key is called.
    model_config = ConfigDict(populate_by_name=False)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+-]{1,60}$")] = Field(
        description="What to call it."
    )
    title: Annotated[str, Field(pattern=LINE, max_length=200)] = Field(
        "", description="One line that tells it; empty: the scenario's title with the name."
    )
    instead: bool = Field(
        False, description="Its interventions stand instead of the scenario's, not beside them."
    )
    interventions: Interventions = Field((), alias="intervention", description=_INTERVENTIONS)


class Scenario(Frozen):
    """A question to the simulator: what is known, what is imposed, what is asked.

    Examples
    --------
    >>> s = Scenario(title="Quiet", as_of=dt.date(2022, 1, 1), horizon_days=30, disputes=("a",))
    >>> s.seed, s.last_day, s.forecast_origin
    (1, datetime.date(2022, 1, 31), datetime.date(2022, 1, 1))
    """

    title: Annotated[str, Field(pattern=LINE_WITH_INK, max_length=200)] = Field(
        description="One line that names the scenario."
    )
    question: Line = Field("", description="The question in a sentence.")
    as_of: dt.date = Field(description="Nothing dated later is known to the model.")
    horizon_days: Days = Field(description="How many days after as_of are simulated.")
    disputes: Annotated[
        tuple[Code, ...],
        BeforeValidator(list_as_tuple),
        Field(min_length=1, max_length=MAX_ITEMS),
    ] = Field(description="The contested questions that are in play.")
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = Field(
        1, description="The same seed gives the same events."
    )
    sources: Lines = Field("", description="Where the facts of the scenario come from.")
    notes: Lines = Field("", description="Anything worth keeping with the scenario.")
    interventions: Interventions = Field((), alias="intervention", description=_INTERVENTIONS)
    forecasts: Annotated[
        tuple[Forecast, ...], BeforeValidator(list_as_tuple), Field(max_length=MAX_ITEMS)
    ] = Field((), alias="forecast", description="Questions to be checked later.")

    variants: Annotated[
        tuple[Variant, ...], BeforeValidator(list_as_tuple), Field(max_length=MAX_VARIANTS)
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
    def conditional(self) -> tuple[ConditionalEvent, ...]:
        """The acts on a condition, in the order of the file."""
        return tuple(i for i in self.interventions if isinstance(i, ConditionalEvent))

    @property
    def stances(self) -> tuple[SetStance, ...]:
        """The stances that are set, in the order of the file."""
        return tuple(i for i in self.interventions if isinstance(i, SetStance))

    @property
    def premises(self) -> tuple[Premise, ...]:
        """What is changed about the world as it stands, in the order of the file."""
        return tuple(i for i in self.interventions if isinstance(i, Premise))

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
