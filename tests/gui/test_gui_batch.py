"""The batch panel: folders are chosen or dropped, tagged one after the other, and results fill in."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QLibraryInfo, QMimeData, QPointF, Qt, QUrl, QVersionNumber
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from core.pictures import write_picture
from gui.dialogs.photo_problems import PhotoProblems
from gui.panels.batch import BatchPanel
from gui.seen import SIDE, seen_key
from gui.tagging import TagWish
from gui.widgets.tag_run import duration

_spec = importlib.util.spec_from_file_location(
    "painted_for_batch", Path(__file__).parents[1] / "core" / "jobs" / "conftest.py"
)
assert _spec
assert _spec.loader
painted = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(painted)
pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen


class Eyes(painted.Painted):  # type: ignore[misc, name-defined]
    """Looks at a photo only while `going`."""

    card = SimpleNamespace(name="painted")

    def __init__(self) -> None:
        self.going = threading.Event()
        self.going.set()
        self.looked = 0

    def find(self, pixels: Any, **options: Any) -> Any:
        assert self.going.wait(20)
        self.looked += 1
        return super().find(pixels, **options)


@pytest.fixture
def eyes() -> Iterator[Eyes]:
    made = Eyes()
    yield made
    made.going.set()


@pytest.fixture
def panel(kit: Any, qtbot: Any, eyes: Eyes, open_gallery: Any, gallery_folder: Path) -> Iterator[BatchPanel]:
    from core.recognizer import Recognizer

    searcher = painted.Known({"Rosa": painted.RED, "Gino": painted.GREEN})
    limits = painted.Limits(known=0.9, unsure=0.7, margin=0.05)
    recognizer = Recognizer(eyes, painted.Colours(), limits, searcher=searcher)

    @contextmanager
    def lend(**_: Any) -> Iterator[Any]:
        yield SimpleNamespace(recognizer=lambda settings, searcher: recognizer)

    kit.state.bench.lend = lend
    open_gallery(gallery_folder)
    made = BatchPanel(kit)
    qtbot.addWidget(made)
    made.resize(660, 700)
    made.show()
    yield made
    eyes.going.set()
    made.shut()


def photos(folder: Path, **named: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, colours in named.items():
        write_picture(folder / f"{name}.png", painted.paint(*colours))
    return folder


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return photos(tmp_path / "town", a=(painted.RED, painted.BLUE), b=(painted.GREEN,), c=())


def over(panel: BatchPanel, qtbot: Any, place: int = -1) -> Any:
    run = panel.tagging.runs[place]
    qtbot.waitUntil(lambda: run.over, timeout=8000)
    return run


def drop(panel: BatchPanel, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    point = QPointF(9, 9)
    at = point if QLibraryInfo.version() >= QVersionNumber(6, 12) else point.toPoint()
    entering = QDragEnterEvent(at, copy, mime, left, none)
    panel.dragEnterEvent(entering)
    assert entering.isAccepted()
    assert panel._hint.isVisible()
    panel.dropEvent(QDropEvent(point, copy, mime, left, none))


def test_a_folder_is_chosen_and_tagged(panel: BatchPanel, kit: Any, qtbot: Any, ask: Any, town: Path) -> None:
    assert not panel.start.isEnabled()
    ask.will("folder", town)
    with qtbot.waitSignal(kit.state.tab_wanted):
        kit.actions["batch_folder"].trigger()
    assert panel.folder.text() == str(town)
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    run = over(panel, qtbot)
    assert (run.state, run.counts["photos"], run.counts["faces"]) == ("done", 3, 3)
    book = kit.state.results.book
    assert book.counts == {"known": 2, "unknown": 1}
    rows = [book.row(number) for name in ("a", "b") for number in book.of_photo(str(town / f"{name}.png"))]
    assert all(kit.state.pictures.get(seen_key(row, SIDE)) for row in rows), "no photo is read again for its faces"
    card = panel.cards[0]
    assert "3" in card.state.text()
    assert not card.pause.isVisible()
    assert not panel.grab().isNull()


def test_dropped_folders_queue_and_single_photos_are_taken_alone(
    panel: BatchPanel, kit: Any, qtbot: Any, eyes: Eyes, town: Path, tmp_path: Path
) -> None:
    other = photos(tmp_path / "other", d=(painted.GREEN,))
    eyes.going.clear()
    drop(panel, town, other)
    assert [run.state for run in panel.tagging.runs] == ["running", "waiting"]
    assert "queue" in panel.start.text()
    assert [card.run for card in panel.cards] == list(reversed(panel.tagging.runs))
    eyes.going.set()
    assert over(panel, qtbot, 1).counts["photos"] == 1
    drop(panel, town / "b.png")
    assert over(panel, qtbot, 2).counts["photos"] == 1


def test_only_new_photos_are_looked_at(panel: BatchPanel, qtbot: Any, eyes: Eyes, town: Path) -> None:
    drop(panel, town)
    over(panel, qtbot)
    looked = eyes.looked
    photos(town, d=(painted.RED,))
    drop(panel, town)
    assert over(panel, qtbot).counts["photos"] == 4
    assert eyes.looked == looked + 1
    panel.only_new.setChecked(False)
    drop(panel, town)
    over(panel, qtbot)
    assert eyes.looked == looked + 5


def test_pause_cancel_and_go_on(panel: BatchPanel, qtbot: Any, eyes: Eyes, town: Path) -> None:
    eyes.going.clear()
    drop(panel, town)
    card = panel.cards[0]
    qtbot.mouseClick(card.pause, Qt.MouseButton.LeftButton)
    assert card.run.state == "paused"
    qtbot.mouseClick(card.pause, Qt.MouseButton.LeftButton)
    assert card.run.state == "running"
    qtbot.mouseClick(card.cancel, Qt.MouseButton.LeftButton)
    assert card.run.state == "cancelling"
    eyes.going.set()
    over(panel, qtbot)
    assert card.run.state == "cancelled"
    qtbot.mouseClick(card.again, Qt.MouseButton.LeftButton)
    assert over(panel, qtbot).state == "done"
    qtbot.mouseClick(panel.cards[-1].forget, Qt.MouseButton.LeftButton)
    assert len(panel.cards) == 1


def test_photos_that_cannot_be_read_are_listed_and_tried_again(
    panel: BatchPanel, kit: Any, qtbot: Any, ask: Any, town: Path, tmp_path: Path
) -> None:
    bad = town / "bad.png"
    bad.write_bytes(b"no picture")
    drop(panel, town)
    run = over(panel, qtbot)
    assert list(run.failed) == [str(bad)]
    write_picture(bad, painted.paint(painted.GREEN))

    def retry(dialog: PhotoProblems) -> bool:
        ask.will("save_file", tmp_path / "list.txt")
        dialog._save()
        return True

    ask.will("dialog", retry)
    assert panel.cards[0].errors.isVisible()
    qtbot.mouseClick(panel.cards[0].errors, Qt.MouseButton.LeftButton)
    again = over(panel, qtbot)
    assert (again.counts["photos"], again.failed) == (1, {})
    assert "bad.png" in (tmp_path / "list.txt").read_text("utf-8")


def test_outputs_and_options_are_remembered(
    panel: BatchPanel, kit: Any, qtbot: Any, ask: Any, town: Path, tmp_path: Path
) -> None:
    ask.will("save_file", tmp_path / "table")
    panel.output.boxes["csv"].click()
    panel.recursive.setChecked(False)
    drop(panel, town)
    assert over(panel, qtbot).written == (tmp_path / "table.csv",)
    again = BatchPanel(kit)
    qtbot.addWidget(again)
    assert again.wish() == TagWish(town, recursive=False, csv=tmp_path / "table.csv")


def test_a_missing_folder_is_said_in_words(panel: BatchPanel, qtbot: Any, told: Any, tmp_path: Path) -> None:
    panel.folder.setText(str(tmp_path / "drive" / "photos"))
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    assert over(panel, qtbot).state == "failed"
    assert "is not there" in told[-1].text
    assert "drive" in told[-1].hint
    card = panel.cards[0]
    assert "is not there" in card.state.text()  # and not how far it came
    assert card.again.text() == "Try again"


def test_what_was_paused_at_closing_is_taken_up(
    panel: BatchPanel, kit: Any, qtbot: Any, eyes: Eyes, town: Path, tmp_path: Path
) -> None:
    other = photos(tmp_path / "other", d=(painted.GREEN,))
    eyes.going.clear()
    drop(panel, town, other)
    again = [job.again for job in kit.bridge.running()]
    kit.state.unfinished.keep(again)
    panel.tagging.runs[0].job.cancel()
    panel.tagging.forget(panel.tagging.runs[1])
    eyes.going.set()
    over(panel, qtbot)
    assert kit.state.unfinished.take_up() == 1
    assert [run.wish.folder for run in panel.tagging.runs[1:]] == [town, other]
    assert over(panel, qtbot).state == "done"


def test_another_gallery_ends_the_run(
    panel: BatchPanel, qtbot: Any, eyes: Eyes, town: Path, open_gallery: Any, tmp_path: Path, told: Any
) -> None:
    from core.gallery.gallery import Gallery

    with Gallery.create(tmp_path / "more people"):
        pass
    eyes.going.clear()
    drop(panel, town)
    open_gallery(tmp_path / "more people")
    eyes.going.set()
    assert over(panel, qtbot).state == "cancelled"
    assert any("stopped" in notice.text for notice in told)


def test_wishes_are_kept_as_plain_values(tmp_path: Path) -> None:
    wish = TagWish(tmp_path, recursive=False, json=tmp_path / "x.json", only=(tmp_path / "a.png",))
    assert TagWish.from_kept(wish.kept()) == wish
    with pytest.raises(KeyError):
        TagWish.from_kept({})


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "some time"), (0.2, "1 s"), (89, "89 s"), (600, "10 min"), (7380, "2 h 3 min")]
)
def test_durations(qapp: Any, seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
