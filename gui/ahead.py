"""What the first clicks need is loaded before them, while nobody waits for it."""

from __future__ import annotations

import gc
import importlib
import logging
import threading
import time
from collections.abc import Sequence

from core.worker import step_back
from gui.models.cameras import device_list

# Each takes 20 to 80 ms of Python. Met by five jobs started at once they held up the screen for a fifth of a second.
MODULES = (
    "numpy.ma",  # numpy.unique asks for it
    "gui.dialogs.enroll_run",
    "core.jobs.tagging",
    "core.jobs.indexing",
    "core.jobs.correcting",
    "core.jobs.export_rows",
    "core.jobs.models",
    "core.live",
    "core.sightings",
    "core.demo.film",
    "gui.dialogs.photo",
    "gui.dialogs.pipeline",
)
_PAUSE = 0.02  # seconds between two modules, in which the screen catches up
_log = logging.getLogger(__name__)


def load_ahead(modules: Sequence[str] = MODULES) -> threading.Thread:
    """Imports the modules on a thread behind everything else. One that cannot be imported is left to its first user,
    who tells why."""
    thread = threading.Thread(target=_load, args=(modules,), name="loading ahead", daemon=True)
    thread.start()
    return thread


def _load(modules: Sequence[str]) -> None:
    step_back()
    device_list()
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            _log.warning("%s was not loaded ahead", name, exc_info=True)
        time.sleep(_PAUSE)
    gc.freeze()  # these objects never go: looking through them again and again takes time for nothing
