"""The models at hand: the built-in ones and those a person added."""

from __future__ import annotations

import difflib
import logging
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from core import paths
from core.errors import ModelProblem, Problem, Text, why
from core.models import catalogue
from core.models.card_file import CARD_FILE, read_card
from core.models.cards import Card, Task

if TYPE_CHECKING:
    from core.models.entries import Entry
    from core.types import Step

_AGAIN = "The other models are not touched. Remove this one with `facefolio models remove` and add it again."
_log = logging.getLogger(__name__)


class ModelStore:
    """Built-in models and the added ones, which live in one folder each below `folder`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.models_folder()

    def cards(self) -> list[Card]:
        """Every usable model, the built-in ones first. A damaged added one is logged; `problems` tells it."""
        cards, problems = self._look()
        for problem in problems.values():
            _log.warning("%s", problem)
        return cards

    def problems(self) -> list[Problem]:
        """What is wrong with added models that cannot be used."""
        return list(self.broken().values())

    def broken(self) -> dict[str, ModelProblem]:
        """The added models that cannot be used, by name, and what is wrong with each."""
        return self._look()[1]

    def card(self, name: str) -> Card:
        """The card of one model. Raises ModelProblem that names near ones."""
        cards, problems = self._look()
        for card in cards:
            if card.name == name:
                return card
        if name in problems:
            raise problems[name]
        raise _unknown(name, [card.name for card in cards])

    def default_card(self, task: Task) -> Card:
        """The built-in model for a task."""
        return next(card for card in catalogue.built_in() if card.task == task)

    def add(self, path: Path, *, card: Path | None = None, name: str | None = None) -> Card:
        """Takes a model in, whole or not at all: an ONNX file, an OpenVINO .xml, a Paddle, PaddleX or card folder.

        It is opened and run once before. Raises ModelProblem or EngineProblem, and then nothing was added.
        """
        from core.models.adding import copied, examined

        found = examined(path, card_file=card, name=name)
        self.check_free(found.name)
        return copied(found, self.folder)

    def download(self, name: str) -> Generator[Step[str], None, Card]:
        """A job that fetches a model of the catalogue and adds it, whole or not at all; see core.models.download.

        Raises ModelProblem, EngineProblem, at its first step at the earliest.
        """
        from core.models.download import download

        found = next((card for card in self.described() if card.name == name), None)
        if found is None:
            self.check_free(name)
            raise _unknown(name, [card.name for card in self.described() if card.download])
        return (yield from download(self, found))

    def entries(self) -> list[Entry]:
        """Every model, at hand or not, with its state and size."""
        from core.models.entries import entries

        return entries(self)

    def remove(self, name: str) -> None:
        """Forgets an added model and its files, or what has arrived of a download. Galleries keep their features.

        Raises ModelProblem.
        """
        from core.models.adding import REMOVED
        from core.models.download import discard

        if any(card.name == name for card in catalogue.built_in()):
            raise ModelProblem("{name} is built in and stays.", "Only added models can be removed.", name=name)
        folder = next((one for one in self._folders() if one.name == name), None)
        if folder is None and name in {card.name for card in self.described()} and discard(self.folder, name):
            return
        if folder is None:
            raise _unknown(name, [one.name for one in self._folders()])
        try:
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=REMOVED, ignore_cleanup_errors=True) as aside:
                folder.rename(Path(aside) / name)
        except OSError as error:
            hint = "It is as it was; close the programs that use it."
            raise ModelProblem("{name} could not be removed: {error}.", hint, name=name, error=why(error)) from error

    def check(self, name: str) -> list[Text | Problem]:
        """What is found about one model: checksums, engines that open it, devices, whether the engines agree."""
        from core.models.checking import check

        return list(check(self.card(name)))

    def described(self) -> list[Card]:
        """Models that are known but not at hand, for lists."""
        names = {card.name for card in self._look()[0]}
        return [card for card in (*catalogue.known(), *catalogue.described()) if card.name not in names]

    def check_free(self, name: str) -> None:
        """Raises ModelProblem when a model of this name is at hand."""
        if name in {card.name for card in catalogue.built_in()} or (self.folder / name).exists():
            raise ModelProblem(
                "There is already a model called {name}.",
                "Nothing was added; give another name with --name, or remove that one.",
                name=name,
            )

    def _look(self) -> tuple[list[Card], dict[str, ModelProblem]]:
        cards, problems = catalogue.built_in(), {}
        for folder in self._folders():
            try:
                cards.append(_added(folder))
            except ModelProblem as problem:
                problems[folder.name] = problem
        return cards, problems

    def _folders(self) -> list[Path]:
        try:
            return sorted(one for one in self.folder.iterdir() if one.is_dir() and not one.name.startswith("."))
        except FileNotFoundError:
            return []


def _added(folder: Path) -> Card:
    card = catalogue.own_space(read_card(folder / CARD_FILE))
    if card.name != folder.name:
        raise ModelProblem("{path} describes another model: {name}.", _AGAIN, path=folder / CARD_FILE, name=card.name)
    for name in (name for names in card.files.values() for name in names):
        if not (folder / name).is_file():
            raise ModelProblem("{path} is missing.", _AGAIN, path=folder / name)
    return card


def _unknown(name: str, names: list[str]) -> ModelProblem:
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    return ModelProblem(
        "There is no model called {name}.",
        "Near: {near}. `facefolio models list` shows all of them." if near else "`facefolio models list` shows all.",
        name=name,
        near=", ".join(near),
    )
