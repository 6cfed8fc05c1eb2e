"""Importing a library that changes more than itself."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def traceless() -> Iterator[None]:
    """Undoes what an import does to the root logger, the environment and the warnings, and lets no warning through.

    Paddle sends every log record of the program to standard error, sets OMP_NUM_THREADS for child processes and
    brings OpenCV's own Qt plugins into the environment.
    """
    root, environment = logging.getLogger(), dict(os.environ)
    handlers, level = list(root.handlers), root.level
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name in set(os.environ) - set(environment):
            del os.environ[name]
        os.environ.update({name: value for name, value in environment.items() if os.environ.get(name) != value})


@contextlib.contextmanager
def absent(module: str) -> Iterator[None]:
    """Within it, importing `module` fails as if it were not installed. Does nothing when it is imported already."""
    if sys.modules.get(module) is not None:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # Python's own way to say so
    try:
        yield
    finally:
        del sys.modules[module]
