"""Small JSON notes that engines keep between runs. A damaged file counts as empty: all can be found again."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

from core.files import write_text

_lock = threading.Lock()
_log = logging.getLogger(__name__)


def read(file: Path) -> dict[str, Any]:
    try:
        notes = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return notes if isinstance(notes, dict) else {}


def remember(file: Path, key: str, value: Any) -> None:
    """Sets one note; a folder that cannot be written costs only the memory of it."""
    with _lock:
        notes = read(file)
        notes[key] = value
        try:
            write_text(file, json.dumps(notes, indent=1, sort_keys=True) + "\n")
        except OSError as error:
            _log.warning("%s cannot be written: %s", file, error)
