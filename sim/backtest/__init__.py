"""How far to trust it: forecast what has happened by now, with what was known before, and score it."""

# Worlds by default, of each kind of forecast; here, so that the command need not load what plays them.
ANSWER_WORLDS = 2_000
FOLLOWER_WORLDS = 10_000  # with fewer the order of rare acts is luck
CASCADE_WORLDS = GUARDED_WORLDS = 1_000
ORIGIN_STEP = 182
"""Days between fixed origins."""
