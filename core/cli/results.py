"""Saying results of photos in words."""

from __future__ import annotations

from collections import Counter

from core.cli.console import number
from core.export.annotate import caption
from core.export.records import PhotoResult


def lines(result: PhotoResult) -> list[str]:
    """One line per face, best detected first."""
    if not len(result.faces):
        return [f"{result.path}: no face"]
    return [
        f"{result.path}: {caption(result, position)} - {decision.reason}"
        for position, decision in enumerate(result.decisions)
    ]


def summary(counts: Counter[str]) -> str:
    """Counts in words: how many photos, faces, known, unsure, unknown and failed."""
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ("known", "unsure", "unknown"))
    return (
        f"{number(counts['photos'], 'photo')}, {number(counts['faces'], 'face')}: {kinds}; {counts['failed']} failed."
    )
