"""What is told, and how it shows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QPushButton

from core.errors import PhotoProblem
from gui.widgets.notice_bar import NoticeBar

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)


@pytest.fixture
def bar(kit, qtbot):
    made = NoticeBar(kit)
    qtbot.addWidget(made)
    made.show()
    return made


def button(line, text):
    return next(each for each in line.findChildren(QPushButton) if each.text() == text)


def test_a_problem_is_said_in_its_words_with_details_to_copy(kit, bar, qtbot):
    kit.state.notices.problem(PhotoProblem("{path} is no picture.", "Choose {path} anew.", path="a.jpg"))
    [line] = bar.lines()
    assert (line.notice.text, line.notice.hint) == ("a.jpg is no picture.", "Choose a.jpg anew.")
    qtbot.mouseClick(button(line, "Copy details"), Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("a.jpg is no picture.\nChoose a.jpg anew.")
    assert "PhotoProblem" in copied


def test_any_other_error_says_that_the_program_goes_on(kit, bar, caplog):
    try:
        {}["missing"]
    except KeyError as error:
        kit.state.notices.problem(error)
    [line] = bar.lines()
    assert "KeyError" in line.notice.text
    kit.state.notices.problem(RuntimeError("It is gone."))
    assert bar.lines()[-1].notice.text.endswith("It is gone.")
    assert "goes on" in line.notice.hint
    assert "test_gui_notices" in line.notice.details
    assert "a fault of the program" in caplog.text


def test_an_act_is_done_once_and_its_notice_goes(kit, bar, qtbot):
    done = []
    kit.state.notices.info("Removed Anna", action="Undo", act=lambda: done.append(1))
    [line] = bar.lines()
    qtbot.mouseClick(button(line, "Undo"), Qt.MouseButton.LeftButton)
    assert done == [1]
    assert bar.lines() == []


def test_a_new_information_takes_the_place_of_the_old_but_not_of_problems(kit, bar):
    notices = kit.state.notices
    notices.warning("Careful", "Because.")
    notices.info("one")
    notices.info("two")
    assert [line.notice.text for line in bar.lines()] == ["Careful", "two"]


def test_what_is_over_is_withdrawn(kit, bar):
    told = kit.state.notices.info("It is being made")
    kit.state.notices.warning("Careful")
    kit.state.notices.withdraw(told)
    kit.state.notices.withdraw(told)
    assert [line.notice.text for line in bar.lines()] == ["Careful"]


def test_the_same_trouble_is_shown_once(kit, bar):
    for _ in range(5):
        kit.state.notices.warning("Careful", "Because.")
    assert len(bar.lines()) == 1
    assert len(kit.state.notices.history) == 5


def test_at_most_three_lines(kit, bar):
    for number in range(8):
        kit.state.notices.warning(f"Trouble {number}")
    assert [line.notice.text for line in bar.lines()] == ["Trouble 5", "Trouble 6", "Trouble 7"]


def test_closed_by_its_button_and_every_button_has_a_name(kit, bar, qtbot):
    kit.state.notices.warning("Careful")
    [line] = bar.lines()
    for each in line.findChildren(QAbstractButton):
        assert each.text() or each.accessibleName()
    closer = next(each for each in line.findChildren(QAbstractButton) if each.accessibleName() == "Close this notice")
    qtbot.mouseClick(closer, Qt.MouseButton.LeftButton)
    assert bar.lines() == []


def test_text_is_shown_as_it_is(kit, bar):
    kit.state.notices.info("<b>Anna</b> & Ben")
    [line] = bar.lines()
    from PySide6.QtWidgets import QLabel

    words = next(label for label in line.findChildren(QLabel) if label.text())
    assert words.textFormat() == Qt.TextFormat.PlainText
    assert words.text() == "<b>Anna</b> & Ben"


def test_a_damaged_settings_file_is_told_when_somebody_listens(qapp, qtbot, own_home):
    from gui.bridge import Bridge
    from gui.state import State

    own_home.joinpath("settings.yaml").write_text("theme: [", encoding="utf-8")
    state, told = State(Bridge()), []
    state.notices.told.connect(told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert "settings.yaml" in told[0].text
    assert state.close()
