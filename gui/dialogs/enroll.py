"""Look before you write: every face found, whose it is said to be, and what speaks against adding it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QItemSelectionModel, QModelIndex, QStringListModel, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLabel,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.errors import Problem
from core.files import write_text
from core.jobs.enroll_draft import EnrollDraft
from core.jobs.enroll_look import Choosing
from core.jobs.enroll_plan import EnrollRow
from gui.dialogs.enroll_bars import LookBar, SieveBar, SumBar
from gui.dialogs.enroll_pictures import EnrollPictures
from gui.dialogs.enroll_row import HEIGHT, EnrollRowDelegate
from gui.dialogs.enroll_side import EnrollSide
from gui.kit import Kit
from gui.language import said, tr
from gui.models.enroll_plan import Column, EnrollPlanModel
from gui.theme import GAP, WIDE_GAP

_WIDTHS = {Column.FACE: 98, Column.PERSON: 150, Column.PHOTO: 140, Column.QUALITY: 66}


class EnrollDialog(QDialog):
    """Not modal: the look goes on while somebody decides, and the rest of the program stays usable."""

    wanted = Signal()  # what is ticked shall be added
    stopped = Signal()  # no more pictures need be looked at; or what is being written shall not be
    left = Signal()  # closed, whether something was added or not

    def __init__(self, kit: Kit, gallery: str, choosing: Choosing) -> None:
        super().__init__(kit.ask.window)
        self.kit, self._gallery = kit, gallery
        self.draft = EnrollDraft(choosing)
        self.pictures = EnrollPictures(choosing.plan, kit.bridge)
        self.model = EnrollPlanModel(kit, self.draft, self)
        self._choosing = choosing
        self._names = QStringListModel(self)
        self._looking, self._stopped = True, False
        self._done = self._total = 0
        self._writing = self._finished = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._make()
        self._build()
        self._connect()
        self._texts()
        self.resize(1080, 680)
        self._restore()

    # --- building --------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.top, self.bottom = LookBar(self.kit), SumBar()
        self.sieve = SieveBar()
        self.table = QTableView()
        self.empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.side = EnrollSide(self.kit, self.draft, self.pictures, self._names)

    def _build(self) -> None:
        self._build_table()
        self.splitter = QSplitter(childrenCollapsible=False)
        self.splitter.addWidget(self._list())
        self.splitter.addWidget(self.side)
        self.splitter.setSizes([680, 370])
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(self.top)
        column.addWidget(self.sieve)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.bottom)

    def _list(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addWidget(self.empty)
        return holder

    def _build_table(self) -> None:
        table, heads = self.table, self.table.horizontalHeader()
        table.setModel(self.model)
        table.setItemDelegate(EnrollRowDelegate(self.kit, self.model, self.pictures, self._names, table))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(HEIGHT)
        for each, width in _WIDTHS.items():
            table.setColumnWidth(each, width)
        heads.setStretchLastSection(True)
        # Else the header asks of every row, at each painting, whether its whole column is chosen.
        heads.setSelectionModel(QItemSelectionModel(self.model, heads))
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        heads.setSortIndicatorShown(True)
        heads.setSortIndicatorClearable(True)
        heads.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        table.installEventFilter(self)

    def _connect(self) -> None:
        self.sieve.sifted.connect(self._refilter)
        self.sieve.ticked.connect(self._tick_shown)
        self.top.stopped.connect(self.stopped.emit)
        self.bottom.cancel.clicked.connect(self.reject)
        self.bottom.add.clicked.connect(self.wanted.emit)
        self.bottom.copy.clicked.connect(self._copy)
        self.bottom.save.clicked.connect(self._save)
        self.side.named.connect(self._name)
        self.side.picker.picked.connect(self._pick)
        self.side.picker.pointed.connect(self._go_to)
        self.model.decided.connect(self._decided)
        self.model.layoutChanged.connect(self._selected)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self.table.selectionModel().currentChanged.connect(lambda *_: self._selected())
        self.pictures.ready.connect(self.table.viewport().update)
        self.kit.state.language_changed.connect(self._texts)
        self.kit.theme.changed.connect(self.table.viewport().update)

    # --- what the look tells ---------------------------------------------------------------------------------------

    def found(self, rows: Sequence[EnrollRow], done: int, total: int) -> None:
        """Faces and failed pictures that were just looked at."""
        if not len(self.draft):
            self._name_everybody()
        self._done, self._total = done, total
        self.model.add(rows)
        self._emptiness()
        if not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, Column.PERSON))
            self.table.setFocus()  # Space ticks and Enter names from the first face on
        self._progress()

    def looked(self, rows: Sequence[EnrollRow]) -> None:
        """All pictures were looked at; the rows as they are now."""
        self._looking = False
        self.model.settle(rows)
        self._progress()
        self._selected()
        self._emptiness()

    def ended(self, problem: BaseException | None = None) -> None:
        """The look was stopped, or failed; what it found so far stays."""
        self._looking, self._stopped = False, True
        self._progress()
        self._decided()
        self._emptiness()
        self._fail(problem)

    def write(self, on: bool, problem: BaseException | None = None) -> None:
        """While the chosen faces are being written, and when that failed."""
        self._writing, self._done = on, 0
        for widget in (self.splitter, self.sieve):
            widget.setEnabled(not on)
        self._progress()
        self._decided()
        self._fail(problem)

    def tell_written(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._progress()

    # --- deciding --------------------------------------------------------------------------------------------------

    def chosen_rows(self) -> list[int]:
        """Numbers in the draft of the rows selected in the table."""
        ranges = self.table.selectionModel().selection().toList()
        return [int(number) for each in ranges for number in self.model.shown[each.top() : each.bottom() + 1]]

    def _name(self, name: str) -> None:
        rows = self.chosen_rows()
        try:
            self.draft.rename(rows, name)
        except Problem as problem:
            self._fail(problem)
            return
        self._name_everybody()
        self.model.tell()
        self.side.show_rows(self._current(), rows)
        self._go_on()

    def _go_on(self) -> None:
        """The next face without a name, so that many are named one after another; after the last the table."""
        shown, row = self.model.shown.tolist(), self.table.currentIndex().row()
        for number in (*shown[row + 1 :], *shown[: row + 1]):
            if self.draft.is_face(number) and not self.draft.name(number):
                self._go_to(number)
                self.side.line.setFocus()
                self.side.line.selectAll()
                return
        self.table.setFocus()

    def _pick(self, number: int) -> None:
        self.draft.choose(number)
        self._go_to(number)
        self.model.tell()
        self.side.show_rows(number, [number])
        if not self.draft.name(number):
            self.side.line.setFocus()

    def _go_to(self, number: int) -> None:
        for place in (self.model.shown == number).nonzero()[0].tolist():
            self.table.setCurrentIndex(self.model.index(int(place), Column.PERSON))

    def _tick_shown(self, on: bool) -> None:
        rows = self.chosen_rows()
        self.draft.tick(rows if len(rows) > 1 else self.model.shown, on)
        self.model.tell()

    def _toggle(self) -> None:
        """All chosen rows follow the current one."""
        rows = self.chosen_rows()
        if rows:
            current = self._current()
            self.draft.tick(rows, not self.draft.is_ticked(current if current >= 0 else rows[0]))
            self.model.tell()

    def _current(self) -> int:
        index = self.table.currentIndex()
        return self.model.number(index) if index.isValid() and index.row() < len(self.model.shown) else -1

    def _selected(self) -> None:
        self.side.show_rows(self._current(), self.chosen_rows())
        self.sieve.show_chosen(len(self.chosen_rows()))

    def _refilter(self) -> None:
        self.model.show(*self.sieve.asked())
        if len(self.model.shown) and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(QModelIndex(self.model.index(0, Column.PERSON)))
        self.table.scrollTo(self.table.currentIndex())
        self._emptiness()

    def _name_everybody(self) -> None:
        names = sorted({*self._choosing.called.ids, *self.draft.names}, key=str.casefold)
        if names != self._names.stringList():
            self._names.setStringList(names)

    # --- keys and the end ------------------------------------------------------------------------------------------

    def eventFilter(self, watched: object, event: object) -> bool:
        if watched is self.table and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Space:
                self._toggle()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
                self.side.line.setFocus()
                self.side.line.selectAll()
                return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if control and self.bottom.add.isEnabled():
                self.wanted.emit()
            return
        super().keyPressEvent(event)

    def reject(self) -> None:
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._finished:
            event.accept()
        elif self._writing:
            self.stopped.emit()
            event.ignore()
        elif self.draft.decided and not self._sure():
            event.ignore()
        else:
            event.accept()
            self._leave()

    def finish(self) -> None:
        """Closes without a question."""
        self._finished = True
        self._leave()
        self.done(QDialog.DialogCode.Accepted)

    def _leave(self) -> None:
        memory = self.kit.state.memory
        memory.setValue("enroll/geometry", self.saveGeometry())
        memory.setValue("enroll/splitter", self.splitter.saveState())
        memory.setValue("enroll/columns", self.table.horizontalHeader().saveState())
        self.left.emit()

    def _restore(self) -> None:
        memory = self.kit.state.memory
        for name, restore in (
            ("enroll/geometry", self.restoreGeometry),
            ("enroll/splitter", self.splitter.restoreState),
            ("enroll/columns", self.table.horizontalHeader().restoreState),
        ):
            value = memory.value(name)
            if isinstance(value, QByteArray):
                restore(value)

    def _sure(self) -> bool:
        text = tr("Your ticks and names are forgotten; the gallery stays as it is.")
        return self.kit.ask.sure(tr("Leave without adding?"), text, tr("Leave"))

    # --- words -----------------------------------------------------------------------------------------------------

    def _texts(self) -> None:
        self.setWindowTitle(tr("Look before you add to “{gallery}”", gallery=self._gallery))
        self.table.setAccessibleName(tr("Faces found"))
        self.side.texts()
        self.sieve.texts()
        self.bottom.texts()
        self.model.texts()
        self._progress()
        self._decided()
        self.sieve.show_chosen(len(self.chosen_rows()))
        self._emptiness()

    def _progress(self) -> None:
        if self._writing:
            self.top.write(self._done, self._total)
        elif self._looking:
            self.top.look(self._done, self._total)
        else:
            self.top.rest(stopped=self._stopped)

    def _decided(self) -> None:
        counts = self.draft.counts()
        self.bottom.show_counts(counts, self._why_not(counts.faces))
        self.sieve.show_counts(counts)

    def _why_not(self, faces: int) -> str:
        if self._looking:
            return tr("Wait until all pictures were looked at, or stop the look.")
        if self._writing:
            return tr("They are just being added.")
        return "" if faces else tr("Tick at least one face that has a name.")

    def _emptiness(self) -> None:
        nothing = not len(self.model.shown)
        self.table.setVisible(not nothing)
        self.empty.setVisible(nothing)
        if not len(self.draft):
            words = tr("Faces appear here as they are found.") if self._looking else tr("No face was found.")
        else:
            words = tr("Nothing here. Show all to see the other faces.")
        self.empty.setText(words)

    def _fail(self, problem: BaseException | None) -> None:
        if isinstance(problem, Problem):
            self.top.fail(f"{said(problem.message)} {said(problem.hint)}")
        elif problem is not None:
            self.kit.state.notices.problem(problem)

    # --- problems for elsewhere ------------------------------------------------------------------------------------

    def _problems(self) -> str:
        """One line per picture that gave no face: path, tab, reason."""
        numbers = self.draft.shown("problems").tolist()
        return "".join(f"{self.draft.rows[number].path}\t{self.model.reasons(number)}\n" for number in numbers)

    def _copy(self) -> None:
        def copied(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self.kit.state.notices.info(tr("The problems are on the clipboard."))

        self.pictures.do(self._problems, copied)

    def _save(self) -> None:
        file = self.kit.ask.save_file(tr("Save the problems as"), tr("Text (*.txt)"))
        if file is not None:
            self.pictures.do(lambda: write_text(file, self._problems()), lambda _: None)
