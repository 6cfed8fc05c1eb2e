"""Which rows of the results are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.result_book import Order, Query
from core.result_row import Origin, RowKind
from gui import result_words as words
from gui.icons import icon
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, SMALL_GAP

_CHIPS: tuple[RowKind, ...] = ("known", "unsure", "unknown", "no face")
_ORDERS: tuple[Order, ...] = ("newest", "oldest", "name", "nearest", "doubtful", "quality")
_PEOPLE = 30  # listed, those with most rows


class ResultFilter(QWidget):
    """A line to search in, menus for origin, person and order, and a mark for each kind of row with its count."""

    asked = Signal()  # `query` is another one

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.search = QLineEdit(clearButtonEnabled=True)
        self.filter, self.sort = QToolButton(), QToolButton()
        self.chips = {kind: QToolButton() for kind in _CHIPS}
        self._identity = 0
        self._origin: Origin | None = None
        self._order: Order = "newest"
        self._build()
        self._recall()
        self.search.textChanged.connect(lambda _: self.asked.emit())
        for chip in self.chips.values():
            chip.toggled.connect(lambda _: self.asked.emit())
        kit.state.language_changed.connect(self._texts)
        kit.theme.changed.connect(self.refresh)
        self._texts()

    def query(self) -> Query:
        kinds = frozenset(kind for kind, chip in self.chips.items() if chip.isChecked())
        return Query(kinds, self._origin, self._identity, self.search.text().strip(), self._order)

    def only(self, identity: int) -> None:
        """Rows of this person alone; 0 for everybody."""
        self._identity = identity
        self.refresh()
        self.asked.emit()

    def only_kinds(self, kinds: frozenset[RowKind]) -> None:
        """Rows of these kinds alone, whoever they name and wherever they come from."""
        self._identity, self._origin = 0, None
        self.search.clear()
        for kind, chip in self.chips.items():
            chip.setChecked(kind in kinds)
        self.refresh()
        self.asked.emit()

    def refresh(self) -> None:
        """Shows the counts as they are now."""
        colours, counts = self._kit.theme.colours, self._kit.state.results.book.counts
        for kind, chip in self.chips.items():
            count = QLocale().toString(counts[kind])
            chip.setText(count)
            chip.setIcon(icon(words.ICONS[kind], words.colour_of(kind, colours)))
            chip.setAccessibleName(tr("{kind}: {count}", kind=words.kind_word(kind), count=count))
            chip.setToolTip(tr("{kind}: show or hide", kind=words.kind_word(kind)))
        narrowed = self._origin is not None or bool(self._identity)
        self.filter.setIcon(icon("filter", colours.accent if narrowed else colours.text))
        self.filter.setDown(narrowed)
        self.sort.setIcon(icon("sort", colours.text))

    def remember(self) -> None:
        memory = self._kit.state.memory
        memory.setValue("results/order", self._order)
        memory.setValue("results/kinds", [kind for kind, chip in self.chips.items() if chip.isChecked()])

    # --- inside ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._menus = QMenu(self), QMenu(self)
        for button, menu, fill in zip(
            (self.filter, self.sort), self._menus, (self._fill_filter, self._fill_sort), strict=True
        ):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            button.setMenu(menu)
            menu.aboutToShow.connect(fill)
        for chip in self.chips.values():
            chip.setCheckable(True)
            chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            chip.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        tools = [self._tool(name) for name in ("export_results", "clear_results")]
        for widgets in ((self.search, self.filter, self.sort, *tools), tuple(self.chips.values())):
            line = QHBoxLayout()
            line.setSpacing(SMALL_GAP)
            for widget in widgets:
                line.addWidget(widget)
            column.addLayout(line)

    def _tool(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._kit.actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        return button

    def _recall(self) -> None:
        memory = self._kit.state.memory
        order: Any = memory.value("results/order", "newest")
        self._order = order if order in _ORDERS else "newest"
        kinds: Any = memory.value("results/kinds", list(_CHIPS[:3]))
        shown = [kinds] if isinstance(kinds, str) else kinds or list(_CHIPS[:3])
        for kind, chip in self.chips.items():
            chip.setChecked(kind in shown)

    def _fill_filter(self) -> None:
        menu = self._menus[0]
        menu.clear()
        origins = ((tr("Cameras and photos"), None), (tr("Cameras only"), "live"), (tr("Photos only"), "photo"))
        self._options(menu, origins, self._origin, self._take_origin)
        menu.addSeparator()
        names = {person.id: person.name for person in self._kit.state.people}
        found = [identity for identity in self._kit.state.results.book.people() if identity in names][:_PEOPLE]
        people = [(tr("Everybody"), 0), *((names[identity], identity) for identity in found)]
        self._options(menu, people, self._identity, self.only)

    def _fill_sort(self) -> None:
        self._menus[1].clear()
        texts = {
            "newest": tr("Newest first"),
            "oldest": tr("Oldest first"),
            "name": tr("By name"),
            "nearest": tr("Most similar first"),
            "doubtful": tr("To look at first: unsure, then nearest"),
            "quality": tr("Best quality first"),
        }
        self._options(self._menus[1], [(texts[order], order) for order in _ORDERS], self._order, self._take_order)

    @staticmethod
    def _options(menu: QMenu, options: Sequence[tuple[str, Any]], now: object, take: Callable[[Any], None]) -> None:
        group = QActionGroup(menu)
        for text, value in options:
            action = QAction(text.replace("&", "&&"), group, checkable=True)
            action.setChecked(value == now)
            action.triggered.connect(lambda _=False, value=value: take(value))
            menu.addAction(action)

    def _take_origin(self, origin: Origin | None) -> None:
        self._origin = origin
        self.refresh()
        self.asked.emit()

    def _take_order(self, order: Order) -> None:
        self._order = order
        self.asked.emit()

    def _texts(self) -> None:
        self.search.setPlaceholderText(tr("Name or file"))
        self.search.setAccessibleName(tr("Search the results"))
        for button, text in ((self.filter, tr("Filter by origin and person")), (self.sort, tr("Order"))):
            button.setToolTip(text)
            button.setAccessibleName(text)
        self.refresh()
