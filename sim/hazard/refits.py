"""Refits of one process without a case: what the one Newton step of `sim.hazard.evidence` is checked by.

History is played once; each refit drops a case's rows and seeks the mode anew, prior scales included. No
posterior is sampled, since it is the modes that are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.hazard.evidence import Cases, cases_of_rows
from sim.hazard.fitting import fit
from sim.hazard.learn import design_of, played
from sim.hazard.sampling import Design, Fit
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Refits:
    """One process, ready to be fitted without a case.

    Parameters
    ----------
    terms : Terms
    process : str
    design : Design
        All rows, alike ones added up.
    case : array of str, shape (N,)
        Case of each row, empty for none.
    """

    terms: Terms
    process: str
    design: Design
    case: Cases

    @classmethod
    def of(cls, known: Corpus, day: date, process: str) -> Refits:
        """Play what is known on a day.

        Parameters
        ----------
        known : Corpus
            Read as of the day.
        day : date
        process : str
        """
        terms, history = played(known, day)
        case = cases_of_rows(known, terms.layout, history)
        design, rows = design_of(terms, history, process, np.ones(len(case), dtype=bool))
        return cls(terms, process, *design.merged(case[rows]))

    def mode(self, without: Sequence[str] = ()) -> Vector:
        """Return the mode of all coefficients without some cases, shape (P,); other processes' are 0."""
        kept = ~np.isin(self.case, list(without))
        d = self.design
        design = replace(d, X=d.X[kept], effect=d.effect[kept], y=d.y[kept], days=d.days[kept])
        return _spread(fit(design, self.terms, self.process), len(self.terms.index))


def _spread(found: Fit, size: int) -> Vector:
    """Return the modes of a fit over the vector of all coefficients, as a posterior holds them."""
    mode = np.zeros(size)
    mode[found.idle.at] = found.idle.centre
    mode[found.shared], mode[found.pooled] = found.mode, found.effects
    return mode
