"""The worlds of a day, played once for all that is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from sim import kernel
from sim.hazard.base_rates import DRAWS
from sim.hazard.posterior import Posterior
from sim.hazard.riskset import FIRST_RUNG, MEND_KINDS, MENDING, SLOTS, kind_of, slot_of, undoing
from sim.history.corpus import Corpus
from sim.history.events import LADDER, EventKind
from sim.world.assemble import Assembly, assemble
from sim.world.channels import Words, recognition_words
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.intervals import ANY, Counting, pooled
from sim.world.scenario_model import Scenario

__all__ = ["Play"]

Flags = npt.NDArray[np.bool_]
Vector = npt.NDArray[np.float64]

RUNG_OF_KIND = {str(kind): r for r, kinds in enumerate(LADDER.values()) for kind in kinds}


@dataclass(frozen=True, eq=False)
class Play:
    """The worlds of a day, ready to be asked.

    Parameters
    ----------
    ensemble : Ensemble
    words : mapping
        How recognitions are written in each dispute.
    channel, day, world : array, shape (acts,)
        When a channel rang, in days since the as-of day, and in which world.
    """

    ensemble: Ensemble
    words: Words
    channel: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    world: npt.NDArray[np.int64]
    _pooled: dict[int, dict[int, Vector]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, known: Corpus, disputes: list[str], posterior: Posterior, horizon: int,
        worlds: int, seed: int,
    ) -> Play:  # fmt: skip
        """Play the worlds of some open disputes.

        Parameters
        ----------
        known : Corpus
            As of the day.
        posterior : Posterior
            Of this day's world, see `sim.hazard.posterior.transferred`.
        horizon : int
            In days. A longer one leaves what happens before as it is.
        """
        scenario = Scenario.model_validate(
            {
                "title": "Questions",
                "as_of": known.end,
                "horizon_days": horizon,
                "disputes": tuple(disputes),
                "seed": seed,
            }
        )
        assembly = assemble(scenario, known, posterior)
        ensemble = run_ensemble(assembly, worlds, seed)
        log = ensemble.log
        acts, which = np.unique(log[:, 1:4].astype(np.int64), axis=0, return_inverse=True)
        rang = [kernel.channel_of(assembly.template, *act) for act in acts.tolist()]
        channel = np.array(rang, dtype=np.int64)[which.ravel()]
        day = np.floor(log[:, 0]).astype(np.int64)
        words = recognition_words(known, assembly.layout)
        return cls(ensemble, words, channel, day, log[:, 4].astype(np.int64))

    @property
    def assembly(self) -> Assembly:
        """What was played."""
        return self.ensemble.assembly

    @cached_property
    def answered(self) -> frozenset[str]:
        """The kinds of act that stand on a rung of which a rule was learned."""
        taught = {SLOTS[int(s)] for s in self.assembly.posterior.about["slots"]}
        rungs = [r for r in range(kernel.RUNGS) if SLOTS[FIRST_RUNG + r] in taught]
        return frozenset(kind for kind, r in RUNG_OF_KIND.items() if r in rungs)

    @cached_property
    def mended(self) -> frozenset[str]:
        """The kinds of act that mend relations after an answer, of which a rule was learned."""
        return frozenset(kind_of(slot) for slot in MENDING if self.taught(slot))

    def taught(self, slot: str) -> bool:
        """Tell whether a rule was learned."""
        return SLOTS.index(slot) in self.assembly.posterior.about["slots"]

    @cached_property
    def runs(self) -> Flags:
        """Which channels may ring at all, shape (channels,)."""
        return np.asarray(self.assembly.template.allowed, dtype=bool)

    def covers(self, kind: str, senders: Flags, receivers: Flags, dispute: str) -> Flags:
        """Return which channels an act of a kind may come from, shape (channels,)."""
        layout = self.assembly.layout
        mask = np.zeros(layout.channels, dtype=bool)
        stands, undoings = layout.by_column(mask), layout.by_column(mask, undone=True)
        row = layout.actors.row
        for c, (entity, of) in enumerate(layout.columns):
            if dispute not in ("", of.dispute):
                continue
            if kind in self.words.get(of.dispute, ()):
                stands[c] = senders & receivers[row(entity)]
            if kind == kind_of(undoing(slot_of(of))):
                undoings[c] = senders & receivers[row(entity)]
        answers, mends = layout.by_rung(mask), layout.by_mend(mask)
        for f, front in enumerate(layout.fronts):
            if not senders[row(front.responder)] or dispute not in ("", front.dispute):
                continue
            if kind in self.answered:
                answers[f, :, RUNG_OF_KIND[kind]] = receivers
            if kind in self.mended:
                mends[f, :, MEND_KINDS.index(EventKind(kind))] = receivers
        return np.asarray(mask & self.runs)

    def whole(self, mask: Flags, kind: str) -> Flags:
        """Return the pairs whose acts some channels cover wholly, shape (n, n), sender by receiver.

        That is who recognises a contested actor, and who takes that back; and of what mends relations the
        pairs in which something is to be mended, since records teach it of all such pairs. Rungs, and
        breaks with a shunned actor, are covered in part only: they come for other reasons too.

        Where anybody may recognise an actor, those who may not (they have, or claim it) are covered too.

        Parameters
        ----------
        mask : array of bool, shape (channels,)
            What `covers` found for the kind.
        kind : str
        """
        layout, row = self.assembly.layout, self.assembly.layout.actors.row
        pairs = np.zeros((layout.n, layout.n), dtype=bool)
        due = mask & self.assembly.template.is_open.astype(bool)
        for c, (entity, dispute) in enumerate(layout.columns):
            contested = entity in dispute.contested
            if contested:
                may = layout.by_column(mask)[c]
                everyone = kind == EventKind.RECOGNISE and bool(may.any())
                pairs[may | everyone, row(entity)] = True
            undone = layout.by_column(mask if contested else due, undone=True)[c]
            pairs[undone, row(entity)] = True
        for f, front in enumerate(layout.fronts):
            pairs[row(front.responder), layout.by_mend(due)[f].any(axis=1)] = True
        return pairs

    def chance(self, mask: Flags, days: int) -> tuple[float, Vector]:
        """Return the probability that any of some channels rings in time, and quantiles of it.

        Half a world is added to those in which one rings, of one more: what may come is never certain.
        """
        rang = mask[self.channel] & (self.day <= days)
        happened = np.unique(self.world[rang])
        spreads = self._spreads(days)
        slots = np.unique(self.assembly.layout.slots[mask])
        near = [spreads[s] for s in slots if s in spreads]
        weight = self._counting.likelihood(happened)
        weight = weight * (np.mean(near, axis=0) if near else ANY)
        a, b = self._counting.law(len(happened), weight)
        return a / (a + b), np.asarray(betaincinv(a, b, (np.arange(DRAWS) + 0.5) / DRAWS))

    @cached_property
    def _counting(self) -> Counting:
        return Counting(self.ensemble.worlds, len(self.assembly.fixed))

    def _spreads(self, days: int) -> Mapping[int, Vector]:
        """Return how far the posterior draws differ over the acts of each slot that come in time."""
        if days not in self._pooled:
            inside = self.day <= days
            acts = np.unique(np.stack([self.channel, self.world])[:, inside], axis=1)
            channels, first = np.unique(acts[0], return_index=True)
            found: dict[int, list[Vector]] = {}
            for k, worlds in zip(channels, np.split(acts[1], first)[1:], strict=True):
                slot = int(self.assembly.layout.slots[k])
                found.setdefault(slot, []).append(self._counting.likelihood(worlds))
            self._pooled[days] = {slot: pooled(rows) for slot, rows in found.items()}
        return self._pooled[days]
