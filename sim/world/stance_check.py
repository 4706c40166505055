"""Can a stance be set? Its actor, its day, and whether there is anything left to be ready for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import quoted
from sim.world.scenario_model import SetStance
from sim.world.scenario_words import WordCheck
from sim.world.standing import Standing

if TYPE_CHECKING:
    from sim.world.scenario_effect import Effect


def check_stances(notes: WordCheck, items: list[tuple[str, SetStance]], effect: Effect) -> None:
    """Take note of what is wrong with the stances that a scenario sets.

    Parameters
    ----------
    notes : WordCheck
    items : list of (str, SetStance)
        Each with its place in the file.
    effect : Effect
        What the simulation would make of the scenario.
    """
    scenario, layout = notes.scenario, effect.layout
    at_issue = {e: c for c, (e, d) in enumerate(layout.columns) if d.dispute in layout.active}
    may = layout.by_column(layout.allowed(scenario.as_of))
    standing = Standing(notes.before, scenario.as_of) if items else None
    seen: dict[tuple[str, str], str] = {}
    for place, item in items:
        day, asked = item.date or scenario.as_of, item.stance
        if not scenario.as_of <= day <= scenario.last_day:
            right = f"a day from {scenario.as_of} to {scenario.last_day}"
            notes.wrong(f"{place}.date", f"{day}", right)
            continue
        known = notes.actor(f"{place}.stance.actor", asked.actor, day)
        for c, code in enumerate(asked.toward):
            where = f"{place}.stance.toward[{c}]"
            if code not in at_issue:
                found = f"{quoted(code)}, of whom nothing is at issue here"
                notes.wrong(where, found, f"one of {', '.join(at_issue)}")
            elif known and not may[at_issue[code], layout.actors.row(asked.actor)]:
                found = f"{quoted(asked.actor)}, to whom {code} is no question"
                right = (
                    "an actor that may take a stand: not a party to the dispute, and alive by then"
                )
                notes.wrong(f"{place}.stance.actor", found, right)
            elif known and standing and standing.recognises(asked.actor, code):
                found = f"{quoted(code)}, which {asked.actor} recognises already"
                notes.wrong(where, found, "one that it does not recognise")
            other = seen.setdefault((asked.actor, code), where)
            if other != where:
                notes.wrong(where, f"the stance that {other} sets", "each stance once")
