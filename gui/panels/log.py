"""What the program has logged lately."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.log import Ring
from core.paths import logs_folder
from gui.kit import Kit
from gui.language import tr
from gui.models.log import LEVELS, LogTable, level_said
from gui.theme import GAP, SMALL_GAP

_LOOK = 400  # milliseconds between two looks, and only while somebody sees the panel


class LogPanel(QWidget):
    def __init__(self, kit: Kit, ring: Ring) -> None:
        super().__init__()
        self._kit = kit
        self.model = LogTable(ring, kit.theme)
        self.table = self._made_table()
        self.level, self.search = QComboBox(), QLineEdit(clearButtonEnabled=True)
        self.tail = QCheckBox()
        self.tail.setChecked(True)
        self.copy, self.folder = QPushButton(), QPushButton()
        self._timer = QTimer(self, interval=_LOOK)
        self._lay_out()
        self._connect()
        self._texts()

    def look(self) -> None:
        """Takes up what is new."""
        if self.model.follow() and self.tail.isChecked():
            self.table.scrollToBottom()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _made_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setStyleSheet("QTableView::item { padding: 0 6px; }")
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for column, width in enumerate((110, 100, 150)):
            header.resizeSection(column, width)
        return table

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 0, GAP, 0)
        bar.setSpacing(GAP)
        bar.addWidget(self.level)
        bar.addWidget(self.search, 1)
        bar.addWidget(self.tail)
        bar.addWidget(self.copy)
        bar.addWidget(self.folder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SMALL_GAP, 0, 0)
        column.setSpacing(SMALL_GAP)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        for level in LEVELS:
            self.level.addItem("", level)
        self.level.setCurrentIndex(1)

    def _connect(self) -> None:
        self._timer.timeout.connect(self.look)
        self.level.currentIndexChanged.connect(self._narrow)
        self.search.textChanged.connect(self._narrow)
        self.tail.toggled.connect(lambda on: self.table.scrollToBottom() if on else None)
        self.copy.clicked.connect(self._copy)
        self.folder.clicked.connect(self._open_folder)
        self.table.customContextMenuRequested.connect(self._context_menu)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table, self._copy).setContext(
            Qt.ShortcutContext.WidgetShortcut
        )
        self._kit.state.language_changed.connect(self._texts)
        self._kit.theme.changed.connect(self.model.retranslate)

    def _texts(self) -> None:
        for number, level in enumerate(LEVELS):
            self.level.setItemText(number, tr("{level} and worse", level=level_said(level)))
        self.level.setAccessibleName(tr("Least level shown"))
        self.search.setPlaceholderText(tr("Search the log"))
        self.search.setAccessibleName(tr("Search the log"))
        self.tail.setText(tr("&Follow"))
        self.tail.setToolTip(tr("Keep the newest record in sight"))
        self.copy.setText(tr("C&opy"))
        self.copy.setToolTip(tr("The chosen records, or all that are shown"))
        self.folder.setText(tr("Log folde&r"))
        self.folder.setToolTip(tr("Open the folder with the log files"))
        self.table.setAccessibleName(tr("Log"))
        self.model.retranslate()

    def _narrow(self, *_: object) -> None:
        self.model.narrow(int(self.level.currentData()), self.search.text())
        if self.tail.isChecked():
            self.table.scrollToBottom()

    def _copy(self) -> None:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()}) or None
        QGuiApplication.clipboard().setText(self.model.lines(rows))

    def _open_folder(self) -> None:
        folder: Path = logs_folder()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _context_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(tr("Copy")).triggered.connect(self._copy)
        menu.popup(self.table.viewport().mapToGlobal(place))
        menu.aboutToHide.connect(menu.deleteLater)
