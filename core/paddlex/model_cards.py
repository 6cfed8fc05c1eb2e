"""Which model a script or a configuration means: a folder, one in the store, or one that PaddleX has downloaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from core.errors import ModelProblem
from core.models.cards import Card, Task
from core.models.folder import read_folder
from core.models.source import PADDLEX_FILE, look
from core.models.store import ModelStore
from core.models.yaml_file import read_yaml

_CACHE_VARIABLE = "PADDLE_PDX_CACHE_HOME"
_KINDS: dict[Task, str] = {"detect": "a face detector", "feature": "a face feature model"}


def find_card(name: str | None, folder: str | os.PathLike[str] | None, *, task: Task | None = None) -> Card:
    """The card of a model. A folder's own name must be `name` where both are given, as PaddleX demands.

    Raises ModelProblem for a model that is not here, a folder that is not whole, another name or another task.
    """
    if folder is not None:
        card = _of_store(name, Path(folder)) or folder_card(Path(folder))
        if name is not None and card.name != name:
            raise ModelProblem(
                "{folder} holds the model {found}, not {name}.",
                "Nothing was opened. Give that name (model_name), or another folder (model_dir).",
                folder=folder,
                found=card.name,
                name=name,
            )
    elif name is None:
        raise ModelProblem("A model needs a name or a folder.", "Give model_name or model_dir.")
    else:
        card = _named(name)
    if task is not None and card.task != task:
        raise ModelProblem("{name} is not {kind}.", "Nothing was opened.", name=card.name, kind=_KINDS[task])
    return card


def folder_card(folder: Path) -> Card:
    """The card of a PaddleX model folder where it lies. Raises ModelProblem naming the part that is missing."""
    if not folder.is_dir():
        raise ModelProblem("There is no folder {folder}.", "Give the folder of a model.", folder=folder)
    source = look(folder)
    if source.paddlex_file is None:
        raise ModelProblem(
            "{folder} has no inference.yml, which tells how pictures are prepared.",
            "Nothing was opened. Give a folder as PaddleX exports it.",
            folder=folder,
        )
    card = read_folder(source.paddlex_file, files=source.files)
    if not card.files:
        raise ModelProblem(
            "{folder} has no model beside its inference.yml.",
            "Put inference.json (or .pdmodel) and inference.pdiparams there, or inference.onnx.",
            folder=folder,
        )
    return card


def label_of(card: Card) -> str:
    """What a detector's folder calls the things it finds; "face" where it does not tell."""
    path = card.folder / PADDLEX_FILE
    values: Any = read_yaml(path, aliases=True) if path.is_file() else None
    labels = values.get("label_list") if isinstance(values, dict) else None
    return labels[0] if isinstance(labels, list) and labels and isinstance(labels[0], str) else "face"


def _of_store(name: str | None, folder: Path) -> Card | None:
    """The store's model of that name that lies in `folder`: such folders may have a card and no inference.yml."""
    if (folder / PADDLEX_FILE).is_file() or name is None:
        return None
    cards = (card for card in ModelStore().cards() if card.name == name)
    return next((card for card in cards if card.folder.resolve() == folder.resolve()), None)


def _named(name: str) -> Card:
    names = [name, name.removesuffix("_infer")]
    cards = {card.name: card for card in ModelStore().cards()}
    for each in names:
        if each in cards:
            return cards[each]
        downloaded = _downloads() / each
        if (downloaded / PADDLEX_FILE).is_file():
            return folder_card(downloaded)
    known = {card.name for card in ModelStore().described()}
    way = (
        "Get it with `facefolio models download {name}`."
        if names[-1] in known
        else "`facefolio models list` shows those that are."
    )
    raise ModelProblem(
        "The model {name} is not on this machine.",
        way + " Or give the folder where it lies: model_dir in a script or a configuration, "
        "--detector or --feature on the command line.",
        name=names[-1] if names[-1] in known else name,
    )


def _downloads() -> Path:
    """Where PaddleX keeps the official models it downloaded."""
    home = os.environ.get(_CACHE_VARIABLE)
    return (Path(home) if home else Path.home() / ".paddlex") / "official_models"
