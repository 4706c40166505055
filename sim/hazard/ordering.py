"""In which order, and at what time of the day, the acts of history are played."""

from __future__ import annotations

from sim import kernel
from sim.history.precedents import JOINT_DAYS

Placed = tuple[int, int, int, int, int, str]
"""Day, rung (0 for what provokes), act, i, j, event."""


def joined_switches(found: list[Placed], rivals: dict[int, int]) -> list[Placed]:
    """Make one act of leaving a government and turning to its rival within `JOINT_DAYS`.

    Some switches are on record as a withdrawal and, days later, an establishment, others as one act. The
    switch is the decision to leave: it stands on the first day, while the rival is still held.
    """
    turns = {
        (act[3], act[4]): [b[0] for b in found if b[2:5] == (kernel.RECOGNISE, act[3], act[4])]
        for act in found
        if act[2] == kernel.RECOGNISE and act[4] in rivals
    }
    gone, moved = set(), {}
    for a, (day, _, act, i, j, _) in enumerate(found):
        later = turns.get((i, rivals.get(j, -1)), []) if act == kernel.WITHDRAW else []
        after = [d for d in later if 0 <= d - day <= JOINT_DAYS]
        if after:
            gone.add(a)
            moved[i, rivals[j], min(after)] = day
    return [
        (moved.get((act[3], act[4], act[0]), act[0]), *act[1:])
        if act[2] == kernel.RECOGNISE
        else act
        for a, act in enumerate(found)
        if a not in gone
    ]


def within_the_day(found: list[Placed]) -> list[float]:
    """Return the time of each act: what provokes in the morning of its day, what answers later.

    Acts of the same actor toward the same (an entity and its sibling, the rungs of one answer) follow one
    another; the first acts of all actors share their moment, and so do the second. The fractions are
    binary, so that the delay between two first acts is exactly the days between them.
    """
    groups: dict[tuple[int, int, int, int], list[int]] = {}
    for a, (day, rung, _, i, j, _) in enumerate(found):
        key = (day, 0, i, -1) if rung == 0 else (day, 1, i, j)
        groups.setdefault(key, []).append(a)
    times = [0.0] * len(found)
    for key, members in groups.items():
        members.sort(key=lambda a: (found[a][1], a))
        for nth, a in enumerate(members, start=1):
            times[a] = key[0] + 0.5 * key[1] + 0.5 - 0.5 ** (min(nth, 40) + 1)
    return times
