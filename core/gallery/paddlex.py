"""PaddleX's text files of a gallery: gallery.txt, remove_ids.txt and id_map.yaml. Knows no index and no pictures."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputProblem, Text, why

_SUFFIXES = "bmp|dib|jpe?g|jpe|jp2|png|webp|pbm|pgm|ppm|pnm|sr|ras|tiff?|gif|heic|heif|hif|avif|pdf"
_PICTURE = re.compile(rf"\.(?:{_SUFFIXES})(?=[ \t]|$)", re.IGNORECASE)
_LARGEST = 64 << 20
_LARGEST_WORDS = "64 MB"
_GO_ON = "The other lines were used."


@dataclass(frozen=True)
class Row:
    """One line of a list: a picture and whose it is. `path` is as written, joined with the root."""

    line: int
    path: Path
    name: str


def read_gallery_list(
    file: Path, root: Path | None = None, *, repeats: bool = False
) -> tuple[list[Row], list[InputProblem]]:
    """Rows of a PaddleX `gallery.txt` ("path label" lines), and a problem for each line that cannot be used.

    Read tolerantly: byte order mark, tabs, several blanks, empty lines, CRLF, labels with blanks. The path ends at the
    *first* picture suffix (.jpg, .png, ...) that a blank follows, so a path may hold blanks as well; only a folder
    called like "a.jpg b" is misread. Without such a suffix the path ends at the first blank. Paths count from
    `root`, by default the folder of the file. `repeats` lets a line stand twice, as PaddleX does. Raises InputProblem
    when the file cannot be read as UTF-8 text.
    """
    rows: list[Row] = []
    problems: list[InputProblem] = []
    for number, line in _lines(file):
        path, name = split_line(line)
        if not name:
            problems.append(_line_problem(file, number, Text("has no name after the path"), line))
        else:
            rows.append(Row(number, (root or file.parent) / path, name))
    return _usable(file, rows, problems, repeats=repeats)


def read_csv_list(file: Path, root: Path | None = None) -> tuple[list[Row], list[InputProblem]]:
    """Rows of a CSV with the columns path and name; a header line is known by these words, in any order."""
    rows: list[Row] = []
    problems: list[InputProblem] = []
    columns = (0, 1)
    text = _text(file)
    head = text.partition("\n")[0]
    # Where a comma marks decimals, spreadsheets part columns with semicolons.
    delimiter = ";" if ";" in head and "," not in head else ","
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, delimiter=delimiter)
    try:
        for cells in reader:
            fields = [cell.strip() for cell in cells]
            if not any(fields):
                continue
            heads = [field.casefold() for field in fields]
            if not rows and not problems and "path" in heads and "name" in heads:
                columns = (heads.index("path"), heads.index("name"))
            elif len(fields) <= max(columns) or not fields[columns[0]] or not fields[columns[1]]:
                problems.append(_line_problem(file, reader.line_num, Text("needs a path and a name"), ",".join(cells)))
            else:
                rows.append(Row(reader.line_num, (root or file.parent) / fields[columns[0]], fields[columns[1]]))
    except csv.Error as error:
        problems.append(
            _line_problem(
                file, reader.line_num, Text("is not CSV ({error}); reading ended here", {"error": str(error)}), ""
            )
        )
    return _usable(file, rows, problems)


def split_line(line: str) -> tuple[str, str]:
    """Path and label of one line; the label is "" when there is none."""
    line = line.strip()
    found = _PICTURE.search(line)
    end = found.end() if found else len(line.split(maxsplit=1)[0]) if line else 0
    return line[:end], " ".join(line[end:].split())


def gallery_list(rows: Iterable[tuple[str, str]]) -> tuple[str, list[InputProblem]]:
    """The text of a gallery.txt of (path, label) rows in PaddleX's strict form, and the rows it could not take.

    PaddleX splits at blanks and needs exactly two parts; such rows are left out and named.
    """
    lines, problems = [], []
    for number, (path, name) in enumerate(rows, 1):
        if path and name and not re.search(r"\s", path) and not re.search(r"\s", name):
            lines.append(f"{path} {name}\n")
        else:
            problems.append(
                InputProblem(
                    "Row {number} ({path}, {name}) cannot stand in a list for PaddleX.",
                    "It was left out: PaddleX takes no blank in a path or a name; write {proposal}, for example.",
                    number=number,
                    path=path,
                    name=name,
                    proposal="_".join(name.split()) or "a name",
                )
            )
    return "".join(lines), problems


def read_remove_ids(file: Path) -> tuple[list[int], list[InputProblem]]:
    """Ids of a PaddleX remove_ids.txt: the first word of each line; further columns are ignored."""
    ids: dict[int, int] = {}
    problems: list[InputProblem] = []
    for number, line in _lines(file):
        word = line.split()[0]
        if line.lstrip().startswith("#"):
            continue
        if not re.fullmatch(r"[0-9]{1,18}", word):
            problems.append(_line_problem(file, number, Text("does not begin with an id"), line))
        elif int(word) in ids:
            earlier = Text("repeats the id of line {line}", {"line": ids[int(word)]})
            problems.append(_line_problem(file, number, earlier, line))
        else:
            ids[int(word)] = number
    return list(ids), problems


def remove_ids_text(ids: Iterable[int]) -> str:
    """The text of a remove_ids.txt."""
    return "".join(f"{id}\n" for id in ids)


def id_map_text(labels: Mapping[int, str], *, index_type: str, metric_type: str) -> Iterator[str]:
    """The text of an id_map.yaml in pieces, the same to the byte as PyYAML's dump in PaddleX."""
    yield "id_map:\n" if labels else "id_map: {}\n"
    known: dict[tuple[str, int], str] = {}
    for id in sorted(labels):
        name, digits = labels[id], len(str(id))
        shape = known.get((name, digits))
        if shape is None:
            shape = known[name, digits] = _scalar(name, digits)
        yield f"  {id}:{shape}"
    yield f"index_type: {index_type}\nmetric_type: {metric_type}\n"


_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ\u4e00-\u9fff][\w-]*(?: [\w-]+)*")
_NOT_TEXT = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def _scalar(name: str, digits: int) -> str:
    # Most names are plain words, which need no help of PyYAML (a thousand times slower). It folds long ones.
    if len(name) <= 40 and name.isprintable() and _PLAIN.fullmatch(name) and name.casefold() not in _NOT_TEXT:
        return f" {name}\n"
    import yaml

    key = 10 ** (digits - 1)
    text: str = yaml.dump({"id_map": {key: name}}, default_flow_style=False, allow_unicode=True)
    return text[len(f"id_map:\n  {key}:") :]


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(_text(file).split("\n"), 1):
        if line.strip():
            yield number, line.strip()


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(min(_LARGEST, file.stat().st_size) + 1)
    except OSError as error:
        raise InputProblem(
            "{path} cannot be read: {reason}.", "Nothing was changed.", path=file, reason=why(error)
        ) from error
    if len(data) > _LARGEST:
        raise InputProblem(
            "{path} is larger than {most}; it is no list.", "Nothing was changed.", path=file, most=_LARGEST_WORDS
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputProblem(
            "Line {line} of {path} is not UTF-8 text.",
            "Nothing was changed; save the list as UTF-8 (it may be in GBK or another local encoding).",
            line=data.count(b"\n", 0, error.start) + 1,
            path=file,
        ) from None
    if "\0" in text:
        raise InputProblem("{path} is not a text file.", "Nothing was changed; give a list of lines.", path=file)
    return text


def _usable(
    file: Path, rows: Sequence[Row], problems: list[InputProblem], *, repeats: bool = False
) -> tuple[list[Row], list[InputProblem]]:
    first: dict[tuple[Path, str], int] = {}
    kept = []
    for row in rows:
        earlier = first.setdefault((row.path, row.name), row.line)
        if earlier != row.line and not repeats:
            again = Text("repeats line {line}", {"line": earlier})
            problems.append(_line_problem(file, row.line, again, row.path))
        elif not _is_there(row.path):
            problems.append(_line_problem(file, row.line, Text("names a file that is not there"), row.path))
        else:
            kept.append(row)
    problems.sort(key=lambda problem: int(problem.message.values["line"]))
    return kept, problems


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that the system cannot hold
        return False


def _line_problem(file: Path, line: int, what: Text, text: object) -> InputProblem:
    return InputProblem(
        "Line {line} of {path} {what}: {text}.", _GO_ON, line=line, path=file, what=what, text=str(text)[:200]
    )
