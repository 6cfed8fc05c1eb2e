"""Importing a library that changes more than itself."""

from __future__ import annotations

import contextlib
import logging
import os
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
