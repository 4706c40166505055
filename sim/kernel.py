"""The arithmetic of clocks: compiled, numbers only, no names and no project imports.

A *channel* is one thing that may happen. Its clock rings when its integrated hazard, with a hazard
that is constant between events and between the edges of its delay pieces, reaches a unit exponential
of its own (random time change: Brown, 1988; Gibson and Bruck, 2000). The exponential is hashed from
(seed, world, channel key, occurrence) and so belongs to the channel's name, never to a turn in a queue.

Two verbs, `next_event` and `apply_event`, and three drivers: `replay` (history, exposure recorded),
the stepped world (see `sim.world.model`) and `run_worlds` (the ensemble). What is learned, watched
and counted is therefore one law.

In the ensemble a clock that is to ring after the horizon *sleeps*: others' recognitions are noted by
column, and it is not timed anew until so many are noted that they could have brought it before. When it
wakes it plays them one after the other, so that it is what it would have been.

Channels are laid out in one row of four blocks: actor ``i`` recognises contested column ``e``
(at ``e * n + i``); front ``f`` (a responder in a dispute) answers actor ``i`` on rung ``r`` (at
``(f * n + i) * RUNGS + r`` of its block); ``i`` takes its recognition back (at ``e * n + i``); ``f`` mends
its relations with ``i`` (at ``(f * n + i) * MENDS + r``).

All compiled code stays in this file: numba's cache does not notice edits in another. Set
``NUMBA_DISABLE_JIT=1`` and the same file is its own reference.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

# `_nrt=False` spares counting the references to every array of the tuple in every call, which took most of
# an event's time. It stands where no array is made; numba does not document it, so the tests of the log's
# bytes are what holds it.

# Acts, as numbers. The four rungs of an answer stand in order, from CONDEMN to SEVER.
# CUT ends relations without being an answer: the other side broke, or it was over something else.
# TURN sets an actor's stance toward a column.
RECOGNISE, WITHDRAW, CONDEMN, RECALL, DOWNGRADE, SEVER, RETURN, RESTORE, CUT, TURN = range(10)
RUNGS = 4
MENDS = 2  # ways to mend relations: RETURN, then RESTORE
# Passed to compiled functions, so numpy scalars: of a literal, numba compiles a version of its own.
NONE, CHARGE, AMBASSADOR = np.int64(0), np.int64(1), np.int64(2)  # levels of relations
ZERO, GAIN, LOSS, NO_CHANNEL = np.int64(0), np.int64(1), np.int64(-1), np.int64(-1)

# Endogenous covariates: columns of `z`, kept current by `_change`.
BLOC, ALLY, COUNT, SIBLING, KIN, RIVAL, ANSWERED = range(7)
ENDOGENOUS = 7
FIXED = 7  # columns of an exposure row before them

NO_CAUSE = -1  # otherwise: row of the world's own log, or -2 - row of the historical acts
NEIGHBOURS = 4  # worlds side by side under one posterior draw
UNDRAWN = -1.0  # a threshold that has not been needed yet
NAP = 8  # notes that a world's beginning asks whether a clock sleeps through
BLOCK = 32  # clocks that are looked at together
NOTES = 64  # notes that a column has room for; when it is full, everyone takes them in
EVERY = np.int32(1 << 29)  # more notes than a column can take
NEVER = np.int32(1 << 30)  # more than that: a clock that nothing wakes but an act of its own actor

# What each endogenous covariate can reach at most; none falls below 0. COUNT: the log of 1 + actors.
MOST = (1.0, 1.0, math.inf, 1.0, 1.0, 1.0, 1.0)
SLACK = 1e-9  # far more than rounding can add up to


class WorldArrays(NamedTuple):
    """The column store of one world: ``n`` actors, ``m`` contested columns, ``F`` fronts, ``K`` channels.

    The first block is fixed by the scenario, the second by the posterior draw, the third is the state.
    Times are days since the as-of date; levels, rungs and acts are the numbers above.
    """

    front_of: Any  # (m,) front that answers a recognition of the column, -1 for none
    rival_of: Any  # (m,) column of the rival government, -1 for none
    sibling: Any  # (m, m) entities of one side of one dispute
    kin: Any  # (m, m) entities of different disputes with a patron in common: weight, by rarity
    patron: Any  # (m, n) who stands behind the column
    responder: Any  # (F,) actor row
    column_of_front: Any  # (F,) the responder's own column where it is contested itself, -1 else
    bloc: Any  # (n, n) row i: weights of i's fellow members, summing to 1 or 0; see `copy_state`
    ally: Any  # (n, n) the same over allies
    who: Any  # (K,) actor i of the channel
    what: Any  # (K,) its column e or front f
    slot: Any  # (K,) which response rule drives the channel
    key: Any  # (K,) hash of the channel's name
    allowed: Any  # (K,) 0 where the channel can never open
    edges: Any  # (S, B) left edges of the delay pieces, days
    late_from: Any  # (S,) first late piece
    turn: Any  # (n, m) log hazard against the middling actor's, once set (NaN: never)
    start: Any  # (2, K + 1) where each channel's fixed terms start in `term`; row 1: of late pieces only
    term: Any  # (nnz,) coefficient of each fixed term
    value: Any  # (nnz,) its value
    static: Any  # (K,) fixed part of the log hazard
    late: Any  # (K,) factor of the hazard in late pieces
    weight: Any  # (S, Q)
    pace: Any  # (S, 2, B) factor of each delay piece, by phase
    bound: Any  # (K,) a uniform at or below it cannot ring before the horizon
    most: Any  # (K,) what `rate` can reach at most, if that was foreseen; else inf
    drift: Any  # (K,) how far a note moves a recognition's log hazard, but for COUNT; inf: it never sleeps
    floor: Any  # (K,) a uniform at or below it cannot ring before the horizon, whatever comes
    nap: Any  # (K,) a uniform at or below it cannot ring before its column has `NAP` notes
    opening: Any  # (K,) channels that are open at the start
    opening_key: Any  # (K,) their keys
    openings: Any  # (1,) how many
    horizon: Any  # (1,) end of the worlds that the draw was loaded for
    reach: Any  # (2, n) the largest weight of a fellow member and of an ally
    middle: Any  # (2, m) log hazard, but for the delay factor, of the middling actor at risk; row 1: late
    recognises: Any  # (n, m)
    held_at: Any  # (n, m) since when
    held_by: Any  # (n, m) cause: the recognition itself
    level: Any  # (F, n) relations of the responder with each actor
    reached: Any  # (F, n) highest rung of the running answer, 0 for none
    provoked: Any  # (F, n) 1 while an answer is due
    provoked_at: Any  # (F, n)
    provoked_by: Any  # (F, n) cause
    answered_at: Any  # (F, n) when the highest rung was reached
    answered_by: Any  # (F, n) cause: that answer itself
    phase: Any  # (m,) 1 once a patron has recognised
    wave_at: Any  # (m,) origin of the recognition clocks
    wave_by: Any  # (m,) cause
    z: Any  # (K, Q) endogenous covariates
    notes: Any  # (m, NOTES, 4) changes that others see: time, actor, step (+1, -1 or 0), COUNT after it
    noted: Any  # (m,) how many there are
    stir: Any  # (m,) how far one more recogniser moves COUNT
    heard: Any  # (K,) notes of its column that a recognition's covariates and clock know
    sleeps: Any  # (K,) notes of its column up to which the clock of a recognition may be left alone
    is_open: Any  # (K,)
    occurrence: Any  # (K,) earlier openings
    threshold: Any  # (K,)
    spent: Any  # (K,) integrated hazard so far
    settled: Any  # (K,) time up to which `spent` counts
    rate: Any  # (K,) hazard without the delay factor
    ring: Any  # (K,) when the clock rings if nothing else happens, inf for never
    touched: Any  # (K,) scratch
    drawn: (
        Any  # (K,) scratch: 53 bits of the first uniform of each channel that is open at the start
    )
    clocks: Any  # (K,) records of `CLOCK`: the memory of what is kept of each clock


def ends(n: int, m: int, fronts: int) -> tuple[Any, Any]:
    """Return the actor and the column or front of each channel, as the four blocks lay them out.

    Looked up, not computed: a division costs as much as the rest of a look at a clock.
    """
    sizes = ((m, 1), (fronts, RUNGS), (m, 1), (fronts, MENDS))
    who = [np.tile(np.repeat(np.arange(n, dtype=np.int32), each), rows) for rows, each in sizes]
    what = [np.repeat(np.arange(rows, dtype=np.int32), n * each) for rows, each in sizes]
    return np.concatenate(who), np.concatenate(what)


STATE = WorldArrays._fields[WorldArrays._fields.index("static") : -1]
LINE = 64  # bytes of a line of the processor's cache
ON_THE_CLOCK = ("ring", "threshold", "spent", "settled", "rate", "static", "late", "most")
CLOCK = np.dtype(
    [(name, "f8") for name in ON_THE_CLOCK]
    + [("z", "f8", ENDOGENOUS), ("occurrence", "i4"), ("is_open", "i1"), ("", "i1", 3)]
)
"""What an event reads and writes of a clock, side by side: two lines of the cache, not one for each array."""


def copy_state(w: WorldArrays) -> WorldArrays:
    """Copy what a draw or a world changes; share what the scenario fixes."""
    room = np.zeros(w.ring.size * CLOCK.itemsize + LINE, np.uint8)
    clocks = room[-room.ctypes.data % LINE :][: w.ring.size * CLOCK.itemsize].view(CLOCK)
    # An event asks for all who heed one partner, so partners stand in columns.
    copied = {"bloc": np.asfortranarray(w.bloc), "ally": np.asfortranarray(w.ally)}
    for name in STATE:
        if name in (CLOCK.names or ()):
            clocks[name] = getattr(w, name)
            copied[name] = clocks[name]
        else:
            copied[name] = getattr(w, name).copy()
    return w._replace(clocks=clocks, **copied)


class Trail(NamedTuple):
    """What a world has touched, so that it can be undone; scratch of `run_world`."""

    listed: Any  # (K,) channels that were touched, each once
    running: Any  # (K,) those of them whose clocks were to ring before the horizon
    marked: Any  # (K,) 1 for listed, 2 for running as well
    moved: Any  # (m,) 1 for columns whose notes everyone took in
    size: Any  # (2,) how many are listed, how many running


@njit(cache=True, nogil=True)
def new_trail(w):
    """Return room for what a world touches."""
    K, m = w.ring.size, w.front_of.size
    marked, moved, size = np.zeros(K, np.int8), np.zeros(m, np.int8), np.zeros(2, np.int64)
    return Trail(np.empty(K, np.int64), np.empty(K, np.int64), marked, moved, size)


# --- numbers that are the same on every machine: only + - * / and exact scalings -------------------


@njit(cache=True, nogil=True, _nrt=False)
def exp(x):
    """Exponential, within 1 ulp (the argument reduction and Remez polynomial of fdlibm)."""
    if x > 700.0:
        x = 700.0
    if x < -700.0:
        return 0.0
    k = math.floor(x * 1.4426950408889634 + 0.5)
    high = x - k * 6.93147180369123816490e-01
    low = k * 1.90821492927058770002e-10
    r = high - low
    t = r * r
    poly = t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t
            * (
                6.61375632143793436117e-05
                + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)
            )
        )
    )
    c = r - poly
    return math.ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), int(k))


@njit(cache=True, nogil=True, _nrt=False)
def log(x):
    """Natural logarithm of a positive normal number, within 1 ulp (fdlibm)."""
    f, e = math.frexp(x)
    if f < 0.7071067811865476:
        f *= 2.0
        e -= 1
    f -= 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (
        3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01)
    )
    odd = z * (
        6.666666666666735130e-01
        + w
        * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    half = 0.5 * f * f
    return e * 6.93147180369123816490e-01 - (
        (half - (s * (half + even + odd) + e * 1.90821492927058770002e-10)) - f
    )


_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_11, _ZERO = np.uint64(11), np.uint64(0)
UNIT = 1.1102230246251565e-16  # 2 to the power of -53
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


@njit(inline="always")
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10, a counter-based generator (Salmon et al., 2011): four words from four and a key."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _32) ^ c1 ^ k0
        c2 = (p0 >> _32) ^ c3 ^ k1
        c1 = p1 & _LOW
        c3 = p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@njit(cache=True, nogil=True, _nrt=False)
def uniform(seed, world, key, occurrence):
    """Draw the uniform in (0, 1) that belongs to (seed, world, channel key, occurrence)."""
    s = np.uint64(seed)
    k = np.uint64(key)
    a, b, _, _ = philox(
        np.uint64(world) & _LOW,
        np.uint64(occurrence) & _LOW,
        k & _LOW,
        k >> _32,
        s & _LOW,
        s >> _32,
    )
    return (float(((a << _32) | b) >> _11) + 0.5) * UNIT


# --- one clock ---------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, _nrt=False)
def integral(pace, edges, late, late_from, since, until):
    """Integral of the delay factor between two delays (days since the clock's origin).

    The factor of pieces from `late_from` on is multiplied by `late`.
    """
    total = 0.0
    pieces = edges.size
    for b in range(pieces):
        if edges[b] >= until:
            break
        left = max(since, edges[b])
        right = until
        if b + 1 < pieces and edges[b + 1] < until:
            right = edges[b + 1]
        if right > left:
            total += (pace[b] if b < late_from else pace[b] * late) * (right - left)
    return total


@njit(cache=True, nogil=True, _nrt=False)
def waiting(pace, edges, late, late_from, since, need):
    """How long from delay `since` until the integrated delay factor has grown by `need`; inf for never."""
    pieces = edges.size
    at = since
    for b in range(pieces):
        last = b + 1 == pieces
        if not last and edges[b + 1] <= at:
            continue
        factor = pace[b] if b < late_from else pace[b] * late
        if last:
            if factor <= 0.0:
                return math.inf
            return at + need / factor - since
        piece = factor * (edges[b + 1] - at)
        if piece >= need:
            return at + need / factor - since
        need -= piece
        at = edges[b + 1]
    return math.inf


# --- who is at risk, and since when ------------------------------------------------------------------


@njit(inline="always")
def _at_risk(w, k):
    """Whether the channel may ring in the present state: the risk sets, in one place."""
    if w.allowed[k] == 0:
        return False
    i, j = w.who[k], w.what[k]
    recognitions = w.recognises.size
    if k < recognitions:
        return w.recognises[i, j] == 0
    q = k - recognitions
    if q < w.level.size * RUNGS:
        rung = q % RUNGS + 1
        if w.provoked[j, i] == 0 or w.reached[j, i] >= rung:
            return False
        needed = AMBASSADOR if rung == 2 or rung == 3 else CHARGE
        return w.level[j, i] >= needed
    q -= w.level.size * RUNGS
    if q < recognitions:
        return w.recognises[i, j] == 1
    broken = w.level[j, i] == NONE
    return w.reached[j, i] > 1 and broken == ((q - recognitions) % MENDS == 1)


def runs_since(w, k):
    """Return the delay profile that runs (its phase) and the time from which it counts."""
    i, j = w.who[k], w.what[k]
    recognitions = w.recognises.size
    if k < recognitions:
        return w.phase[j], w.wave_at[j]
    q = k - recognitions
    if q < w.level.size * RUNGS:
        return 0, w.provoked_at[j, i]
    if q - w.level.size * RUNGS < recognitions:
        return 0, w.held_at[i, j]
    return 0, w.answered_at[j, i]


def driven_by(w, k):
    """Return the channel whose endogenous covariates drive one: undoing sees what the doing saw."""
    undone = k - w.recognises.size - w.level.size * RUNGS
    return undone if 0 <= undone < w.recognises.size else k


# Compiled into what calls them here; from outside they are plain Python, which costs no compilation.
_runs_since, _driven_by = njit(inline="always")(runs_since), njit(inline="always")(driven_by)


@njit(inline="always")
def _rate(w, k, s):
    """Hazard of a channel without its delay factor, in the present state."""
    eta = w.static[k]
    c = _driven_by(w, k)
    for q in range(ENDOGENOUS):
        eta += w.weight[s, q] * w.z[c, q]
    return exp(eta)


@njit(cache=True, nogil=True)
def is_late(w, k, t):
    """Tell whether the delay of a channel lies in its late pieces at time t."""
    s = w.slot[k]
    _, origin = _runs_since(w, k)
    return w.late_from[s] < w.edges.shape[1] and t - origin >= w.edges[s, w.late_from[s]]


@njit(cache=True, nogil=True)
def hazard_now(w, k, t):
    """Hazard of a channel at time t, acts a day; 0 where it is closed."""
    if w.is_open[k] == 0:
        return 0.0
    s = w.slot[k]
    phase, origin = _runs_since(w, k)
    b = w.edges.shape[1] - 1
    while b > 0 and w.edges[s, b] > t - origin:
        b -= 1
    factor = w.pace[s, phase, b] if b < w.late_from[s] else w.pace[s, phase, b] * w.late[k]
    return w.rate[k] * factor


@njit(cache=True, nogil=True, _nrt=False)
def _touched(w, act, i, j):
    """List the channels whose hazard or risk the act may change; return how many.

    Left out are others' clocks that are not open, which stay so, those that cannot ring any more, and those
    that sleep (see `_sleep`), unless the act begins their delay anew.
    """
    count = ZERO
    if act == TURN:
        w.touched[0] = j * w.recognises.shape[0] + i
        return count + 1
    if act > WITHDRAW:
        return _touch_relations(w, j, i, count)
    rival = w.rival_of[j]
    for e in range(w.recognises.shape[1]):
        if e in (j, rival):
            anew = act == RECOGNISE and w.patron[e, i] == 1 and w.phase[e] == 0
            count = _touch_column(w, e, i, anew, count)
        elif _related(w, e, j) or (rival >= 0 and _related(w, e, rival)):
            count = _touch_stand(w, e * w.recognises.shape[0] + i, True, count)
    for f in range(w.responder.size):
        if f == w.front_of[j] or w.column_of_front[f] == j:
            count = _touch_relations(w, f, i, count)
    return count


@njit(inline="always")
def _related(w, e, j):
    """Tell whether who recognises column j is seen differently by his own clock of column e."""
    return w.kin[e, j] != 0.0 or w.sibling[e, j] != 0


@njit(inline="always")
def _touch_stand(w, k, always, count):
    """List a recognition, if it may still come or always, and what undoes it, if that may come."""
    if w.is_open[k] == 1:
        if always or w.threshold[k] < math.inf:
            w.touched[count] = k
            count += 1
        return count
    undone = k + w.recognises.size + w.level.size * RUNGS
    held = w.is_open[undone] == 1
    if always or held:
        w.touched[count] = k
        count += 1
    if held:
        w.touched[count] = undone
        count += 1
    return count


@njit(cache=True, nogil=True, _nrt=False)
def _touch_column(w, e, i, anew, count):
    """List the recognitions of a column that are awake, and those of actor i in any case."""
    n = w.recognises.shape[0]
    own = e * n + i
    noted = EVERY if anew else w.noted[e]
    first = e * n
    while first < (e + 1) * n:
        last = min(first + BLOCK, (e + 1) * n)
        least = NEVER
        for k in range(first, last):
            least = min(least, w.sleeps[k])
        if least <= noted:
            for k in range(first, last):
                if w.sleeps[k] <= noted and k != own:
                    count = _touch_stand(w, k, False, count)
        first = last
    w.touched[count] = own
    w.touched[count + 1] = own + w.recognises.size + w.level.size * RUNGS
    return count + 2


@njit(cache=True, nogil=True, _nrt=False)
def _touch_relations(w, f, i, count):
    """List what may change between the responder of a front and an actor, in every front where they meet."""
    p = w.responder[f]
    for g in range(w.responder.size):
        if w.responder[g] == p:
            count = _touch_pair(w, g, i, count)
        if w.responder[g] == i:
            count = _touch_pair(w, g, p, count)
    return count


@njit(inline="always")
def _touch_pair(w, f, i, count):
    """List the channels between a front and an actor behind the first `count`; return how many."""
    n = w.recognises.shape[0]
    base = w.recognises.size
    for r in range(RUNGS):
        w.touched[count] = base + (f * n + i) * RUNGS + r
        count += 1
    base = 2 * w.recognises.size + w.level.size * RUNGS
    for r in range(MENDS):
        w.touched[count] = base + (f * n + i) * MENDS + r
        count += 1
    return count


@njit(inline="always")
def _spend(w, k, t):
    """Integrate the hazard of a channel up to time t."""
    s = w.slot[k]
    phase, origin = _runs_since(w, k)
    w.spent[k] += w.rate[k] * integral(
        w.pace[s, phase], w.edges[s], w.late[k], w.late_from[s], w.settled[k] - origin, t - origin
    )
    w.settled[k] = t


@njit(inline="always")
def _hear(w, k):
    """Take the next note of a recognition's column into the covariates of that recognition."""
    e, i = w.what[k], w.who[k]
    note = w.heard[k]
    step = w.notes[e, note, 2]
    if step != 0.0:
        a = int(w.notes[e, note, 1])
        w.z[k, BLOC] += step * w.bloc[i, a]
        w.z[k, ALLY] += step * w.ally[i, a]
        w.z[k, COUNT] = w.notes[e, note, 3]
    w.heard[k] = note + 1


@njit(cache=True, nogil=True, _nrt=False)
def _catch_up(w, k):
    """Play what a recognition slept through, note by note, as if it had been touched by each."""
    e = w.what[k]
    running = w.is_open[k] == 1 and w.threshold[k] < math.inf
    while w.heard[k] < w.noted[e]:
        if running:
            _spend(w, k, w.notes[e, w.heard[k], 0])
        _hear(w, k)
        if running:
            w.rate[k] = _rate(w, k, w.slot[k])


@njit(cache=True, nogil=True, _nrt=False)
def _all_hear(w, e):
    """Let everyone take in all notes of a column, and clear them."""
    n = w.recognises.shape[0]
    for k in range(e * n, (e + 1) * n):
        _catch_up(w, k)
        w.heard[k] = 0
        if w.sleeps[k] < EVERY:
            w.sleeps[k] = max(ZERO, w.sleeps[k] - w.noted[e])
    w.noted[e] = 0


@njit(cache=True, nogil=True, _nrt=False)
def _note(w, e, t, i, step, size):
    """Note for all other recognitions of a column what changed in it."""
    if w.noted[e] == NOTES:
        _all_hear(w, e)
    at = w.noted[e]
    w.notes[e, at, 0] = t
    w.notes[e, at, 1] = i
    w.notes[e, at, 2] = step
    w.notes[e, at, 3] = size
    w.noted[e] = at + 1


@njit(cache=True, nogil=True, _nrt=False)
def _settle(w, count, t, period, rang, rows, n_rows):
    """Bring the touched clocks up to time t; record their exposure if `rows` has room for any.

    A row is (channel, period, phase, piece, exposure in days, events, time of its end, endogenous
    covariates). The channel that rang closes its last row with an event.
    """
    pieces = w.edges.shape[1]
    recording = rows.shape[0] > 0
    for c in range(count):
        k = w.touched[c]
        own = _driven_by(w, k)
        if own < w.recognises.size and w.heard[own] < w.noted[w.what[own]]:
            _catch_up(w, own)
        if w.is_open[k] == 0 or w.threshold[k] == math.inf:
            continue
        s = w.slot[k]
        phase, origin = _runs_since(w, k)
        since = w.settled[k] - origin
        until = t - origin
        _spend(w, k, t)
        if not recording:
            continue
        for b in range(pieces):
            left = max(since, w.edges[s, b])
            right = until
            if b + 1 < pieces and w.edges[s, b + 1] < until:
                right = w.edges[s, b + 1]
            here = w.edges[s, b] <= until and (b + 1 == pieces or until < w.edges[s, b + 1])
            if right > left or (k == rang and here):
                if n_rows < rows.shape[0]:
                    rows[n_rows, 0] = k
                    rows[n_rows, 1] = period
                    rows[n_rows, 2] = phase
                    rows[n_rows, 3] = b
                    rows[n_rows, 4] = max(0.0, right - left)
                    rows[n_rows, 5] = 1.0 if k == rang and here else 0.0
                    rows[n_rows, 6] = origin + right
                    for q in range(ENDOGENOUS):
                        rows[n_rows, FIXED + q] = w.z[_driven_by(w, k), q]
                n_rows += 1
    return n_rows


@njit(cache=True, nogil=True, _nrt=False)
def _ahead(w, k, t, horizon):
    """Integrate the delay factor of a recognition from t to the horizon, in early and in late pieces.

    Returns the two as the profile runs, and a bound of each should a patron act, which begins it anew.
    """
    s = w.slot[k]
    phase, origin = _runs_since(w, k)
    pace, edges, late_from = w.pace[s], w.edges[s], w.late_from[s]
    early = integral(pace[phase], edges, 0.0, late_from, t - origin, horizon - origin)
    late = integral(pace[phase], edges, 1.0, late_from, t - origin, horizon - origin) - early
    if phase == 1:
        return early, late, early, late
    again = integral(pace[1], edges, 0.0, late_from, 0.0, horizon - t)
    whole = integral(pace[1], edges, 1.0, late_from, 0.0, horizon - t)
    return early, late, early + again, late + whole - again


@njit(inline="always")
def _growth(w, k, s, notes):
    """Bound how far so many notes can raise the log hazard of a recognition."""
    heeded = max(0.0, w.weight[s, COUNT]) * w.stir[w.what[k]]
    return notes * (w.drift[k] + heeded)


@njit(inline="always")
def _sleep(w, k, s, ahead):
    """Let a clock that is to ring after the horizon sleep until notes could have brought it before.

    `ahead` is its delay factor integrated up to the horizon. Its hazard grows with each note by a bounded
    factor, so it spends at most ``rate * ahead * exp(growth)`` by the horizon, whatever the notes are.
    """
    w.sleeps[k] = 0
    if w.drift[k] < math.inf and w.ring[k] >= w.horizon[0]:
        left = (w.threshold[k] - w.spent[k]) * (1.0 - SLACK)
        room = left / max(w.rate[k] * ahead, 1e-300)
        if room > 1.0:
            notes = log(room) / max(_growth(w, k, s, 1.0), 1e-9)
            w.sleeps[k] = w.noted[w.what[k]] + int(min(notes, 1e6))


@njit(cache=True, nogil=True, _nrt=False)
def _reopen(w, count, t, seed, world):
    """Open, close and re-time the touched clocks after a change of state at time t."""
    recognitions = w.recognises.size
    column, early, late, early_again, late_again = NO_CHANNEL, 0.0, 0.0, 0.0, 0.0
    for c in range(count):
        k = w.touched[c]
        own = _driven_by(w, k)
        if own < recognitions:
            while w.heard[own] < w.noted[w.what[own]]:
                _hear(w, own)
            w.sleeps[own] = 0
        if not _at_risk(w, k):
            w.is_open[k] = 0
            w.ring[k] = math.inf
            continue
        if w.is_open[k] == 0:
            w.is_open[k] = 1
            w.occurrence[k] += 1
            w.threshold[k] = UNDRAWN
            w.spent[k] = 0.0
            w.settled[k] = t
        if w.threshold[k] < 0.0:
            u = uniform(seed, world, w.key[k], w.occurrence[k])
            w.threshold[k] = math.inf if u <= w.floor[k] else -log(u)
        s = w.slot[k]
        foreseen = w.most[k] < math.inf
        if foreseen and w.threshold[k] < math.inf:
            if w.what[k] != column:
                column = w.what[k]
                early, late, early_again, late_again = _ahead(w, k, t, w.horizon[0])
            ceiling = w.most[k] * (early_again + w.late[k] * late_again)
            if ceiling < w.threshold[k] - w.spent[k]:
                w.threshold[k] = math.inf  # it cannot ring any more, whatever comes
                w.ring[k] = math.inf
        if w.threshold[k] == math.inf:
            if k < recognitions:
                w.sleeps[k] = NEVER
            continue
        phase, origin = _runs_since(w, k)
        w.rate[k] = _rate(w, k, s)
        need = max(0.0, w.threshold[k] - w.spent[k]) / max(w.rate[k], 1e-300)
        w.ring[k] = t + waiting(
            w.pace[s, phase], w.edges[s], w.late[k], w.late_from[s], t - origin, need
        )
        if foreseen:
            _sleep(w, k, s, early + w.late[k] * late)


@njit(inline="always")
def _kinship(w, i, c):
    """Weight of the rarest kin of column c that actor i recognises; 0 for none."""
    kin = 0.0
    for d in range(w.recognises.shape[1]):
        if w.recognises[i, d] == 1:
            kin = max(kin, w.kin[c, d])
    return kin


@njit(cache=True, nogil=True, _nrt=False)
def _count(w, e):
    """Count who recognises column e, and keep how far one more would stir what heeds their number."""
    total = ZERO
    for a in range(w.recognises.shape[0]):
        total += w.recognises[a, e]
    w.stir[e] = 1.0 / (1.0 + total)
    return total


@njit(cache=True, nogil=True, _nrt=False)
def _recount(w, i, e, step, t):
    """Note what others see when actor i starts (+1) or stops (-1) recognising column e."""
    n = w.recognises.shape[0]
    m = w.recognises.shape[1]
    w.recognises[i, e] = 1 if step > 0 else 0
    _note(w, e, t, i, step, log(1.0 + _count(w, e)))
    for c in range(m):
        siblings = 0
        for d in range(m):
            siblings += w.sibling[c, d] * w.recognises[i, d]
        w.z[c * n + i, SIBLING] = 1.0 if siblings > 0 else 0.0
        w.z[c * n + i, KIN] = _kinship(w, i, c)
    if w.rival_of[e] >= 0:
        w.z[w.rival_of[e] * n + i, RIVAL] = w.recognises[i, e]


@njit(cache=True, nogil=True, _nrt=False)
def _provoke(w, f, i, t, by):
    """Let an answer of front f to actor i fall due, unless one is due already."""
    if f >= 0 and w.provoked[f, i] == 0:
        w.provoked[f, i] = 1
        w.provoked_at[f, i] = t
        w.provoked_by[f, i] = by
        if w.level[f, i] > NONE:  # a break that stands is still there to be mended
            w.reached[f, i] = 0
        for r in range(RUNGS):
            w.z[w.recognises.size + (f * w.level.shape[1] + i) * RUNGS + r, ANSWERED] = 0.0


@njit(cache=True, nogil=True, _nrt=False)
def _set_level(w, f, i, level):
    """Relations of the responder of front f with actor i, in every front where the two meet."""
    p = w.responder[f]
    for g in range(w.responder.size):
        if w.responder[g] == p:
            w.level[g, i] = level
        if w.responder[g] == i:
            w.level[g, p] = level


@njit(cache=True, nogil=True, _nrt=False)
def _change(w, act, i, j, t, by):
    """Flip the tie and keep every covariate that depends on it current."""
    if act == RECOGNISE:
        rival = w.rival_of[j]
        if rival >= 0 and w.recognises[i, rival] == 1:
            _recount(w, i, rival, LOSS, t)  # one government at a time
        elif rival >= 0:
            _note(w, rival, t, i, ZERO, 0.0)
        _recount(w, i, j, GAIN, t)
        w.held_at[i, j] = t
        w.held_by[i, j] = by
        if w.patron[j, i] == 1 and w.phase[j] == 0:
            w.phase[j] = 1
            w.wave_at[j] = t
            w.wave_by[j] = by
        _provoke(w, w.front_of[j], i, t, by)
        for f in range(w.responder.size):
            if w.column_of_front[f] == j:
                _set_level(w, f, i, AMBASSADOR)
                w.provoked[f, i] = 0
    elif act == WITHDRAW:
        _recount(w, i, j, LOSS, t)
        f = w.front_of[j]
        rival = w.rival_of[j]
        if rival >= 0 and f >= 0 and w.level[f, i] > NONE and w.recognises[i, rival] == 0:
            _recount(
                w, i, rival, GAIN, t
            )  # whose relations with the other government were never cut
            w.held_at[i, rival] = t
            w.held_by[i, rival] = by
        elif rival >= 0:
            _note(w, rival, t, i, ZERO, 0.0)
        still = 0
        for e in range(w.front_of.size):
            if w.front_of[e] == f:
                still += w.recognises[i, e]
        if f >= 0 and still == 0:
            w.provoked[f, i] = 0
        for g in range(w.responder.size):
            if w.column_of_front[g] == j:
                _provoke(w, g, i, t, by)  # a rival government answers the one who leaves it
    elif act == TURN:
        k = j * w.recognises.shape[0] + i
        w.static[k] = w.middle[0, j] + w.turn[i, j]
        w.late[k] = exp(w.middle[1, j] - w.middle[0, j])
        for q in range(ENDOGENOUS):
            w.static[k] -= w.weight[w.slot[k], q] * w.z[k, q]
    elif act >= RETURN:
        _set_level(w, j, i, NONE if act == CUT else AMBASSADOR)
        w.provoked[j, i] = 0
        if act != CUT:
            w.reached[j, i] = 0
    else:
        rung = act - CONDEMN + 1
        if rung > w.reached[j, i]:
            w.reached[j, i] = rung
            w.answered_at[j, i] = t
            w.answered_by[j, i] = by
        base = w.recognises.size + (j * w.level.shape[1] + i) * RUNGS
        for r in range(RUNGS):
            w.z[base + r, ANSWERED] = 1.0
        if act == DOWNGRADE:
            _set_level(w, j, i, CHARGE)
        if act == SEVER:
            _set_level(w, j, i, NONE)


# --- the two verbs -----------------------------------------------------------------------------------


@njit(cache=True, nogil=True, _nrt=False)
def apply_event(w, act, i, j, t, by, seed, world):
    """Let an act happen at time t: settle the clocks it touches, change the state, time them anew.

    ``(i, j)`` is (actor, column) for RECOGNISE and WITHDRAW, (actor answered, front) for the others.
    Returns how many clocks it touched; they stand in `touched`.
    """
    count = _happen(w, act, i, j, t, by, seed, world)
    _publish(w, act, j)
    return count


@njit(cache=True, nogil=True, _nrt=False)
def _happen(w, act, i, j, t, by, seed, world):
    """Do what `apply_event` does for all but the covariates of clocks that sleep or are closed."""
    count = _touched(w, act, i, j)
    _settle(w, count, t, ZERO, NO_CHANNEL, w.z[:0], ZERO)
    _change(w, act, i, j, t, by)
    _reopen(w, count, t, seed, world)
    return count


@njit(inline="always")
def _publish(w, act, j):
    """Bring the covariates of every recognition up to date after an act."""
    if act <= WITHDRAW:
        _all_hear(w, j)
        if w.rival_of[j] >= 0:
            _all_hear(w, w.rival_of[j])


@njit(cache=True, nogil=True, _nrt=False)
def next_event(w, horizon):
    """Find the channel whose clock rings first, and when: ``(-1, horizon)`` if none rings by then."""
    first = -1
    when = horizon
    for k in range(w.ring.size):
        if w.ring[k] < when:
            first = k
            when = w.ring[k]
    return first, when


@njit(cache=True, nogil=True, _nrt=False)
def act_of(w, k):
    """Tell what a channel does when it rings: ``(act, i, j)`` as `apply_event` takes it."""
    i, j = np.int64(w.who[k]), np.int64(w.what[k])
    q = k - w.recognises.size
    if q < 0:
        return RECOGNISE, i, j
    if q < w.level.size * RUNGS:
        return CONDEMN + q % RUNGS, i, j
    q -= w.level.size * RUNGS
    if q < w.recognises.size:
        return WITHDRAW, i, j
    return RETURN + (q - w.recognises.size) % MENDS, i, j


@njit(cache=True, nogil=True, _nrt=False)
def channel_of(w, act, i, j):
    """Return the channel on which an act may come by itself; NO_CHANNEL if there is none."""
    n = w.recognises.shape[0]
    answers = w.level.size * RUNGS
    if act == RECOGNISE:
        return j * n + i
    if act == WITHDRAW:
        return w.recognises.size + answers + j * n + i
    if CONDEMN <= act <= SEVER:
        return w.recognises.size + (j * n + i) * RUNGS + act - CONDEMN
    if RETURN <= act <= RESTORE:
        return 2 * w.recognises.size + answers + (j * n + i) * MENDS + act - RETURN
    return NO_CHANNEL


@njit(cache=True, nogil=True, _nrt=False)
def is_possible(w, act, i, j):
    """Whether a forced act changes anything in the present state."""
    if act == RECOGNISE:
        return w.recognises[i, j] == 0
    if act == WITHDRAW:
        return w.recognises[i, j] == 1
    if act == TURN:
        return w.recognises[i, j] == 0
    if act == RESTORE:
        return w.level[j, i] == NONE
    return w.level[j, i] != NONE


@njit(cache=True, nogil=True, _nrt=False)
def cause_of(w, k):
    """Tell what set the clock of a channel going: a log row, a historical act or NO_CAUSE."""
    act, i, j = act_of(w, k)
    if act == RECOGNISE:
        return w.wave_by[j]
    if act == WITHDRAW:
        return w.held_by[i, j]
    return w.provoked_by[j, i] if act <= SEVER else w.answered_by[j, i]


# --- drivers -----------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def load_draw(w, fixed, weight, pace, start, horizon):
    """Fill the draw's hazards and screen: which channels cannot ring unless something changes them.

    `fixed` holds the coefficients of the fixed terms, `weight` (S, Q) those of the endogenous
    covariates, `pace` (S, 2, B) the logs of the delay factors. Sums run in the order of the terms, so
    that they are the same everywhere.
    """
    _load(w, fixed, weight, pace, start, horizon)
    for e in range(w.recognises.shape[1]):
        w.middle[0, e] = _middling(w, e, False)
        w.middle[1, e] = _middling(w, e, True)


@njit(cache=True, nogil=True, _nrt=False)
def _load(w, fixed, weight, pace, start, horizon):
    """Fill and screen, as `load_draw` does."""
    for k in range(w.static.size):
        if w.allowed[k] == 0:
            continue
        total = 0.0
        for p in range(w.start[0, k], w.start[0, k + 1]):
            total += w.value[p] * fixed[w.term[p]]
        w.static[k] = total
        total = 0.0
        for p in range(w.start[1, k], w.start[1, k + 1]):
            total += w.value[p] * fixed[w.term[p]]
        w.late[k] = exp(total)
    for s in range(w.weight.shape[0]):
        for q in range(w.weight.shape[1]):
            w.weight[s, q] = weight[s, q]
        for phase in range(2):
            for b in range(w.pace.shape[2]):
                w.pace[s, phase, b] = exp(pace[s, phase, b])
    w.horizon[0] = horizon
    w.noted[:] = 0
    w.heard[:] = 0
    w.sleeps[:] = 0
    w.openings[0] = 0
    for k in range(w.static.size):
        w.ring[k] = math.inf
        w.is_open[k] = 0
        w.occurrence[k] = -1
        w.spent[k] = 0.0
        w.settled[k] = start
        w.threshold[k] = UNDRAWN
        w.bound[k] = 1.0
        w.most[k] = math.inf
        w.drift[k] = math.inf
        w.floor[k] = UNDRAWN
        w.nap[k] = UNDRAWN
        if not _at_risk(w, k):
            continue
        s = w.slot[k]
        phase, origin = _runs_since(w, k)
        w.is_open[k] = 1
        w.opening[w.openings[0]] = k
        w.opening_key[w.openings[0]] = w.key[k]
        w.openings[0] += 1
        w.occurrence[k] = 0
        w.rate[k] = _rate(w, k, s)
        mass = integral(
            w.pace[s, phase],
            w.edges[s],
            w.late[k],
            w.late_from[s],
            start - origin,
            horizon - origin,
        )
        w.bound[k] = exp(-w.rate[k] * mass)


@njit(cache=True, nogil=True)
def _middling(w, e, late):
    """Return the median log hazard, but for the delay factor, of those who may recognise a column.

    In late pieces each hazard has a factor of its own, which may change the order. Of an even number the
    upper of the two in the middle: somebody's own, not a mean.
    """
    n = w.recognises.shape[0]
    rates = np.empty(n)
    count = ZERO
    for k in range(e * n, (e + 1) * n):
        if w.is_open[k] == 1:
            rates[count] = w.rate[k] * w.late[k] if late else w.rate[k]
            count += 1
    if count == 0:
        return 0.0
    return log(max(np.sort(rates[:count])[count // 2], 1e-300))


@njit(cache=True, nogil=True, _nrt=False)
def _foresee(w, start, horizon):
    """Find the recognitions that no course of events can bring before the horizon, in worlds unlucky enough.

    With every covariate at what helps it most the hazard has a ceiling, kept in `most`, and so has its
    integral; a uniform up to exp(-ceiling), kept in `floor`, is a threshold above it. `_reopen` leaves such
    clocks alone, and those that fall behind their ceiling later: their rings would all lie beyond the
    horizon. Of a stance that is set nothing is foreseen.

    Also finds how far each note of a column can move a clock (`drift`), and up to which uniform it sleeps
    through the first of them (`nap`); see `_sleep`.
    """
    undone = w.recognises.size + w.level.size * RUNGS
    column = NO_CHANNEL
    early, late, early_again, late_again = 0.0, 0.0, 0.0, 0.0
    for k in range(w.recognises.size):
        if w.what[k] != column:
            column = w.what[k]
            early, late, early_again, late_again = _ahead(w, k, start, horizon)
            _count(w, column)
        if w.is_open[k] == 0:
            w.sleeps[k] = 0 if w.is_open[undone + k] == 1 else NEVER
            continue
        if not math.isnan(w.turn[w.who[k], w.what[k]]):
            continue
        s, i = w.slot[k], w.who[k]
        eta = w.static[k]
        for q in range(ENDOGENOUS):
            most = log(1.0 + w.recognises.shape[0]) if q == COUNT else MOST[q]
            if w.weight[s, q] > 0.0:
                eta += w.weight[s, q] * most
        w.most[k] = exp(eta) * (1.0 + SLACK)
        mass = early_again + w.late[k] * late_again
        w.floor[k] = exp(-w.most[k] * mass) - SLACK
        w.drift[k] = (
            abs(w.weight[s, BLOC]) * w.reach[0, i]
            + abs(w.weight[s, ALLY]) * w.reach[1, i]
            + max(0.0, -w.weight[s, COUNT])  # a loss at most halves what COUNT is the log of
        )
        at_most = w.rate[k] * (early + w.late[k] * late) * exp(_growth(w, k, s, NAP))
        w.nap[k] = exp(-at_most) - SLACK


@njit(cache=True, nogil=True, _nrt=False)
def _first_uniforms(w, seed, world):
    """Hash the first uniforms of all clocks that are open, as `uniform` does, several at once."""
    s = np.uint64(seed)
    low, high = s & _LOW, s >> _32
    number = np.uint64(world) & _LOW
    for c in range(w.openings[0]):
        key = w.opening_key[c]
        a, b, _, _ = philox(number, _ZERO, key & _LOW, key >> _32, low, high)
        w.drawn[c] = ((a << _32) | b) >> _11


@njit(cache=True, nogil=True, _nrt=False)
def begin(w, start, seed, world):
    """Set the clocks of one world: draw the thresholds that can matter in time; return how many."""
    count = ZERO
    recognitions = w.recognises.size
    _first_uniforms(w, seed, world)
    for c in range(w.openings[0]):
        k = w.opening[c]
        u = (float(np.int64(w.drawn[c])) + 0.5) * UNIT
        if u > w.bound[k]:
            w.touched[count] = k
            count += 1
        elif k < recognitions:
            if u <= w.floor[k]:
                w.sleeps[k] = NEVER
            else:
                w.sleeps[k] = NAP if u <= w.nap[k] else 0
    _reopen(w, count, start, seed, world)
    return count


@njit(cache=True, nogil=True)
def _copy_columns(w, template):
    """Take from another world of the same shape what is kept by column."""
    w.phase[:] = template.phase
    w.wave_at[:] = template.wave_at
    w.wave_by[:] = template.wave_by
    w.noted[:] = template.noted
    w.stir[:] = template.stir


@njit(cache=True, nogil=True)
def _reset(w, template, trail):
    """Undo a world of the same draw: far cheaper than to copy all channels, of which it touched few."""
    _copy_columns(w, template)
    n = w.recognises.shape[0]
    answers = w.recognises.size + w.level.size * RUNGS
    for e in range(trail.moved.size):
        if trail.moved[e] == 1:
            w.clocks[e * n : (e + 1) * n] = template.clocks[e * n : (e + 1) * n]
            w.heard[e * n : (e + 1) * n] = 0
            w.sleeps[e * n : (e + 1) * n] = template.sleeps[e * n : (e + 1) * n]
    for c in range(trail.size[0]):
        k = trail.listed[c]
        trail.marked[k] = 0
        i, j = w.who[k], w.what[k]
        if k < w.recognises.size:
            w.recognises[i, j] = template.recognises[i, j]
            w.held_at[i, j] = template.held_at[i, j]
            w.held_by[i, j] = template.held_by[i, j]
            w.heard[k] = 0
            w.sleeps[k] = template.sleeps[k]
        elif k < answers:
            w.level[j, i] = template.level[j, i]
            w.reached[j, i] = template.reached[j, i]
            w.provoked[j, i] = template.provoked[j, i]
            w.provoked_at[j, i] = template.provoked_at[j, i]
            w.provoked_by[j, i] = template.provoked_by[j, i]
            w.answered_at[j, i] = template.answered_at[j, i]
            w.answered_by[j, i] = template.answered_by[j, i]
        w.clocks[k] = template.clocks[k]
    trail.moved[:] = 0
    trail.size[:] = 0


@njit(cache=True, nogil=True)
def _copy_into(w, template):
    """Take the state of another world of the same shape."""
    _copy_columns(w, template)
    w.level[:] = template.level
    w.reached[:] = template.reached
    w.provoked[:] = template.provoked
    w.provoked_at[:] = template.provoked_at
    w.provoked_by[:] = template.provoked_by
    w.answered_at[:] = template.answered_at
    w.answered_by[:] = template.answered_by
    w.clocks[:] = template.clocks
    w.weight[:] = template.weight
    w.pace[:] = template.pace
    w.middle[:] = template.middle
    w.horizon[:] = template.horizon
    w.heard[:] = template.heard
    w.sleeps[:] = template.sleeps
    w.recognises[:] = template.recognises
    w.held_at[:] = template.held_at
    w.held_by[:] = template.held_by


@njit(cache=True, nogil=True)
def _copy_screen(w, template):
    """Take what a draw foresees, which no world changes."""
    w.bound[:] = template.bound
    w.most[:] = template.most
    w.drift[:] = template.drift
    w.floor[:] = template.floor
    w.nap[:] = template.nap
    w.opening[:] = template.opening
    w.opening_key[:] = template.opening_key
    w.openings[:] = template.openings


@njit(cache=True, nogil=True, _nrt=False)
def choose(w, forced, done, horizon):
    """Choose what happens next: the first clock or the next forced act, whichever comes first.

    `forced` holds rows (time, act, i, j), of which `done` are past. Returns (channel, act, i, j, time,
    forced acts past); the channel is -1 for a forced act, the act -1 at the horizon. A forced act that
    would change nothing any more is passed over.
    """
    k, t = next_event(w, horizon)
    return _or_forced(w, k, t, forced, done, horizon)


@njit(cache=True, nogil=True, _nrt=False)
def _or_forced(w, k, t, forced, done, horizon):
    """Return what `choose` does, given the clock that rings first."""
    while done < forced.shape[0] and forced[done, 0] <= t and forced[done, 0] < horizon:
        act, i, j = int(forced[done, 1]), int(forced[done, 2]), int(forced[done, 3])
        done += 1
        if is_possible(w, act, i, j):
            return -1, act, i, j, forced[done - 1, 0], done
    if k < 0:
        return -1, -1, -1, -1, horizon, done
    act, i, j = act_of(w, k)
    return k, act, i, j, t, done


@njit(cache=True, nogil=True, _nrt=False)
def _enlist(w, count, horizon, trail):
    """Add the touched channels to the trail of a world."""
    for c in range(count):
        k = w.touched[c]
        if trail.marked[k] == 0:
            trail.marked[k] = 1
            trail.listed[trail.size[0]] = k
            trail.size[0] += 1
        if trail.marked[k] == 1 and w.ring[k] < horizon:
            trail.marked[k] = 2
            trail.running[trail.size[1]] = k
            trail.size[1] += 1


@njit(cache=True, nogil=True, _nrt=False)
def _first_of(w, trail, horizon):
    """Find what `next_event` does among the clocks that run: no other rings before the horizon."""
    first = -1
    when = horizon
    for c in range(trail.size[1]):
        k = trail.running[c]
        if w.ring[k] < when or (w.ring[k] == when and k < first):
            first = k
            when = w.ring[k]
    return first, when


@njit(cache=True, nogil=True, _nrt=False)
def run_world(w, trail, start, forced, horizon, seed, world, log_rows, n_log):
    """Play one world to the horizon and append its acts to the log; return the log's new length.

    The log holds rows (time, act, i, j, world, cause). Past its end rows are counted, not written, so
    that the caller can come back with more room. `trail` must be empty.
    """
    first_row = n_log
    done = ZERO
    _enlist(w, begin(w, start, seed, world), horizon, trail)
    while True:
        k, t = _first_of(w, trail, horizon)
        k, act, i, j, t, done = _or_forced(w, k, t, forced, done, horizon)
        if act < 0:
            return n_log
        by = cause_of(w, k) if k >= 0 else NO_CAUSE
        if n_log < log_rows.shape[0]:
            log_rows[n_log, 0] = t
            log_rows[n_log, 1] = act
            log_rows[n_log, 2] = i
            log_rows[n_log, 3] = j
            log_rows[n_log, 4] = world
            log_rows[n_log, 5] = by
        if act <= WITHDRAW:
            trail.moved[j] |= w.noted[j] == NOTES
            if w.rival_of[j] >= 0:
                trail.moved[w.rival_of[j]] |= w.noted[w.rival_of[j]] == NOTES
        count = _happen(w, act, i, j, t, n_log - first_row, seed, world)
        _enlist(w, count, horizon, trail)
        n_log += 1


@njit(cache=True, nogil=True)
def draw_of(world, draws):
    """Return the posterior draw a world lives under, whatever shard it is played in.

    Neighbours share one, so that even a small run can tell luck from ignorance.
    """
    return world // NEIGHBOURS % draws


@njit(cache=True, nogil=True)
def run_worlds(template, w, fixed, weight, pace, forced, start, horizon, seed, worlds, log_rows):
    """Play many worlds, each under its own draw (`draw_of`).

    `worlds` must list the worlds of one draw side by side. Returns the number of log rows needed.
    """
    draws = fixed.shape[0]
    trail = new_trail(w)
    for i in range(template.bloc.shape[0]):
        template.reach[0, i], template.reach[1, i] = template.bloc[i].max(), template.ally[i].max()
    loaded = -1
    n_log = ZERO
    for v in worlds:
        if draw_of(v, draws) != loaded:
            loaded = draw_of(v, draws)
            load_draw(template, fixed[loaded], weight[loaded], pace[loaded], start, horizon)
            _foresee(template, start, horizon)
            _copy_into(w, template)
            _copy_screen(w, template)
            trail.marked[:] = 0
            trail.moved[:] = 0
            trail.size[:] = 0
        else:
            _reset(w, template, trail)
        n_log = run_world(w, trail, start, forced, horizon, seed, v, log_rows, n_log)
    return n_log


@njit(cache=True, nogil=True)
def everywhere(w):
    """Touch every channel; return how many there are."""
    for k in range(w.ring.size):
        w.touched[k] = k
    return w.ring.size


@njit(cache=True, nogil=True)
def refresh(w, t):
    """After calendar changes (partners, weights of kin, who may act): recount, open and close clocks."""
    n = w.recognises.shape[0]
    for e in range(w.recognises.shape[1]):
        for a in range(n):
            bloc = 0.0
            ally = 0.0
            for b in range(n):
                if w.recognises[b, e] == 1:
                    bloc += w.bloc[a, b]
                    ally += w.ally[a, b]
            w.z[e * n + a, BLOC] = bloc
            w.z[e * n + a, ALLY] = ally
            w.z[e * n + a, KIN] = _kinship(w, a, e)
    _reopen(w, everywhere(w), t, ZERO, ZERO)


@njit(cache=True, nogil=True)
def replay(w, acts, first, end, period, rows, n_rows):
    """Play history through the same verbs up to day `end` and record the exposure of everyone at risk.

    `acts` holds rows (time, act, i, j) in order; those before row `first` are past. Acts of one moment
    are all recorded in the state before any of them (ties as in Breslow, 1974): which stands first in
    the tables says nothing. `period` is written into the rows: calendar covariates are constant within
    it. Returns (next act, rows needed); rows past the end of `rows` are counted, not written.
    """
    while first < acts.shape[0] and acts[first, 0] < end:
        t = acts[first, 0]
        last = first
        while last < acts.shape[0] and acts[last, 0] == t:
            act, i, j = int(acts[last, 1]), int(acts[last, 2]), int(acts[last, 3])
            rang = channel_of(w, act, i, j)
            if act <= WITHDRAW and not is_possible(w, act, i, j):
                rang = NO_CHANNEL
            count = _touched(w, act, i, j)
            n_rows = _settle(w, count, t, period, rang, rows, n_rows)
            last += 1
        while first < last:
            act, i, j = int(acts[first, 1]), int(acts[first, 2]), int(acts[first, 3])
            if act > WITHDRAW or is_possible(w, act, i, j):
                count = _touched(w, act, i, j)
                _change(w, act, i, j, t, -2 - first)
                _reopen(w, count, t, ZERO, ZERO)
                _publish(w, act, j)
            first += 1
    n_rows = _settle(w, everywhere(w), end, period, NO_CHANNEL, rows, n_rows)
    return first, n_rows


# --- beyond the plain law: acts on a condition, and history written anew ----------------------------

# What an act that no clock of the world brings rests on: nothing, a provocation that still stands, an
# answer that was given. BY_ITSELF a clock brings it; IDLE it changes nothing; ELSEWHERE it belongs to a
# dispute that is not in play, and is not told.
IDLE, FREELY, PROVOKED, ANSWERED_BEFORE, BY_ITSELF, ELSEWHERE = range(-1, 5)
AHEAD = 6  # columns of the acts ahead: time, act, i, j, cause, what it rests on
SNAP = 1e-6  # days: rounding moves a clock that history rang by less


@njit(cache=True, nogil=True)
def plan(ahead, seen, needed, matches, planned, act, i, j, t, row):
    """Take note of an act, and put the acts that were waiting for it among those ahead.

    Condition ``r`` is met by the act numbered `needed[r]` of those that `matches[r, act, i, j]`; `seen`
    counts them. Rows of `planned` are (condition, delay, act, i, j). `ahead` is in the order of time, its
    free rows at infinity; the cause of what is planned is `row`, the act that met the condition.
    """
    for r in range(needed.size):
        if matches[r, act, i, j] == 0:
            continue
        seen[r] += 1
        if seen[r] != needed[r]:
            continue
        for p in range(planned.shape[0]):
            if planned[p, 0] != r:
                continue
            when = t + planned[p, 1]
            at = ahead.shape[0] - 1
            while at > 0 and ahead[at - 1, 0] > when:
                ahead[at] = ahead[at - 1]
                at -= 1
            ahead[at, 0] = when
            ahead[at, 1:4] = planned[p, 2:5]
            ahead[at, 4] = row
            ahead[at, 5] = FREELY


@njit(cache=True, nogil=True)
def play(w, ahead, horizon, seed, world, log_rows, n_log, conditions, history):
    """Play one world as `run_world` does, with acts on a condition and thresholds that history implies.

    `conditions` is (seen, needed, matches, planned) as `plan` takes them, `history` (mass, rang) as
    `abduct` fills them; both may be empty.
    """
    seen, needed, matches, planned = conditions
    mass, rang = history
    first_row = n_log
    done = ZERO
    while True:
        k, act, i, j, t, done = choose(w, ahead, done, horizon)
        if act < 0:
            return n_log
        by = cause_of(w, k) if k >= 0 else int(ahead[done - 1, 4])
        basis = BY_ITSELF if k >= 0 else int(ahead[done - 1, 5])
        if basis == PROVOKED and w.provoked[j, i] == 0:
            continue
        if basis == ANSWERED_BEFORE and w.reached[j, i] == 0:
            continue
        row = NO_CAUSE
        if basis != ELSEWHERE:
            row = n_log - first_row
            if n_log < log_rows.shape[0]:
                log_rows[n_log, 0] = t
                log_rows[n_log, 1] = act
                log_rows[n_log, 2] = i
                log_rows[n_log, 3] = j
                log_rows[n_log, 4] = world
                log_rows[n_log, 5] = by
            n_log += 1
        if mass.shape[0] > 0:
            _apply_abducted(w, act, i, j, t, row, mass, rang, seed, world)
        else:
            apply_event(w, act, i, j, t, row, seed, world)
        plan(ahead, seen, needed, matches, planned, act, i, j, t, row)


@njit(cache=True, nogil=True)
def run_conditional(
    template, w, fixed, weight, pace, forced, start, horizon, seed, worlds, log_rows, conditions
):
    """Play many worlds as `run_worlds` does, with acts on a condition; `forced` has room for them."""
    ahead = forced.copy()
    none = (np.empty((0, 0)), np.empty((0, 0)))
    loaded = -1
    n_log = ZERO
    for v in worlds:
        if draw_of(v, fixed.shape[0]) != loaded:
            loaded = draw_of(v, fixed.shape[0])
            load_draw(template, fixed[loaded], weight[loaded], pace[loaded], start, horizon)
            _copy_screen(w, template)
        _copy_into(w, template)
        begin(w, start, seed, v)
        ahead[:] = forced
        conditions[0][:] = 0
        n_log = play(w, ahead, horizon, seed, v, log_rows, n_log, conditions, none)
    return n_log


@njit(cache=True, nogil=True)
def abduct(w, facts, horizon, mass, rang, basis):
    """Play what did happen and keep what it says of every clock.

    `facts` holds rows (time, act, i, j) in order, `w` a draw that is loaded. For each channel and opening,
    `mass` takes the hazard integrated while it was open (below 0: it never opened), `rang` the moment at
    which it rang, infinity if it did not; for each act `basis` takes what it rests on. Returns how many
    openings there were room for at least; those past the columns of `mass` are not kept.
    """
    mass[:] = UNDRAWN
    rang[:] = math.inf
    most = ZERO
    for a in range(facts.shape[0]):
        t = facts[a, 0]
        act, i, j = int(facts[a, 1]), int(facts[a, 2]), int(facts[a, 3])
        if not is_possible(w, act, i, j):
            basis[a] = IDLE
            continue
        k = channel_of(w, act, i, j)
        basis[a] = FREELY
        if k >= 0 and w.is_open[k] == 1:
            basis[a] = BY_ITSELF
            if w.occurrence[k] < rang.shape[1]:
                rang[k, w.occurrence[k]] = t
        elif CONDEMN <= act <= SEVER and w.provoked[j, i] == 1:
            basis[a] = PROVOKED
        elif act == RETURN and w.reached[j, i] > 0:
            basis[a] = ANSWERED_BEFORE
        count = _touched(w, act, i, j)
        most = max(most, _keep(w, count, t, mass))
        _change(w, act, i, j, t, NO_CAUSE)
        _reopen(w, count, t, ZERO, ZERO)
        _publish(w, act, j)
    return max(most, _keep(w, everywhere(w), horizon, mass)) + 1


@njit(cache=True, nogil=True)
def _keep(w, count, t, mass):
    """Settle the touched clocks at time t and keep their integrals; return the last opening among them."""
    _settle(w, count, t, ZERO, NO_CHANNEL, w.z[:0], ZERO)
    most = ZERO
    for c in range(count):
        k = w.touched[c]
        if w.is_open[k] == 1:
            most = max(most, w.occurrence[k])
            if w.occurrence[k] < mass.shape[1]:
                mass[k, w.occurrence[k]] = w.spent[k]
    return most


@njit(cache=True, nogil=True)
def _apply_abducted(w, act, i, j, t, by, mass, rang, seed, world):
    """Let an act happen as `apply_event` does; clocks that open then, or run first, are those of history."""
    fresh = np.empty(w.touched.size, np.int64)
    new = ZERO
    count = _touched(w, act, i, j)
    for c in range(count):
        k = w.touched[c]
        if w.is_open[k] == 0 or w.threshold[k] < 0.0:
            fresh[new] = k
            new += 1
    apply_event(w, act, i, j, t, by, seed, world)
    _snap(w, count, rang)
    w.touched[:new] = fresh[:new]
    _retime(w, new, t, mass, rang, seed, world)


@njit(cache=True, nogil=True)
def _retime(w, count, t, mass, rang, seed, world):
    """Give the touched clocks the thresholds that history implies, and time them by these.

    A clock that rang has its integrated hazard then; one that did not has that of the whole opening and
    a unit exponential of its own; an opening that history does not know has the exponential alone.
    """
    for c in range(count):
        k = w.touched[c]
        o = w.occurrence[k]
        if w.is_open[k] == 1:
            known = o < mass.shape[1] and mass[k, o] >= 0.0
            w.threshold[k] = mass[k, o] if known else 0.0
            if not known or rang[k, o] == math.inf:
                w.threshold[k] -= log(uniform(seed, world, w.key[k], o))
    _reopen(w, count, t, seed, world)
    _snap(w, count, rang)


@njit(cache=True, nogil=True)
def _snap(w, count, rang):
    """Put the touched clocks that history rang back on its moment, where rounding moved them."""
    for c in range(count):
        k = w.touched[c]
        o = w.occurrence[k]
        if w.is_open[k] == 1 and o < rang.shape[1] and abs(w.ring[k] - rang[k, o]) < SNAP:
            w.ring[k] = rang[k, o]


@njit(cache=True, nogil=True)
def rewrite(
    template, w, fact, fixed, weight, pace, facts, forced, start, horizon, seed, worlds, log_rows,
    history, conditions,
):  # fmt: skip
    """Play many worlds in which the clocks are those of history; return the number of log rows needed.

    `fact` is a world of the same start in which the acts of `facts` happened, `w` one whose own
    `allowed` closes the channels that the edit closes; `forced` holds what no clock brings. `history` is
    (mass, rang), with room for every opening.
    """
    mass, rang = history
    ahead = forced.copy()
    basis = np.empty(facts.shape[0], np.int64)
    loaded = -1
    n_log = ZERO
    for v in worlds:
        if draw_of(v, fixed.shape[0]) != loaded:
            loaded = draw_of(v, fixed.shape[0])
            load_draw(template, fixed[loaded], weight[loaded], pace[loaded], start, horizon)
            _copy_screen(w, template)
            _copy_screen(fact, template)
            _copy_into(fact, template)
            abduct(fact, facts, horizon, mass, rang, basis)
        _copy_into(w, template)
        count = ZERO
        for k in range(w.ring.size):
            w.is_open[k] *= w.allowed[k]
            if w.is_open[k] == 1 and (
                rang[k, 0] < math.inf
                or uniform(seed, v, w.key[k], ZERO) * exp(-mass[k, 0]) > w.bound[k]
            ):
                w.touched[count] = k
                count += 1
        _retime(w, count, start, mass, rang, seed, v)
        ahead[:] = forced
        n_log = play(w, ahead, horizon, seed, v, log_rows, n_log, conditions, history)
    return n_log
