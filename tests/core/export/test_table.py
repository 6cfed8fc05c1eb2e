"""CSV for people, JSON for programs: right, harmless, whole or not at all, and never all in memory."""

import csv
import gc
import json
import weakref
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputProblem
from core.export.records import PhotoResult
from core.export.table import COLUMNS, csv_table, json_entry, json_table, write_csv, write_json
from core.types import Faces

WRITERS = [write_csv, write_json]


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_a_row_per_face(tmp_path, make_result):
    path = tmp_path / "found.csv"
    write_csv(path, [make_result()])
    known, unsure, unknown = rows_of(path)
    assert tuple(known) == COLUMNS
    assert known["path"] == "photos/party.jpg"
    assert [row["face"] for row in (known, unsure, unknown)] == ["1", "2", "3"]
    assert (known["name"], known["similarity"], known["decision"]) == ("Zoë", "0.6123", "known")
    assert (known["second name"], known["second similarity"]) == ("李雷", "0.301")
    assert (known["quality"], known["detection score"]) == ("0.8765", "0.9")
    assert known["reason"] == "Zoë is known."
    assert (unsure["name"], unsure["decision"]) == ("Zoë", "unsure")
    assert (unknown["name"], unknown["similarity"], unknown["second name"]) == ("", "", "")
    assert unknown["decision"] == "unknown"
    assert float(known["x2"]) - float(known["x1"]) == pytest.approx(100, abs=0.11)


def test_csv_tells_photos_without_faces_and_failed_ones(tmp_path, make_result, failed):
    path = tmp_path / "found.csv"
    write_csv(path, [make_result(kinds=()), failed])
    empty, torn = rows_of(path)
    assert (empty["decision"], empty["face"], empty["reason"]) == ("no face", "", "")
    assert (torn["path"], torn["decision"]) == ("photos/torn.jpg", "error")
    assert torn["reason"] == "photos/torn.jpg is torn. Skip it."


def test_csv_begins_with_the_mark_that_excel_needs(tmp_path, make_result):
    path = tmp_path / "found.csv"
    write_csv(path, [make_result()])
    assert path.read_bytes().startswith(b"\xef\xbb\xbfpath,face,")
    assert path.read_bytes().count(b"\xef\xbb\xbf") == 1
    assert path.read_bytes().count(b"\r\n") == 4


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_csv_holds_no_formula(tmp_path, make_result, start):
    path, text = tmp_path / "found.csv", f"{start}1+1"
    result = make_result(path=f"{text}.jpg", name=text)
    write_csv(path, [result])
    row = rows_of(path)[0]
    assert row["path"] == f"'{text}.jpg"
    assert row["name"] == f"'{text}"
    assert row["reason"].startswith("'")


def test_csv_leaves_numbers_and_plain_texts_alone(tmp_path, make_result):
    path = tmp_path / "found.csv"
    result = make_result(name='Anna, "A=B" -\nC', kinds=("known",))
    outside = replace(result, faces=Faces(result.faces.boxes - 1000, result.faces.scores))
    write_csv(path, [outside])
    (row,) = rows_of(path)
    assert row["name"] == 'Anna, "A=B" -\nC'
    assert float(row["x1"]) < 0


def test_json_has_the_shape_of_paddlex_and_more(tmp_path, make_result):
    path = tmp_path / "found.json"
    write_json(path, [make_result()])
    (entry,) = json.loads(path.read_text(encoding="utf-8"))
    known, unsure, unknown = entry["boxes"]
    assert list(entry) == ["input_path", "boxes"]
    assert list(known)[:4] == ["labels", "rec_scores", "det_score", "coordinate"]
    assert list(known)[4:] == ["landmarks", "quality", "decision", "reason"]
    assert known["labels"] == unsure["labels"] == ["Zoë", "李雷"]
    assert known["rec_scores"] == [0.6123, 0.301]
    assert known["det_score"] == 0.9
    assert np.shape(known["coordinate"]) == (4,)
    assert np.shape(known["landmarks"]) == (5, 2)
    assert (known["quality"], known["decision"], known["reason"]) == (0.8765, "known", "Zoë is known.")
    assert unknown["labels"] is None
    assert unknown["rec_scores"] is None


def test_json_tells_what_is_missing(make_result, failed):
    result = replace(make_result(landmarks=False, kinds=("known",)), qualities=(), decisions=(), matches=())
    (box,) = json_entry(result)["boxes"]
    assert [box[name] for name in ("labels", "landmarks", "quality", "decision", "reason")] == [None] * 5
    assert json_entry(make_result(kinds=()))["boxes"] == []
    assert json_entry(failed) == {
        "input_path": "photos/torn.jpg",
        "boxes": [],
        "error": "photos/torn.jpg is torn. Skip it.",
    }


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_written_as_json_itself_would(tmp_path, make_result, failed, count):
    path = tmp_path / "found.json"
    # U+2028 and U+0085 end a line for str.splitlines, but not for JSON
    results = [make_result(name="a\u2028b\x85c\nd"), failed, make_result(kinds=())][:count]
    write_json(path, results)
    entries = [json_entry(result) for result in results]
    assert path.read_text(encoding="utf-8") == json.dumps(entries, ensure_ascii=False, indent=4) + "\n"


def test_json_knows_no_nan(tmp_path, make_result):
    path, result = tmp_path / "found.json", make_result(kinds=("known",))
    boxes = np.full((1, 4), np.nan, np.float32)
    write_json(path, [replace(result, faces=Faces(boxes, np.array([np.inf], np.float32)))])
    (box,) = json.loads(path.read_text(encoding="utf-8"))[0]["boxes"]
    assert box["coordinate"] == [None] * 4
    assert box["det_score"] is None


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_name_that_is_no_text_ends_nothing(tmp_path, make_result, write):
    path = tmp_path / "found"
    write(path, [make_result("bad\udcff.jpg"), make_result("good.jpg")])
    assert "bad\\udcff.jpg" in path.read_text(encoding="utf-8")
    assert "good.jpg" in path.read_text(encoding="utf-8")


def test_json_gives_such_a_name_back(tmp_path, make_result):
    write_json(tmp_path / "found", [make_result("bad\udcff.jpg")])
    assert json.loads((tmp_path / "found").read_bytes())[0]["input_path"] == "bad\udcff.jpg"


@pytest.mark.parametrize("write", WRITERS)
def test_a_run_that_breaks_off_leaves_the_old_table(tmp_path, make_result, write):
    path = tmp_path / "found"
    path.write_bytes(b"old")

    def breaking():
        yield make_result()
        raise OSError("the camera fell into the sea")

    with pytest.raises(OSError, match="sea"):
        write(path, breaking())
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["found"]


@pytest.mark.parametrize("table", [csv_table, json_table])
def test_nothing_is_there_before_the_end(tmp_path, make_result, table):
    path = tmp_path / "found"
    with table(path) as add:
        add(make_result())
        assert not path.exists()
    assert path.stat().st_size > 100


def test_both_tables_can_grow_side_by_side(tmp_path, make_result):
    with csv_table(tmp_path / "a.csv") as to_csv, json_table(tmp_path / "a.json") as to_json:
        for number in range(3):
            to_csv(make_result(f"{number}.jpg"))
            to_json(make_result(f"{number}.jpg"))
    assert len(rows_of(tmp_path / "a.csv")) == 9
    assert len(json.loads((tmp_path / "a.json").read_bytes())) == 3


@pytest.mark.parametrize("write", WRITERS)
def test_results_are_not_kept(tmp_path, make_result, write):
    alive = weakref.WeakSet()
    most = 0

    def stream():
        nonlocal most
        for number in range(50):
            result = make_result(f"{number}.jpg")
            alive.add(result)
            gc.collect()
            most = max(most, len(alive))
            yield result
            del result

    write(tmp_path / "found", stream())
    assert 1 <= most <= 3


@pytest.mark.parametrize("write", WRITERS)
def test_a_place_that_cannot_be_written_is_a_problem(tmp_path, make_result, write):
    (tmp_path / "file").touch()
    with pytest.raises(InputProblem, match="cannot be written"):
        write(tmp_path / "file" / "found", [make_result()])
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputProblem, match="cannot be written"):
        write(tmp_path / "folder", [make_result()])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_is_a_problem_and_keeps_the_old_table(tmp_path, make_result, write, monkeypatch):
    path = tmp_path / "found"
    path.write_bytes(b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.files.os.fsync", full)
    with pytest.raises(InputProblem, match="No space left"):
        write(path, [make_result()])
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["found"]


@pytest.mark.parametrize("write", WRITERS)
def test_a_disk_that_is_full_midway_is_a_problem(tmp_path, make_result, write, monkeypatch):
    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.export.table.atomic_write", lambda path: nullcontext(Full()))
    with pytest.raises(InputProblem, match="No space left"):
        write(tmp_path / "found", [make_result()])


def test_faces_of_a_photo_whose_picture_could_not_be_written_stay(tmp_path, make_result, failed):
    write_csv(tmp_path / "t.csv", [replace(make_result(kinds=("known",)), problem=failed.problem)])
    assert [row["decision"] for row in rows_of(tmp_path / "t.csv")] == ["known", "error"]


def test_tables_take_a_result_that_went_through_a_journal(tmp_path, make_result, failed):
    results = [make_result(), failed, make_result(kinds=())]
    again = [PhotoResult.from_json(json.loads(json.dumps(result.to_json()))) for result in results]
    for write in WRITERS:
        write(tmp_path / "one", results)
        write(tmp_path / "two", again)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
