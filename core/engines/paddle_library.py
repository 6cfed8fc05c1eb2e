"""Importing Paddle, which takes seconds and talks."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from core.engines.problems import broken_package
from core.engines.quiet import traceless

TITLE = "Paddle"
_importing = threading.Lock()


def load() -> Any:
    """The library, imported without a word on standard error."""
    with _importing:
        if "paddle" in sys.modules:
            return sys.modules["paddle"]
        try:
            with traceless():
                os.environ.setdefault("GLOG_minloglevel", "2")
                import paddle
                import paddle.inference
        except ImportError as error:
            raise broken_package(TITLE, error) from error
        return paddle
