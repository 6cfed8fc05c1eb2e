"""All that is known of one index, in words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.errors import Text
from core.gallery.records import IndexRule
from gui.language import counted, said, tr
from gui.models.indexes import IndexRow, condition_said, memory_of, metric_said, recall_said, size_said, time_said
from gui.theme import GAP, SMALL_GAP, WIDE_GAP

_NAMED = 20  # people named; the rest is a number


class IndexDetails(QScrollArea):
    """A page of facts, written anew for each index; keeps its place while the same index is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self._name = ""
        self.lines: list[tuple[str, str]] = []  # what is shown: fact, words

    def say(self, sentence: str) -> None:
        """Nothing is chosen, or nothing is there."""
        self._name, self.lines = "", [("", sentence)]
        self._put(_page("", sentence, []))

    def show_index(self, row: IndexRow, rule: IndexRule | None, names: dict[int, str], verdict: str) -> None:
        """`names` of all people; `verdict` of the last verifying, or nothing."""
        if row.state is None or rule is None:
            self.say(tr("It is being built. What it holds stands here when it is whole; the others serve meanwhile."))
            return
        place = self.verticalScrollBar().value() if row.name == self._name else 0
        self._name = row.name
        self.lines = _facts(row, rule, names, verdict)
        self._put(_page(row.name, _kind_note(row.state.kind), self.lines))
        self.verticalScrollBar().setValue(place)

    def _put(self, page: QWidget) -> None:
        self.setWidget(page)  # the scroll area deletes the former page


def _facts(row: IndexRow, rule: IndexRule, names: dict[int, str], verdict: str) -> list[tuple[str, str]]:
    state = row.state
    assert state is not None
    used = tr("Camera and batch search this index.") if row.used else tr("Not used for recognition.")
    facts = [(tr("Recognition"), used), (tr("State"), _state(state)), (tr("Holds"), _held(state, rule, names))]
    if verdict:
        facts.append((tr("Verified"), verdict))
    facts.append((tr("Measured"), _measured(state)))
    facts += [(said(Text(label)), words) for label, words in _numbers(state)]
    facts.append((tr("Metric"), _metric(state.metric)))
    facts.append((tr("Model"), tr("{name}, {length} numbers a face", name=row.model, length=state.length)))
    memory = size_said(memory_of(state))
    facts.append((tr("Size"), tr("{disk} on disk, {memory} in memory", disk=size_said(state.disk), memory=memory)))
    return facts


def _state(state: Any) -> str:
    if state.condition == "current":
        words = [tr("Saved as the gallery is now.")]
    else:
        words = [tr("{state}: {reason}", state=condition_said(state.condition), reason=said(state.reason))]
        words.append(tr("Searches are right all the same; Compact saves it as it is now."))
    if state.dead:
        words.append(
            counted("{count} face that is gone is masked.", "{count} faces that are gone are masked.", state.dead)
        )
    if state.late:
        words.append(
            counted("{count} face came after it was built.", "{count} faces came after it was built.", state.late)
        )
    return " ".join(words)


def _held(state: Any, rule: IndexRule, names: dict[int, str]) -> str:
    count = tr(
        "{faces} of {people}.",
        faces=counted("{count} face", "{count} faces", state.faces),
        people=counted("{count} person", "{count} people", state.identities),
    )
    if rule.covers == "all" and not rule.identities:
        return tr("Everyone, also who comes later: {count}", count=count)
    chosen = sorted(names[each] for each in rule.identities if each in names)
    listed = ", ".join(chosen[:_NAMED])
    if len(chosen) > _NAMED:
        listed = tr("{names} and {count} more", names=listed, count=QLocale().toString(len(chosen) - _NAMED))
    if rule.covers == "all":
        return tr("Everyone but {names}: {count}", names=listed, count=count)
    return tr("Only {names}: {count}", names=listed or tr("nobody"), count=count)


def _measured(state: Any) -> str:
    measured = state.measured
    if measured is None:
        return tr("Not yet. Verify compares it with the gallery and measures how surely and how fast it finds.")
    when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(measured.seconds)), QLocale.FormatType.ShortFormat)
    return tr(
        "{first} found first, {five} of the nearest five found; a search takes {median}, 99 % within {p99}. "
        "{sample} searches, {when}.",
        first=recall_said(measured.recall_at_1),
        five=recall_said(measured.recall_at_5),
        median=time_said(measured.median_ms),
        p99=time_said(measured.p99_ms),
        sample=QLocale().toString(measured.sample),
        when=when,
    )


def _numbers(state: Any) -> list[tuple[str, str]]:
    """Every parameter: its label, then its value and what it does."""
    from core.index.kinds import KINDS, numbers_for

    numbers = numbers_for(state.kind, state.parameters, max(1, state.faces))
    rules = KINDS[state.kind].parameters
    return [
        (rule.label, tr("{value}. {note}", value=QLocale().toString(numbers[name]), note=said(Text(rule.note))))
        for name, rule in rules.items()
    ]


def _metric(metric: str) -> str:
    return tr("{metric}: {name}; the same people are found with either.", metric=metric, name=metric_said(metric))


def _kind_note(kind: str) -> str:
    from core.index.kinds import KINDS

    return tr("{kind}. {note}", kind=kind, note=said(Text(KINDS[kind].note)))


def _page(title: str, sentence: str, facts: list[tuple[str, str]]) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(WIDE_GAP, GAP, WIDE_GAP, GAP)
    column.setSpacing(SMALL_GAP)
    if title:
        column.addWidget(_label(title, "title"))
    column.addWidget(_label(sentence, "faint"))
    form = QFormLayout()
    form.setContentsMargins(0, GAP, 0, 0)
    form.setHorizontalSpacing(WIDE_GAP)
    form.setVerticalSpacing(GAP)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    for fact, words in facts:
        value = _label(words, "")
        value.setAccessibleName(f"{fact}: {words}")
        form.addRow(_label(fact, "heading", wrap=False), value)
    column.addLayout(form)
    column.addStretch(1)
    return page


def _label(text: str, role: str, *, wrap: bool = True) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
