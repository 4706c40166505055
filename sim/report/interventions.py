"""What a scenario supposes about the world, and what its acts wait for, in plain words."""

from __future__ import annotations

from sim.hazard.stance import stances
from sim.history.actors import Actors
from sim.report.words import act_between, clean, listed, name_of
from sim.world.assemble import Assembly
from sim.world.scenario_model import Condition, Stance
from sim.world.scenario_premises import (
    CloseDispute,
    OpenDispute,
    Premise,
    SetDoctrine,
    SetRelations,
    SetTie,
)

_RELATIONS = {
    "none": "{} and {} have no relations",
    "charge": "{} and {} have relations at the level of chargés d'affaires",
    "ambassador": "{} and {} have relations at the level of ambassadors",
}
_TIES = {
    ("alliance", True): "{} and {} have a defence pact",
    ("alliance", False): "{} and {} have no defence pact",
    ("mission", True): "{} has a resident mission in {}",
    ("mission", False): "{} has no resident mission in {}",
    ("membership", True): "{} is a member of {}",
    ("membership", False): "{} is no member of {}",
}


def premise_told(actors: Actors, premise: Premise) -> str:
    """Tell a premise.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> from sim.world.scenario_premises import Doctrine
    >>> actors = load_corpus().actors
    >>> premise_told(actors, SetDoctrine(doctrine=Doctrine(actor="SRB", like="UKR")))
    'Serbia answers as Ukraine does'
    """
    match premise:
        case SetDoctrine(doctrine=doctrine):
            one, other = (name_of(actors, code) for code in (doctrine.actor, doctrine.like))
            return f"{one} answers as {other} does"
        case SetRelations(relations=asked):
            names = [name_of(actors, code) for code in asked.between]
            return _RELATIONS[asked.level].format(*names)
        case SetTie(tie=tie):
            names = [name_of(actors, code) for code in tie.between]
            return _TIES[tie.kind, tie.holds].format(*names)
        case CloseDispute(close=closed):
            return f"the dispute {clean(closed.dispute)} is over"
        case OpenDispute(open=opened):
            who = listed(name_of(actors, code) for code in opened.entities)
            over = f" over {who}" if opened.entities else ""
            return f"the dispute {clean(opened.dispute)}{over} is open"
    raise TypeError(f"no premise is a {type(premise).__name__}")


def stance_told(actors: Actors, stance: Stance) -> str:
    """Tell a stance that is set.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> stance_told(load_corpus().actors, Stance(actor="SRB", toward=("XKX",), value=0.5))
    'Serbia stands at +0.50 toward Kosovo'
    """
    toward = listed(name_of(actors, code) for code in stance.toward)
    return f"{name_of(actors, stance.actor)} stands at {stance.value:+.2f} toward {toward}"


def stood_before(a: Assembly, stance: Stance) -> str:
    """Tell where an actor stands when the scenario starts, before its stance is set; empty if untold.

    A value that sounds friendly may still be lower than what the rules have learned of it.
    """
    row = a.layout.actors.row(stance.actor)
    found = []
    for c, (entity, dispute) in enumerate(a.layout.columns):
        if entity in stance.toward and dispute.dispute in a.layout.active:
            k = c * a.layout.n + row
            if a.template.is_open[k]:
                known = stances(a.template, a.layout, c, a.fixed, a.weight, a.start)
                found.append(f"{known.value[row]:+.2f}")
    return f" (was {listed(dict.fromkeys(found))})" if found else ""


def condition_told(actors: Actors, when: Condition) -> str:
    """Tell what an act waits for.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> third = Condition(kind="recognise", receiver="DPR", count=3, after_days=7)
    >>> condition_told(load_corpus().actors, third)
    '7 days after the third time that anyone recognises Donetsk PR'
    """
    who = listed((name_of(actors, c) for c in when.sender.split("+")), "or") if when.sender else ""
    toward = [name_of(actors, code) for code in when.receiver.split("+") if code]
    if when.kind:
        what = act_between(actors, when.sender, when.kind, when.receiver.split("+"), "or")
        what = what.replace("Anyone", "anyone", 1) if not when.sender else what
    else:
        what = f"{who or 'anyone'} acts toward {listed(toward, 'or') if toward else 'anyone'}"
    days = {0: "", 1: "the day after "}.get(when.after_days, f"{when.after_days} days after ")
    if when.count == 1:
        return f"{days}the first time that {what}" if days else f"as soon as {what}"
    nth = f"the {_nth(when.count)} time that {what}"
    return f"{days}{nth}" if days else f"at {nth}"


_WORDS = ("first", "second", "third", "fourth", "fifth")


def _nth(count: int) -> str:
    if count <= len(_WORDS):
        return _WORDS[count - 1]
    last = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{'th' if count % 100 in (11, 12, 13) else last}"
