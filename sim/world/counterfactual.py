"""History written anew: the same clocks that rang as they did, and one act more or less.

Abduction is in closed form (random time change). Under a draw of the rules, a clock that rang at ``t`` had
a threshold of its integrated hazard at ``t``; one that has not rung has that integral and a unit exponential
of its own. Played with these thresholds and without an edit, every world is the real history; with an edit,
nothing moves that the edit does not reach (Pearl, 2009, chapter 7: abduction, action, prediction).

What no clock of these worlds brings (a withdrawal, an act of another dispute, a kind of act that is not
simulated) stands as it happened, unless what it rested on is gone: an answer falls with its provocation.

References
----------
Pearl, J. (2009). Causality: models, reasoning, and inference. 2nd ed. Cambridge University Press.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.replay import replay
from sim.hazard.riskset import Layout
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus
from sim.world.assemble import Assembly, state
from sim.world.conditions import NO_CONDITIONS
from sim.world.ensemble import Ensemble, Progress, logged, spread
from sim.world.paired import Act, Pair
from sim.world.past import Past
from sim.world.scenario_model import Scenario

Rows = npt.NDArray[np.float64]
Worlds = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """What happened and what would have, world by world.

    Parameters
    ----------
    pair : Pair
        Its base is the real history in every world, the other the history written anew.
    worlds_equal_history : int
        Worlds that are the real history when they are played without the edit.
    idle, kept : int
        Acts of the days played that change nothing in the state of the worlds and are left out; acts
        that no clock brings and that stand as they happened.
    """

    pair: Pair
    worlds_equal_history: int
    idle: int
    kept: int


@dataclass(frozen=True, eq=False)
class Rewriting:
    """A past, ready to be played again.

    Parameters
    ----------
    assembly : Assembly
        The state at the beginning of the first day played.
    facts : array, shape (A, 4)
        What happened from then on, as rows (time, act, i, j).
    basis : array, shape (A,)
        What each rests on, see `sim.kernel.abduct`.
    openings : int
        How often a clock opens, at most.
    """

    assembly: Assembly
    facts: Rows
    basis: Worlds
    openings: int

    @property
    def told(self) -> Rows:
        """What happened, without what changes nothing and what belongs to other disputes."""
        return self.facts[~np.isin(self.basis, (kernel.IDLE, kernel.ELSEWHERE))]

    @property
    def unruled(self) -> frozenset[Act]:
        """Acts of history that no rule ever brings: what becomes of them tells nothing."""
        ruled: set[tuple[int, ...]] = set()
        others: set[tuple[int, ...]] = set()
        for row, basis in zip(self.facts, self.basis, strict=True):
            side = ruled if basis == kernel.BY_ITSELF else others
            side.add(tuple(int(x) for x in row[1:4]))
        return frozenset(self.assembly.describe(a, i, j) for a, i, j in others - ruled)

    def played(
        self,
        worlds: int,
        seed: int,
        removed: frozenset[tuple[int, int, int]] = frozenset(),
        added: Rows | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> Rows:
        """Return the log of the worlds without some acts and with others, by world and time."""
        run = _Shard(self, seed, removed, np.zeros((0, 4)) if added is None else added)
        draws = len(self.assembly.fixed)
        log = spread(run, np.arange(worlds), draws, executor, progress)
        return log[np.argsort(log[:, 4], kind="stable")]

    def equal(self, log: Rows, worlds: int) -> int:
        """Count the worlds of a log that are the real history, to the moment."""
        told = self.told
        order = np.lexsort((log[:, 3], log[:, 2], log[:, 1], log[:, 0], log[:, 4]))
        rows = log[order]
        as_long = np.bincount(rows[:, 4].astype(int), minlength=worlds) == len(told)
        if not len(told):
            return int(as_long.sum())
        mine = rows[as_long[rows[:, 4].astype(int)], :4].reshape(-1, len(told), 4)
        facts = told[np.lexsort((told[:, 3], told[:, 2], told[:, 1], told[:, 0]))]
        return int((mine == facts).all(axis=(1, 2)).sum())


@dataclass(frozen=True)
class _Shard:
    """A pure function from worlds to their log."""

    rewriting: Rewriting
    seed: int
    removed: frozenset[tuple[int, int, int]]
    added: Rows

    def __call__(self, worlds: Worlds) -> Rows:
        r, a = self.rewriting, self.rewriting.assembly
        edited = a.without(self.removed).template
        template, fact = kernel.copy_state(a.template), kernel.copy_state(a.template)
        w = kernel.copy_state(edited)
        shape = (len(template.ring), r.openings)
        mass, rang = np.zeros(shape), np.zeros(shape)
        forced = self._forced()

        def run(log: Rows) -> int:
            return int(
                kernel.rewrite(
                    template, w, fact, a.fixed, a.weight, a.pace, r.facts, forced, a.start,
                    a.horizon, self.seed, worlds, log, (mass, rang), NO_CONDITIONS.scratch(),
                )
            )  # fmt: skip

        return logged(run, (len(r.told) + 4) * len(worlds))

    def _forced(self) -> Rows:
        """Return what no clock brings, and what the edit adds, in the order of time."""
        r = self.rewriting
        gone = [tuple(int(x) for x in row[1:4]) in self.removed for row in r.facts]
        stands = ~np.isin(r.basis, (kernel.IDLE, kernel.BY_ITSELF)) & ~np.array(gone, dtype=bool)
        rows = np.zeros((int(stands.sum()) + len(self.added), kernel.AHEAD))
        rows[: len(rows) - len(self.added), :4] = r.facts[stands]
        rows[: len(rows) - len(self.added), 5] = r.basis[stands]
        rows[len(rows) - len(self.added) :, :4] = self.added
        rows[:, 4] = kernel.NO_CAUSE
        return rows[np.argsort(rows[:, 0], kind="stable")]


def rewriting(corpus: Corpus, dispute: str, since: dt.date, until: dt.date) -> Rewriting:
    """Prepare the history of a dispute to be played again under what is known by its end.

    Parameters
    ----------
    corpus : Corpus
    dispute : str
        Open on `since`.
    since, until : date
        The first and the last day played. Covariates are those of the first.
    """
    known = corpus.as_of(until)
    layout = Layout.of(known, (dispute,))
    acts, ids = layout.acts(known, since)
    later = acts[:, 0] >= 0
    gone = {name for name, is_later in zip(ids, later, strict=True) if is_later}
    before = known.events["placed"] < np.datetime64(since)
    events = known.events[before & ~known.events["event_id"].isin(gone)].reset_index(drop=True)
    history = replay(replace(known, events=events), layout, since)
    posterior = posterior_for(corpus, until)
    template, draws = state(known, history, layout, posterior, since)
    start, horizon = 0.0, (until - since).days + 1.0
    kernel.refresh(template, start)
    about = {"title": f"The history of {dispute}", "as_of": since, "disputes": (dispute,)}
    asked = Scenario.model_validate(about | {"horizon_days": 1})
    asked = asked.model_copy(update={"horizon_days": (until - since).days})  # a history may be long
    nothing = np.zeros((0, 4))
    a = Assembly(asked, layout, history, posterior, template, *draws, nothing, start, horizon)
    facts = np.ascontiguousarray(acts[later & (acts[:, 0] < horizon)])
    return _classified(a, facts)


def _classified(a: Assembly, facts: Rows) -> Rewriting:
    """Find out what each fact rests on; that does not depend on the draw."""
    fact = kernel.copy_state(a.template)
    kernel.load_draw(fact, a.fixed[0], a.weight[0], a.pace[0], a.start, a.horizon)
    size = (len(fact.ring), 1)
    basis = np.zeros(len(facts), np.int64)
    openings = kernel.abduct(fact, facts, a.horizon, np.zeros(size), np.zeros(size), basis)
    columns = [d.dispute in a.layout.active for _, d in a.layout.columns]
    for f, (_, act, _, j) in enumerate(facts):
        if act <= kernel.WITHDRAW and basis[f] == kernel.FREELY and not columns[int(j)]:
            basis[f] = kernel.ELSEWHERE
    return Rewriting(a, facts, basis, int(openings))


def counterfactual(
    corpus: Corpus,
    dispute: str,
    remove: Sequence[str] = (),
    add: Sequence[str] = (),
    until: dt.date | None = None,
    worlds: int = 2_000,
    seed: int = 1,
    progress: Progress | None = None,
) -> Counterfactual:
    """Play the history of a dispute again without some acts, or with others.

    Parameters
    ----------
    corpus : Corpus
    dispute : str
    remove, add : sequence of str
        Acts such as ``SYR recognise DPR 2022-06-29``. What is removed never happens; what is added
        happens at the beginning of its day.
    until : date, optional
        Last day played and last day known; by default the day the dispute closed, or the last known.
    worlds, seed : int
    progress : callable, optional
        Told the number of worlds done.

    Raises
    ------
    InputError
        If the dispute has no history, or an act is none of it, or changes nothing.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> c = counterfactual(  # doctest: +SKIP
    ...     load_corpus(), "donbas", ["SYR recognise DPR+LPR 2022-06-29"], worlds=1000)
    >>> c.worlds_equal_history, c.pair.differences().iloc[0]["receiver"]  # doctest: +SKIP
    (1000, 'SYR')
    """
    past = Past(corpus, dispute, until)
    removed = [row for text in remove for row in past.removed(text)]
    since = min([*(row.day for row in removed), *map(past.day_of, add)], default=past.opened)
    r = rewriting(corpus, dispute, since, past.until)
    acts = frozenset(row.act for row in removed)
    added = np.array([row for text in add for row in past.added(text, since)]).reshape(-1, 4)
    assembly = replace(r.assembly, forced=added)
    equal = r.equal(r.played(worlds, seed), worlds)
    log = r.played(worlds, seed, acts, added, progress=progress)
    past.check_done(add, added, log)
    fact = Ensemble(r.assembly, worlds, seed, _everywhere(r.told, worlds))
    edited: frozenset[Act] = frozenset(assembly.describe(*act) for act in acts)
    pair = Pair(fact, Ensemble(assembly, worlds, seed, log), edited | r.unruled)
    idle = int((r.basis == kernel.IDLE).sum())
    kept = int(len(r.told) - (r.basis == kernel.BY_ITSELF).sum())
    return Counterfactual(pair, equal, idle, kept)


def _everywhere(told: Rows, worlds: int) -> Rows:
    """Return the log of worlds that are all the same history."""
    log = np.zeros((worlds * len(told), 6))
    log[:, :4] = np.tile(told, (worlds, 1))
    log[:, 4] = np.repeat(np.arange(worlds), len(told))
    log[:, 5] = kernel.NO_CAUSE
    return log
