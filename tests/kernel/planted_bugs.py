"""The kernel with one fault planted in it, under another name: what the laws must catch."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from sim import kernel


class Bug(NamedTuple):
    """A fault, and the law that is sure to be broken by it."""

    name: str
    right: str
    wrong: str
    breaks: str


BUGS = (
    Bug("the pieces passed are not counted", "        need -= piece\n", "", "a_delay_profile"),
    Bug(
        "the late factor is forgotten",
        "factor = pace[b] if b < late_from else pace[b] * late\n", "factor = pace[b]\n", "late_pieces",
    ),
    Bug(
        "the late pieces begin one late",
        "(pace[b] if b < late_from else", "(pace[b] if b <= late_from else", "late_pieces",
    ),
    Bug(
        "a clock that opens again keeps its luck",
        "            w.occurrence[k] += 1\n", "            w.occurrence[k] = 0\n", "opened_again",
    ),
    Bug(
        "a clock that opens again keeps its past",
        "            w.spent[k] = 0.0\n            w.settled[k] = t\n",
        "            w.settled[k] = t\n", "opened_again",
    ),
    Bug(
        "the hash forgets the world",
        "        np.uint64(world) & _LOW,\n", "        np.uint64(0),\n", "one_exponential",
    ),
    Bug(
        "the bound is too small",
        "w.bound[k] = exp(-w.rate[k] * mass)", "w.bound[k] = exp(-0.5 * w.rate[k] * mass)", "the_horizon",
    ),
    Bug(
        "the bound ends where the clock began",
        "            horizon - origin,\n", "            horizon,\n", "a_delay_profile",
    ),
    Bug(
        "hazard that is spent is not settled",
        "w.spent[k] += w.rate[k] * integral(", "w.spent[k] += 0.0 * w.rate[k] * integral(",
        "a_hazard_that_changes",
    ),
    Bug(
        "a clock that was screened out has no past",
        "        if w.is_open[k] == 0 or w.threshold[k] == math.inf:\n",
        "        if w.is_open[k] == 0 or w.threshold[k] == math.inf or w.threshold[k] < 0.0:\n",
        "a_hazard_that_changes",
    ),
    Bug(
        "the hazard stays what it was",
        "        w.rate[k] = _rate(w, k, s)\n        need = max(",
        "        w.rate[k] = _rate(w, k, s) if w.spent[k] == 0.0 else w.rate[k]\n        need = max(",
        "a_birth_chain",
    ),
    Bug(
        "any rung ends the answer",
        "w.reached[j, i] >= rung", "w.reached[j, i] > 0", "rungs_that_compete",
    ),
    Bug(
        "the wave does not begin anew", "            w.wave_at[j] = t\n", "", "a_patron"
    ),
    Bug(
        "others are not re-timed",
        "        if least <= noted:\n", "        if least < 0:\n", "a_birth_chain",
    ),
    Bug(
        "clocks sleep too long",
        "int(min(notes, 1e6))", "int(min(9.0 + notes, 1e6))", "a_birth_chain",
    ),
    Bug(
        "who takes it back is still followed",
        "w.z[k, BLOC] += step * w.bloc[i, a]", "w.z[k, BLOC] += w.bloc[i, a]",
        "partners_that_come_and_go",
    ),
    Bug(
        "acts come past the horizon",
        "    trail = new_trail(w)\n", "    trail = new_trail(w)\n    horizon += 9.0\n",
        "the_horizon",
    ),
    Bug(
        "the last draw is left out",
        "return world // NEIGHBOURS % draws", "return world // NEIGHBOURS % max(1, draws - 1)",
        "own_draws",
    ),
    Bug(
        "an answer's delay runs from the start of the world",
        "        w.provoked_at[f, i] = t\n", "        w.provoked_at[f, i] = 0.0\n", "an_answer",
    ),
    Bug(
        "two governments at a time",
        "            _recount(w, i, rival, LOSS, t)", "            pass", "one_government_at_a_time",
    ),
)  # fmt: skip

UNCOMPILED = "def njit(*_, **__):\n    return lambda function: function\n"


def planted(bug: Bug | None, compiled: bool) -> ModuleType:
    """Return the kernel with a fault in it, or a copy without; compiled or as plain Python."""
    source = Path(kernel.__file__).read_text("utf-8")
    if bug is not None:
        if source.count(bug.right) != 1:
            raise ValueError(
                f"{bug.name}: its place in the kernel is gone or no longer the only one"
            )
        source = source.replace(bug.right, bug.wrong)
    if compiled:
        source = source.replace("cache=True, ", "")
    else:
        source = source.replace("from numba import njit\n", UNCOMPILED)
    module = ModuleType("planted")
    exec(compile(source, "planted", "exec"), module.__dict__)
    return module
