"""The camera panel under the hands of a user; only the camera and the models are pretended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication

from core.camera import Source
from core.camera.readers import Read
from core.decision import Limits, decide_all
from core.errors import CameraProblem
from core.gallery.gallery import Gallery
from core.photos import open_photo
from core.recognizer import Sighting
from core.types import Faces, Frame, Quality, Recognition
from gui import result_words as words
from gui import snapshots
from gui.dialogs.source import StreamDialog
from gui.dialogs.who_is_this import WhoIsThisDialog
from gui.models.cameras import sources_of
from gui.panels.camera import CameraPanel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # said by the offscreen screen
PATIENCE = 20_000  # milliseconds
WEBCAM = Source("camera", "/dev/video7", "Webcam")
BOXES = np.array([[60, 60, 160, 180], [400, 80, 500, 200]], np.float32)
CARD = SimpleNamespace(space="test-space", name="test model", length=8)


@dataclass
class Recognizer:
    """Finds two faces in every frame, and knows of them what the gallery knows."""

    searcher: Any
    limits: Limits = field(default_factory=lambda: Limits(0.5, 0.3, 0.05))
    extractor: Any = field(default_factory=lambda: SimpleNamespace(card=CARD))

    def look(self, frame: Frame, *, recall: Any = None) -> Sighting:
        faces = Faces(BOXES, np.ones(2, np.float32))
        crops = np.random.default_rng(0).integers(0, 255, (2, 112, 112, 3)).astype(np.uint8)
        known = recall(frame, faces, crops)
        fresh = np.array([each is None for each in known])
        qualities = (Quality(0.9, 100, 100, 100), Quality(0.8, 100, 100, 100))
        return Sighting(frame, faces, crops, qualities, np.eye(2, 8, dtype=np.float32), crops, {"detect": 1.0}, fresh)

    def name(self, seen: Sighting) -> Recognition:
        matches: Any = ((), ())
        if self.searcher is not None:
            matches = self.searcher.search(seen.features, 5, space="test-space")
        return Recognition(
            seen.frame, seen.faces, seen.features, seen.qualities, matches, decide_all(matches, self.limits), {}
        )


class Devices(QObject):
    """What QMediaDevices is, with cameras that are plugged in and out."""

    videoInputsChanged = Signal()  # noqa: N815 - Qt's name

    def __init__(self, *cameras: tuple[str, str]) -> None:
        super().__init__()
        self.cameras = list(cameras)

    def videoInputs(self) -> list[Any]:
        made = [SimpleNamespace(data=lambda device=device: device.encode()) for device, _ in self.cameras]
        pairs = zip(made, self.cameras, strict=True)
        return [
            SimpleNamespace(id=lambda i=i: i, description=lambda n=n: n, isDefault=lambda: False) for i, (_, n) in pairs
        ]

    def plug(self, *cameras: tuple[str, str]) -> None:
        self.cameras = list(cameras)
        self.videoInputsChanged.emit()


class Studio:
    """The edges of the machine."""

    def __init__(self) -> None:
        self.plugged = True
        self.opened: list[Source] = []
        self.devices = Devices(("/dev/video7", "Webcam"))
        self.pixels = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
        self._recognizer = Recognizer(None)
        self._lock = threading.Lock()

    def open(self, source: Source, playing: Any, wait: Callable[[float], bool]) -> Studio.Reader:
        self.opened.append(source)
        if not self.plugged:
            raise CameraProblem("{name} is not plugged in.", "Plug it in.", name=source.name)
        return Studio.Reader(self, source, wait)

    def recognizer(self, searcher: Any) -> Any:
        if searcher is not self._recognizer.searcher:
            self._recognizer = Recognizer(searcher)
        return self._recognizer

    class Reader:
        def __init__(self, studio: Studio, source: Source, wait: Callable[[float], bool]) -> None:
            self._studio, self._source, self._wait = studio, source, wait

        def __iter__(self) -> Iterator[Read]:
            for number in range(10**9):
                if not self._studio.plugged:
                    raise CameraProblem("{name} stopped giving pictures.", "Unplugged?", name=self._source.name)
                if self._source.kind == "video" and number == 20:
                    return
                yield Read(self._studio.pixels)
                if self._wait(0.01):
                    return

        def close(self) -> None:
            """Nothing stays open."""


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def panel(kit, studio: Studio, qtbot, monkeypatch) -> Iterator[CameraPanel]:
    monkeypatch.setattr(kit.state.bench, "recognizer", studio.recognizer)
    made = CameraPanel(kit, opener=studio.open, devices=lambda: studio.devices)
    qtbot.addWidget(made)
    made.resize(660, 640)
    made.show()
    qtbot.waitUntil(lambda: made.cameras.known, timeout=PATIENCE)
    made.activateWindow()
    yield made
    made.shut()


@pytest.fixture
def gallery(open_gallery, gallery_folder: Path) -> Path:
    open_gallery(gallery_folder)
    return gallery_folder


def start(panel: CameraPanel, qtbot) -> None:
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.view.seen.faces) == 2, timeout=PATIENCE)


def titles(panel: CameraPanel) -> list[str]:
    return [panel.present.faces.index(row).data() for row in range(panel.present.faces.rowCount())]


def shows(panel: CameraPanel, *wanted: str) -> Callable[[], bool]:
    return lambda: titles(panel) == list(wanted)


def naming(qtbot, name: str, untick: int | None = None) -> Callable[[WhoIsThisDialog], bool]:
    """What a user does in the dialog."""

    def answer(dialog: WhoIsThisDialog) -> bool:
        qtbot.waitUntil(lambda: dialog.sights.count() > 0, timeout=PATIENCE)
        if untick is not None:
            dialog.sights.item(untick).setCheckState(Qt.CheckState.Unchecked)
            assert not dialog.enroll.isEnabled()
            qtbot.keyClick(dialog.field.line, Qt.Key.Key_Return)
            assert dialog.answer is None
            dialog.sights.item(untick).setCheckState(Qt.CheckState.Checked)
        qtbot.keyClicks(dialog.field.line, name)
        qtbot.keyClick(dialog.field.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        return dialog.answer is not None

    return answer


def test_before_anything_runs_the_panel_says_what_to_do(panel, studio) -> None:
    assert panel.pages.currentWidget() is panel.empty
    assert panel.chooser.source == WEBCAM
    assert panel.empty.buttons["camera_toggle"].isEnabled()
    assert not studio.opened


def test_no_camera_at_all_leaves_files_and_the_sample(panel, studio, kit) -> None:
    studio.devices.plug()
    assert not kit.actions["camera_toggle"].isEnabled()
    assert "No camera was found" in kit.actions["camera_toggle"].toolTip()
    studio.devices.plug(("/dev/video3", "Other"))
    assert kit.actions["camera_toggle"].isEnabled()
    assert panel.chooser.source == Source("camera", "/dev/video3", "Other")


def test_cameras_of_one_name_are_told_apart_and_opened_as_the_system_counts() -> None:
    linux = sources_of([("/dev/video0", "Cam"), ("/dev/video2", "Cam")], ["/dev/video0", "/dev/video2"])
    assert [(each.place, each.name) for each in linux] == [
        ("/dev/video0", "Cam (video0)"),
        ("/dev/video2", "Cam (video2)"),
    ]
    other = sources_of([("{b}", "Front"), ("{a}", "Back")], ["{a}", "{b}"])  # the default one leads
    assert [(each.place, each.name) for each in other] == [("1", "Front"), ("0", "Back")]


def test_space_starts_and_stops(panel, studio, qtbot, kit) -> None:
    panel.setFocus()
    qtbot.keyClick(panel.empty.buttons["camera_toggle"], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel.view.painted > 3, timeout=PATIENCE)
    assert studio.opened == [WEBCAM]
    assert not panel.message.isVisible()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is panel.view, timeout=PATIENCE)
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert not panel.live.running
    assert panel.pages.currentWidget() is panel.empty


def test_without_a_gallery_everybody_is_unknown_and_nobody_can_be_named(panel, qtbot, kit) -> None:
    start(panel, qtbot)
    qtbot.waitUntil(shows(panel, "Unknown", "Unknown"), timeout=PATIENCE)
    assert panel.present.count.text() == "2 faces"
    assert "Unknown" in panel.view.accessibleDescription()
    assert not panel.present.who.isEnabled()
    assert "No gallery is open" in panel.present.who.toolTip()


def test_the_first_person_is_named_by_key_and_shows_at_once(panel, qtbot, kit, ask, gallery, told) -> None:
    start(panel, qtbot)
    qtbot.waitUntil(kit.actions["who_is_this"].isEnabled, timeout=PATIENCE)
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    ask.will("dialog", naming(qtbot, "Anna", untick=0))
    qtbot.keyClick(panel.view, Qt.Key.Key_E)
    qtbot.waitUntil(shows(panel, "Anna", "Unknown"), timeout=PATIENCE)
    qtbot.waitUntil(lambda: panel.view.seen.faces[0].tracked.match is not None, timeout=PATIENCE)
    assert panel.view.seen.faces[0].row.answer is None  # the camera knows her by itself now
    assert [notice.action for notice in told] == ["Undo"]
    assert "Anna" in told[0].text
    with Gallery.open(gallery) as written:
        assert [(person.name, person.faces) for person in written.identities()] == [("Anna", 1)]
        assert written.model is not None
        assert written.model.space == "test-space"


def test_a_click_on_a_face_names_it(panel, qtbot, kit, ask, gallery) -> None:
    start(panel, qtbot)
    qtbot.waitUntil(kit.actions["who_is_this"].isEnabled, timeout=PATIENCE)
    face = panel.view.seen.faces[1].tracked.track
    ask.will("dialog", naming(qtbot, "Bob"))
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=panel.view.place_of(face).center().toPoint())
    qtbot.waitUntil(shows(panel, "Unknown", "Bob"), timeout=PATIENCE)
    assert panel.view.chosen == face
    assert panel.present.faces.id_at(panel.present.list.currentIndex().row()) == face


def test_a_click_beside_the_faces_asks_nothing(panel, qtbot, kit, ask, gallery) -> None:
    start(panel, qtbot)
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert panel.view.chosen == 0
    assert not ask.asked


def test_undoing_an_enrollment_takes_the_name_from_the_live_face(panel, qtbot, kit, ask, gallery) -> None:
    start(panel, qtbot)
    qtbot.waitUntil(kit.actions["who_is_this"].isEnabled, timeout=PATIENCE)
    ask.will("dialog", naming(qtbot, "Anna"))
    panel.who_is_this(panel.view.seen.faces[0].tracked.track)
    qtbot.waitUntil(lambda: panel.view.seen.faces[0].tracked.match is not None, timeout=PATIENCE)
    kit.state.undo()
    qtbot.waitUntil(shows(panel, "Unknown", "Unknown"), timeout=PATIENCE)


def test_sightings_go_to_the_results_once_and_can_be_enrolled_later(panel, qtbot, kit, ask, gallery) -> None:
    rows: list[Any] = []
    kit.state.sighted.connect(rows.extend)
    start(panel, qtbot)
    qtbot.waitUntil(lambda: len(rows) == 2, timeout=PATIENCE)
    assert {row.kind for row in rows} == {"unknown"}
    assert {row.source for row in rows} == {"Webcam"}
    assert rows[0].crop.shape == (112, 112, 3)
    ask.will("dialog", naming(qtbot, "Anna"))
    panel.who_is_this(rows[0].track)
    qtbot.waitUntil(lambda: rows[-1].kind == "known", timeout=PATIENCE)
    assert (rows[-1].name, rows[-1].track, rows[-1].run) == ("Anna", rows[0].track, rows[0].run)
    assert {row.track for row in rows[2:]} == {rows[0].track}
    panel.toggle()
    assert rows[1].samples()


def test_a_camera_that_may_not_be_used_is_not_opened(panel, studio, qtbot, monkeypatch) -> None:
    monkeypatch.setattr("gui.panels.camera.ask_permission", lambda owner, answered: answered(False))
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    assert panel.message.title.text() == "Webcam may not be used by FaceFolio."
    assert not studio.opened
    monkeypatch.undo()
    monkeypatch.setattr(panel._kit.state.bench, "recognizer", studio.recognizer)
    qtbot.mouseClick(panel.message.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.view.seen.faces) == 2, timeout=PATIENCE)


def test_another_gallery_counts_at_once(panel, qtbot, kit, ask, gallery, tmp_path) -> None:
    start(panel, qtbot)
    qtbot.waitUntil(kit.actions["who_is_this"].isEnabled, timeout=PATIENCE)
    ask.will("dialog", naming(qtbot, "Anna"))
    panel.who_is_this(panel.view.seen.faces[0].tracked.track)
    qtbot.waitUntil(lambda: panel.view.seen.faces[0].tracked.match is not None, timeout=PATIENCE)
    kit.state.desk.open(tmp_path / "others", create=True)
    qtbot.waitUntil(shows(panel, "Unknown", "Unknown"), timeout=PATIENCE)
    kit.state.desk.open(gallery)
    qtbot.waitUntil(shows(panel, "Anna", "Unknown"), timeout=PATIENCE)


def test_the_tab_is_shown_when_the_sample_is_asked_for_elsewhere(panel, studio, qtbot, kit) -> None:
    with qtbot.waitSignal(kit.state.tab_wanted) as wanted:
        kit.actions["play_sample"].trigger()
    assert wanted.args == ["camera"]
    qtbot.waitUntil(lambda: bool(studio.opened), timeout=PATIENCE)


def test_a_lost_camera_says_so_and_comes_back(panel, studio, qtbot) -> None:
    start(panel, qtbot)
    studio.plugged = False
    qtbot.waitUntil(panel.message.isVisible, timeout=PATIENCE)
    assert panel.message.title.text() == "Webcam stopped giving pictures."
    assert panel.message.hint.text() == "Unplugged?"
    assert "Next try in" in panel.message.next.text()
    assert panel.view.seen.faces == ()
    assert panel.live.running
    qtbot.mouseClick(panel.message.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.message.title.text() == "Webcam is not plugged in.", timeout=PATIENCE)
    studio.plugged = True
    qtbot.waitUntil(lambda: len(panel.view.seen.faces) == 2, timeout=PATIENCE)  # by itself
    assert not panel.message.isVisible()


def test_a_camera_chosen_while_another_runs_takes_its_place(panel, studio, qtbot) -> None:
    studio.devices.plug(("/dev/video7", "Webcam"), ("/dev/video8", "Second"))
    start(panel, qtbot)
    panel.chooser.menu().aboutToShow.emit()
    entries = {action.text(): action for action in panel.chooser.menu().actions()}
    assert entries["Webcam"].isChecked()
    entries["Second"].trigger()
    assert panel.view.seen.faces == ()
    qtbot.waitUntil(lambda: len(panel.view.seen.faces) == 2, timeout=PATIENCE)
    assert [source.name for source in studio.opened] == ["Webcam", "Second"]
    assert "Second" in panel.chooser.text()


def test_a_video_file_ends_and_plays_again(panel, studio, qtbot, kit, ask, tmp_path) -> None:
    ask.will("file", tmp_path / "party.mp4")
    kit.actions["camera_video"].trigger()
    qtbot.waitUntil(lambda: panel.message.title.text() == "party.mp4 is over.", timeout=PATIENCE)
    assert not panel.live.running
    qtbot.mouseClick(panel.message.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(studio.opened) == 2, timeout=PATIENCE)


def test_a_folder_of_pictures_is_shown(panel, studio, qtbot, kit, ask, tmp_path) -> None:
    ask.will("folder", tmp_path)
    kit.actions["camera_folder"].trigger()
    qtbot.waitUntil(lambda: len(panel.view.seen.faces) == 2, timeout=PATIENCE)
    assert studio.opened == [Source("folder", str(tmp_path))]


def test_a_stream_is_asked_for_and_its_password_never_written(panel, studio, qtbot, kit, ask) -> None:
    def typed(dialog: StreamDialog) -> bool:
        qtbot.keyClicks(dialog.line, "file:///etc")
        dialog.accept()
        assert dialog.source is None
        dialog.line.setText("rtsp://me:secret@10.0.0.2/one")
        dialog.accept()
        return dialog.source is not None

    ask.will("dialog", typed)
    kit.actions["camera_stream"].trigger()
    qtbot.waitUntil(lambda: len(panel.view.seen.faces) == 2, timeout=PATIENCE)
    assert studio.opened[0].place == "rtsp://me:secret@10.0.0.2/one"
    shown = panel.chooser.text() + panel.chooser.toolTip() + panel.status.text()
    assert "secret" not in shown + str(kit.state.memory.value("camera/source", ""))


def test_source_and_mirror_are_remembered(panel, studio, kit, qtbot, ask, tmp_path) -> None:
    ask.will("file", tmp_path / "party.mp4")
    kit.actions["camera_video"].trigger()
    kit.actions["camera_mirror"].trigger()
    again = CameraPanel(kit, opener=studio.open, devices=lambda: studio.devices)
    qtbot.addWidget(again)
    assert again.chooser.source == Source("video", str(tmp_path / "party.mp4"))
    assert again.live.mirror
    again.shut()


def test_mirror_turns_the_picture_at_once(panel, studio, qtbot, kit) -> None:
    start(panel, qtbot)
    kit.actions["camera_mirror"].trigger()
    mirrored = studio.pixels[:, ::-1]
    qtbot.waitUntil(lambda: np.array_equal(panel.live.newest.pixels, mirrored), timeout=PATIENCE)


def test_a_snapshot_saves_the_whole_frame(panel, studio, qtbot, kit, told, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(snapshots, "snapshots_folder", lambda: tmp_path / "shots")
    start(panel, qtbot)
    panel.view.setFocus()
    for count in (1, 2):
        qtbot.keyClick(panel.view, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda count=count: len(told) == count, timeout=PATIENCE)
    assert told[0].action == "Open folder"
    files = sorted((tmp_path / "shots").iterdir())
    assert len(files) == 2
    assert open_photo(files[0]).decode(1).shape == studio.pixels.shape


def test_a_snapshot_that_cannot_be_written_is_told(panel, qtbot, kit, told, tmp_path, monkeypatch) -> None:
    (tmp_path / "shots").write_text("a file in the way")
    monkeypatch.setattr(snapshots, "snapshots_folder", lambda: tmp_path / "shots")
    start(panel, qtbot)
    kit.actions["snapshot"].trigger()
    qtbot.waitUntil(lambda: len(told) == 1, timeout=PATIENCE)
    assert told[0].kind == "problem"
    assert "cannot be made" in told[0].text


def test_full_screen_shows_the_video_alone_and_escape_leaves(panel, qtbot, kit) -> None:
    start(panel, qtbot)
    kit.actions["full_screen"].trigger()
    alone = panel.view.window()
    assert alone is not panel.window()
    qtbot.waitUntil(alone.isVisible, timeout=PATIENCE)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is alone, timeout=PATIENCE)
    painted = panel.view.painted
    qtbot.waitUntil(lambda: panel.view.painted > painted, timeout=PATIENCE)
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert panel.view.window() is panel.window()
    assert panel.view.isVisible()  # at once: what is hidden cannot keep the focus
    assert panel.window().focusWidget() is panel.view
    assert not kit.actions["full_screen"].isChecked()


def test_the_picture_is_painted_pixel_for_pixel_in_its_proportions(panel, qtbot) -> None:
    start(panel, qtbot)
    panel.resize(500, 700)
    view = panel.view

    def exact() -> bool:
        scale = min(view.width() / 640, view.height() / 480)
        size = (round(640 * scale), round(480 * scale))
        if (view._image.width(), view._image.height()) != size:
            return False
        at = view.place_of(view.seen.faces[0].tracked.track).topLeft().toPoint() + QPoint(40, 40)
        corner = QPoint(round((view.width() - size[0]) / 2), round((view.height() - size[1]) / 2))
        painted = view.grab().toImage().pixelColor(at).getRgb()
        given = view._image.pixelColor(at - corner).getRgb()
        return all(abs(one - other) < 8 for one, other in zip(painted, given, strict=True))  # screens of 16 bits

    qtbot.waitUntil(exact, timeout=PATIENCE)


def test_the_rate_of_analyses_changes_while_running(panel, qtbot, kit) -> None:
    start(panel, qtbot)
    place = panel.rate.findData(5)
    panel.rate.setCurrentIndex(place)
    panel.rate.activated.emit(place)
    assert kit.state.settings.live_rate == 5
    assert panel.live._run.lane.rate == 5


def test_jobs_know_that_the_camera_recognizes(panel, qtbot, kit) -> None:
    start(panel, qtbot)
    assert kit.state.bench.live_busy is panel.live._run.lane.busy
    panel.toggle()
    qtbot.waitUntil(lambda: kit.state.bench.live_busy is None, timeout=PATIENCE)


def test_closing_while_a_camera_runs_ends_its_threads(panel, qtbot) -> None:
    start(panel, qtbot)
    panel.shut()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"camera", "camera reader", "live", "aside"}


def test_the_longest_rate_is_read_whole(panel) -> None:
    needed = panel.rate.fontMetrics().horizontalAdvance("Without limit")
    assert panel.rate.sizeHint().width() > needed + 40  # and the arrow
    assert panel.rate.minimumSizeHint().width() < panel.rate.sizeHint().width()


def test_what_can_never_become_an_address_is_said_while_it_is_typed(kit, qtbot) -> None:
    dialog = StreamDialog(kit)
    qtbot.addWidget(dialog)
    for typed, said in (("rts", False), ("rtsp://", True), ("hello world", True), ("192.168.1.20/one", True)):
        dialog.line.setText(typed)
        assert not dialog._play.isEnabled()
        assert bool(dialog._trouble.text()) is said, typed


def test_a_status_too_long_for_its_line_ends_in_dots(panel, qtbot, kit) -> None:
    start(panel, qtbot)
    panel.status.setText("onnxruntime on CPU · " * 40)
    panel.status.repaint()
    assert panel.status.toolTip() == panel.status.text()
    panel.status.setText("short")
    panel.status.repaint()
    assert panel.status.toolTip() == ""


def test_what_played_as_a_camera_is_named_like_a_photo(tmp_path) -> None:
    row = SimpleNamespace(origin="live", when=0.0, source=str(tmp_path / "party.mp4"))
    assert words.source(row).startswith("party.mp4 · ")
    row.source = "rtsp://10.0.0.2/one"
    assert words.source(row).startswith("rtsp://10.0.0.2/one · ")
