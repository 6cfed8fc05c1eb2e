"""Names that stay steady from frame to frame."""

from core.tracker.records import Steadiness, Tracked
from core.tracker.tracker import Tracker

__all__ = ["Steadiness", "Tracked", "Tracker"]
