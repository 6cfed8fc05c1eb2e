"""Models of features, and features as bytes."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import GalleryProblem
from core.gallery.records import FeatureModel
from core.types import Floats

TOLERANCE = 1e-3  # of a feature's length from 1


def encoded(features: NDArray[Any], model: FeatureModel) -> list[bytes]:
    """Features (n, d) as little-endian float32 rows. Raises GalleryProblem unless they fit the model, unit length."""
    rows = np.ascontiguousarray(features, "<f4")
    if rows.ndim != 2 or rows.shape[1] != model.length:
        raise GalleryProblem(
            "Features of the model {name} have {length} numbers, not {shape}.",
            "Nothing was changed; take the features of that model.",
            name=model.name,
            length=model.length,
            shape=rows.shape[1] if rows.ndim == 2 else rows.shape,
        )
    wrong = np.flatnonzero(~unit_length(rows))
    if len(wrong):
        raise GalleryProblem(
            "{many} features are not of unit length.", "Nothing was changed; normalise them first.", many=len(wrong)
        )
    return [row.tobytes() for row in rows]


def unit_length(rows: Floats) -> NDArray[np.bool_]:
    """Which rows (n, d) are finite and of length 1."""
    squares: NDArray[np.bool_] = np.abs(np.einsum("nd,nd->n", rows, rows) - 1) <= 2 * TOLERANCE
    return squares


def register(db: sqlite3.Connection, model: FeatureModel) -> int:
    """The number of the model within the gallery, which it gets now if it is new."""
    row = db.execute("SELECT id, length FROM models WHERE space = ?", (model.space,)).fetchone()
    if row is None:
        if not model.space or model.length < 1:
            raise GalleryProblem("The model {name} has no space or no length.", "Nothing was changed.", name=model.name)
        added = db.execute(
            "INSERT INTO models (space, name, length) VALUES (?, ?, ?)", (model.space, model.name, model.length)
        )
        return int(added.lastrowid or 0)
    if row[1] != model.length:
        raise GalleryProblem(
            "The gallery knows {space} with features of {known} numbers, not {length}.",
            "Nothing was changed; give the other model a space of its own.",
            space=model.space,
            known=row[1],
            length=model.length,
        )
    return int(row[0])
