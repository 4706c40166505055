"""What one would run instead of the kernel: the same law in Mesa, day by day and by events, and in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from sim import kernel
from tests.benchmarks.workload import ANSWER_PACE, ANSWERED, HORIZON, KIN, MOVING, PACE, Law, Vector

BLOC, ALLY, COUNT, KINSHIP = (
    MOVING[q] for q in (kernel.BLOC, kernel.ALLY, kernel.COUNT, kernel.KIN)
)
RUNGS, DOWNGRADE, SEVER = 4, 2, 3
Ints = npt.NDArray[np.int64]
NEEDS = np.array([1, 2, 2, 1])  # level of relations that a rung needs; 2 is an ambassador
AFTER_ANSWER = math.exp(ANSWERED)


def piece(edges: Vector, delay: float) -> int:
    """Return the delay piece a delay lies in."""
    return int(np.searchsorted(edges, delay, side="right")) - 1


class Answers:
    """The answers a world's parents owe: one row for each recogniser, one column for each rung."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.rate = np.zeros((64, RUNGS))
        self.since = np.zeros(64)
        self.size = 0
        self.answered: set[int] = set()

    def open(self, e: int, i: int, now: float) -> int:
        """Let an answer fall due."""
        row, self.size = self.size, self.size + 1
        if row == len(self.since):
            self.rate = np.concatenate([self.rate, np.zeros_like(self.rate)])
            self.since = np.concatenate([self.since, np.zeros_like(self.since)])
        self.rate[row], self.since[row] = self.law.answer[e, i], now
        return row

    def given(self, row: int, rung: int) -> None:
        """Close the rungs that an answer closes; the others fade."""
        level = 0 if rung == SEVER else 1 if rung == DOWNGRADE else 2
        known = self.rate[row].copy()
        if row not in self.answered:
            known *= AFTER_ANSWER
            self.answered.add(row)
        known[: rung + 1] = 0.0
        known[level < NEEDS] = 0.0
        self.rate[row] = known


def mesa_plain(law: Law) -> type:
    """Mesa as its tutorial writes it: an agent for each state, a step for each day."""
    import mesa

    rates = law.rate.T.tolist()
    blocs = [np.flatnonzero(law.bloc[:, i]).tolist() for i in range(law.n)]
    allies = [np.flatnonzero(law.ally[:, i]).tolist() for i in range(law.n)]
    answer = law.answer.tolist()

    class State(mesa.Agent):  # type: ignore[misc]
        def __init__(self, model: Any, row: int) -> None:
            super().__init__(model)
            self.row = row
            self.h = list(rates[row])
            self.seen = [[0.0, 0.0, 0.0, 0.0] for _ in range(law.entities)]
            self.recognised = [h == 0.0 for h in self.h]
            self.due: list[tuple[float, list[float]]] = []

        def weigh(self, e: int) -> None:
            b, a, c, k = self.seen[e]
            moving = BLOC * b + ALLY * a + COUNT * c + KINSHIP * k
            self.h[e] = rates[self.row][e] * math.exp(moving)

        def step(self) -> None:
            model, draw = self.model, self.random.random
            for e in range(law.entities):
                if not self.recognised[e] and draw() < 1 - math.exp(-self.h[e] * model.pace):
                    self.recognise(e)
            for since, h in self.due:
                pace = ANSWER_PACE[piece(law.answer_edges, model.day - since)]
                for r in range(RUNGS):
                    if h[r] > 0.0 and draw() < 1 - math.exp(-h[r] * pace):
                        self.answer(h, r)

        def recognise(self, e: int) -> None:
            model, i = self.model, self.row
            model.events += 1
            self.recognised[e] = True
            model.counts[e] += 1
            size = math.log1p(model.counts[e])
            for other in model.states:
                other.seen[e][2] = size
            for b in blocs[i]:
                model.states[b].seen[e][0] += law.bloc[b, i]
            for a in allies[i]:
                model.states[a].seen[e][1] += law.ally[a, i]
            for d in range(law.entities):
                if d != e:
                    self.seen[d][3] = KIN
                    self.weigh(d)
            for other in model.states:
                other.weigh(e)
            if i != e + 1:
                model.states[e + 1].due.append((model.day + 1, list(answer[e][i])))

        def answer(self, h: list[float], r: int) -> None:
            self.model.events += 1
            level = 0 if r == SEVER else 1 if r == DOWNGRADE else 2
            first = len(h) == RUNGS
            for q in range(RUNGS):
                h[q] = 0.0 if q <= r or level < NEEDS[q] else h[q] * (AFTER_ANSWER if first else 1)
            if first:
                h.append(0.0)  # answered already

    class World(mesa.Model):  # type: ignore[misc]
        def __init__(self, rng: int | None = None) -> None:
            super().__init__(rng=rng)
            self.states = [State(self, i) for i in range(law.states)]
            self.day, self.events, self.counts = 0, 0, [0] * law.entities
            self.states[0].recognise(0)

        def step(self) -> None:
            self.pace = PACE[piece(law.edges, self.day)]
            self.agents.do("step")
            self.day += 1

    return World


def mesa_numpy(law: Law) -> type:
    """Mesa with the state of the world in numpy: a step for each day, a few expressions a step."""
    import mesa

    class World(mesa.Model):  # type: ignore[misc]
        def __init__(self, rng: int | None = None) -> None:
            super().__init__(rng=rng)
            mesa.Agent.create_agents(self, law.states)
            self.draws = np.random.default_rng(rng)
            self.day, self.events = 0, 0
            self.state = Moving(law)
            self.answers = Answers(law)
            self.recognise(0, 0)

        def recognise(self, e: int, i: int) -> None:
            self.events += 1
            self.state.recognise(e, i)
            self.answers.open(e, i, self.day)

        def step(self) -> None:
            h = self.state.h * PACE[piece(law.edges, self.day)]
            hit = self.draws.random(h.shape) < -np.expm1(-h)
            due = self.answers
            size = due.size
            delay = np.searchsorted(law.answer_edges, self.day - due.since[:size], side="right") - 1
            h = due.rate[:size] * np.take(ANSWER_PACE, delay)[:, None]
            answered = self.draws.random(h.shape) < -np.expm1(-h)
            self.day += 1
            if hit.any():
                for e, i in zip(*np.nonzero(hit), strict=True):
                    self.recognise(int(e), int(i))
            if answered.any():
                for row, r in zip(*np.nonzero(answered), strict=True):
                    if due.rate[row, r] > 0:
                        due.given(int(row), int(r))
                        self.events += 1

    return World


class Moving:
    """The recognitions of one world, and the hazards they leave, in numpy."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.at_risk = law.rate > 0
        self.eta = np.zeros_like(law.rate)
        self.count = np.zeros(law.entities)
        self.has_kin = np.zeros(law.n, dtype=bool)
        self.h = law.rate.copy()

    def recognise(self, e: int, i: int) -> None:
        """Take a recognition in: the column's hazards, and the actor's own of kin."""
        law = self.law
        self.at_risk[e, i] = False
        self.eta[e] += BLOC * law.bloc[:, i] + ALLY * law.ally[:, i]
        self.eta[e] += COUNT * (math.log1p(self.count[e] + 1) - math.log1p(self.count[e]))
        self.count[e] += 1
        others = np.arange(law.entities) != e
        if not self.has_kin[i]:
            self.has_kin[i] = True
            self.eta[others, i] += KINSHIP * KIN
        self.h[e] = law.rate[e] * np.exp(self.eta[e]) * self.at_risk[e]
        self.h[:, i] = law.rate[:, i] * np.exp(self.eta[:, i]) * self.at_risk[:, i]


class Clocks:
    """One world by events, exact: unit exponentials and integrated hazards, in numpy."""

    def __init__(self, law: Law, seed: int) -> None:
        self.law, self.draws = law, np.random.default_rng(seed)
        self.mass = np.concatenate([[0.0], np.cumsum(np.diff([*law.edges, 1e9]) * PACE)])
        self.edges = np.array([*law.edges, 1e9])
        self.state, self.answers = Moving(law), Answers(law)
        self.left = self.draws.exponential(size=law.rate.shape)
        self.last = np.zeros_like(law.rate)
        self.ring = self._when(self.left, self.state.h, 0.0)
        self.due: list[tuple[float, int, int]] = []
        self.now, self.events = 0.0, 0
        self.happen(0, 0)

    def _when(self, left: Vector, h: Vector, mass: float) -> Vector:
        with np.errstate(divide="ignore", invalid="ignore"):
            need = np.where(h > 0, left / h, np.inf)
        return np.interp(mass + need, self.mass, self.edges)

    def happen(self, e: int, i: int) -> None:
        """Let a recognition happen: settle the clocks it touches, and time them anew."""
        self.events += 1
        mass = float(np.interp(self.now, self.edges, self.mass))
        for at in ((e, slice(None)), (slice(None), i)):
            self.left[at] -= self.state.h[at] * (mass - self.last[at])
            self.last[at] = mass
        self.state.recognise(e, i)
        for at in ((e, slice(None)), (slice(None), i)):
            self.ring[at] = self._when(self.left[at], self.state.h[at], mass)
        self.next_answer(self.answers.open(e, i, self.now))

    def next_answer(self, row: int) -> None:
        """Draw the next answer of a row: the race of its rungs, memoryless between answers."""
        h = self.answers.rate[row]
        total = h.sum()
        if total <= 0:
            return
        since = self.now - self.answers.since[row]
        need = self.draws.exponential() / total
        edges = self.law.answer_edges
        b = piece(edges, since)
        while b + 1 < len(edges) and ANSWER_PACE[b] * (edges[b + 1] - since) < need:
            need -= ANSWER_PACE[b] * (edges[b + 1] - since)
            b += 1
            since = edges[b]
        when = self.answers.since[row] + since + need / ANSWER_PACE[b]
        rung = int(np.searchsorted(np.cumsum(h), self.draws.random() * total))
        self.due.append((when, row, rung))

    def next(self) -> float:
        """Return when the next thing happens."""
        return min(float(self.ring.min()), min(self.due, default=(math.inf,))[0])

    def step(self) -> None:
        """Let it happen."""
        k = int(self.ring.argmin())
        when = float(self.ring.flat[k])
        answer = min(self.due, default=None)
        if answer is not None and answer[0] < when:
            self.due.remove(answer)
            self.now = answer[0]
            self.events += 1
            self.answers.given(*answer[1:])
            self.next_answer(answer[1])
            return
        self.now = when
        self.happen(*divmod(k, self.law.n))


def mesa_events(law: Law) -> type:
    """Mesa's own event scheduler, one event scheduled at a time, the rest in numpy: exact."""
    import mesa
    from mesa.experimental.devs import DEVSimulator

    class World(mesa.Model):  # type: ignore[misc]
        def __init__(self, rng: int | None = None) -> None:
            super().__init__(rng=rng)
            mesa.Agent.create_agents(self, law.states)
            self.simulator = DEVSimulator()
            self.simulator.setup(self)
            self.clocks = Clocks(law, rng or 0)
            self.schedule()

        def schedule(self) -> None:
            when = self.clocks.next()
            if when < HORIZON:
                self.simulator.schedule_event_absolute(self.happen, when)

        def happen(self) -> None:
            self.clocks.step()
            self.schedule()

        @property
        def events(self) -> int:
            return self.clocks.events

    return World


class MesaDays:
    """Mesa, a step a day."""

    def __init__(self, law: Law, numpy: bool) -> None:
        self.name = "Mesa, numpy in the daily step" if numpy else "Mesa, plain daily step"
        self.world = (mesa_numpy if numpy else mesa_plain)(law)

    def run(self, worlds: int, seed: int) -> Vector:
        """Play worlds; return how many events each had."""
        counts = []
        for v in range(worlds):
            model = self.world(rng=seed * 1_000_003 + v)
            while model.day < HORIZON:
                model.step()
            counts.append(model.events)
        return np.array(counts, dtype=float)


class MesaEvents:
    """Mesa's discrete event simulator."""

    name = "Mesa, event scheduler with numpy (exact)"

    def __init__(self, law: Law) -> None:
        self.world = mesa_events(law)

    def run(self, worlds: int, seed: int) -> Vector:
        """Play worlds; return how many events each had."""
        counts = []
        for v in range(worlds):
            model = self.world(rng=seed * 1_000_003 + v)
            model.simulator.run_until(HORIZON)
            counts.append(model.events)
        return np.array(counts, dtype=float)


class Script:
    """A numpy script without a framework, a world at a time: exact."""

    name = "numpy script, by events (exact)"

    def __init__(self, law: Law) -> None:
        self.law = law

    def run(self, worlds: int, seed: int) -> Vector:
        """Play worlds; return how many events each had."""
        counts = []
        for v in range(worlds):
            clocks = Clocks(self.law, seed * 1_000_003 + v)
            while clocks.next() < HORIZON:
                clocks.step()
            counts.append(clocks.events)
        return np.array(counts, dtype=float)


class Lockstep:
    """A numpy script that plays many worlds abreast: exact, and what numpy does best."""

    name = "numpy, 256 worlds abreast (exact)"
    ABREAST = 256

    def __init__(self, law: Law) -> None:
        self.law = law

    def run(self, worlds: int, seed: int) -> Vector:
        """Play worlds; return how many events each had."""
        sizes = [min(self.ABREAST, worlds - v) for v in range(0, worlds, self.ABREAST)]
        return np.concatenate([Abreast(self.law, W, [seed, b]).play() for b, W in enumerate(sizes)])


class Abreast:
    """Worlds side by side, each at its own time: the clocks of `Clocks` with an axis more."""

    SLOTS = 128  # answers due in a world

    def __init__(self, law: Law, worlds: int, seed: list[int]) -> None:
        self.law, self.draws, W = law, np.random.default_rng(seed), worlds
        self.edges = np.array([*law.edges, 1e9])
        self.mass = np.concatenate([[0.0], np.cumsum(np.diff(self.edges) * PACE)])
        self.answer_edges = np.array([*law.answer_edges, 1e9])
        steps = np.diff(self.answer_edges) * ANSWER_PACE[: len(law.answer_edges)]
        self.answer_mass = np.concatenate([[0.0], np.cumsum(steps)])
        shape = (W, *law.rate.shape)
        self.h = np.broadcast_to(law.rate, shape).copy()
        self.at_risk = self.h > 0
        self.eta, self.last = np.zeros(shape), np.zeros(shape)
        self.left = self.draws.exponential(size=shape)
        self.ring = self._when(self.left, self.h, np.zeros((W, 1, 1)))
        self.kin, self.count = np.zeros((W, law.n), dtype=bool), np.zeros((W, law.entities))
        self.due = np.full((W, self.SLOTS), np.inf)
        self.rung = np.zeros((W, self.SLOTS), np.int64)
        self.rates = np.zeros((W, self.SLOTS, RUNGS))
        self.since, self.fresh = np.zeros((W, self.SLOTS)), np.ones((W, self.SLOTS), dtype=bool)
        self.size, self.now = np.zeros(W, np.int64), np.zeros(W)
        self.events = np.zeros(W)

    def _when(self, left: Vector, h: Vector, mass: Vector) -> Vector:
        with np.errstate(divide="ignore", invalid="ignore"):
            need = np.where(h > 0, left / h, np.inf)
        return np.interp(mass + need, self.mass, self.edges)

    def play(self) -> Vector:
        """Play to the horizon; return how many events each world had."""
        W = len(self.now)
        self._recognise(np.arange(W), np.zeros(W, np.int64), np.zeros(W, np.int64))
        live = np.arange(W)
        while live.size:
            rings = self.ring[live].reshape(live.size, -1)
            k, a = rings.argmin(axis=1), self.due[live].argmin(axis=1)
            ring, due = rings[np.arange(live.size), k], self.due[live, a]
            self.now[live] = np.minimum(ring, due)
            going = self.now[live] < HORIZON
            first = going & (ring <= due)
            self._recognise(live[first], *np.divmod(k[first], self.law.n))
            second = going & (ring > due)
            self._answer(live[second], a[second])
            live = live[going]
        return self.events

    def _recognise(self, v: Ints, e: Ints, i: Ints) -> None:
        if not v.size:
            return
        law = self.law
        self.events[v] += 1
        mass = np.interp(self.now[v], self.edges, self.mass)[:, None]
        everyone, every = np.arange(law.n)[None], np.arange(law.entities)[None]
        column, row = (v[:, None], e[:, None], everyone), (v[:, None], every, i[:, None])
        for at in (column, row):
            self.left[at] -= self.h[at] * (mass - self.last[at])
            self.last[at] = mass
        self.at_risk[v, e, i] = False
        grown = COUNT * (np.log1p(self.count[v, e] + 1) - np.log1p(self.count[v, e]))
        self.eta[v, e] += BLOC * law.bloc.T[i] + ALLY * law.ally.T[i] + grown[:, None]
        self.count[v, e] += 1
        new = ~self.kin[v, i]
        self.kin[v, i] = True
        self.eta[row] += (KINSHIP * KIN * new)[:, None] * (every != e[:, None])
        for at in (column, row):
            rate = law.rate[at[1:]]
            self.h[at] = rate * np.exp(self.eta[at]) * self.at_risk[at]
            self.ring[at] = self._when(self.left[at], self.h[at], mass)
        slot = self.size[v]
        self.size[v] += 1
        self.rates[v, slot], self.since[v, slot] = law.answer[e, i], self.now[v]
        self._next_answer(v, slot)

    def _answer(self, v: Ints, slot: Ints) -> None:
        if not v.size:
            return
        self.events[v] += 1
        rung = self.rung[v, slot][:, None]
        level = np.where(rung == SEVER, 0, np.where(rung == DOWNGRADE, 1, 2))
        fades = np.where(self.fresh[v, slot], AFTER_ANSWER, 1.0)[:, None]
        self.fresh[v, slot] = False
        stays = (np.arange(RUNGS)[None] > rung) & (level >= NEEDS)
        self.rates[v, slot] *= fades * stays
        self._next_answer(v, slot)

    def _next_answer(self, v: Ints, slot: Ints) -> None:
        rates = self.rates[v, slot]
        total, since = rates.sum(axis=1), self.since[v, slot]
        mass = np.interp(self.now[v] - since, self.answer_edges, self.answer_mass)
        with np.errstate(divide="ignore"):
            need = np.where(total > 0, self.draws.exponential(size=v.size) / total, np.inf)
        when = since + np.interp(mass + need, self.answer_mass, self.answer_edges)
        self.due[v, slot] = np.where(np.isfinite(need), when, np.inf)
        share = self.draws.random(v.size) * total
        self.rung[v, slot] = (np.cumsum(rates, axis=1) < share[:, None]).sum(axis=1)


class Cascade:
    """cynetdiff's independent cascade: no time, one act, one probability; a far cheaper model."""

    name = "cynetdiff, independent cascade (no time, one act)"

    def __init__(self, law: Law, mean: float) -> None:
        import networkx as nx
        from cynetdiff.utils import networkx_to_ic_model

        self.graph = nx.gnp_random_graph(law.states, 0.5, seed=7)
        self.make = networkx_to_ic_model
        low, high = 0.0005, 0.05
        for _ in range(14):
            self.probability = (low + high) / 2
            found = self.run(2000, seed=1).mean()
            low, high = (low, self.probability) if found > mean else (self.probability, high)

    def run(self, worlds: int, seed: int) -> Vector:
        """Play cascades; return how many nodes each reached."""
        made: Any = self.make(self.graph, activation_prob=self.probability)
        model = made[0] if isinstance(made, tuple) else made
        model.set_rng(np.random.default_rng(seed))
        model.set_seeds([0])
        reached = np.empty(worlds)
        for v in range(worlds):
            model.reset_model()
            model.advance_until_completion()
            reached[v] = model.get_num_activated_nodes()
        return reached
