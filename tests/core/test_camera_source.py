"""Names of sources, and reading each kind from what is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.camera import Playing, Source, readers, sample, shown_address
from core.camera.readers import Read, open_reader
from core.camera.state import CameraState
from core.errors import CameraProblem
from core.opencv import cv2
from core.pictures import write_picture

ADDRESSES = {
    "rtsp://door/stream1": "rtsp://door/stream1",
    "rtsp://anna:secret@door:554/stream1": "rtsp://door:554/stream1",
    "rtsp://anna:sec@ret/secret@door/stream1": "rtsp://door/stream1",
    "rtsp://anna:sec?ret@door/stream1": "rtsp://…",
    "rtsp://anna:sec#ret@door/stream1": "rtsp://…",
    "rtsp://anna:se@c?ret@door/x": "rtsp://…",
    "http://door/video?user=anna&pwd=secret": "http://door/video…",
    "http://door/video?user=anna@home&pwd=secret": "http://…",
    "rtsp://door/user=anna_password=secret_channel=1.sdp": "rtsp://door/…",
    "rtsp://door/live/user=anna_password=secret/1": "rtsp://door/live/…",
    "anna:secret@door": "…",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_password_shows_in_an_address(address: str) -> None:
    source = Source("stream", address)
    assert shown_address(address) == ADDRESSES[address] == source.name
    assert "secret" not in f"{source!r} {source.name} {source.label}"


def test_a_given_name_that_holds_the_address_is_not_taken() -> None:
    assert Source("stream", "rtsp://a:secret@door", "My rtsp://a:secret@door").name == "rtsp://door"
    assert Source("stream", "rtsp://a:secret@door", "Front door").name == "Front door"


def test_sources_have_names_and_labels() -> None:
    assert (Source("camera", "0").name, Source("camera", "0").label) == ("Camera 0", "camera:0")
    assert Source("video", "films/a.mp4").name == "a.mp4"
    assert [Source("camera", "0").lasting, Source("stream", "x").lasting, sample().lasting] == [True, True, False]


class Clock:
    """Time that passes only while somebody waits, and as much as a test lets it."""

    def __init__(self) -> None:
        self.now, self.over = 0.0, False

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.over


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(readers, "time", found)
    return found


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """20 frames at 10 a second, each a little brighter."""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    assert writer.isOpened()
    for number in range(20):
        writer.write(np.full((48, 64, 3), 10 + number * 10, np.uint8))
    writer.release()
    return path


def brightness(read: Read) -> int:
    assert read.pixels is not None
    return round((float(read.pixels.mean()) - 10) / 10)


def test_a_film_plays_at_its_own_rate(film: Path, clock: Clock) -> None:
    reader = open_reader(Source("video", str(film)), Playing(), clock.wait)
    times = [(brightness(read), round(clock.now, 3)) for read in reader]
    reader.close()
    assert times == [(number, number / 10) for number in range(20)]


def test_late_frames_of_a_film_are_passed_over(film: Path, clock: Clock) -> None:
    reader = open_reader(Source("video", str(film)), Playing(), clock.wait)
    shown = []
    for read in reader:
        shown.append(brightness(read))
        clock.now += 0.35  # whoever takes the frames is slow
    reader.close()
    assert 4 <= len(shown) < 10
    assert shown == sorted(shown)


def test_a_film_may_go_round(film: Path, clock: Clock) -> None:
    reader = open_reader(Source("video", str(film)), Playing(loop=True), clock.wait)
    shown = [brightness(read) for read in islice(reader, 45)]
    reader.close()
    assert shown[20:45] == [*range(20), *range(5)]


def test_a_film_ends_when_told(film: Path, clock: Clock) -> None:
    reader = open_reader(Source("video", str(film)), Playing(loop=True), clock.wait)
    reads = iter(reader)
    next(reads)
    clock.over = True
    assert list(reads) == []
    reader.close()


def bad_films(folder: Path) -> Iterator[Path]:
    yield folder / "absent.mp4"
    yield folder
    (folder / "text.mp4").write_text("no film")
    yield folder / "text.mp4"
    (folder / "empty.mp4").touch()
    yield folder / "empty.mp4"


def test_what_is_no_film_is_named_and_nothing_printed(tmp_path: Path, capfd: Any) -> None:
    for path in bad_films(tmp_path):
        with pytest.raises(CameraProblem) as caught:
            list(open_reader(Source("video", str(path)), Playing(), Clock().wait))
        assert str(path) in str(caught.value)
    assert capfd.readouterr().err == ""


def test_cameras_and_streams_that_are_not_there_are_named_in_silence(capfd: Any) -> None:
    for source in (
        Source("camera", "63", "Desk camera"),
        Source("stream", "rtsp://anna:secret@127.0.0.1:9/x"),
        Source("stream", "http://anna:secret@127.0.0.1:9/x"),
        Source("stream", "file:///etc/passwd"),
    ):
        with pytest.raises(CameraProblem) as caught:
            open_reader(source, Playing(), Clock().wait)
        assert source.name in str(caught.value)
        assert "secret" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for number in (2, 10):
        write_picture(tmp_path / f"{number}.png", np.full((40, 60, 3), number * 10, np.uint8))
    (tmp_path / "3.jpg").write_bytes(b"no picture")
    return tmp_path


def test_pictures_are_shown_for_a_while_and_bad_ones_told(pictures: Path, clock: Clock) -> None:
    reads = list(open_reader(Source("folder", str(pictures)), Playing(picture_seconds=1.0), clock.wait))
    told = [Path(read.source).name if read.pixels is not None else read.problem for read in reads]
    assert told[:5] == ["2.png"] * 5
    assert "3.jpg" in str(told[5])
    assert told[6:] == ["10.png"] * 5
    assert clock.now == pytest.approx(2.0)


def test_a_folder_without_usable_pictures_is_a_problem(tmp_path: Path, clock: Clock) -> None:
    source = Source("folder", str(tmp_path))
    with pytest.raises(CameraProblem, match="holds no pictures"):
        list(open_reader(source, Playing(loop=True), clock.wait))
    (tmp_path / "1.jpg").write_bytes(b"no picture")
    with pytest.raises(CameraProblem, match="1 were left out"):
        list(open_reader(source, Playing(loop=True), clock.wait))
    with pytest.raises(CameraProblem, match="not a folder"):
        open_reader(Source("folder", str(tmp_path / "1.jpg")), Playing(), clock.wait)


def test_the_sample_goes_on_in_real_time(clock: Clock) -> None:
    reads = list(islice(open_reader(sample(), Playing(), clock.wait), 4))
    assert [read.pixels.shape for read in reads if read.pixels is not None] == [(480, 640, 3)] * 4
    assert clock.now == pytest.approx(3 / 15)


def test_a_sample_that_is_too_slow_does_not_hurry_after(clock: Clock) -> None:
    reads = iter(open_reader(sample(), Playing(), clock.wait))
    next(reads)
    clock.now += 5.0
    next(reads)
    next(reads)
    assert clock.now == pytest.approx(5.0 + 1 / 15)


def test_the_sample_goes_round(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_SAMPLE_SECONDS", 0.2)
    shown = [read.pixels for read in islice(open_reader(sample(), Playing(), clock.wait), 9)]
    for first, again in zip(shown[:3], shown[3:6], strict=True):
        assert first is not None
        assert again is not None
        assert np.abs(first.astype(int) - again).mean() < 2
    assert len(shown) == 9


def test_the_sample_plays_through_a_camera() -> None:
    from core.camera import Camera

    came, states = threading.Event(), list[CameraState]()
    it = Camera(sample(), on_frame=lambda frame: came.set(), on_state=states.append)
    it.start()
    try:
        assert came.wait(20)
    finally:
        it.close()
    assert [state.kind for state in states] == ["opening", "running", "stopped"]
