"""The results panel: rows fill in, are looked through and corrected by keys, and follow the gallery."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from core.errors import EngineProblem, Text
from core.export.records import PhotoResult
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.jobs.correcting import faces_of, name_face
from core.photos import open_photo
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.result_row import ResultRow, rows_of
from core.types import Decision, Match
from gui.dialogs.photo import PhotoDialog
from gui.panels.results import ResultsPanel
from gui.widgets.result_details import ResultDetails

_spec = importlib.util.spec_from_file_location(
    "painted_faces", Path(__file__).parents[1] / "core" / "jobs" / "conftest.py"
)
assert _spec
assert _spec.loader
painted = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(painted)
MODEL = FeatureModel("paint", "paint", 3)
KEY = Qt.Key
pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen


@pytest.fixture
def recognizer() -> Recognizer:
    eyes: Any = painted.Painted()
    eyes.card = SimpleNamespace(name="painted")
    colours: Any = painted.Colours()
    known = painted.Known({"Rosa": painted.RED, "Gino": painted.GREEN})
    return Recognizer(eyes, colours, painted.Limits(known=0.9, unsure=0.7, margin=0.05), searcher=known)


@pytest.fixture
def seen(tmp_path: Path, recognizer: Recognizer) -> Callable[..., list[ResultRow]]:
    """Rows of a painted photo; `mark` makes its file another one."""

    def look(name: str, *colours: Any, mark: int = 1) -> list[ResultRow]:
        path, pixels = tmp_path / name, painted.paint(*colours)
        pixels[0, 0] = mark
        write_picture(path, pixels)
        photo = open_photo(path)
        return rows_of(PhotoResult.of(recognizer.recognize_photo(photo), photo, sha256=photo.sha256), 1.0)

    return look


@pytest.fixture
def people(tmp_path: Path, seen: Any, recognizer: Recognizer) -> Path:
    with Gallery.create(tmp_path / "town") as gallery:
        for name, colour in (("Rosa", painted.RED), ("Gino", painted.GREEN)):
            (row,) = seen(f"{name}.png", colour, mark=0)
            name_face(gallery, row, name, faces_of(row, recognizer), MODEL)
        return gallery.folder


@pytest.fixture
def panel(kit: Any, qtbot: Any, people: Path, open_gallery: Any, recognizer: Recognizer) -> Iterator[ResultsPanel]:
    @contextmanager
    def lend(**_: Any) -> Iterator[Any]:
        yield SimpleNamespace(recognizer=lambda settings, searcher: recognizer, model=MODEL)

    kit.state.bench.lend = lend
    open_gallery(people)
    kit.state.results.limits = recognizer.limits
    made = ResultsPanel(kit)
    qtbot.addWidget(made)
    made.resize(350, 800)
    made.show()
    yield made
    made.shut()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whom the user names, in order."""
    answers: list[Any] = []
    monkeypatch.setattr("gui.panels.results.ask_name", lambda *_, **__: answers.pop(0))
    return answers


def show(panel: ResultsPanel, kit: Any, rows: list[ResultRow]) -> None:
    kit.state.sighted.emit(rows)
    panel.model.flush()


def choose(panel: ResultsPanel, qtbot: Any, place: int) -> int:
    index = panel.model.index(place)
    panel.view.scrollTo(index)
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.visualRect(index).center())
    return int(panel.view.chosen[0])


def press(panel: ResultsPanel, qtbot: Any, kit: Any, name: str) -> None:
    """The action as its key would trigger it; shortcuts need an active window, which a test's screen has not."""
    assert kit.actions[name] in panel.view.actions()
    kit.actions[name].trigger()


def row(kit: Any, number: int) -> ResultRow:
    return kit.state.results.book.row(number)


def settled(kit: Any, qtbot: Any, number: int, kind: str, name: str = "") -> None:
    def done() -> bool:
        now = row(kit, number)
        return (now.kind, now.name) == (kind, name) and (now.answer is None or now.answer.saved)

    qtbot.waitUntil(done, timeout=5000)


def people_of(folder: Path) -> dict[str, int]:
    with Gallery.open(folder) as gallery:
        return {person.name: person.faces for person in gallery.identities()}


def test_an_empty_panel_tells_what_to_do(panel: ResultsPanel) -> None:
    assert panel.stack.currentWidget() is panel.nothing
    assert set(panel.nothing.buttons) == {"batch_folder", "tab_camera"}
    assert not panel.details.isVisible()


def test_rows_are_counted_filtered_and_sorted(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, [*seen("a.png", painted.RED, painted.BLUE), *seen("b.png", painted.GREEN)])
    assert [panel.filters.chips[kind].text() for kind in ("known", "unsure", "unknown")] == ["2", "0", "1"]
    assert panel.model.rowCount() == 3
    qtbot.mouseClick(panel.filters.chips["unknown"], Qt.MouseButton.LeftButton)
    assert [panel.model.row_at(place).name for place in range(2)] == ["Gino", "Rosa"]
    qtbot.keyClicks(panel.filters.search, "ros")
    assert panel.model.rowCount() == 1
    panel.filters.search.setText("nobody of that name")
    assert panel.stack.currentWidget() is panel.hidden


def test_another_panel_asks_for_the_unknown(panel: ResultsPanel, kit: Any, seen: Any) -> None:
    show(panel, kit, seen("a.png", painted.RED, painted.BLUE))
    panel.filters.search.setText("a name that hides all")
    kit.state.kinds_wanted.emit(frozenset({"unknown"}))
    assert [panel.model.row_at(place).kind for place in range(panel.model.rowCount())] == ["unknown"]


def test_yes_enrolls_and_goes_on(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, people: Path, told: Any) -> None:
    show(panel, kit, [*seen("a.png", painted.RED), *seen("b.png", painted.GREEN)])
    number = choose(panel, qtbot, 0)
    press(panel, qtbot, kit, "confirm")
    assert panel.view.chosen != [number], "the next row is chosen at once"
    assert row(kit, number).answer is not None
    settled(kit, qtbot, number, "known", "Gino")
    assert people_of(people) == {"Gino": 2, "Rosa": 1}
    qtbot.waitUntil(lambda: any(notice.action for notice in told), timeout=5000)
    next(notice for notice in told if notice.action).act()
    qtbot.waitUntil(lambda: row(kit, number).answer is None, timeout=5000)
    assert people_of(people) == {"Gino": 1, "Rosa": 1}


def test_an_unknown_face_gets_a_new_name_and_its_copy_follows(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, people: Path, named: list[Any]
) -> None:
    show(panel, kit, [*seen("copy.png", painted.BLUE), *seen("a.png", painted.BLUE)])
    number, other = choose(panel, qtbot, 0), int(panel.model.id_at(1))
    named.append("Anna")
    press(panel, qtbot, kit, "this_is")
    settled(kit, qtbot, number, "known", "Anna")
    settled(kit, qtbot, other, "known", "Anna")
    assert people_of(people) == {"Anna": 1, "Gino": 1, "Rosa": 1}


def test_many_chosen_rows_are_named_as_a_job_and_undone_at_once(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, people: Path, named: list[Any], told: Any
) -> None:
    colours = (painted.BLUE, (200, 200, 20))
    show(panel, kit, [row for place in range(6) for row in seen(f"{place}.png", colours[place % 2], mark=place + 2)])
    Path(row(kit, int(panel.model.id_at(1))).source).unlink()
    numbers = [int(number) for number in panel.model.ids]
    panel.view.choose(numbers)
    named.append("Anna")
    press(panel, qtbot, kit, "this_is")
    assert {row(kit, number).name for number in numbers} == {"Anna"}, "shown before it is saved"
    for place, number in enumerate(numbers):
        settled(kit, qtbot, number, *(("known", "Anna") if place != 1 else ("unknown", "")))
    assert people_of(people) == {"Anna": 5, "Gino": 1, "Rosa": 1}
    (job,) = kit.state.bridge.jobs
    assert (str(job.title), len(job.problems)) == ("Name 6 faces", 1)
    assert told[-1].text == "1 face could not be added."
    qtbot.waitUntil(
        lambda: (
            kit.state.gallery.next_undo is not None
            and kit.state.gallery.next_undo.template == "Enroll {faces} faces of {name}"
        ),
        timeout=5000,
    )
    kit.state.undo()
    for number in numbers:
        settled(kit, qtbot, number, "unknown")
    assert people_of(people) == {"Gino": 1, "Rosa": 1}


def test_naming_many_is_cancelled(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, people: Path, named: list[Any]
) -> None:
    show(panel, kit, [row for place in range(3) for row in seen(f"{place}.png", painted.BLUE, mark=place + 2)])
    numbers = [int(number) for number in panel.model.ids]
    free = threading.Event()
    lend = kit.state.bench.lend

    @contextmanager
    def late(**_: Any) -> Iterator[Any]:
        free.wait(10)
        with lend() as bench:
            yield bench

    kit.state.bench.lend = late
    panel.view.choose(numbers)
    named.append("Anna")
    press(panel, qtbot, kit, "this_is")
    (job,) = kit.state.bridge.jobs
    job.cancel()
    free.set()
    qtbot.waitUntil(lambda: job.over, timeout=5000)
    for number in numbers:
        settled(kit, qtbot, number, "unknown")
    assert people_of(people) == {"Gino": 1, "Rosa": 1}


def test_many_are_not_this_person_and_no_faces(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, people: Path
) -> None:
    show(panel, kit, [row for place in range(3) for row in seen(f"{place}.png", painted.RED, mark=place + 2)])
    numbers = [int(number) for number in panel.model.ids]
    panel.view.choose(numbers)
    press(panel, qtbot, kit, "not_this_person")
    qtbot.waitUntil(lambda: kit.state.gallery.next_undo.template == "Not {name}", timeout=5000)
    assert {row(kit, number).kind for number in numbers} == {"unknown"}
    panel.view.choose(numbers)
    press(panel, qtbot, kit, "not_a_face")
    qtbot.waitUntil(lambda: kit.state.gallery.next_undo.template == "Not faces: {count}", timeout=5000)
    kit.state.undo()
    for number in numbers:
        settled(kit, qtbot, number, "unknown")
    kit.state.undo()
    for number in numbers:
        settled(kit, qtbot, number, "known", "Rosa")


def test_a_candidate_is_clicked(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, seen("a.png", painted.RED))
    number = choose(panel, qtbot, 0)
    texts = [button.text() for button in panel.details.candidates if button.isVisible()]
    assert texts[0].startswith("Rosa")
    assert texts[1].startswith("Gino")
    qtbot.mouseClick(panel.details.candidates[1], Qt.MouseButton.LeftButton)
    settled(kit, qtbot, number, "known", "Gino")


def test_not_this_person_is_remembered_and_undone(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, people: Path
) -> None:
    show(panel, kit, seen("a.png", painted.RED))
    number = choose(panel, qtbot, 0)
    press(panel, qtbot, kit, "not_this_person")
    assert row(kit, number).kind == "unknown"
    qtbot.waitUntil(lambda: kit.state.gallery.next_undo.template == "Not {name}", timeout=5000)
    with Gallery.open(people) as gallery:
        assert [verdict.identity for verdict in gallery.verdicts()] == [1]
    kit.state.undo()
    settled(kit, qtbot, number, "known", "Rosa")


def test_not_a_face_goes_out_of_sight_and_can_be_brought_back(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any
) -> None:
    show(panel, kit, seen("a.png", painted.RED))
    number = choose(panel, qtbot, 0)
    press(panel, qtbot, kit, "not_a_face")
    panel.model.flush()
    assert panel.model.rowCount() == 0
    settled(kit, qtbot, number, "no face")
    panel.filters.chips["no face"].setChecked(True)
    assert choose(panel, qtbot, 0) == number
    press(panel, qtbot, kit, "not_a_face")
    settled(kit, qtbot, number, "known", "Rosa")


def test_what_cannot_be_saved_is_taken_back_and_told(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, told: Any, named: list[Any]
) -> None:
    show(panel, kit, seen("a.png", painted.BLUE))
    number = choose(panel, qtbot, 0)
    Path(row(kit, number).source).unlink()
    named.append("Anna")
    press(panel, qtbot, kit, "this_is")
    settled(kit, qtbot, number, "unknown")
    assert "is not there" in told[-1].text

    @contextmanager
    def broken(**_: Any) -> Iterator[Any]:
        raise EngineProblem("The model is gone.", "Choose another.")
        yield

    kit.state.bench.lend = broken
    named.append("Anna")
    choose(panel, qtbot, 0)
    press(panel, qtbot, kit, "this_is")
    settled(kit, qtbot, number, "unknown")
    assert told[-1].text == "The model is gone."


def test_rows_follow_what_happens_in_the_gallery(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, seen("a.png", painted.RED))
    number = int(panel.model.id_at(0))
    kit.state.desk.change(lambda gallery: gallery.rename(1, "Rosalind"))
    settled(kit, qtbot, number, "known", "Rosalind")
    kit.state.desk.change(lambda gallery: gallery.remove([1]))
    settled(kit, qtbot, number, "unknown")
    kit.state.undo()
    qtbot.waitUntil(lambda: bool(kit.state.people) and len(kit.state.people) == 2, timeout=5000)
    settled(kit, qtbot, number, "known", "Rosalind")


def compared(seen: Any, **values: Any) -> ResultRow:
    """A red face that is near Rosa (1), less near Gino (2)."""
    matches = (Match(1, "Rosa", 0.95, 1), Match(2, "Gino", 0.94, 2))
    (found,) = seen("a.png", painted.RED)
    return replace(found, matches=matches, decision=Decision("unsure", Text("Both.")), **values)


def test_who_left_is_nobodys_second_either(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, [compared(seen)])
    number = int(panel.model.id_at(0))
    kit.state.desk.change(lambda gallery: gallery.remove([2]))
    settled(kit, qtbot, number, "known", "Rosa")
    assert "Gino" not in repr(row(kit, number).matches) + repr(row(kit, number).decision)
    kit.state.undo()
    settled(kit, qtbot, number, "unsure", "Rosa")
    assert [match.name for match in row(kit, number).matches] == ["Rosa", "Gino"]


def test_an_erased_person_is_in_no_row(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, [compared(seen)])
    number = int(panel.model.id_at(0))
    kit.state.desk.change(lambda gallery: gallery.erase([2]) and None)
    kit.state.results.forget([2])
    kit.state.desk.look_again()
    settled(kit, qtbot, number, "known", "Rosa")
    qtbot.waitUntil(lambda: "Gino" not in repr(row(kit, number)), timeout=5000)


def test_two_made_one_are_two_again_in_the_rows(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, [compared(seen)])
    number = int(panel.model.id_at(0))
    kit.state.desk.change(lambda gallery: gallery.merge(2, [1]))
    settled(kit, qtbot, number, "known", "Gino")
    kit.state.undo()
    settled(kit, qtbot, number, "unsure", "Rosa")
    assert [(match.name, match.similarity) for match in row(kit, number).matches] == [("Rosa", 0.95), ("Gino", 0.94)]


def test_a_live_row_does_not_name_the_next_one_as_known(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    matches = (Match(1, "Rosa", 0.95, 1), Match(2, "Gino", 0.3, 2))
    (found,) = seen("a.png", painted.RED)
    pixels = painted.paint(painted.RED)
    show(panel, kit, [replace(found, origin="live", source="Camera", sha256="", track=3, crop=pixels, matches=matches)])
    number = int(panel.model.id_at(0))
    assert (row(kit, number).kind, row(kit, number).name) == ("known", "Rosa")
    kit.state.desk.change(lambda gallery: gallery.remove([1]))
    settled(kit, qtbot, number, "unknown")
    kit.state.undo()
    settled(kit, qtbot, number, "known", "Rosa")


def test_f3_goes_round_the_unknown(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, [*seen("a.png", painted.BLUE, painted.RED), *seen("b.png", painted.BLUE)])
    unknown = {number for number in panel.model.ids.tolist() if row(kit, number).kind == "unknown"}
    visited = []
    for _ in range(3):
        kit.actions["next_unknown"].trigger()
        visited.append(panel.view.chosen[0])
    assert set(visited) == unknown
    assert visited[0] == visited[2]


def test_live_rows_are_named_from_their_samples(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, recognizer: Recognizer, people: Path, named: list[Any]
) -> None:
    (photographed,) = seen("a.png", painted.BLUE)
    samples = [replace(face, sha256="", source="Camera") for face in faces_of(photographed, recognizer)]
    live = replace(
        photographed,
        origin="live",
        source="Camera",
        sha256="",
        track=3,
        samples=lambda: samples,
        crop=painted.paint(painted.BLUE),
    )
    show(panel, kit, [live])
    number = choose(panel, qtbot, 0)
    named.append("Anna")
    press(panel, qtbot, kit, "this_is")
    settled(kit, qtbot, number, "known", "Anna")
    assert row(kit, number).identity == kit.state.people[0].id
    assert people_of(people)["Anna"] == 1
    kit.state.undo()
    settled(kit, qtbot, number, "unknown")


def test_the_photo_opens_with_its_boxes(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, ask: Any) -> None:
    show(panel, kit, seen("a.png", painted.RED, painted.BLUE))
    first = choose(panel, qtbot, 0)
    looked: list[int] = []

    def look(dialog: PhotoDialog) -> bool:
        dialog.show()
        qtbot.waitUntil(lambda: dialog.view._picture() is not None, timeout=5000)
        assert len(dialog.view.faces) == 2
        other = next(face.number for face in dialog.view.faces if face.number != first)
        at = dialog.view.box_of(other).center().toPoint()
        qtbot.mouseClick(dialog.view, Qt.MouseButton.LeftButton, pos=QPoint(at))
        looked.append(other)
        assert dialog.view.chosen == other
        qtbot.keyClick(dialog.view, KEY.Key_Plus)
        assert dialog.view.zoom > 1
        qtbot.keyClick(dialog.view, KEY.Key_0)
        assert dialog.view.zoom == 1
        qtbot.keyClick(dialog.view, KEY.Key_Right)
        assert dialog.view.chosen == first
        return True

    ask.will("dialog", look)
    kit.actions["open_result"].trigger()
    assert looked
    assert panel.view.chosen == [first]


def test_export_of_what_is_shown(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, ask: Any, tmp_path: Path
) -> None:
    show(panel, kit, [*seen("a.png", painted.RED), *seen("b.png", painted.BLUE)])
    panel.filters.chips["unknown"].setChecked(False)

    def fill(dialog: Any) -> bool:
        ask.will("save_file", tmp_path / "out")
        ask.will("folder", tmp_path / "drawn")
        dialog.output.boxes["csv"].setChecked(True)
        dialog.output.boxes["annotated"].setChecked(True)
        return True

    ask.will("dialog", fill)
    with qtbot.waitSignal(kit.bridge.job_ended, timeout=5000):
        kit.actions["export_results"].trigger()
    lines = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "Rosa" in lines[1]
    assert [path.name for path in (tmp_path / "drawn").glob("*.png")] == ["a.png"]


def test_language_theme_and_painting(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, seen("a.png", painted.RED, painted.BLUE))
    for language in ("zh_CN", "en"):
        kit.state.change_settings(language=language)
    for theme in ("dark", "light"):
        kit.theme.choose(theme)
        assert not panel.grab().isNull()
    assert panel.view.accessibleName()
    assert all(
        button.accessibleName() for button in (panel.filters.filter, panel.filters.sort, *panel.filters.chips.values())
    )


def test_another_gallery_empties_the_results(
    panel: ResultsPanel, kit: Any, seen: Any, open_gallery: Any, gallery_folder: Path
) -> None:
    show(panel, kit, seen("a.png", painted.RED))
    open_gallery(gallery_folder)
    assert panel.model.rowCount() == 0


def test_a_closed_photo_leaves_nothing_behind_that_follows_actions(
    panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any, ask: Any
) -> None:
    show(panel, kit, seen("a.png", painted.RED, painted.BLUE))
    choose(panel, qtbot, 0)
    gone: list[int] = []
    ask.will("dialog", lambda dialog: dialog.destroyed.connect(lambda: gone.append(1)) is not None)
    kit.actions["open_result"].trigger()
    qtbot.waitUntil(lambda: bool(gone))
    kit.actions["confirm"].setText("Another word")  # what a dead button heard would be raised here
    assert panel.details.buttons["confirm"].text() == "Another word"


def test_what_hides_all_rows_is_named_and_taken_back(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, seen("a.png", painted.RED, painted.BLUE))
    panel.filters.only(99)
    panel.filters.search.setText("nobody of this name")
    panel.model.flush()
    assert panel.stack.currentWidget() is panel.hidden
    qtbot.mouseClick(panel.hidden.buttons["all_results"], Qt.MouseButton.LeftButton)
    panel.model.flush()
    assert panel.stack.currentWidget() is panel.view
    assert (len(panel.model.ids), panel.filters.search.text()) == (2, "")


def test_a_narrow_panel_shows_fewer_candidates(panel: ResultsPanel, kit: Any, qtbot: Any, seen: Any) -> None:
    show(panel, kit, seen("a.png", painted.RED))
    choose(panel, qtbot, 0)
    chosen = panel.chosen_row()
    assert chosen is not None
    details = ResultDetails(kit)
    qtbot.addWidget(details)
    details.show_row(replace(chosen, matches=chosen.matches[:1] * 5))
    for width, shown in ((400, 5), (300, 4), (240, 3), (400, 5)):
        details.resize(width, 300)
        assert sum(each.isVisible() for each in details.candidates) == shown, width
