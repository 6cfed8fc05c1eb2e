"""How a command ends."""

from __future__ import annotations

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
INTERRUPTED_WORDS = "Interrupted. What was committed is kept; nothing is half-written."
