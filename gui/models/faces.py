"""The faces of the chosen people as the grid in the middle shows them."""

from __future__ import annotations

from enum import IntEnum
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, QObject, Qt

from core.gallery.face_list import FaceList
from core.gallery.records import EnrolledFace, Identity
from gui.kit import Kit
from gui.language import tr
from gui.models.steady import Index, SteadyList


class FaceRole(IntEnum):
    """What a tile tells beside its caption (Qt.DisplayRole)."""

    FACE = Qt.ItemDataRole.UserRole + 1  # EnrolledFace
    COVER = Qt.ItemDataRole.UserRole + 2  # whether it is the cover of the one person shown
    WITHOUT = Qt.ItemDataRole.UserRole + 3  # words in the picture's place where none was ever kept, else ""


class FacesModel(SteadyList):
    """Enrolled faces; captions name the person where several are shown, else the photo."""

    def __init__(self, kit: Kit, parent: QObject) -> None:
        super().__init__(parent)
        self._kit = kit
        self._people: dict[int, Identity] = {}
        self._of_one = False

    def show_faces(self, faces: FaceList, *, of_one: bool) -> None:
        """`of_one`: all are of one person."""
        self._of_one = of_one
        self.take_people()
        self.take(faces.faces, faces.ids)

    def take_people(self) -> None:
        """Names and covers may have changed."""
        self._people = {person.id: person for person in self._kit.state.people}

    def face(self, row: int) -> EnrolledFace | None:
        found: EnrolledFace | None = self._rows[row] if 0 <= row < len(self._rows) else None
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        face = self.face(index.row()) if index.isValid() else None
        if face is None:
            return None
        if role == FaceRole.FACE:
            return face
        if role == FaceRole.COVER:
            person = self._people.get(face.identity)
            return self._of_one and person is not None and person.cover == face.id
        if role == Qt.ItemDataRole.DisplayRole:
            return self._photo(face) if self._of_one else self._name(face)
        if role == FaceRole.WITHOUT:
            return tr("no picture kept") if face.from_index else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.told(face)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.told(face).replace("\n", ", ")
        return None

    def told(self, face: EnrolledFace) -> str:
        """All that is known of a face, one fact a line."""
        locale = QLocale()
        added = locale.toString(QDateTime.fromSecsSinceEpoch(int(face.added)), QLocale.FormatType.ShortFormat)
        if face.from_index:
            lines = [
                self._name(face),
                tr("No picture kept: taken over from an index"),
                tr("Cannot be moved to another model"),
                tr("Enrolled {date}", date=added),
                tr("From {source}", source=face.source),
            ]
            return "\n".join(line for line in lines if line)
        lines = [
            self._name(face),
            tr("Quality {number}", number=locale.toString(face.quality, "f", 2)),
            tr("Face found with score {number}", number=locale.toString(face.score, "f", 2)),
            tr("Enrolled {date}", date=added),
            tr("From {source}", source=face.source),
        ]
        return "\n".join(line for line in lines if line)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def _tell_changed(self, old: list[Any]) -> None:
        self.tell_all_changed()  # a face itself never changes, but whose it is and who has it as cover

    def _name(self, face: EnrolledFace) -> str:
        person = self._people.get(face.identity)
        return person.name if person else ""

    @staticmethod
    def _photo(face: EnrolledFace) -> str:
        return PurePath(face.source.replace("\\", "/")).name
