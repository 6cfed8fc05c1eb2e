"""The main window: docks, tabs and menus only."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabWidget, QVBoxLayout, QWidget

from core.errors import Text
from core.log import Ring
from core.paths import galleries_folder
from gui.action_table import MENUS
from gui.actions import Actions
from gui.ask import Ask
from gui.icons import icon
from gui.kit import Kit
from gui.language import said, tr
from gui.state import State
from gui.theme import Theme
from gui.widgets.notice_bar import NoticeBar

_LAYOUT = 1  # of the docks; another number makes stored layouts of older versions void
TABS = ("people", "camera", "batch", "indexes")


class MainWindow(QMainWindow):
    """Panels never know each other; what one wants of another goes through `state`."""

    def __init__(self, state: State, theme: Theme, ring: Ring, *, start: Path | None, ask: Ask | None) -> None:
        super().__init__()
        self.setObjectName("main")
        self.state = state
        self.kit = Kit(state, state.bridge, Actions(self), ask or Ask(self), theme)
        self._ring = ring
        self._menus: list[tuple[QMenu, str]] = []
        self._docks: dict[str, QDockWidget] = {}
        self.panels: dict[str, QWidget] = {}
        self.tabs = QTabWidget(documentMode=True)
        self.tabs.tabBar().setDrawBase(False)
        self._make_panels()
        self._make_menus()
        self._connect()
        self._texts()
        self._restore()
        QTimer.singleShot(0, lambda: self._begin(start))

    # --- building --------------------------------------------------------------------------------------------------

    def _make_panels(self) -> None:
        from gui.panels import making

        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(NoticeBar(self.kit))
        column.addWidget(self.tabs)
        self.setCentralWidget(centre)
        for name in TABS:
            self.panels[name] = making.tab(name, self.kit)
            self.tabs.addTab(self.panels[name], "")
        for name, area in making.DOCKS.items():
            self.panels[name] = making.dock(name, self.kit, self._ring)
            self._add_dock(name, area)
        self.setStatusBar(making.status_bar(self.kit))
        self.controllers = making.controllers(self.kit)
        self.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AnimatedDocks)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

    def _add_dock(self, name: str, area: Qt.DockWidgetArea) -> None:
        dock = QDockWidget()
        dock.setObjectName(name)
        dock.setWidget(self.panels[name])
        self.addDockWidget(area, dock)
        self._docks[name] = dock

    def _make_menus(self) -> None:
        for title, entries in MENUS:
            self._fill(self._menu(self.menuBar(), title), entries)

    def _menu(self, parent: Any, title: str) -> QMenu:
        menu: QMenu = parent.addMenu("")
        menu.setToolTipsVisible(True)
        self._menus.append((menu, title))
        return menu

    def _fill(self, menu: QMenu, entries: Any) -> None:
        for entry in entries:
            if isinstance(entry, tuple):
                self._fill(self._menu(menu, entry[0]), entry[1])
            elif not entry:
                menu.addSeparator()
            elif entry == "recent":
                menu.aboutToShow.connect(partial(self._fill_recent, menu))
            elif entry == "docks":
                menu.addActions([dock.toggleViewAction() for dock in self._docks.values()])
            else:
                menu.addAction(self.kit.actions[entry])

    def _connect(self) -> None:
        actions, state = self.kit.actions, self.state
        actions.on("quit", self.close)
        actions.on("undo", state.undo)
        actions.on("redo", state.redo)
        actions.on("new_gallery", self._new_gallery)
        actions.on("open_gallery", self._open_gallery)
        actions.on("reset_layout", self._reset_layout)
        for name in TABS:
            actions.on(f"tab_{name}", partial(self.show_tab, name))
        state.tab_wanted.connect(self.show_tab)
        state.dock_wanted.connect(self.show_dock)
        state.language_changed.connect(self._texts)
        state.settings_changed.connect(self._settings_changed)
        state.desk.opened.connect(self._facts_changed)
        state.desk.changed.connect(lambda _: self._facts_changed())
        self.kit.theme.changed.connect(self._icons)
        self._icons()

    def show_tab(self, name: str) -> None:
        self.tabs.setCurrentWidget(self.panels[name])
        self.panels[name].setFocus()

    def show_dock(self, name: str) -> None:
        self._docks[name].show()
        self._docks[name].raise_()
        self.panels[name].setFocus()

    # --- words and pictures ----------------------------------------------------------------------------------------

    def _texts(self) -> None:
        self.kit.actions.texts()
        for menu, title in self._menus:
            menu.setTitle(tr(title))
        titles = {"people": tr("People"), "camera": tr("Camera"), "batch": tr("Batch"), "indexes": tr("Indexes")}
        for number, name in enumerate(TABS):
            self.tabs.setTabText(number, titles[name])
        docks = {"gallery": tr("Gallery"), "results": tr("Results"), "jobs": tr("Jobs"), "log": tr("Log")}
        for name, dock in self._docks.items():
            dock.setWindowTitle(docks[name])
        self._facts_changed()

    def _icons(self) -> None:
        colours = self.kit.theme.colours
        for spec in self.kit.actions:
            if spec.icon:
                self.kit.actions[spec.name].setIcon(icon(spec.icon, colours.text, colours.faint))

    def _facts_changed(self) -> None:
        facts, actions = self.state.gallery, self.kit.actions
        name = facts.name if facts else ""
        name = tr("{gallery} (read only)", gallery=name) if facts and facts.read_only else name
        self.setWindowTitle(f"{name} – FaceFolio" if name else "FaceFolio")
        for name, label in (
            ("undo", facts.next_undo if facts else None),
            ("redo", facts.next_redo if facts else None),
        ):
            verb = tr("&Undo") if name == "undo" else tr("&Redo")
            actions[name].setText(f"{verb}: {_in_menu(label)}" if label else verb)
            actions.enable(name, label is not None, tr("There is nothing to take back."))

    def _settings_changed(self, names: frozenset[str]) -> None:
        if "theme" in names:
            self.kit.theme.choose(self.state.settings.theme)

    # --- galleries -------------------------------------------------------------------------------------------------

    def _begin(self, start: Path | None) -> None:
        """The gallery asked for, else the last one, else a first one of the user's own."""
        recent = self.state.recent()
        first = galleries_folder() / tr("My people")
        wanted = start or (recent[0] if recent else first)
        fresh = wanted == first and not (first / "gallery.db").exists()
        self.state.desk.open(wanted, create=fresh, done=self._take_up)

    def _take_up(self) -> None:
        try:
            count = self.state.unfinished.take_up()
        except OSError as error:
            self.state.notices.problem(error)
            return
        if count:
            self.state.notices.info(tr("Jobs paused at the last closing go on: {count}.", count=count))

    def _new_gallery(self) -> None:
        folder = self.kit.ask.save_file(
            tr("New gallery: name its folder"), start=galleries_folder() / tr("New gallery")
        )
        if folder is not None:
            self.state.desk.open(folder, create=True)

    def _open_gallery(self) -> None:
        folder = self.kit.ask.folder(tr("Open a gallery: choose its folder"), galleries_folder())
        if folder is not None:
            self.state.desk.open(folder)

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for folder in self.state.recent():
            action = QAction(f"{folder.name}  –  {folder.parent}", menu)
            action.triggered.connect(lambda _=False, folder=folder: self.state.desk.open(folder))
            menu.addAction(action)
        menu.setEnabled(not menu.isEmpty())

    # --- layout and the end ----------------------------------------------------------------------------------------

    def _restore(self) -> None:
        memory = self.state.memory
        self.resize(1280, 800)
        self._arrange()
        geometry, docks = memory.value("geometry"), memory.value("docks")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if not isinstance(docks, QByteArray) or not self.restoreState(docks, _LAYOUT):
            QTimer.singleShot(0, self._spread)  # once the window has its size
        self.tabs.setCurrentIndex(int(str(memory.value("tab", 0))))

    def _reset_layout(self) -> None:
        self._arrange()
        self._spread()

    def _arrange(self) -> None:
        for name, dock in self._docks.items():
            dock.setFloating(False)
            dock.setVisible(name in {"gallery", "results"})
        self.tabifyDockWidget(self._docks["jobs"], self._docks["log"])

    def _spread(self) -> None:
        sides = [self._docks[name] for name in ("gallery", "results")]
        self.resizeDocks(sides, [270, 350], Qt.Orientation.Horizontal)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        memory = self.state.memory
        memory.setValue("geometry", self.saveGeometry())
        memory.setValue("docks", self.saveState(_LAYOUT))
        memory.setValue("tab", self.tabs.currentIndex())
        for panel in (*self.panels.values(), *self.controllers):
            if hasattr(panel, "shut"):
                panel.shut()  # remembers what it shows, ends what it runs
        self.state.close()
        event.accept()

    def _may_close(self) -> bool:
        """Jobs at work: pause them for next time, cancel them, or stay."""
        jobs = self.state.bridge.running()
        if not jobs:
            return True
        names = "\n".join(f"• {said(job.title)}" for job in jobs)
        text = tr("Still at work:\n{jobs}\n\nNothing already saved is lost either way.", jobs=names)
        choices = [tr("Pause and go on next time"), tr("Cancel the jobs")]
        answer = self.kit.ask.choice(tr("Close FaceFolio?"), text, choices)
        if answer is None:
            return False
        try:
            self.state.unfinished.keep([job.again for job in jobs if job.again] if answer == 0 else [])
        except OSError as error:
            self.state.notices.problem(error)
            return False
        return True


def _in_menu(label: Text) -> str:
    text = said(label).replace("&", "&&")
    return text if len(text) <= 60 else text[:59] + "…"
