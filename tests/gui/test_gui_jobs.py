"""The jobs panel, its problems, and the log panel."""

from __future__ import annotations

import logging

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton

from core.errors import PhotoProblem, Text
from core.log import Ring
from core.types import Step
from gui.models.jobs import duration, how_far, share_done
from gui.panels.jobs import JobsPanel
from gui.panels.log import LogPanel

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)


@pytest.fixture
def panel(kit, qtbot):
    made = JobsPanel(kit)
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


def endless():
    number = 0
    while True:
        number = min(number + 1, 99)
        yield Step(number, 100, None)


def counting(items):
    def job():
        for number, item in enumerate(items, 1):
            yield Step(number, len(items), item)
        return "result"

    return job


def bad():
    yield Step(1, 2, None)
    raise PhotoProblem("{path} is full.", "Make room.", path="disk")


def run(kit, job, qtbot, *, wait=True, title="Work", **more):
    made = kit.bridge.run(Text("{what}", {"what": title}), job, failed=lambda _: None, **more)
    if wait:
        qtbot.waitUntil(lambda: made.over)
    return made


def click(button, qtbot):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_nothing_at_work_says_what_will_show_here(panel):
    assert panel._empty.isVisible()
    assert "Nothing is at work" in panel._empty.text()
    assert not panel.clear.isVisible()


def test_paused_gone_on_with_and_cancelled_by_buttons(kit, panel, qtbot):
    job = run(kit, endless, qtbot, wait=False)
    [line] = panel.lines()
    qtbot.waitUntil(lambda: job.done == 99)
    assert "99 of 100" in line.figures.text()
    assert line.bar.isVisible()
    click(line.pause, qtbot)
    assert job.state == "paused"
    assert "paused" in line.figures.text()
    assert line.pause.accessibleName() == "Go on with Work"
    click(line.pause, qtbot)
    assert job.state == "running"
    click(line.cancel, qtbot)
    assert "being cancelled" in line.figures.text()
    assert not line.cancel.isEnabled()
    qtbot.waitUntil(lambda: job.over)
    assert line.figures.text().startswith("cancelled")
    assert not line.bar.isVisible()


def test_ended_jobs_stay_until_cleared_the_newest_on_top(kit, panel, qtbot):
    for title in ("first", "second"):
        run(kit, counting([1, 2]), qtbot, title=title)
    running = run(kit, endless, qtbot, wait=False, title="third")
    assert [line.title.text() for line in panel.lines()] == ["third", "second", "first"]
    click(panel.lines()[1].clear, qtbot)
    assert [line.title.text() for line in panel.lines()] == ["third", "first"]
    click(panel.clear, qtbot)
    assert [line.title.text() for line in panel.lines()] == ["third"]
    assert not panel.clear.isEnabled()
    running.cancel()
    qtbot.waitUntil(panel.clear.isEnabled)
    click(panel.clear, qtbot)
    assert panel.lines() == []
    assert panel._empty.isVisible()


def test_problems_are_listed_copied_and_exported(kit, panel, qtbot, ask, tmp_path, told):
    problems = [PhotoProblem("{path} is torn.", "Copy it anew.", path=f"{number}.jpg") for number in range(3)]
    run(kit, counting([None, *problems]), qtbot)
    [line] = panel.lines()
    assert line.problems.text() == "3 problems"

    def look(dialog):
        qtbot.addWidget(dialog)
        assert dialog.model.rowCount() == 3
        assert dialog.model.index(1).data() == "1.jpg is torn."
        dialog.list.setCurrentIndex(dialog.model.index(1))
        assert dialog._hint.text() == "Copy it anew."
        click(dialog.copy, qtbot)
        assert QGuiApplication.clipboard().text() == "1.jpg is torn.\tCopy it anew.\n"
        ask.will("save_file", tmp_path / "problems.txt")
        click(dialog.export, qtbot)
        assert not dialog.again.isVisibleTo(dialog), "this job does not offer it"
        return False

    ask.will("dialog", look)
    click(line.problems, qtbot)
    assert (tmp_path / "problems.txt").read_text(encoding="utf-8").count("torn") == 3
    assert any("problems.txt" in notice.text for notice in told)


def test_problems_that_cannot_be_written_are_told(kit, panel, qtbot, ask, tmp_path, told):
    run(kit, counting([PhotoProblem("x")]), qtbot)
    (tmp_path / "file").write_text("")

    def look(dialog):
        qtbot.addWidget(dialog)
        ask.will("save_file", tmp_path / "file" / "problems.txt")
        click(dialog.export, qtbot)
        return False

    ask.will("dialog", look)
    click(panel.lines()[0].problems, qtbot)
    assert any(notice.kind == "problem" and "cannot be written" in notice.text for notice in told)


def test_a_failed_job_says_why(kit, panel, qtbot, ask):
    run(kit, bad, qtbot)
    [line] = panel.lines()
    assert line.figures.text() == "failed: disk is full."

    def look(dialog):
        qtbot.addWidget(dialog)
        assert "disk is full" in dialog._head.text()
        assert dialog._hint.text() == "Make room."
        return False

    ask.will("dialog", look)
    assert line.problems.isVisible()
    click(line.problems, qtbot)


def test_a_job_that_offers_it_runs_again(kit, panel, qtbot):
    started = []
    kit.state.unfinished.know("mine", started.append)
    run(kit, bad, qtbot, again={"kind": "mine", "folder": "x"})
    [line] = panel.lines()
    assert line.again.isVisible()
    click(line.again, qtbot)
    assert started == [{"folder": "x"}]
    assert panel.lines() == []


def test_a_job_that_went_well_needs_no_second_run(kit, panel, qtbot):
    run(kit, counting([1]), qtbot, again={"kind": "mine"})
    assert not panel.lines()[0].again.isVisible()


def test_every_button_and_bar_has_a_name(kit, panel, qtbot):
    job = run(kit, endless, qtbot, wait=False)
    [line] = panel.lines()
    for button in panel.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button.objectName()
    assert line.bar.accessibleName().startswith("Work:")
    job.cancel()
    qtbot.waitUntil(lambda: job.over)


def test_times_in_words():
    assert [duration(seconds) for seconds in (0, 45, 200, 7500)] == [
        "less than 1 s",
        "45 s",
        "3 min 20 s",
        "2 h 5 min",
    ]


def test_the_share_over_all_jobs(kit, qtbot):
    assert share_done([]) is None
    job = run(kit, counting([1, 2]), qtbot)
    assert share_done([job]) == 1.0
    assert how_far(job).startswith("done")


# --- the log ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ring():
    made = Ring(20)
    made.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    return made


@pytest.fixture
def log_panel(kit, ring, qtbot):
    made = LogPanel(kit, ring)
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


def write(ring, *messages, level=logging.INFO):
    for message in messages:
        ring.handle(logging.LogRecord("core.test", level, __file__, 1, message, (), None))


def messages(panel):
    return [panel.model.index(row, 3).data() for row in range(panel.model.rowCount())]


def test_new_records_arrive_and_only_new_ones(log_panel, ring, qtbot):
    write(ring, "one", "two")
    qtbot.waitUntil(lambda: messages(log_panel) == ["one", "two"])
    with qtbot.waitSignal(log_panel.model.rowsInserted) as came:
        write(ring, "three")
    assert came.args[1:] == [2, 2]


def test_it_holds_no_more_than_the_ring(log_panel, ring):
    for number in range(100):
        write(ring, f"record {number}")
        log_panel.look()
    assert messages(log_panel) == [f"record {number}" for number in range(80, 100)]
    write(ring, *(f"burst {number}" for number in range(50)))
    log_panel.look()
    assert messages(log_panel) == [f"burst {number}" for number in range(30, 50)]


def test_narrowed_by_level_and_text(log_panel, ring, qtbot):
    write(ring, "quiet")
    write(ring, "loud", "louder", level=logging.ERROR)
    log_panel.look()
    log_panel.level.setCurrentIndex(2)
    assert messages(log_panel) == ["loud", "louder"]
    qtbot.keyClicks(log_panel.search, "LOUDER")
    assert messages(log_panel) == ["louder"]
    write(ring, "louder still", level=logging.WARNING)
    write(ring, "nothing of it", level=logging.ERROR)
    log_panel.look()
    assert messages(log_panel) == ["louder", "louder still"]


def test_copied_as_in_the_file(log_panel, ring, qtbot):
    write(ring, "one", "two")
    log_panel.look()
    click(log_panel.copy, qtbot)
    assert QGuiApplication.clipboard().text() == "INFO core.test: one\nINFO core.test: two"
    log_panel.table.selectRow(1)
    click(log_panel.copy, qtbot)
    assert QGuiApplication.clipboard().text() == "INFO core.test: two"


def test_nothing_is_looked_at_while_hidden(log_panel, ring):
    log_panel.hide()
    assert not log_panel._timer.isActive()
    write(ring, "unseen")
    log_panel.show()
    assert messages(log_panel) == ["unseen"]


def test_the_end_is_kept_in_sight_unless_told_otherwise(log_panel, ring):
    write(ring, *(f"record {number}" for number in range(20)))
    log_panel.look()
    bar = log_panel.table.verticalScrollBar()
    assert bar.value() == bar.maximum()
    log_panel.tail.setChecked(False)
    bar.setValue(0)
    write(ring, "new")
    log_panel.look()
    assert bar.value() == 0
