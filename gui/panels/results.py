"""What cameras and folders gave: one row per face, to look through, to correct and to export."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QHelpEvent
from PySide6.QtWidgets import (
    QMenu,
    QStackedWidget,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from core.result_row import ResultRow, RowKind
from gui import result_words as words
from gui.dialogs.name import ask_name
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.results import ResultsModel
from gui.theme import GAP, SMALL_GAP
from gui.widgets.empty_state import EmptyState
from gui.widgets.result_details import ResultDetails
from gui.widgets.result_filter import ResultFilter
from gui.widgets.result_row import ResultRowDelegate
from gui.widgets.steady_view import SteadyView

_REPAINT = 60  # milliseconds
_LOWEST = 120


class ResultsView(SteadyView):
    """Says aloud and on hover what a row holds."""

    def __init__(self, kit: Kit, model: ResultsModel) -> None:
        super().__init__(model)
        self._kit, self._model = kit, model
        self.setItemDelegate(ResultRowDelegate(kit, self, model))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._soon = QTimer(self, interval=_REPAINT, singleShot=True)  # pictures come in crowds
        self._soon.timeout.connect(self.viewport().update)
        kit.state.pictures.ready.connect(lambda _: self._soon.isActive() or self._soon.start())
        kit.theme.changed.connect(self.viewport().update)

    def gone(self, ids: list[int]) -> set[int]:
        return {id for id in ids if not np.any(self.rows.ids == id)}

    def viewportEvent(self, event: QHelpEvent) -> bool:  # type: ignore[override]
        if event.type() == QHelpEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            row = self._model.row_at(index.row()) if index.isValid() else None
            in_use = self._kit.state.bench.in_use
            model = in_use.feature if in_use is not None else ""
            text = words.tip(row, self._kit.state.results.limits, model) if row is not None else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().viewportEvent(event)


class ResultsPanel(QWidget):
    """Filters above, rows in the middle, the chosen row below. Everything can be done by keys."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.model = ResultsModel(kit.state.results, self)
        self.view = ResultsView(kit, self.model)
        self.filters = ResultFilter(kit)
        self.details = ResultDetails(kit)
        self.nothing = EmptyState(kit, "people", ("batch_folder", "tab_camera"), wide=False)
        self.hidden = EmptyState(kit, "filter", ("all_results",), wide=False)
        self.stack = QStackedWidget()
        self._build()
        self._connect()
        self._texts()
        self.model.ask(self.filters.query())

    # --- asked from outside ----------------------------------------------------------------------------------------

    def chosen_row(self) -> ResultRow | None:
        """The first chosen row."""
        book = self._kit.state.results.book
        number = self.view.chosen[0] if self.view.chosen else 0
        return book.row(number) if number in book else None

    def shut(self) -> None:
        self.filters.remember()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What stands here takes the keys. A focus proxy would keep Tab from ever leaving the panel."""
        page = self.stack.currentWidget() or self.view
        page.setFocus(event.reason())

    # --- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, SMALL_GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.filters)
        for page in (self.view, self.nothing, self.hidden):
            self.stack.addWidget(page)
        self.stack.setMinimumHeight(_LOWEST)  # else the largest page decides, also when it is not shown
        column.addWidget(self.stack, 1)
        column.addWidget(self.details)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _connect(self) -> None:
        state, actions = self._kit.state, self._kit.actions
        self.filters.asked.connect(lambda: self.model.ask(self.filters.query()))
        self.model.shown.connect(self._shown)
        self.view.chosen_changed.connect(lambda _: self._chosen())
        self.view.doubleClicked.connect(lambda _: self._open())
        self.view.customContextMenuRequested.connect(self._menu)
        self.details.taken.connect(lambda identity: self._all(lambda n: state.correcting.name(n, identity)))
        for name, act in (
            ("this_is", self._name),
            ("confirm", lambda: self._all(state.correcting.confirm)),
            ("not_this_person", self._deny),
            ("not_a_face", self._reject),
            ("open_result", self._open),
        ):
            actions.on(name, act, panel=self.view)
        actions.on("clear_results", state.results.clear, panel=self)
        actions.on("all_results", lambda: self.filters.only_kinds(frozenset(get_args(RowKind))))
        actions.on("next_unknown", self._next_unknown)
        actions.on("export_results", self._export)
        state.desk.changed.connect(lambda _: self._chosen())
        state.desk.opened.connect(self._chosen)
        state.kinds_wanted.connect(self.filters.only_kinds)
        state.language_changed.connect(self._texts)

    # --- what is shown ---------------------------------------------------------------------------------------------

    def _shown(self) -> None:
        book = self._kit.state.results.book
        self.stack.setCurrentWidget(self.view if len(self.model.ids) else self.hidden if len(book) else self.nothing)
        self.filters.refresh()
        self._chosen()

    def _chosen(self) -> None:
        row = self.chosen_row()
        self.details.show_row(row, len(self.view.chosen))
        if row is not None:
            self.view.setAccessibleDescription(words.spoken(row, self._kit.state.results.limits))
        self._enable(row)

    def _enable(self, row: ResultRow | None) -> None:
        enable, gallery = self._kit.actions.enable, self._kit.state.gallery
        none = tr("Choose a row of the results first.")
        shut = tr("No gallery is open, or it can only be read.")
        writable = gallery is not None and not gallery.read_only
        why = none if row is None else shut
        enable("this_is", row is not None and writable, why)
        named = row is not None and row.match is not None and row.answer is None
        answered = tr("You have said already who it is.") if row and row.answer else tr("No name is proposed.")
        enable("confirm", named and writable, why if row is None or not writable else answered)
        enable("not_this_person", row is not None and bool(row.identity) and writable, why)
        enable("not_a_face", row is not None and writable, why)
        enable("open_result", row is not None and row.origin == "photo", none)
        book = self._kit.state.results.book
        some = tr("There are no results yet.")
        for name in ("all_results", "clear_results", "export_results"):
            enable(name, len(book) > 0, some)
        enable("next_unknown", book.counts["unknown"] + book.counts["unsure"] > 0, some)
        restore = row is not None and row.kind == "no face"
        text = tr("It is a &face") if restore else tr("Not a &face")
        if self._kit.actions["not_a_face"].text() != text:
            self._kit.actions["not_a_face"].setText(text)

    # --- what the user says ----------------------------------------------------------------------------------------

    def _all(self, act: Callable[[list[int]], object], *, onward: bool = True) -> None:
        """Does it with all chosen rows at once; then the next row is chosen."""
        chosen = list(self.view.chosen)
        following = self._after(chosen) if onward else None
        act(chosen)
        if following is not None:
            self._go(following)
        self._chosen()

    def _after(self, chosen: list[int]) -> int | None:
        places = [place for number in chosen if (place := self.model.row_of(number)) is not None]
        return self.model.id_at(max(places) + 1) if places else None

    def _go(self, number: int) -> None:
        place = self.model.row_of(number)
        if place is None:
            return
        self.view.choose([number])
        self.view.setCurrentIndex(self.model.index(place))
        self.view.seen(place)

    def _name(self) -> None:
        row = self.chosen_row()
        if row is None:
            return
        many = len(self.view.chosen)
        text = "" if many == 1 else counted("{count} face gets this name.", "{count} faces get this name.", many)
        who = ask_name(self._kit, tr("Who is this?"), text, suggestions=row.candidates)
        if who is not None:
            self._all(lambda numbers: self._kit.state.correcting.name(numbers, who))

    def _deny(self) -> None:
        """Stays where somebody else is proposed now."""
        chosen = list(self.view.chosen)
        following = self._after(chosen)
        self._all(self._kit.state.correcting.deny, onward=False)
        book = self._kit.state.results.book
        if following is not None and not any(book.row(number).identity for number in chosen if number in book):
            self._go(following)

    def _reject(self) -> None:
        row, correcting = self.chosen_row(), self._kit.state.correcting
        back = row is not None and row.kind == "no face"
        self._all(correcting.restore if back else correcting.reject, onward=not back)

    def _open(self) -> None:
        row = self.chosen_row()
        if row is None or row.origin != "photo":
            return
        from gui.dialogs.photo import PhotoDialog

        dialog = PhotoDialog(self._kit, self.view.chosen[0])
        dialog.face_chosen.connect(self._go_or_choose)
        dialog.onward.connect(self._step)
        self.view.chosen_changed.connect(dialog.show_rows)
        try:
            self._kit.ask.dialog(dialog)
        finally:
            self.view.chosen_changed.disconnect(dialog.show_rows)
            dialog.deleteLater()

    def _go_or_choose(self, number: int) -> None:
        if self.model.row_of(number) is None:
            self.view.choose([number])  # hidden by the filter
        else:
            self._go(number)

    def _step(self, by: int) -> None:
        """To the row above or below the chosen one."""
        place = self.model.row_of(self.view.chosen[0]) if self.view.chosen else None
        number = self.model.id_at((place if place is not None else -1) + by)
        if number is not None:
            self._go(number)

    def _export(self) -> None:
        from gui.dialogs.export import export_results

        export_results(self._kit, self.model.ids.tolist())

    def _next_unknown(self) -> None:
        """The next row without a sure name, from the chosen one on and round again."""
        self.model.flush()
        ids, book = self.model.ids.tolist(), self._kit.state.results.book
        start = self.model.row_of(self.view.chosen[0]) if self.view.chosen else None
        first = 0 if start is None else start + 1
        for number in [*ids[first:], *ids[:first]]:
            if book.kind(number) in ("unknown", "unsure"):
                self._go(number)
                self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return
        self._kit.state.notices.info(tr("No row that is shown is without a sure name."))

    def _menu(self, at: QPoint) -> None:
        menu, actions = QMenu(self), self._kit.actions
        menu.setToolTipsVisible(True)
        for name in ("this_is", "confirm", "not_this_person", "not_a_face"):
            menu.addAction(actions[name])
        menu.addSeparator()
        menu.addAction(actions["open_result"])
        row = self.chosen_row()
        if row is not None and row.identity:
            only = menu.addAction(tr("Only {name}", name=row.name).replace("&", "&&"))
            only.triggered.connect(lambda: self.filters.only(row.identity))
        menu.exec(self.view.viewport().mapToGlobal(at))

    # --- words -----------------------------------------------------------------------------------------------------

    def _texts(self) -> None:
        self.view.setAccessibleName(tr("Results"))
        self.nothing.say(
            tr("Nothing recognized yet"),
            tr("Every face that the camera sees or that is found in your photos gets a row here."),
            tr("Tag a folder…"),
            tr("Open the camera"),
        )
        why = tr("The search, the filter or the marks above hide all results.")
        self.hidden.say(tr("No row matches"), why, tr("Show all results"))
        self._shown()
