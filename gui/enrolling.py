"""Enrollment in the window: what was dropped, pasted or chosen is looked at and shown before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage

from core.gallery.records import NewFace
from core.worker import Lane, Outcome
from gui.carrying import files_in
from gui.dialogs.enroll_sample import Sampling
from gui.kit import Kit
from gui.language import counted, tr
from gui.widgets.window_drop import WindowDrop, is_pipeline

if TYPE_CHECKING:  # they bring the models' libraries, which the window's start need not load
    from core.paddlex.taking_over import NamedIndex
    from gui.dialogs.enroll_run import EnrollRun, Looking

_ACTIONS = ("import_folder", "import_photos", "import_list", "paste_picture")
_PASTED = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp")


@dataclass(frozen=True)
class EnrollRequest:
    """Who asks for an enrollment gives it to `state.enroll_wanted`."""

    paths: tuple[Path, ...] = ()  # pictures, folders (one per person), gallery.txt, CSV lists
    person: int | None = None  # enroll to this identity
    name: str | None = None  # or to the person of this name
    faces: tuple[NewFace, ...] | list[NewFace] | None = None  # seen already, all of one person, as a camera gives them


class Enrolling(QObject):
    """Answers the Import menu, `enroll_wanted` and files dropped on the window."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._lane = Lane("enrolling")  # looks at disks that may be slow, and loads what the windows need
        self.runs: list[EnrollRun] = []  # enrollments under way, the newest last
        self.sampling = Sampling(kit, self)
        kit.state.enroll_wanted.connect(self.enroll)
        kit.state.desk.opened.connect(self._gallery_opened)
        kit.state.language_changed.connect(self._gallery_opened)
        for name in _ACTIONS:
            kit.actions.on(name, getattr(self, f"_{name}"))
        self._drop = WindowDrop(kit, lambda paths: self.enroll(EnrollRequest(paths)))
        self._gallery_opened()

    def shut(self) -> None:
        for run in self.runs:
            run.close(1.0)
        self.runs.clear()
        self._lane.close(wait=1.0)

    def enroll(self, request: EnrollRequest) -> None:
        """Looks at what is asked for and shows it; nothing is written before that is accepted.

        A PaddleX configuration or index folder among the files is opened or proposed for import instead.
        """
        if is_pipeline(request.paths):
            self._kit.state.pipeline_wanted.emit(request.paths[0])
        elif self._may_change() and (request.paths or request.faces):
            self._prepare(lambda: _looked_at(request), partial(self._ask, request))

    # --- the menu --------------------------------------------------------------------------------------------------

    def _import_folder(self) -> None:
        folder = self._kit.ask.folder(tr("Import: choose a folder that holds a folder for each person"))
        if folder is not None:
            self.enroll(EnrollRequest((folder,)))

    def _import_photos(self) -> None:
        from core.photos import SUFFIXES

        kinds = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        paths = self._kit.ask.files(tr("Import: choose photos"), tr("Photos ({kinds})", kinds=kinds))
        if paths:
            self.enroll(EnrollRequest(tuple(paths)))

    def _import_list(self) -> None:
        kinds = tr("Lists of pictures and names (*.txt *.csv)")
        file = self._kit.ask.file(tr("Import: choose a gallery.txt or a CSV file"), kinds)
        if file is not None:
            self.enroll(EnrollRequest((file,)))

    def _paste_picture(self) -> None:
        mime: QMimeData | None = QGuiApplication.clipboard().mimeData()
        mime = mime or QMimeData()  # an empty clipboard of some systems has none
        paths = files_in(mime)
        if paths:
            self.enroll(EnrollRequest(paths))
            return
        data = next((bytes(mime.data(kind).data()) for kind in _PASTED if mime.hasFormat(kind)), b"")
        image = QImage(mime.imageData()) if not data and mime.hasImage() else QImage()
        if not data and image.isNull():
            self._kit.state.notices.warning(
                tr("There is no picture on the clipboard."), tr("Copy a picture or a picture file first.")
            )
        elif self._may_change():
            self._prepare(lambda: None, lambda _: self._open(EnrollRequest(), lambda: data or _encoded(image)))

    # --- from the request to its window ----------------------------------------------------------------------------

    def _prepare(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Does the work, and imports what the window needs, without holding up this one."""

        def loaded() -> Any:
            import gui.dialogs.enroll_run  # noqa: F401

            return work()

        def ended(outcome: Outcome[Any]) -> None:
            if outcome.error is not None:
                error = outcome.error
                self._kit.bridge.post(lambda: self._kit.state.notices.problem(error), self)
            else:
                self._kit.bridge.post(lambda: done(outcome.result), self)

        self._lane.submit(loaded, ended)

    def _ask(self, request: EnrollRequest, found: tuple[int, NamedIndex | None]) -> None:
        """A folder of pictures alone may be one person or many: asked once."""
        alone, index = found
        if index is not None:
            self._propose_import(index)
            return
        if not alone:
            self._open(request)
            return
        folder = request.paths[0].name
        text = counted(
            "“{folder}” holds {count} picture and no folders.",
            "“{folder}” holds {count} pictures and no folders.",
            alone,
            folder=folder,
        )
        choices = [tr("One person: {name}", name=folder), tr("Different people")]
        answer = self._kit.ask.choice(tr("Who is in this folder?"), text, choices)
        if answer is not None:
            self._open(request, one_person=answer == 0)

    def _propose_import(self, index: NamedIndex) -> None:
        kit, gallery = self._kit, self._kit.state.gallery
        if index.problem is not None:
            kit.state.notices.problem(index.problem)
        elif gallery is not None:
            text = counted(
                "“{folder}” is a PaddleX index folder ({kind}) with {count} face. Its people join the gallery "
                "{gallery} without pictures, so they cannot be moved to another model later.",
                "“{folder}” is a PaddleX index folder ({kind}) with {count} faces. Its people join the gallery "
                "{gallery} without pictures, so they cannot be moved to another model later.",
                index.faces,
                folder=index.folder.name,
                kind=f"{index.kind}, {index.metric}",
                gallery=gallery.name,
            )
            if kit.ask.choice(tr("Import this index?"), text, [tr("Import")]) == 0:
                kit.state.index_wanted.emit(index.folder)

    def _open(
        self, request: EnrollRequest, pasted: Callable[[], bytes] | None = None, *, one_person: bool = True
    ) -> None:
        from core.jobs.enroll_look import LookRequest
        from gui.dialogs.enroll_run import EnrollRun

        gallery = self._kit.state.gallery
        if gallery is None:
            return
        look = LookRequest(
            gallery.folder, request.paths, name=request.name, person=request.person, one_person=one_person
        )
        told = request.person is not None or bool(request.name)
        run = EnrollRun(self._kit, look, _looking(request, look, pasted), at_once=request.faces is not None and told)
        run.over.connect(self.runs.remove)
        self.runs.append(run)

    def _may_change(self) -> bool:
        gallery = self._kit.state.gallery
        if gallery is None or gallery.read_only:
            self._kit.state.notices.warning(self._why_not(), tr("Make or open another one from the File menu."))
        return gallery is not None and not gallery.read_only

    def _gallery_opened(self) -> None:
        why_not = self._why_not()
        for name in _ACTIONS:
            self._kit.actions.enable(name, not why_not, why_not)

    def _why_not(self) -> str:
        gallery = self._kit.state.gallery
        if gallery is None:
            return tr("No gallery is open.")
        return tr("The gallery can only be read here.") if gallery.read_only else ""


def _looked_at(request: EnrollRequest) -> tuple[int, NamedIndex | None]:
    """How many pictures the one folder asked for holds alone, and the index that it is."""
    from core.paddlex.taking_over import is_index_folder, look_at_index

    if len(request.paths) == 1 and is_index_folder(request.paths[0]):
        return 0, look_at_index(request.paths[0])
    return _alone(request), None


def _alone(request: EnrollRequest) -> int:
    """How many pictures the one folder asked for holds, when it holds no folders and nobody is named."""
    from core.jobs.sources import pictures_alone

    if len(request.paths) != 1 or request.name or request.person is not None or not request.paths[0].is_dir():
        return 0
    return pictures_alone(request.paths[0])


def _looking(request: EnrollRequest, look: Any, pasted: Callable[[], bytes] | None) -> Looking:
    """The job of a request; called on its thread."""
    from dataclasses import replace

    from core.jobs.enroll_look import look_into, take_faces
    from core.jobs.sources import Labelled

    if request.faces is not None:
        faces = request.faces
        return lambda lend, choosing, options: take_faces(faces, look, lend, choosing)
    if pasted is None:
        return lambda lend, choosing, options: look_into(look, lend, choosing, options)
    picture = pasted

    def looking(lend: Any, choosing: Any, options: Any) -> Any:
        whole = replace(look, pictures=(Labelled(Path("clipboard"), "", data=picture()),))
        return look_into(whole, lend, choosing, options)

    return looking


def _encoded(image: QImage) -> bytes:
    from core.pictures import encode_picture
    from gui.pixels import pixels_of

    return encode_picture(pixels_of(image), kind="png")
