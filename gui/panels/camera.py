"""Live recognition: where pictures come from, the picture with its names, and who is present."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.camera import CameraState, Source
from core.camera.readers import open_reader
from core.camera.reading import Opener
from gui.icons import icon
from gui.kit import Kit
from gui.language import said, tr
from gui.live import Live, Shown
from gui.models.cameras import Cameras, ask_permission, refused
from gui.naming_live import NamingLive
from gui.snapshots import Snapshots
from gui.theme import GAP, SMALL_GAP
from gui.widgets.camera_message import CameraMessage
from gui.widgets.empty_state import EmptyState
from gui.widgets.face_marks import SeenFaces
from gui.widgets.frame_view import FrameView
from gui.widgets.full_screen import FullScreen
from gui.widgets.live_status import LiveStatus
from gui.widgets.present_list import PresentList
from gui.widgets.rate_choice import RateChoice
from gui.widgets.source_chooser import SourceChooser

if TYPE_CHECKING:
    from core.sightings import LiveFace, Look

_TICK = 250  # milliseconds between two updates of what need not follow every frame
_MIRROR = "camera/mirror"
_LIST_HEIGHT = 132


class CameraPanel(QWidget):
    """The centre tab "Camera". `opener` and `devices` are the edges to the machine."""

    def __init__(self, kit: Kit, *, opener: Opener = open_reader, devices: Callable[[], Any] | None = None) -> None:
        super().__init__()
        self._kit = kit
        self.live = Live(kit, opener=opener)
        self.cameras = Cameras(kit, devices=devices)
        self._naming = NamingLive(kit, self.live)
        self._snapshots = Snapshots(kit)
        self._state = CameraState("stopped")
        self._look: Look | None = None
        self._full: FullScreen | None = None
        self._make_widgets()
        self._lay_out()
        self._connect_gestures()
        self._connect()
        self._texts()

    # --- building --------------------------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.chooser = SourceChooser(self._kit, self.cameras)
        self.rate = RateChoice(self._kit)
        self.empty = EmptyState(self._kit, "camera", ("camera_toggle", "camera_video", "play_sample"))
        self.empty.buttons["camera_toggle"].setProperty("primary", True)
        self.view = FrameView(self._kit)
        self.message = CameraMessage(self._kit, self.view)
        self.status = LiveStatus(self._kit)
        self.present = PresentList(self._kit)
        self._tools: list[QToolButton] = []
        self.start = QPushButton()
        self.start.setIconSize(QSize(16, 16))
        self.pages = QStackedWidget()
        self._timer = QTimer(self, interval=_TICK)

    def _lay_out(self) -> None:
        self._live_page = QWidget()
        self._column = QVBoxLayout(self._live_page)
        self._column.setContentsMargins(GAP, 0, GAP, GAP)
        self._column.setSpacing(SMALL_GAP)
        self._column.addWidget(self.view, 1)
        self._column.addWidget(self.status)
        self._column.addWidget(self.present)
        QVBoxLayout(self.view).addWidget(self.message, 0, Qt.AlignmentFlag.AlignCenter)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self._live_page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bar())
        column.addWidget(self.pages, 1)
        for before, after in pairwise([self.chooser, self.start, self.rate, *self._tools, self.view]):
            self.setTabOrder(before, after)

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, GAP, GAP, GAP)
        bar.setSpacing(GAP)
        bar.addWidget(self.chooser)
        bar.addWidget(self.start)
        bar.addStretch()
        bar.addWidget(self.rate)
        for name in ("camera_mirror", "snapshot", "full_screen"):
            button = QToolButton()
            button.setDefaultAction(self._kit.actions[name])
            button.setIconSize(QSize(20, 20))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            bar.addWidget(button)
            self._tools.append(button)
        return bar

    def _connect_gestures(self) -> None:
        actions = self._kit.actions
        actions.on("camera_toggle", self.toggle, panel=self.view)  # Space presses buttons elsewhere in the panel
        actions.on("camera_mirror", self._mirror, panel=self)
        actions.on("snapshot", self._snapshot, panel=self)
        actions.on("who_is_this", self._ask_foremost, panel=self)
        actions.on("full_screen", self._full_screen)
        actions["camera_mirror"].setChecked(str(self._kit.state.memory.value(_MIRROR, "")) == "on")
        self.live.mirror = actions["camera_mirror"].isChecked()
        self.start.clicked.connect(actions["camera_toggle"].trigger)
        self.chooser.chosen.connect(self._play)
        self.message.pressed.connect(self._again)
        self.view.face_chosen.connect(self.present.choose)
        self.view.face_wanted.connect(self.who_is_this)
        self.present.face_chosen.connect(self.view.choose)
        self.present.face_wanted.connect(self.who_is_this)

    def _connect(self) -> None:
        kit = self._kit
        self.view.room_changed.connect(self._room_changed)
        self.live.framed.connect(self._framed)
        self.live.looked.connect(self._looked)
        self.live.told.connect(self._told)
        self.live.failed.connect(kit.state.notices.problem)
        self._naming.given.connect(self._show_faces)
        self.cameras.changed.connect(self._follow)
        self._timer.timeout.connect(self._tick)
        for signal in (kit.state.desk.opened, kit.state.desk.changed, kit.state.bench.changed):
            signal.connect(self._tick)
        kit.state.settings_changed.connect(lambda _: self._show_faces())
        kit.state.language_changed.connect(self._texts)
        kit.theme.changed.connect(self._words)

    # --- gestures --------------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Starts the chosen source, or stops what runs."""
        source = self.chooser.source
        if self.live.running:
            self.live.stop()
        elif source is not None:
            self._play(source)

    def who_is_this(self, track: int) -> None:
        """Asks for the name of a face and enrolls its best sights."""
        face = self._face(track)
        if face is not None and self._kit.actions["who_is_this"].isEnabled():
            self._leave_full_screen()
            self._naming.ask(face)

    def shut(self) -> None:
        """Ends every thread."""
        self._timer.stop()
        self._leave_full_screen()
        self.live.shut()
        self.cameras.shut()
        self._snapshots.close()

    def showEvent(self, event: QShowEvent) -> None:
        QTimer.singleShot(0, self, self.cameras.look)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The picture takes the keys; before there is one, the button that starts it."""
        first = self.empty.buttons["camera_toggle"]
        if self._on_air:
            self.view.setFocus()
        else:
            (first if first.isEnabled() else self.chooser).setFocus()

    def _play(self, source: Source) -> None:
        self._kit.state.tab_wanted.emit("camera")
        if source.kind == "camera":
            ask_permission(self, lambda allowed: self._permitted(source, allowed=allowed))
        else:
            self.live.start(source)

    def _permitted(self, source: Source, *, allowed: bool) -> None:
        if allowed:
            self.live.start(source)
        else:
            self._told(CameraState("ended", refused(source)))

    def _again(self) -> None:
        source = self.live.source or self.chooser.source
        if source is not None:
            self._play(source)

    def _mirror(self) -> None:
        on = self._kit.actions["camera_mirror"].isChecked()
        self._kit.state.memory.setValue(_MIRROR, "on" if on else "off")
        self.live.mirror = on

    def _snapshot(self) -> None:
        if self.live.newest is not None:
            self._snapshots.take(self.live.newest)

    def _ask_foremost(self) -> None:
        from core.sightings import foremost

        face = self._face(self.view.chosen) or foremost(self.view.seen.faces)
        if face is not None:
            self.who_is_this(face.tracked.track)

    # --- full screen -----------------------------------------------------------------------------------------------

    def _full_screen(self) -> None:
        wanted = self._kit.actions["full_screen"].isChecked()
        if not wanted:
            self._leave_full_screen()
        elif self._full is None:
            actions = [self._kit.actions[name] for name in ("full_screen", "snapshot", "who_is_this")]
            self._full = FullScreen(self.view, tr("Camera"), actions)
            self._full.left.connect(self._leave_full_screen)
            self.view.ground = "#000000"
            self._full.showFullScreen()
            self.view.setFocus()

    def _leave_full_screen(self) -> None:
        full, self._full = self._full, None
        if full is None:
            return
        self.view.ground = None
        self._column.insertWidget(0, self.view, 1)
        self.view.show()  # a layout shows it later, and what is hidden does not keep the focus
        full.hide()
        full.deleteLater()
        self._kit.actions["full_screen"].setChecked(False)
        self.view.setFocus()

    # --- what comes from the camera --------------------------------------------------------------------------------

    def _framed(self, shown: Shown) -> None:
        self.view.show_frame(shown)
        if not self._kit.actions["snapshot"].isEnabled():
            self._enable()

    def _looked(self, look: Look) -> None:
        self._look, self._naming.model = look, look.model
        self.status.take_look(look)
        self._show_faces()

    def _told(self, state: CameraState) -> None:
        before, self._state = self._state, state
        self.status.take_state(state)
        if state.kind == "running" and state.problem is not None:
            self._kit.state.notices.warning(said(state.problem.message), said(state.problem.hint))
        if state.kind == "opening" and before.kind != "lost":
            self._naming.forget()
            self.view.clear()
        if state.kind != "running":
            self._look = None
            self._show_faces()
        self.view.stale = state.kind in {"lost", "ended"} or (state.kind == "opening" and before.kind == "lost")
        self.message.tell(state, before, self._source_name())
        self._follow()

    def _source_name(self) -> str:
        source = self.live.source or self.chooser.source
        return source.name if source is not None else ""

    # --- faces -----------------------------------------------------------------------------------------------------

    def _face(self, track: int) -> LiveFace | None:
        return next((face for face in self.view.seen.faces if face.tracked.track == track), None)

    def _show_faces(self) -> None:
        look, rate = self._look, self._kit.state.settings.live_rate
        before, seen = self.view.seen, SeenFaces()
        if look is not None:
            faces = tuple(map(self._naming.as_said, look.faces))
            seen = SeenFaces(faces, look.seconds, 1 / rate if rate else 0.0, look.limits, look.model.name)
        self.view.show_faces(seen)
        if seen.told() != before.told():
            self._tick()

    # --- what follows more slowly ----------------------------------------------------------------------------------

    @property
    def _on_air(self) -> bool:
        return self._state.kind != "stopped"

    def _room_changed(self) -> None:
        self.live.room = self.view.room

    def _follow(self) -> None:
        """Page, clock and buttons after the camera's state has changed."""
        page = self._live_page if self._on_air else self.empty
        if self.pages.currentWidget() is not page:
            focused = QApplication.focusWidget()
            had = focused is not None and (focused is self.view or self.isAncestorOf(focused))
            self._leave_full_screen()
            self.pages.setCurrentWidget(page)
            if had:
                self.setFocus()
        if self._on_air:
            self._timer.start()
        else:
            self._timer.stop()
        self._words()
        self._tick()

    def _tick(self) -> None:
        self.present.show_faces(self.view.seen)
        self.status.show_all(self.live.newest)
        if self._state.kind == "lost":
            self.message.count_down()
        self._enable()

    def _enable(self) -> None:
        actions, idle = self._kit.actions, tr("No camera is running.")
        can_start = self.live.running or self.chooser.source is not None
        actions.enable("camera_toggle", can_start, tr("No camera was found; choose a file, an address or the sample."))
        actions.enable("snapshot", self.live.newest is not None, idle)
        actions.enable("full_screen", self._on_air, idle)
        why_not = self._why_not_name()
        actions.enable("who_is_this", not why_not, why_not)
        self.start.setEnabled(can_start)
        self.start.setToolTip(actions["camera_toggle"].toolTip())

    def _why_not_name(self) -> str:
        gallery = self._kit.state.gallery
        if gallery is None:
            return tr("No gallery is open.")
        if gallery.read_only:
            return tr("This gallery can only be read.")
        return "" if self.view.seen.faces else tr("No face is in the picture.")

    # --- words and pictures ----------------------------------------------------------------------------------------

    def _texts(self) -> None:
        self.chooser.show_source()
        self.rate.show_rates()
        self.present.texts()
        self.message.tell(self._state, self._state, self._source_name())
        self._follow()

    def _words(self) -> None:
        running, colours = self.live.running, self._kit.theme.colours
        # The style leaves no room between an icon and its words.
        self.start.setText(" " + (tr("Stop") if running else tr("Start")))
        self.start.setIcon(icon("stop" if running else "play", colours.text, colours.faint))
        if self.cameras.known and self.chooser.source is None:
            title = tr("No camera was found")
            text = tr("Plug one in: it appears here by itself. Or play a video, or the sample film with drawn people.")
        else:
            title = tr("See who is there")
            text = tr(
                "Start the camera chosen above, or choose another. Your system may ask whether FaceFolio may use it; "
                "pictures stay on this computer."
            )
        self.empty.say(title, text, tr("Start"), tr("Video file…"), tr("Try the sample film"))
