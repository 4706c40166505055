"""Premises: what a scenario changes about the world as it stands at its start.

An imposed act happens on a day; a premise has held all along. Only the structure is judged here, see
`sim.world.premise_check`; what becomes of a premise, see `sim.world.premises`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from sim.world.scenario_fields import Anyone, Code, Frozen, as_tuple

LEVELS = ("none", "charge", "ambassador")
"""Levels of relations, lowest first."""

TIES = ("alliance", "mission", "membership")
"""Kinds of ties that a covariate reads."""

OPENED_KINDS = ("secession", "rival_government", "rupture", "boycott")
"""Kinds of dispute that a scenario may open."""

Pair = Annotated[tuple[Code, ...], BeforeValidator(as_tuple), Field(min_length=2, max_length=2)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(as_tuple), Field(max_length=20)]


class Relations(Frozen):
    """At what level two actors have relations when the scenario starts."""

    between: Pair = Field(description="Codes of the two.")
    level: Code = Field(description="Their relations.", json_schema_extra={"enum": [*LEVELS]})


class Tie(Frozen):
    """Whether a tie stands when the scenario starts.

    A mission is the first actor's, with the second as host; of a membership the second is the
    organisation.
    """

    between: Pair = Field(description="Codes of the two.")
    kind: Code = Field(description="What ties them.", json_schema_extra={"enum": [*TIES]})
    holds: bool = Field(True, description="Whether it stands; false: it does not.")


class Opened(Frozen):
    """A dispute that is open when the scenario starts: a known one again, or a new one."""

    dispute: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")] = Field(
        description="Its key. Of a known dispute nothing else is said."
    )
    kind: Anyone = Field(
        "", description="Of a new one.", json_schema_extra={"enum": [*OPENED_KINDS, ""]}
    )
    entities: Codes = Field((), description="Who is recognised, or shunned.")
    parent: Anyone = Field("", description="Whom that hurts, or who leads the break.")
    patrons: Codes = Field((), description="Who stands behind the entities.")
    parent_backers: Codes = Field((), description="Who stands behind the parent.")


class Closed(Frozen):
    """A dispute that is over when the scenario starts."""

    dispute: Code = Field(description="Its key.")


class Doctrine(Frozen):
    """Whose way of answering an actor has, draw by draw, in place of its own."""

    actor: Code = Field(description="Who answers.")
    like: Code = Field(description="As who does.")


class SetRelations(Frozen):
    """Relations of two actors as the scenario wants them."""

    relations: Relations = Field(description="Between whom, and at what level.")


class SetTie(Frozen):
    """A tie as the scenario wants it."""

    tie: Tie = Field(description="Between whom, and of what kind.")


class OpenDispute(Frozen):
    """A dispute that the scenario opens."""

    open: Opened = Field(description="The dispute.")


class CloseDispute(Frozen):
    """A dispute that the scenario closes."""

    close: Closed = Field(description="The dispute.")


class SetDoctrine(Frozen):
    """A doctrine as the scenario wants it."""

    doctrine: Doctrine = Field(description="Of whom, and like whose.")


Premise = SetRelations | SetTie | OpenDispute | CloseDispute | SetDoctrine

PREMISES: dict[str, tuple[type[Frozen], type[Frozen]]] = {
    "relations": (SetRelations, Relations),
    "tie": (SetTie, Tie),
    "open": (OpenDispute, Opened),
    "close": (CloseDispute, Closed),
    "doctrine": (SetDoctrine, Doctrine),
}
"""For the key of each premise, the models of the intervention and of its table."""
