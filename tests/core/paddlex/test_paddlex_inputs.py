"""Everything a script may give to predict: paths, folders, addresses, arrays, pages, lists; and what is refused."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.errors import InputProblem, PhotoProblem
from core.paddlex import create_model, fetch
from core.paddlex.inputs import samples, sources


@pytest.fixture(scope="module")
def model(tiny_models):
    with create_model(model_dir=tiny_models / "MobileFaceNet", batch_size=3) as model:
        yield model


class _Answers(BaseHTTPRequestHandler):
    """/x.png a picture, /long endless, /short cut off, /away leads to a file, /to leads to /x.png."""

    picture = b""

    def do_GET(self):
        if self.path in ("/away", "/to"):
            self.send_response(302)
            self.send_header("Location", "/x.png" if self.path == "/to" else "ftp://127.0.0.1/x.png")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/absent.png" else 200)
        if self.path == "/short":
            self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(self.picture if self.path != "/long" else bytes(1 << 20))

    def log_message(self, *about):
        return


@pytest.fixture
def address(pictures) -> Iterator[str]:
    _Answers.picture = (pictures / "images/Anna/a1.png").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def taken(model, given, **options):
    return [(result["input_path"], result["page_index"]) for result in model.predict(given, **options)]


def test_paths_folders_and_lists_of_them(model, pictures, monkeypatch):
    monkeypatch.chdir(pictures)
    anna = ["images/Anna/a1.png", "images/Anna/a2.png"]
    assert taken(model, "images/Anna/a1.png") == [(anna[0], None)]
    assert taken(model, Path("images") / "Anna") == [(str(Path(each)), None) for each in anna]
    everything = [*anna, "images/Ben/b1.png", "images/李 雷/s1.png"]
    assert taken(model, "images") == [(str(Path(each)), None) for each in everything]
    assert taken(model, [["images/Ben/b1.png"], ("images/Anna",)]) == [("images/Ben/b1.png", None)] + [
        (str(Path(each)), None) for each in anna
    ]
    assert taken(model, []) == []
    assert taken(model, everything, batch_size=2) == [(each, None) for each in everything]


def test_arrays_in_every_form(model, pictures):
    with Image.open(pictures / "images/Anna/a1.png") as picture:
        bgr = np.asarray(picture)[..., ::-1]
    of_file = next(model.predict(str(pictures / "images/Anna/a1.png")))["feature"]
    alpha = np.concatenate([bgr, np.full((120, 100, 1), 7, np.uint8)], 2)
    for array in (bgr, alpha, np.asfortranarray(bgr)):
        result = next(model.predict(array))
        assert result["feature"] == pytest.approx(of_file, abs=1e-6)
        assert result["input_path"] is None
    grey = bgr[..., 0]
    both = list(model.predict([grey, grey[..., None]]))
    assert np.array_equal(both[0]["feature"], both[1]["feature"])
    assert both[0].name != both[1].name


def test_the_pages_of_a_tiff(model, tmp_path, draw):
    pages = [Image.fromarray(draw(seed)) for seed in range(3)]
    pages[0].save(tmp_path / "one.tif")
    pages[0].save(tmp_path / "three.tiff", save_all=True, append_images=pages[1:])
    results = list(model.predict([str(tmp_path / "one.tif"), str(tmp_path / "three.tiff")]))
    assert [result["page_index"] for result in results] == [None, 0, 1, 2]
    assert np.array_equal(results[0]["feature"], results[1]["feature"])
    assert not np.allclose(results[1]["feature"], results[2]["feature"])
    for result in results:
        result.save_to_json(tmp_path / "out")
    names = ["one_res.json", "three_page0_res.json", "three_page1_res.json", "three_page2_res.json"]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == names


def test_the_pages_of_a_pdf(tiny, model, tmp_path, draw):
    pytest.importorskip("pypdfium2")
    pages = [Image.fromarray(draw(seed, 60, 50)) for seed in range(2)]
    pages[0].save(tmp_path / "two.pdf", save_all=True, append_images=pages[1:], resolution=72)
    results = list(tiny.det_model.predict(tmp_path / "two.pdf", threshold=0))
    assert [result["page_index"] for result in results] == [0, 1]
    assert results[0]["input_img"].shape == (120, 100, 3)  # two pixels per point, as PaddleX draws pages
    assert np.abs(results[1]["input_img"][::2, ::2, ::-1].astype(int) - draw(1, 60, 50)).mean() < 20
    results[1].save_all(tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["two_page1_res.json", "two_page1_res.png"]
    with pytest.raises(InputProblem, match=r"at least 2 pictures \(pages counted\) for 1 labels"):
        tiny.build_index(tmp_path / "two.pdf", ["Anna"])


def test_a_pdf_without_its_package(model, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(InputProblem, match=r"pip install facefolio\[pdf\]"):
        list(model.predict(tmp_path / "x.pdf"))


def test_a_pdf_that_is_none(model, tmp_path):
    pytest.importorskip("pypdfium2")
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4 nothing else")
    with pytest.raises(PhotoProblem, match=r"x\.pdf cannot be opened as a PDF"):
        list(model.predict(tmp_path / "x.pdf"))
    with pytest.raises(PhotoProblem, match="is not there"):
        list(model.predict(tmp_path / "absent.pdf"))


def test_addresses(model, address, pictures):
    result = next(model.predict(f"{address}/x.png?size=1"))
    assert result["input_path"] == f"{address}/x.png?size=1"
    assert result.name == "x.png"
    of_file = next(model.predict(str(pictures / "images/Anna/a1.png")))
    assert np.array_equal(result["feature"], of_file["feature"])
    assert len(list(model.predict([f"{address}/to", address]))) == 2


def test_addresses_that_give_nothing(address):
    for path, words in {
        "/absent.png": "Not Found",
        "/away": "something other than http",
        "/short": "ended too early",
        ":x/": "cannot be fetched",
    }.items():
        with pytest.raises(PhotoProblem, match=words):
            fetch.fetch(address + path)
    with pytest.raises(PhotoProblem, match="larger than 0 MB"):
        fetch.fetch(f"{address}/long", largest=1 << 19)
    for scheme in ("ftp://h/x.jpg", "file:///etc/passwd", "HTTPX://h/x"):
        with pytest.raises(InputProblem, match="is not fetched"):
            fetch.fetch(scheme)


def test_an_address_that_trickles(address, monkeypatch):
    clock = itertools.count(0, 7)  # every look at it is seven seconds later
    monkeypatch.setattr(fetch, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with pytest.raises(PhotoProblem, match="took too long"):
        fetch.fetch(f"{address}/long", seconds=20)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(model, pictures, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    good = str(pictures / "images/Anna/a1.png")
    given = [good, str(tmp_path / "bad.jpg"), good, "absent.png", good]
    problems: list[Exception] = []
    assert len(list(model.predict(given, problems=problems.append))) == 3
    assert [type(each) for each in problems] == [PhotoProblem, PhotoProblem]
    with pytest.raises(InputProblem, match=r"2 inputs could not be used\. The first: .*bad\.jpg"):
        list(model.predict(given))
    running = model.predict(given[:3])
    assert [next(running)["input_path"], next(running)["input_path"]] == [good, good]
    with pytest.raises(PhotoProblem, match=r"bad\.jpg is not a picture"):
        next(running)


def test_equal_names_do_not_take_each_others_place(model, pictures, tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("a1.bmp", "a1_2.png", "A1.png"):
        Image.new("RGB", (20, 20)).save(tmp_path / "b" / name)
    names = [tmp_path / "b" / "a1.bmp", tmp_path / "b" / "a1_2.png", tmp_path / "b" / "A1.png"]
    for result in model.predict([str(pictures / "images/Anna/a1.png"), *names]):
        result.save_to_json(tmp_path / "out")
    found = {file.name for file in (tmp_path / "out").iterdir()}
    assert found == {"a1_res.json", "a1_2_res.json", "a1_2_2_res.json", "A1_3_res.json"}


def test_pictures_as_opencv_decodes_them(tmp_path, draw):
    """EXIF turns are applied, alpha is dropped, 16 bits become 8."""
    picture = Image.fromarray(draw(5))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    rgba = np.concatenate([draw(5), np.zeros((120, 100, 1), np.uint8)], 2)
    Image.fromarray(rgba, "RGBA").save(tmp_path / "alpha.png")
    [turned] = samples(str(tmp_path / "turned.jpg"))
    [alpha] = samples(str(tmp_path / "alpha.png"))
    assert turned.pixels.shape == (100, 120, 3)
    assert np.array_equal(alpha.pixels, draw(5)[..., ::-1])


def test_a_folder_without_pictures_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / ".hidden" / "x.png")
    with pytest.raises(InputProblem, match="no picture in"):
        sources(str(tmp_path))


@pytest.mark.parametrize("given", [None, 3, {"a": 1}, [None], b"\x00\x01", "", [""]])
def test_what_is_no_input(given, model):
    with pytest.raises((InputProblem, PhotoProblem)) as caught:
        list(model.predict(given))
    assert not str(caught.value).startswith(". ")  # the working folder is none of it
