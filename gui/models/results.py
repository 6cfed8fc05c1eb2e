"""The results of cameras and folders: the book of rows, kept true to the gallery, and the list that shows it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.decision import Limits
from core.gallery.records import Change
from core.renewing import live_row_now, rows_now
from core.result_book import News, Query, ResultBook
from core.result_row import ResultRow
from core.standing import Standing
from gui.desk import Desk
from gui.models.steady import Index, SteadyList

_TURN = 0.008  # seconds of one turn of the event loop spent on renewing rows
_GATHER = 60  # milliseconds in which news are gathered before the list shows them
NUMBER = Qt.ItemDataRole.UserRole + 1


class Results(QObject):
    """Everything found so far. `changed` tells News; rows follow what becomes of the gallery."""

    changed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.book = ResultBook()
        self.limits: Limits | None = None  # of the models in use
        self._desk = desk
        self._standing = Standing()
        self._touched: set[int] = set()  # identities that were changed
        self._asked: frozenset[str | int] | None = None  # photos (sha256) and faces that are being asked for
        self._again = False
        self._known: frozenset[str | int] = frozenset()  # what _standing knows of
        self._waiting: dict[str, None] = {}  # photos whose rows are to be renewed
        self._once: set[int] = set()  # identities that rows named before somebody of them left
        self._erased: set[int] = set()  # those that no undo brings back
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._renew_some)
        desk.changed.connect(self._gallery_changed)
        desk.opened.connect(self.clear)

    def add(self, rows: Sequence[ResultRow]) -> None:
        self._tell(self.book.add(rows))

    def leave_out(self, photo: str) -> None:
        """A photo was looked at again and has no faces."""
        self._tell(self.book.leave_out(photo))

    def put(self, rows: dict[int, ResultRow]) -> None:
        """Other rows in the place of those numbers; numbers that are gone are passed over."""
        here = {number: row for number, row in rows.items() if number in self.book}
        for number, row in here.items():
            self.book.put(number, row)
        self._tell(News(changed=list(here)))

    def clear(self) -> None:
        """Nothing was found. The gallery stays as it is."""
        self._waiting.clear()
        self._once.clear()
        self._erased.clear()
        self.book.clear()
        self.changed.emit(None)

    def forget(self, identities: Iterable[int]) -> None:
        """These people were erased for good: no row keeps their names for an undo."""
        self._erased.update(identities)
        self.look_again()

    def look_again(self) -> None:
        """Renews what rows say of people, from the gallery as it is now."""
        if self._asked is not None or not len(self.book):
            self._again = self._asked is not None
            return
        photos = list(self.book.judged.values())
        answers = (self.book.row(number).answer for number in self.book.live())
        faces = [face for answer in answers if answer is not None for face in answer.faces]
        self._asked = frozenset([*photos, *faces])
        self._desk.ask(
            lambda gallery, _: Standing.of(gallery, photos=photos, faces=faces), self._settle, self._failed, owner=self
        )

    def _gallery_changed(self, change: Change | None) -> None:
        self._touched |= change.identities if change is not None else set()
        self.look_again()

    def _failed(self, error: BaseException) -> None:
        self._asked, self._again = None, False
        self._desk.failed.emit(error)

    def _settle(self, standing: Standing) -> None:
        self._known, self._asked = self._asked or frozenset(), None
        before, self._standing = self._standing, standing
        names = before.names.items() ^ standing.names.items()
        touched, self._touched = self._touched | {identity for identity, _ in names}, set()
        self.book.call(standing.names)
        self._waiting |= dict.fromkeys([*self.book.judged, *self.book.photos_naming(touched)])
        live = {number: row for number in self.book.live() if self._knows(row := self.book.row(number))}
        if self._others_are_there(before.names, standing.names):  # they may be anybody's second
            self._waiting |= dict.fromkeys(self.book.photos())
        renewed = {number: self._clean(live_row_now(row, standing, self.limits)) for number, row in live.items()}
        self.put({number: row for number, row in renewed.items() if _differs(row, live[number])})
        self._timer.start()
        if self._again:
            self._again = False
            self.look_again()

    def _knows(self, row: ResultRow) -> bool:
        """Whether what was asked of the gallery tells of this live row's answer."""
        return row.answer is None or all(face in self._known for face in row.answer.faces)

    def _others_are_there(self, before: dict[int, str], now: dict[int, str]) -> bool:
        """Whether anybody who may be named in the rows has left, come back or another name."""
        back = self._once & (now.keys() - before.keys())
        return not before or bool(back) or any(now.get(identity) != name for identity, name in before.items())

    def _clean(self, row: ResultRow) -> ResultRow:
        self._once.update(match.identity for match in row.found)
        if not any(match.identity in self._erased for match in row.found):
            return row
        return replace(row, found=tuple(match for match in row.found if match.identity not in self._erased))

    def _renew_some(self) -> None:
        end, changed = time.monotonic() + _TURN, []
        while self._waiting and time.monotonic() < end:
            photo = next(iter(self._waiting))
            del self._waiting[photo]
            changed += self._renew(photo)
        if not self._waiting:
            self._timer.stop()
        self._tell(News(changed=changed))

    def _renew(self, photo: str) -> list[int]:
        if photo in self.book.judged and self.book.judged[photo] not in self._known:
            return []  # said since the gallery was asked: it is being asked again
        numbers = self.book.of_photo(photo)
        rows = [self.book.row(number) for number in numbers]
        renewed = [self._clean(row) for row in rows_now(rows, self._standing, self.limits)]
        news = [(number, new) for number, old, new in zip(numbers, rows, renewed, strict=True) if _differs(new, old)]
        for number, row in news:
            self.book.put(number, row)
        return [number for number, _ in news]

    def _tell(self, news: News) -> None:
        if news:
            self.changed.emit(news)


def _differs(one: ResultRow, other: ResultRow) -> bool:
    return (one.answer, one.excluded, one.matches, one.found, one.decision) != (
        other.answer,
        other.excluded,
        other.matches,
        other.found,
        other.decision,
    )


class ResultsModel(SteadyList):
    """The rows that a query asks for. `shown` comes after they have changed."""

    shown = Signal()

    def __init__(self, results: Results, parent: QObject) -> None:
        super().__init__(parent)
        self.results = results
        self.query = Query()
        self._changed: set[int] = set()
        self._timer = QTimer(self, interval=_GATHER, singleShot=True)
        self._timer.timeout.connect(self._refresh)
        results.changed.connect(self._heard)
        self._refresh()

    def ask(self, query: Query) -> None:
        """Shows other rows at once."""
        self.query = query
        self._refresh()

    def row_at(self, place: int) -> ResultRow | None:
        number = self.id_at(place)
        return self.results.book.row(number) if number is not None and number in self.results.book else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == NUMBER:
            return self.id_at(index.row())
        row = self.row_at(index.row())
        return row.name if row is not None and role == Qt.ItemDataRole.DisplayRole else None

    def flush(self) -> None:
        """Shows now what would be shown in a moment."""
        self._timer.stop()
        self._refresh()

    def _heard(self, news: News | None) -> None:
        if news is None:
            self.flush()
            return
        self._changed.update(news.changed)
        if not self._timer.isActive():
            self._timer.start()

    def _refresh(self) -> None:
        ids = self.results.book.select(self.query)
        self.take(ids.tolist(), ids)
        changed, self._changed = self._changed, set()
        for place in np.flatnonzero(np.isin(ids, list(changed))) if changed else ():
            self.dataChanged.emit(self.index(int(place)), self.index(int(place)))
        self.shown.emit()
