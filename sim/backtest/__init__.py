"""How far to trust it: forecast what has happened by now, with what was known before, and score it."""
