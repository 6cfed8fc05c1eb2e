"""How often something happens."""

from __future__ import annotations

from collections import deque


class RateMeter:
    """Counts happenings a second over the last few seconds."""

    def __init__(self, *, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=1000)

    def count(self, now: float) -> None:
        """Notes one, at a monotonic time in seconds."""
        self._times.append(now)
        while len(self._times) > 2 and self._times[0] < now - self._seconds:
            self._times.popleft()

    @property
    def rate(self) -> float | None:
        """A second; None until there are two."""
        if len(self._times) < 2 or self._times[-1] <= self._times[0]:
            return None
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])
