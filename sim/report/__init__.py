"""What to tell: tables, figures and result folders, and the precedents a projection rests on.

Read in this order: `words` (acts, days and shares in plain English), `reactions` and `answers`
(what an ensemble says), then the three sinks: `text` (terminal), `figures` (PNG) and `folder`.
Text that comes from users or tables is cleaned in `words` and escaped again by each sink.
"""
