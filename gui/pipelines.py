"""PaddleX pipeline files in the window: looked at, taken over, and written."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from core.errors import Text
from core.types import Step
from gui.aside import Aside
from gui.kit import Kit
from gui.language import said, tr

if TYPE_CHECKING:  # the window starts without them
    from core.paddlex.config import PipelineConfig
    from core.paddlex.taking_over import Proposal, Taken
    from core.settings import Settings


class Pipelines(QObject):
    """Answers File, PaddleX configuration, its counterpart that writes one, and dropped YAML files."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._aside = Aside(kit.bridge)
        kit.actions.on("open_pipeline", self._choose)
        kit.actions.on("save_pipeline", self._save)
        kit.state.pipeline_wanted.connect(self.open)

    def shut(self) -> None:
        self._aside.close()

    def open(self, file: Path) -> None:
        """Shows what the file says; the settings change only when that is accepted."""
        self._aside.ask(partial(_proposed, file), self._show, self._kit.state.notices.problem, owner=self)

    def _choose(self) -> None:
        file = self._kit.ask.file(tr("Open a PaddleX configuration"), _kinds())
        if file is not None:
            self.open(file)

    # --- taking over -----------------------------------------------------------------------------------------------

    def _show(self, proposal: Proposal) -> None:
        from gui.dialogs.pipeline import PipelineDialog

        dialog = PipelineDialog(self._kit, proposal)
        accepted = self._kit.ask.dialog(dialog)
        models, index = dialog.adds_models, dialog.takes_index
        dialog.deleteLater()
        if accepted:
            self._take_over(proposal, models=models, index=index)

    def _take_over(self, proposal: Proposal, *, models: bool, index: bool) -> None:
        def taken(result: Taken) -> None:
            self._apply(proposal.file, result)
            if index and proposal.index is not None:
                self._kit.state.index_wanted.emit(proposal.index.folder)

        if not models:
            taken(proposal.alone)
            return
        title = Text("Add the models of {file}", {"file": proposal.file.name})
        self._kit.bridge.run(title, partial(_taking_over, proposal.config), done=taken)

    def _apply(self, file: Path, taken: Taken) -> None:
        state = self._kit.state
        old = {name: pair[0] for name, pair in taken.differing(state.settings).items()}
        if not old:
            return
        state.change_settings(**taken.changes)
        words = tr("The settings are as {file} says.", file=file.name)
        state.notices.info(words, action=tr("Undo"), act=lambda: state.change_settings(**old))

    # --- writing ---------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        index: Path | None = None
        if self._kit.state.gallery is not None:
            text = tr("The file can name an index folder that was exported with Index, Export to PaddleX.")
            choices = [tr("Without an index"), tr("Choose an index folder…")]
            answer = self._kit.ask.choice(tr("Save as PaddleX configuration"), text, choices)
            index = self._kit.ask.folder(tr("Choose an exported index folder")) if answer == 1 else None
            if answer is None or (answer == 1 and index is None):
                return
        file = self._kit.ask.save_file(tr("Save as PaddleX configuration"), _kinds(), Path("face_recognition.yaml"))
        if file is not None:
            work = partial(_written, self._kit.state.settings, file, index)
            self._aside.ask(work, partial(self._told, file), self._kit.state.notices.problem, owner=self)

    def _told(self, file: Path, warnings: tuple[Text, ...]) -> None:
        words = tr("Wrote {file}.", file=file)
        if warnings:
            self._kit.state.notices.warning(words, "\n".join(said(each) for each in warnings))
        else:
            self._kit.state.notices.info(words)


def _kinds() -> str:
    return tr("PaddleX configurations (*.yaml *.yml)")


def _proposed(file: Path) -> Proposal:
    from core.models.store import ModelStore
    from core.paddlex.taking_over import propose

    return propose(file, ModelStore())


def _taking_over(config: PipelineConfig) -> Generator[Step[Any], None, Taken]:
    from core.models.store import ModelStore
    from core.paddlex.taking_over import taking_over

    return (yield from taking_over(config, ModelStore(), add_models=True))


def _written(settings: Settings, file: Path, index: Path | None) -> tuple[Text, ...]:
    """Writes the settings as a pipeline file; what PaddleX cannot follow. Raises Problem, and writes nothing then."""
    from core.models.store import ModelStore
    from core.paddlex.saving import save_pipeline

    return save_pipeline(settings, ModelStore(), file, index)
