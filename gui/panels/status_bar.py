"""What is open and at work, at a glance: gallery, index, models with their device, jobs."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from core.errors import Problem
from gui.icons import icon
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.models.jobs import share_done
from gui.theme import GAP, SMALL_GAP

_WIDTH = 1280  # of the window for which the parts are planned, device-independent pixels


class StatusBar(QStatusBar):
    """Each part is a button that opens what it tells of; long words are elided, the tooltip has all of them."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.gallery, self.index, self.models, self.jobs = (_Part(width) for width in (260, 210, 330, 170))
        self.bar = QProgressBar(textVisible=False, minimum=0, maximum=1000)
        self.bar.setFixedWidth(72)
        self._lay_out()
        self._connect()
        self._texts()

    def _lay_out(self) -> None:
        self.setSizeGripEnabled(False)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(SMALL_GAP, 0, GAP, 0)
        line.setSpacing(SMALL_GAP)
        for part in (self.gallery, self.index, self.models, self.jobs):
            line.addWidget(part)
        line.addWidget(self.bar)
        self.addPermanentWidget(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for part in (self.gallery, self.index, self.models, self.jobs):
            part.give_room(self.width() / _WIDTH)

    def _connect(self) -> None:
        kit, state = self._kit, self._kit.state
        self.gallery.clicked.connect(lambda: state.dock_wanted.emit("gallery"))
        self.index.clicked.connect(lambda: state.tab_wanted.emit("indexes"))
        self.models.clicked.connect(kit.actions["models"].trigger)
        self.jobs.clicked.connect(lambda: state.dock_wanted.emit("jobs"))
        state.desk.opened.connect(self._show_gallery)
        state.desk.changed.connect(lambda _: self._show_gallery())
        state.bench.changed.connect(self._show_models)
        state.language_changed.connect(self._texts)
        kit.theme.changed.connect(self._texts)
        kit.bridge.job_added.connect(lambda job: job.changed.connect(self._show_jobs))
        kit.bridge.job_added.connect(lambda _: self._show_jobs())
        kit.bridge.job_ended.connect(lambda _: self._show_jobs())

    def _texts(self) -> None:
        self.bar.setAccessibleName(tr("Progress of all jobs"))
        self._show_gallery()
        self._show_models()
        self._show_jobs()

    def _show_gallery(self) -> None:
        colours, facts, searcher = self._kit.theme.colours, self._kit.state.gallery, self._kit.state.desk.searcher
        if facts is None:
            self.gallery.say(tr("No gallery"), tr("No gallery is open."), icon("people", colours.faint))
            self.index.hide()
            return
        people = counted("{count} person", "{count} people", len(facts.people))
        faces = counted("{count} face", "{count} faces", facts.faces)
        words = tr("{gallery}: {people}, {faces}", gallery=facts.name, people=people, faces=faces)
        note = "\n" + tr("It can only be read.") if facts.read_only else ""
        self.gallery.say(words, f"{words}\n{facts.folder}{note}", icon("people", colours.faint))
        self.index.setVisible(searcher is not None)
        if searcher is not None:
            kind, size = searcher.rule.kind, counted("{count} face", "{count} faces", len(searcher))
            more = tr(
                "Recognition searches the index {name}: {kind}, {faces}.", name=searcher.name, kind=kind, faces=size
            )
            self.index.say(tr("{kind}: {faces}", kind=kind, faces=size), more, icon("index", colours.faint))

    def _show_models(self) -> None:
        bench, colours = self._kit.state.bench, self._kit.theme.colours
        if bench.status == "failed":
            error = bench.problem
            reason = f"{said(error.message)}\n{said(error.hint)}" if isinstance(error, Problem) else str(error)
            self.models.say(tr("Models: not usable"), reason, icon("warning", colours.problem))
        elif bench.status == "opening":
            self.models.say(tr("Models are opening…"), tr("They are ready in a moment."), icon("model", colours.faint))
        elif bench.in_use is None or bench.status == "closed":
            self.models.say(tr("No models open"), tr("They open with a gallery."), icon("model", colours.faint))
        else:
            used = bench.in_use
            words = tr("{model} · {engine}, {device}", model=used.feature, engine=used.engine, device=used.device)
            more = tr(
                "Finds faces with {detector}, compares them with {feature}. {engine} computes on {device}.",
                detector=used.detector,
                feature=used.feature,
                engine=used.engine,
                device=used.device,
            )
            sign = icon("warning", colours.unsure) if used.note else icon("model", colours.faint)
            self.models.say(words, f"{more}\n{said(used.note)}".strip(), sign)

    def _show_jobs(self) -> None:
        colours, running = self._kit.theme.colours, self._kit.bridge.running()
        share = share_done(running)
        self.bar.setVisible(bool(running))
        self.bar.setRange(0, 0 if running and share is None else 1000)
        self.bar.setValue(round(1000 * (share or 0)))
        if not running:
            self.jobs.say(
                tr("No jobs"), tr("Nothing is at work. Click for the list of jobs."), icon("jobs", colours.faint)
            )
            return
        words = counted("{count} job", "{count} jobs", len(running))
        if share is not None:
            words = tr("{jobs}, {percent} %", jobs=words, percent=QLocale().toString(int(100 * share)))
        titles = "\n".join(said(job.title) for job in running)
        self.jobs.say(words, titles, icon("jobs", colours.accent))


class _Part(QToolButton):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._words = ""
        self._usual = self._most = most  # device-independent pixels
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def say(self, words: str, more: str, sign: QIcon) -> None:
        if words != self._words or self.toolTip() != more:
            self._words = words
            self._write()
            self.setToolTip(more)
            self.setAccessibleName(words)
            self.setAccessibleDescription(more)
        self.setIcon(sign)

    def give_room(self, times: float) -> None:
        """As wide as planned, or so many times that where the window is wide."""
        most = round(self._usual * max(times, 1.0))
        if most != self._most:
            self._most = most
            self._write()

    def _write(self) -> None:
        room = self._most - 40  # picture and margins
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))
