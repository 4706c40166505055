"""Can a stance be set? Its actor, its day, and whether there is anything left to be ready for."""

from __future__ import annotations

from sim.errors import quoted
from sim.world.scenario_model import SetStance
from sim.world.scenario_words import WordCheck
from sim.world.standing import Standing


def check_stances(notes: WordCheck, items: list[tuple[str, SetStance]], play: list[str]) -> None:
    """Take note of what is wrong with the stances that a scenario sets.

    Parameters
    ----------
    notes : WordCheck
    items : list of (str, SetStance)
        Each with its place in the file.
    play : list of str
        The actors at issue in the scenario's disputes.
    """
    scenario = notes.scenario
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
            if code not in play:
                found = f"{quoted(code)}, of whom nothing is at issue here"
                notes.wrong(where, found, f"one of {', '.join(play)}", lambda: ())
            elif known and code == asked.actor:
                notes.wrong(where, f"{quoted(code)}, the actor itself", "another actor")
            elif known and standing and standing.recognises(asked.actor, code):
                found = f"{quoted(code)}, which {asked.actor} recognises already"
                notes.wrong(where, found, "one that it does not recognise")
            other = seen.setdefault((asked.actor, code), place)
            if other != place:
                notes.wrong(where, f"the stance that {other} sets", "each stance once")
