"""Photos of every format, and the table of bad input: each one clear problem that names the file."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import photo_formats
from core.errors import PhotoProblem
from core.opencv import cv2
from core.photos import decode_picture, encode_picture, list_photos, open_photo, write_picture


def scene(width: int = 64, height: int = 48) -> np.ndarray:
    """A smooth picture whose left upper quarter is red (BGR), so that turning shows."""
    picture = np.full((height, width, 3), 200, np.uint8)
    picture[: height // 2, : width // 2] = (20, 30, 220)
    return picture


def image() -> Image.Image:
    return Image.fromarray(scene()[..., ::-1].copy())


def saved(folder: Path, name: str, picture: Image.Image, **options: object) -> Path:
    path = folder / name
    picture.save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {"quality": 95}),
        ("progressive.jpg", "RGB", {"quality": 95, "progressive": True}),
        ("cmyk.jpg", "CMYK", {"quality": 95}),
        ("a.png", "RGB", {}),
        ("palette.png", "P", {}),
        ("alpha.png", "RGBA", {}),
        ("a.webp", "RGB", {"quality": 95}),
        ("lossless.webp", "RGBA", {"lossless": True}),
        ("a.bmp", "RGB", {}),
        ("a.tif", "RGB", {"compression": "tiff_lzw"}),
        ("cmyk.tif", "CMYK", {}),
        ("a.gif", "P", {}),
        ("a.ppm", "RGB", {}),
        ("a.avif", "RGB", {"quality": 95}),
    ],
)
def test_every_format_gives_upright_bgr_pixels(
    tmp_path: Path, name: str, mode: str, options: dict[str, object]
) -> None:
    picture = image().quantize(16) if mode == "P" else image().convert(mode)
    photo = open_photo(saved(tmp_path, name, picture, **options))
    pixels = photo.decode()
    assert (photo.width, photo.height) == (64, 48)
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels[12, 16].astype(int) - (20, 30, 220)).max() < 25
    assert np.abs(pixels[40, 50].astype(int) - 200).max() < 10


# scene() as HEIC, made for this test: nothing among the test's own packages can write one.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    "AAAERAAAEAAQAAAAABoQABAAAAAAAAAGIAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAA"
    "AADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkA"
    "AAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA"
    "AAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAG"
    "ptZGF0AAAAXigBrwngITip//Jeb/87HZe6CqeVp79Y9x8d3PtWb/3xG3R+jaiom//w7EQHqOzf99ccWC4G3/8Tx8Es8q8a4LlT85vPY+H5nsb/"
    "81VGXCAPlXP5xFRK0nabOjg6Yiw="
)


def test_heic_is_read_through_its_extra(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    (tmp_path / "a.heic").write_bytes(HEIC)
    pixels = open_photo(tmp_path / "a.heic").decode()
    assert pixels.shape == (48, 64, 3)
    assert np.abs(pixels[12, 16].astype(int) - (20, 30, 220)).max() < 25
    (tmp_path / "half.heic").write_bytes(HEIC[:-30])
    with pytest.raises(PhotoProblem, match=r"half\.heic is (damaged|not complete)"):
        open_photo(tmp_path / "half.heic").decode()


def test_heic_without_its_extra_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(200))
    formats = {name: value for name, value in photo_formats._pillow().OPEN.items() if name != "HEIF"}
    monkeypatch.setattr(photo_formats._pillow(), "OPEN", formats)
    with pytest.raises(PhotoProblem, match=r"IMG_0001.*facefolio\[heif\]"):
        open_photo(path)


@pytest.mark.parametrize("mode", ["I;16", "L", "LA", "1"])
def test_greys_keep_their_levels(tmp_path: Path, mode: str) -> None:
    level = {"I;16": 40000, "L": 156, "LA": (156, 255), "1": 1}[mode]
    expected = {"I;16": 156, "L": 156, "LA": 156, "1": 255}[mode]
    photo = open_photo(saved(tmp_path, "grey.png", Image.new(mode, (8, 6), level)))
    assert photo.decode().tolist() == np.full((6, 8, 3), expected).tolist()


def test_sixteen_bit_colour_keeps_its_upper_byte(tmp_path: Path) -> None:
    deep = np.zeros((6, 8, 3), np.uint16)
    deep[:] = (256 * 10, 256 * 120 + 7, 256 * 250 + 9)
    for name in ("deep.png", "deep.tif"):
        (tmp_path / name).write_bytes(cv2.imencode(Path(name).suffix, deep)[1].tobytes())
        assert np.abs(open_photo(tmp_path / name).decode()[3, 3].astype(int) - (10, 120, 250)).max() <= 1


def test_a_see_through_picture_lies_on_white(tmp_path: Path) -> None:
    hidden = Image.new("RGBA", (8, 6), (255, 0, 0, 0))
    hidden.putpixel((1, 1), (10, 20, 30, 255))
    pixels = open_photo(saved(tmp_path, "clear.png", hidden)).decode()
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[1, 1].tolist() == [30, 20, 10]


def test_the_first_of_several_frames_is_taken(tmp_path: Path) -> None:
    second = Image.new("RGB", (64, 48), "blue")
    gif = saved(tmp_path, "a.gif", image(), save_all=True, append_images=[second])
    tiff = saved(tmp_path, "a.tif", image(), save_all=True, append_images=[second])
    for path in (gif, tiff):
        assert open_photo(path).decode()[12, 16, 2] > 150


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(tmp_path: Path, name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, name, image(), exif=exif)
    from PIL import ImageOps

    with Image.open(path) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))[..., ::-1]
    photo = open_photo(path)
    assert (photo.height, photo.width) == expected.shape[:2]
    for reduction in (1, 2):
        pixels = photo.decode(reduction)
        assert pixels.shape[:2] == (-(-photo.height // reduction), -(-photo.width // reduction))
        apart = np.abs(pixels.astype(int) - expected[::reduction, ::reduction].astype(int)).max(2)
        assert np.mean(apart > 40) < 0.1


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "cmyk.jpg"])
@pytest.mark.parametrize("reduction", [1, 2, 4, 8])
def test_reduced_sides_are_rounded_up(tmp_path: Path, name: str, reduction: int) -> None:
    picture = Image.fromarray(scene(101, 67)).convert("CMYK" if "cmyk" in name else "RGB")
    photo = open_photo(saved(tmp_path, name, picture))
    assert photo.decode(reduction).shape == (-(-67 // reduction), -(-101 // reduction), 3)
    assert photo.reductions == ((1, 2, 4, 8) if name == "a.jpg" else (1,))
    with pytest.raises(ValueError, match="reduction"):
        photo.decode(3)


def test_the_checksum_is_of_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.jpg", image())
    assert open_photo(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["größe mit Leerzeichen.jpg", "李雷.png", "x" * 200 + ".jpg", "'quoted\".jpg"])
def test_any_path_is_read(tmp_path: Path, name: str) -> None:
    if os.name == "nt" and '"' in name:
        pytest.skip("Windows has no such names")
    folder = tmp_path / "ünïcode folder" / ("d" * 100)
    folder.mkdir(parents=True)
    assert open_photo(saved(folder, name, image())).decode().shape == (48, 64, 3)


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    path = saved(tmp_path, "phone.jpg", image())
    path.write_bytes(path.read_bytes() + b"vendor data" * 50)
    assert open_photo(path).decode().shape == (48, 64, 3)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(200_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def encoded(kind: str, **options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind, **options)
    return file.getvalue()


BAD = {
    "empty.jpg": (b"", "is empty"),
    "text.jpg": (b"This is a letter, not a picture.\n" * 30, "not a picture"),
    "page.png": (b"<html><body>404</body></html>", "not a picture"),
    "half.jpg": (encoded("JPEG")[:9000], "not complete"),
    "without_end.jpg": (encoded("JPEG")[:-2], "not complete"),
    "head_only.jpg": (encoded("JPEG")[:30], "not a picture|not complete"),
    "half.png": (encoded("PNG")[:9000], "not complete|damaged"),
    "half.webp": (encoded("WEBP")[:3000], "not complete|damaged|not a picture"),
    "half.bmp": (encoded("BMP")[:9000], "not complete|damaged"),
    "half.tif": (encoded("TIFF")[:9000], "not complete|damaged|not a picture"),
    "half.gif": (encoded("GIF")[:5000], "not complete|damaged"),
    "half.avif": (encoded("AVIF")[:900], "not complete|damaged|not a picture"),
    "huge.png": (png_header(30_000, 30_000), "30000 x 30000"),
    "bomb.png": (png_header(60_000, 60_000), "60000 x 60000"),
    "false_size.png": (png_header(9_000, 9_000), "not complete|damaged"),
    "zeros.jpg": (bytes(5000), "not a picture"),
    "vector.svg.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not a picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_problem(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    data, words = BAD[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PhotoProblem, match=words) as caught:
        open_photo(path).decode()
    said = str(caught.value)
    assert str(path) in said
    assert "\n" not in said
    assert str(caught.value.hint)
    assert capfd.readouterr() == ("", "")


def outcome(path: Path) -> str:
    """Any other error than a PhotoProblem passes through."""
    try:
        return "pixels" if open_photo(path, max_megapixels=5).decode().ndim == 3 else "nothing"
    except PhotoProblem as problem:
        return "problem" if str(path) in str(problem) else "nameless"


def test_a_damaged_middle_never_escapes_as_another_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"):
        whole = encoded(kind)
        for number in range(25):
            data = bytearray(whole)
            for place in rng.integers(0, len(data), 12):
                data[place] = rng.integers(0, 256)
            path = tmp_path / f"{number}.{kind}"
            path.write_bytes(data)
            assert outcome(path) in {"pixels", "problem"}


def test_a_missing_file_a_folder_and_a_pipe_are_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoProblem, match=r"gone\.jpg is not there"):
        open_photo(tmp_path / "gone.jpg")
    with pytest.raises(PhotoProblem, match="is a folder"):
        open_photo(tmp_path)
    with pytest.raises(PhotoProblem, match=r"cannot be read|is not there"):
        open_photo(Path("a\0b.jpg"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(PhotoProblem, match="not a file"):
            open_photo(tmp_path / "pipe.jpg")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_a_forbidden_file_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, "secret.jpg", image())
    path.chmod(0)
    with pytest.raises(PhotoProblem, match="may not be read"):
        open_photo(path)


def test_the_limit_counts_before_anything_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, "a.jpg", Image.new("RGB", (2000, 1000)))
    assert open_photo(path, max_megapixels=2).width == 2000
    monkeypatch.setattr(photo_formats, "decode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PhotoProblem, match=r"2000 x 1000 pixels, more than the limit of 1\.9"):
        open_photo(path, max_megapixels=1.9)


def test_a_file_too_large_for_any_photo_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "disk.img.jpg"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    with pytest.raises(PhotoProblem, match="too large to be a photo"):
        open_photo(path, max_megapixels=1)


def test_folders_are_listed_in_natural_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b10.jpg", "b9.JPG", "B2.Png", ".hidden.jpg", ".a.jpg.x1.part", "notes.txt", "deep/10/z.jpeg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".thumbnails").mkdir()
    (tmp_path / ".thumbnails" / "t.jpg").touch()
    names = [path.relative_to(tmp_path).as_posix() for path in list_photos([tmp_path])]
    assert names == ["B2.Png", "b9.JPG", "b10.jpg", "deep/10/z.jpeg"]
    assert len(list_photos([tmp_path], recursive=False)) == 3


def test_named_files_are_kept_even_when_missing_and_none_twice(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    missing, odd = tmp_path / "missing.jpg", tmp_path / "odd.name"
    odd.touch()
    assert list_photos([missing, odd, tmp_path, tmp_path / "a.jpg"]) == [missing, odd, tmp_path / "a.jpg"]


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").touch()
    try:
        (tmp_path / "sub" / "back").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "sub" / "broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    except OSError:
        pytest.skip("links are not allowed here")
    assert list_photos([tmp_path]) == [tmp_path / "sub" / "a.jpg", tmp_path / "sub" / "broken.jpg"]


@pytest.mark.parametrize("kind", ["webp", "jpeg", "png"])
def test_a_picture_comes_back_from_its_bytes(kind: str) -> None:
    picture = cv2.GaussianBlur(scene(112, 112), (0, 0), 3)
    back = decode_picture(encode_picture(picture, kind=kind, quality=95))
    assert back.shape == picture.shape
    assert np.abs(back.astype(int) - picture.astype(int)).mean() < (0.01 if kind == "png" else 4)


@pytest.mark.parametrize("data", [b"", b"nonsense", encode_picture(scene(), kind="webp")[:40]])
def test_damaged_bytes_are_a_problem(data: bytes) -> None:
    with pytest.raises(PhotoProblem, match="damaged"):
        decode_picture(data)


@pytest.mark.parametrize("name", ["o.jpg", "o.JPEG", "o.png", "o.webp", "o.bmp", "o.tif"])
def test_a_picture_is_written_by_its_suffix(tmp_path: Path, name: str) -> None:
    write_picture(tmp_path / name, scene())
    assert open_photo(tmp_path / name).decode().shape == scene().shape
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_cannot_be_written_is_told_and_leaves_the_old_file(tmp_path: Path) -> None:
    with pytest.raises(PhotoProblem, match="not a picture format"):
        write_picture(tmp_path / "o.doc", scene())
    with pytest.raises(PhotoProblem, match="does not fit into a webp"):
        write_picture(tmp_path / "o.webp", np.zeros((4, 17000, 3), np.uint8))
    with pytest.raises(PhotoProblem, match="without pixels"):
        write_picture(tmp_path / "o.png", np.zeros((0, 5, 3), np.uint8))
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(PhotoProblem, match="cannot be written"):
        write_picture(tmp_path / "taken.png", scene())
    assert [path.name for path in tmp_path.iterdir()] == ["taken.png"]


def test_importing_opencv_leaves_qt_alone() -> None:
    import subprocess
    import sys

    code = "import os, core.opencv; print(sorted(name for name in os.environ if name.startswith('QT_QPA')))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_QPA")}
    environment["QT_QPA_FONTDIR"] = "mine"
    code += "; assert os.environ['QT_QPA_FONTDIR'] == 'mine'"
    root = Path(photo_formats.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "['QT_QPA_FONTDIR']"
