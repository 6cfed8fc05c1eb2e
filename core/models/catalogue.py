"""The models that the program knows by itself: resources/models.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from core import paths
from core.errors import ModelProblem
from core.models.card_file import parse_card
from core.models.cards import Card
from core.models.yaml_file import read_own_yaml

_SECTIONS = ("built_in", "known", "described")


def built_in() -> list[Card]:
    """The shipped models, ready to open."""
    return list(_sections()["built_in"])


def known() -> list[Card]:
    """Models recognised by their checksums; their files are not here. Each lists every form the model is known in."""
    return list(_sections()["known"])


def described() -> list[Card]:
    """Models one can only be told about: their cards list no files."""
    return list(_sections()["described"])


def recognised(checksums: dict[str, str]) -> tuple[Card, str, dict[str, str]] | None:
    """The known card of a model, the engine its files are for, and per listed name the file that has its checksum.

    `checksums` tells the SHA-256 of each file at hand; the files' own names do not matter.
    """
    by_checksum = {checksum: name for name, checksum in checksums.items()}
    for card in known():
        for engine, names in card.files.items():
            wanted = [card.sha256[name] for name in names]
            if all(checksum in by_checksum for checksum in wanted):
                return card, engine, {name: by_checksum[card.sha256[name]] for name in names}
    return None


def own_space(card: Card) -> Card:
    """The card with its space filled in: features of a model whose card names none compare with its own alone."""
    if card.task != "feature" or card.space:
        return card
    return replace(card, space=f"{card.name}-{weights_checksum(card)[:12]}")


def weights_checksum(card: Card) -> str:
    """The SHA-256 of the file that holds the weights; empty for a card without files."""
    for engine in ("onnxruntime", "paddle", "openvino"):
        names = card.files.get(engine, ())
        heavy = [name for name in names if Path(name).suffix in (".pdiparams", ".bin")] or list(names[:1])
        if heavy:
            return card.sha256.get(heavy[0], "")
    return ""


@cache
def _sections() -> dict[str, tuple[Card, ...]]:
    path = paths.resources_folder() / "models.yaml"
    values, folder = read_own_yaml(path), paths.resources_folder() / "models"
    if not isinstance(values, dict) or set(values) != set(_SECTIONS):
        raise ModelProblem("{path} is damaged.", "Install the program again.", path=path)
    cards = {section: tuple(_cards(values[section], path, folder)) for section in _SECTIONS}
    cards["built_in"] = tuple(replace(card, built_in=True) for card in cards["built_in"])
    return cards


def _cards(entries: Iterable[object], path: Path, folder: Path) -> Iterable[Card]:
    for entry in entries:
        card = parse_card(entry, path, folder=folder)
        yield own_space(card) if card.files else card
