"""The book of results: bounded, filtered, sorted, and live rows that grow better in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.errors import Text
from core.result_book import Query, ResultBook
from core.result_row import Answer, ResultRow
from core.types import Decision, Match, Quality

NAMES = {1: "Anna", 2: "Bob", 3: "Carla"}


def row(source: str = "a.jpg", kind: Any = "known", identity: int = 1, similarity: float = 0.6, **values: Any) -> Any:
    matches = (Match(identity, NAMES[identity], similarity, identity),) if identity else ()
    fields: dict[str, Any] = {
        "origin": "photo",
        "when": 5.0,
        "box": (1.0, 2.0, 30.0, 40.0),
        "frame_size": (640, 480),
        "decision": Decision(kind, Text("Because.")),
        "matches": matches,
        "sha256": "0" * 63 + source[0],
    }
    return ResultRow(source=source, **{**fields, **values})


def live(track: int, kind: Any = "known", identity: int = 1, **values: Any) -> Any:
    pixels = np.zeros((4, 4, 3), np.uint8)
    return row("Camera", kind, identity, origin="live", sha256="", track=track, crop=pixels, **values)


def shown(book: ResultBook, **query: Any) -> list[int]:
    return book.select(Query(**query)).tolist()


def test_rows_come_back_as_they_were() -> None:
    book = ResultBook()
    given = row("ä.jpg", quality=Quality(0.5, 40, 90, 120), landmarks=((1.0, 2.0),) * 5)
    (number,) = book.add([given]).added
    assert vars(book.row(number)) == vars(given)
    assert book.counts == {"known": 1}
    assert book.kind(number) == "known"


def test_a_photo_that_comes_again_replaces_its_rows() -> None:
    book = ResultBook()
    first = book.add([row("a.jpg"), row("a.jpg", "unknown", 0), row("b.jpg")]).added
    news = book.add([row("a.jpg", "unsure", 2)])
    assert news.removed == first[:2]
    assert shown(book) == [news.added[0], first[2]]
    assert book.counts["known"] == 1
    assert book.leave_out("b.jpg").removed == [first[2]]
    assert len(book) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"order": "oldest"}, [1, 2, 3, 4, 5]),
        ({"kinds": frozenset({"unknown", "unsure"})}, [3, 2]),
        ({"origin": "live"}, [5]),
        ({"origin": "photo"}, [4, 3, 2, 1]),
        ({"identity": 2}, [4, 3]),
        ({"text": "ANN"}, [5, 1]),
        ({"text": "holiday"}, [4]),
        ({"order": "name"}, [5, 1, 4, 3, 2]),
        ({"order": "nearest"}, [1, 4, 5, 3, 2]),
        ({"order": "doubtful"}, [3, 1, 4, 5, 2]),
    ],
)
def test_filter_and_order(query: dict[str, Any], found: list[int]) -> None:
    book = ResultBook()
    book.add(
        [
            row("a.jpg", similarity=0.9),
            row("b.jpg", "unknown", 0),
            row("c.jpg", "unsure", 2, 0.4),
            row("Holiday/d.jpg", "known", 2, 0.8),
        ]
    )
    book.add([live(1, similarity=0.6)])
    assert shown(book, **query) == found


def test_the_oldest_go_beyond_the_limits() -> None:
    book = ResultBook(most=10, most_live=4)
    book.add([live(track) for track in range(6)])
    assert len(shown(book, origin="live")) == 4
    for photo in range(30):
        book.add([row(f"{photo}.jpg"), row(f"{photo}.jpg", "unknown", 0)])
    assert len(book) == 10
    assert [book.row(number).source for number in shown(book)[::2]] == [f"{photo}.jpg" for photo in range(29, 24, -1)]
    assert sum(book.counts.values()) == 10


def test_many_rows_and_room_made_anew() -> None:
    book = ResultBook(most=500)
    for start in range(0, 5000, 100):
        book.add([row(f"{start + place}.jpg") for place in range(100)])
    assert shown(book) == list(range(5000, 4500, -1))
    assert (
        book.photos_naming([1]) == sorted(f"{place}.jpg" for place in range(4500, 5000))
        or len(book.photos_naming([1])) == 500
    )


def test_a_live_row_gets_better_in_place_and_keeps_its_time() -> None:
    book = ResultBook()
    (number,) = book.add([live(1, "unknown", 0, when=1.0)]).added
    assert book.add([live(1, "unsure", 2, when=2.0)]).changed == [number]
    assert book.add([live(1, "known", 1, when=3.0)]).changed == [number]
    assert not book.add([live(1, "unknown", 0, when=4.0)])
    assert not book.add([live(1, "unsure", 1, when=4.0)])
    assert (book.row(number).name, book.row(number).when) == ("Anna", 1.0)
    news = book.add([live(1, "known", 2, when=5.0)])
    assert news.added, "another steady name is another sighting"
    assert book.add([live(1, run=2)]).added, "another run of the camera counts its tracks anew"


def test_what_a_person_said_of_a_track_stays() -> None:
    book = ResultBook()
    (number,) = book.add([live(1, "known", 1)]).added
    book.put(number, row("Camera", origin="live", track=1, answer=Answer("person", 3, "Carla"), sha256=""))
    assert not book.add([live(1, "known", 2)])
    (other,) = book.add([live(2, "known", 1)]).added
    denied = live(2, "known", 1, excluded=frozenset({1}))
    book.put(other, denied)
    assert not book.add([live(2, "known", 1)])
    assert book.row(other).excluded == {1}


def test_the_same_face_elsewhere() -> None:
    book = ResultBook()
    copies = book.add([row("a.jpg"), row("a copy.jpg"), row("b.jpg")]).added
    assert book.same_face(copies[0]) == [copies[1]]
    far = row("a far.jpg", box=(300.0, 2.0, 330.0, 40.0))
    book.add([far])
    assert book.same_face(copies[0]) == [copies[1]]
    one, two = book.add([live(7, "known", 1)]).added[0], book.add([live(7, "known", 2)]).added[0]
    assert book.same_face(one) == [two]


def test_counts_follow_and_clearing_never_uses_a_number_again() -> None:
    book = ResultBook()
    (number,) = book.add([row()]).added
    book.put(number, row(answer=Answer("no face")))
    assert (book.counts["known"], book.counts["no face"]) == (0, 1)
    assert book.judged == {"a.jpg": "0" * 63 + "a"}
    assert shown(book) == []
    book.clear()
    assert (len(book), book.judged, sum(book.counts.values())) == (0, {}, 0)
    assert book.add([row()]).added[0] > number


def test_a_snapshot_stays_as_it_was() -> None:
    book = ResultBook()
    numbers = book.add([row("a.jpg"), row("b.jpg")]).added
    rows = book.snapshot(numbers)
    book.clear()
    assert [each.source for each in rows()] == ["a.jpg", "b.jpg"]
