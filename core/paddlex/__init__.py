"""PaddleX's own face recognition: its answers, its index folders and its Python interface."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.paddlex.create import create_pipeline
    from core.paddlex.index_data import IndexData
    from core.paddlex.predictors import create_model

__all__ = ["IndexData", "create_model", "create_pipeline"]

# Imported when first asked for: who only reads a configuration need not wait for OpenCV and faiss.
_PLACES = {"IndexData": "index_data", "create_model": "predictors", "create_pipeline": "create"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
