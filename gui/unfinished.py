"""Jobs that were paused at the last closing and go on at the next start."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.files import write_text
from core.paths import data_folder

_log = logging.getLogger(__name__)


def unfinished_file() -> Path:
    return data_folder() / "unfinished.json"


class Unfinished:
    """Whoever starts a kind of job that can be taken up again says here how."""

    def __init__(self) -> None:
        self._ways: dict[str, Callable[[dict[str, Any]], None]] = {}

    def know(self, kind: str, take_up: Callable[[dict[str, Any]], None]) -> None:
        """`take_up` gets the plain values that the job's `again` held beside its "kind"."""
        self._ways[kind] = take_up

    def keep(self, jobs: list[dict[str, Any]]) -> None:
        """For the next start. Raises OSError."""
        write_text(unfinished_file(), json.dumps(jobs, indent=1))

    def take_up(self) -> int:
        """Starts what was kept, once; how many jobs."""
        jobs = _read()
        unfinished_file().unlink(missing_ok=True)
        return sum(self.start(job) for job in jobs)

    def start(self, job: dict[str, Any]) -> bool:
        """Starts a job from what its `again` held; False when nobody knows how."""
        way = self._ways.get(str(job.get("kind")))
        if way is not None:
            way({name: value for name, value in job.items() if name != "kind"})
        return way is not None


def _read() -> list[dict[str, Any]]:
    try:
        read = json.loads(unfinished_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        _log.warning("the list of unfinished jobs cannot be read; they are left out")
        return []
    return [job for job in read if isinstance(job, dict)] if isinstance(read, list) else []
