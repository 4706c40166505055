"""When a clock starts: the state of the world in which an act first may come by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import kernel
from sim.world.assemble import Assembly

Act = tuple[int, int, int]


@dataclass(frozen=True)
class Opening:
    """The state in which a channel's clock starts to run.

    Parameters
    ----------
    world : WorldArrays
    time : float
        Days since the as-of date began.
    is_open : bool
        Whether the channel is at risk there; if not, nothing in the scenario makes it so.
    awaited : tuple of int or None
        The act (act, i, j) that has to come first, which nothing imposes.
    """

    world: kernel.WorldArrays
    time: float
    is_open: bool
    awaited: Act | None = None


def opening(a: Assembly, k: int) -> Opening:
    """Return the state in which a channel's clock starts.

    That is right after the scenario's imposed acts. An act that is not at risk even then waits for
    another (an answer for the recognition, a withdrawal for it too, relations mended for their end): it is
    asked as if that came at that moment.
    """
    w, now = after_forced(a)
    if w.is_open[k]:
        return Opening(w, now, True)
    for awaited in _awaited(w, k):
        if w.is_open[kernel.channel_of(w, *awaited)]:
            after = kernel.copy_state(w)
            kernel.apply_event(after, *awaited, now, kernel.NO_CAUSE, 0, 0)
            if after.is_open[k]:
                return Opening(after, now, True, awaited)
    return Opening(w, now, False)


def _awaited(w: kernel.WorldArrays, k: int) -> list[tuple[int, int, int]]:
    """Return the acts of which any may set a channel's clock going."""
    act, i, j = (int(x) for x in kernel.act_of(w, k))
    if act == kernel.RECOGNISE:
        return []
    if act == kernel.WITHDRAW:
        return [(kernel.RECOGNISE, i, j)]
    if act <= kernel.SEVER:
        return [(kernel.RECOGNISE, i, int(c)) for c in np.flatnonzero(w.front_of == j)]
    return [(kernel.RECALL if act == kernel.RETURN else kernel.SEVER, i, j)]


def after_forced(a: Assembly) -> tuple[kernel.WorldArrays, float]:
    """Return the state right after the scenario's imposed acts, and when that is."""
    w, now = kernel.copy_state(a.template), a.start
    for time, act, i, j in a.forced:
        if kernel.is_possible(w, int(act), int(i), int(j)):
            now = max(now, float(time))
            kernel.apply_event(w, int(act), int(i), int(j), time, kernel.NO_CAUSE, 0, 0)
    return w, now
