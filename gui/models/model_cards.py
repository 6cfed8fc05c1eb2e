"""The models as rows: what is at hand, what could be, and what is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt

from core.engines.choose import Choice
from core.errors import NOTHING, ModelProblem, Text
from core.models.cards import Card, Task
from core.models.entries import Entry
from gui.language import tr

AnyIndex = QModelIndex | QPersistentModelIndex
Use = Literal["", "chosen", "gallery"]  # not used; the settings take it; the open gallery does
_NOWHERE = QModelIndex()
ENGINE_TITLES = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "paddle": "Paddle"}


@dataclass(frozen=True)
class Stock:
    """All that is known of models on this machine; gathered away from the GUI thread."""

    entries: tuple[Entry, ...] = ()
    broken: dict[str, ModelProblem] = field(default_factory=dict)
    engines: dict[str, Text] = field(default_factory=dict)  # engine -> why it cannot be used; empty when it can
    best: dict[str, Choice] = field(default_factory=dict)  # model -> what was measured best here
    defaults: dict[Task, str] = field(default_factory=dict)  # task -> built-in model
    no_graphics: Text = NOTHING  # why ONNX Runtime uses no graphics card

    def card(self, name: str) -> Card | None:
        return next((entry.card for entry in self.entries if entry.card.name == name), None)


@dataclass(frozen=True)
class Row:
    """One line: a model, or a damaged one of which only the name is sure."""

    name: str
    entry: Entry | None
    problem: ModelProblem | None = None
    use: Use = ""


def look() -> Stock:
    """Reads cards and notes of measurements. Raises Problem when the program's own list is damaged."""
    from core.engines import availability, onnx
    from core.engines.choose import remembered
    from core.models.store import ModelStore

    store, engines = ModelStore(), availability()
    entries = tuple(store.entries())
    best = {entry.card.name: remembered(entry.card) for entry in entries if entry.installed}
    return Stock(
        entries,
        store.broken(),
        engines,
        {name: choice for name, choice in best.items() if choice is not None},
        {"detect": store.default_card("detect").name, "feature": store.default_card("feature").name},
        NOTHING if engines["onnxruntime"] else onnx.no_graphics(),
    )


class ModelCards(QAbstractTableModel):
    """Model, state, task, size, time on this machine, licence."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.stock = Stock()

    def show(self, stock: Stock, uses: Mapping[str, Use]) -> None:
        """`uses` tells which names are in use, and how."""
        self.beginResetModel()
        self.stock = stock
        self.rows = [Row(entry.card.name, entry, None, uses.get(entry.card.name, "")) for entry in stock.entries]
        place = sum(1 for entry in stock.entries if entry.installed)
        self.rows[place:place] = [Row(name, None, problem) for name, problem in stock.broken.items()]
        self.endResetModel()

    def place(self, name: str) -> int:
        """The row of a name, -1 when there is none."""
        return next((place for place, row in enumerate(self.rows) if row.name == name), -1)

    def texts(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, self.columnCount() - 1))

    # --- Qt's own names --------------------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(section)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (tr("Model"), tr("State"), tr("Task"), tr("Size"), tr("Time here"), tr("Licence"))[section]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._cell(row, index.column())
        return _aligned(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _cell(self, row: Row, column: int) -> str:
        if row.entry is None:
            return {0: row.name, 1: tr("damaged")}.get(column, "")
        card, best = row.entry.card, self.stock.best.get(row.name)
        cells = (
            lambda: row.name,
            lambda: state_words(row),
            lambda: task_words(card.task),
            lambda: size_words(row.entry.size) if row.entry else "",
            lambda: milliseconds(best.milliseconds) if best and best.milliseconds else "–",
            lambda: card.licence or tr("not told"),
        )
        return cells[column]()


def _aligned(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in (3, 4) else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def task_words(task: Task) -> str:
    return tr("finds faces") if task == "detect" else tr("tells people apart")


def state_words(row: Row) -> str:
    if row.entry is None:
        return tr("damaged")
    if row.use == "gallery":
        return tr("✓ in use by the gallery")
    if row.use == "chosen":
        return tr("✓ in use")
    if row.entry.arrived and row.entry.state == "downloadable":
        return tr("{size} have arrived", size=size_words(row.entry.arrived))
    words = {
        "built_in": tr("built in"),
        "added": tr("added"),
        "downloadable": tr("can be fetched"),
        "described": tr("known, not here"),
    }
    return words[row.entry.state]


def size_words(size: int) -> str:
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeSIFormat) if size else "–"


def milliseconds(value: float) -> str:
    return tr("{value} ms", value=QLocale().toString(value, "f", 1))
