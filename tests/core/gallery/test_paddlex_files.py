import os
from pathlib import Path

import pytest
import yaml

from core.errors import InputProblem
from core.gallery.paddlex import (
    gallery_list,
    id_map_text,
    read_csv_list,
    read_gallery_list,
    read_remove_ids,
    remove_ids_text,
    split_line,
)


@pytest.fixture
def pictures(tmp_path):
    """A folder with a few (empty) pictures."""
    names = ["images/Anna/a1.jpg", "images/Anna/a 2.PNG", "images/李雷/s1.jpeg", "b.webp", "noending"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def read(folder, data, reader=read_gallery_list):
    file = folder / "gallery.txt"
    file.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    rows, problems = reader(file)
    found = [(row.line, row.path.relative_to(folder).as_posix(), row.name) for row in rows]
    return found, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a.jpg Anna", ("a.jpg", "Anna")),
        ("a.jpg\tAnna", ("a.jpg", "Anna")),
        ("  a.JPG    Anna  ", ("a.JPG", "Anna")),
        ("a.jpg Anna Maria  Day", ("a.jpg", "Anna Maria Day")),
        ("my photos/a 1.jpg Anna Day", ("my photos/a 1.jpg", "Anna Day")),
        ("a.jpg.d/b.png Anna", ("a.jpg.d/b.png", "Anna")),
        ("a.jpg b.jpg", ("a.jpg", "b.jpg")),
        ("C:\\photos\\a.tif 李雷", ("C:\\photos\\a.tif", "李雷")),
        ("noending Anna Day", ("noending", "Anna Day")),
        ("a.jpgs Anna", ("a.jpgs", "Anna")),
        ("a.jpg", ("a.jpg", "")),
        ("word", ("word", "")),
        ("", ("", "")),
    ],
)
def test_a_line_is_split_after_the_picture(line, expected):
    assert split_line(line) == expected


def test_a_tolerant_list(pictures):
    text = "\ufeffimages/Anna/a1.jpg Anna\r\n\r\nimages/Anna/a 2.PNG\tAnna Maria\r\n\r\n"
    text += "images/李雷/s1.jpeg   李雷\nnoending 007"
    assert read(pictures, text) == (
        [
            (1, "images/Anna/a1.jpg", "Anna"),
            (3, "images/Anna/a 2.PNG", "Anna Maria"),
            (5, "images/李雷/s1.jpeg", "李雷"),
            (6, "noending", "007"),
        ],
        [],
    )


def test_each_bad_line_is_named_and_the_rest_is_used(pictures):
    rows, problems = read(
        pictures, "b.webp Ben\nabsent.jpg Anna\nb.webp\nb.webp Ben\nb.webp Eve\nx\0.jpg".replace("\0", "")
    )
    assert rows == [(1, "b.webp", "Ben"), (5, "b.webp", "Eve")]
    assert [problem.split(" of ")[0] for problem in problems] == ["Line 2", "Line 3", "Line 4", "Line 6"]
    for problem, word in zip(problems, ["not there", "no name", "repeats line 1", "no name"], strict=True):
        assert word in problem


def test_paths_count_from_a_root(pictures, tmp_path):
    file = tmp_path / "elsewhere.txt"
    file.write_text("a1.jpg Anna\n", encoding="utf-8")
    rows, problems = read_gallery_list(file, pictures / "images" / "Anna")
    assert rows[0].path == pictures / "images" / "Anna" / "a1.jpg"
    assert not problems


def test_an_absolute_path_stays(pictures):
    rows, _ = read(pictures, f"{pictures / 'b.webp'} Ben")
    assert rows == [(1, "b.webp", "Ben")]


def test_an_empty_list_has_no_rows(pictures):
    assert read(pictures, "") == ([], [])


@pytest.mark.parametrize("data", ["b.webp Ben\nb.webp 李雷\n".encode("gbk"), b"b.webp Ben\n\xff\xfe\n"])
def test_another_encoding_is_refused_naming_the_line(pictures, data):
    with pytest.raises(InputProblem, match=r"Line 2 of .*gallery\.txt is not UTF-8"):
        read(pictures, data)


def test_what_is_no_list_is_refused(pictures, tmp_path):
    with pytest.raises(InputProblem, match="not a text file"):
        read(pictures, b"\x00\x01\x02")
    with pytest.raises(InputProblem, match="cannot be read"):
        read_gallery_list(tmp_path / "absent.txt")
    with pytest.raises(InputProblem, match="cannot be read"):
        read_gallery_list(tmp_path)
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(InputProblem, match="larger than 64 MB"):
        read_gallery_list(large)


def test_paths_that_no_system_takes_are_absent(pictures):
    rows, problems = read(pictures, f"{'x' * 5000}.jpg Anna\n")
    assert not rows
    assert "not there" in problems[0]


@pytest.mark.parametrize(
    "text",
    ["b.webp,Ben\n", "path,name\nb.webp,Ben\n", "\ufeffName,note,Path\nBen,,b.webp\n", '"b.webp" , "Ben"\r\n\r\n'],
)
def test_csv_with_and_without_header(pictures, text):
    rows, problems = read(pictures, text, read_csv_list)
    assert [(path, name) for _, path, name in rows] == [("b.webp", "Ben")]
    assert not problems


def test_csv_with_bad_lines(pictures):
    rows, problems = read(pictures, 'b.webp,"Ben, Junior"\nb.webp\nabsent.jpg,Anna\n,Anna\n', read_csv_list)
    assert rows == [(1, "b.webp", "Ben, Junior")]
    assert [problem.split(" of ")[0] for problem in problems] == ["Line 2", "Line 3", "Line 4"]


def test_the_strict_form_takes_no_blanks():
    text, problems = gallery_list([("a.jpg", "Anna"), ("a b.jpg", "Anna"), ("c.jpg", "Anna Day"), ("d.jpg", "李雷")])
    assert text == "a.jpg Anna\nd.jpg 李雷\n"
    assert ["Row 2" in str(problems[0]), "Anna_Day" in str(problems[1])] == [True, True]
    for line in text.splitlines():
        assert len(line.split(" ")) == 2


def test_remove_ids(tmp_path):
    file = tmp_path / "remove_ids.txt"
    file.write_bytes(b"\xef\xbb\xbf1\r\n 4 Dad\n\n7\tx\n# note\n4\nx\n-3\n")
    ids, problems = read_remove_ids(file)
    assert ids == [1, 4, 7]
    assert [str(problem).split(" of ")[0] for problem in problems] == ["Line 6", "Line 7", "Line 8"]
    assert remove_ids_text(ids) == "1\n4\n7\n"


WORDS = """Anna|Ben_Ito|Dora Day|李 雷|中文 名字|Zoë-Ann|O’Neil|Ω|A-|a--b|a_b|é|\U0001f600|a\u0301|x\u00a0y|\u3000
007|1e3|0x1F|1_000|.inf|2020-01-01|yes|No|null|~|True|off|on|y|N|=|<<
a: b|- x|"q"|it's|#h|a #b|tab\tx| lead|trail |\ufeffa|abc\u2028d|"""
NAMES = [name for line in WORDS.split("\n") for name in line.split("|")]
NAMES += ["new\nline", "x" * 40, "x" * 41, "x" * 90, "x y z " * 7 + "z", "word " * 30 + "e"]


@pytest.mark.parametrize("first", [0, 7, 95, 12345, 10**12])
def test_id_map_is_pyyamls_to_the_byte(first):
    labels = {first + 3 * number: name for number, name in enumerate(NAMES)}
    mapping = {"id_map": labels, "index_type": "Flat", "metric_type": "IP"}
    expected = yaml.dump(mapping, default_flow_style=False, allow_unicode=True)
    assert "".join(id_map_text(labels, index_type="Flat", metric_type="IP")) == expected


def test_an_empty_id_map():
    text = "".join(id_map_text({}, index_type="Flat", metric_type="IP"))
    assert text == "id_map: {}\nindex_type: Flat\nmetric_type: IP\n"


def test_the_reference_gallery_is_read_whole():
    root = Path(os.environ.get("FACEFOLIO_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "paddlex"
    if not root.is_dir():
        pytest.skip(f"the reference data of PaddleX is not in {root}")
    rows, problems = read_gallery_list(root / "gallery" / "gallery.txt")
    assert [len(rows), problems] == [9, []]
    assert {row.name for row in rows} == {"Anna", "Ben_Ito", "Dad", "Zoë-Ann", "李雷"}
    assert read_remove_ids(root / "gallery" / "remove_ids.txt") == ([1, 4, 7], [])
    lines = [(row.path.relative_to(root / "gallery").as_posix(), row.name) for row in rows]
    assert gallery_list(lines) == ((root / "gallery" / "gallery.txt").read_text(encoding="utf-8"), [])
