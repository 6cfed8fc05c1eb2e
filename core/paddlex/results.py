"""What a model or a pipeline answers, in PaddleX's form: a dict that prints and saves itself."""

from __future__ import annotations

import io
import json
import mimetypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InputProblem, why
from core.files import atomic_write
from core.paddlex.drawing import draw_boxes

if TYPE_CHECKING:
    from PIL import Image

_PICTURE = "input_img"  # (H, W, 3) uint8 BGR; not part of what is printed or saved as JSON
_WRITTEN = (".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".ppm", ".pgm", ".jp2")


class Result(dict[str, Any]):
    """One picture's answer under PaddleX's keys, and the picture itself under "input_img"."""

    def __init__(self, values: dict[str, Any], *, name: str) -> None:
        super().__init__(values)
        self.name = name  # of the file, from which the names of saved files are made

    @property
    def json(self) -> dict[str, Any]:
        """Plain numbers, texts, lists and dicts."""
        return {"res": _plain(self._shown())}

    @property
    def str(self) -> dict[str, Any]:
        """What `print` prints."""
        return {"res": self._shown()}

    def print(self, json_format: bool = False, indent: int = 4, ensure_ascii: bool = False) -> None:
        """Prints the answer as Python would write it, or as JSON."""
        text = json.dumps(self.json, indent=indent, ensure_ascii=ensure_ascii) if json_format else repr(self.str)
        if sys.stdout is None:  # a program with a window may have no output
            return
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")

    def save_to_json(self, save_path: _Place, indent: int = 4, ensure_ascii: bool = False) -> None:
        """Writes the answer to `save_path` when that is the name of a JSON file, else into that folder as
        NAME_res.json. Raises InputProblem when it cannot be written."""
        whole = _kind(save_path) == "application/json"
        path = Path(save_path) if whole else Path(save_path) / f"{self._stem}_res.json"
        _write(path, json_text(self.json["res"], indent=indent, ensure_ascii=ensure_ascii).encode())

    def save_all(self, save_path: _Place) -> None:
        """Writes everything there is to write into a folder."""
        self.save_to_json(save_path)

    @property
    def _stem(self) -> _Text:
        page = self.get("page_index")
        return Path(self.name).stem if page is None else f"{Path(self.name).stem}_page{page}"

    def _shown(self) -> dict[_Text, Any]:
        return {key: value for key, value in self.items() if key != _PICTURE}


class PictureResult(Result):
    """An answer that can be drawn."""

    @property
    def img(self) -> dict[_Text, Image.Image]:
        """The picture with boxes, mode RGB, its own size."""
        return {"res": draw_boxes(self[_PICTURE], self._boxes())}

    def save_to_img(self, save_path: _Place, **options: Any) -> None:
        """Writes the picture to `save_path` when that is the name of a picture, else into that folder as NAME_res with
        the ending of the input. `options` go to Pillow. Raises InputProblem when it cannot be written."""
        picture = (_kind(save_path) or "").startswith("image/")
        path = Path(save_path) if picture else Path(save_path) / f"{self._stem}_res{self._ending}"
        file = io.BytesIO()
        try:
            self.img["res"].save(file, format=_format(path), **options)
        except (OSError, ValueError, KeyError) as error:
            raise _unwritable(path, error) from error
        _write(path, file.getvalue())

    def save_all(self, save_path: _Place) -> None:
        super().save_all(save_path)
        self.save_to_img(save_path)

    def _boxes(self) -> list[tuple[_Text, float, list[float]]]:
        raise NotImplementedError

    @property
    def _ending(self) -> _Text:
        ending = Path(self.name).suffix
        return ending if ending.lower() in _WRITTEN and self.get("page_index") is None else ".png"


class FaceRecognitionResult(PictureResult):
    """Who is in a picture. Each of "boxes" has labels and rec_scores (or None), det_score and coordinate."""

    def _boxes(self) -> list[tuple[_Text, float, list[float]]]:
        return [
            (box["labels"][0], box["rec_scores"][0], box["coordinate"])
            if box["labels"]
            else ("Unknown", 0.0, box["coordinate"])
            for box in self["boxes"]
        ]


class FaceDetectionResult(PictureResult):
    """The faces of a picture. Each of "boxes" has cls_id, label, score and coordinate."""

    def _boxes(self) -> list[tuple[_Text, float, list[float]]]:
        return [(box["label"], box["score"], box["coordinate"]) for box in self["boxes"]]


class FaceFeatureResult(Result):
    """The "feature" of a picture, (d,) float32 of unit length."""


_Text = str
_Place = str | os.PathLike[str]


def json_text(values: Any, *, indent: int, ensure_ascii: bool) -> str:
    """JSON that UTF-8 can hold, whatever the names of files are made of."""
    text = json.dumps(values, indent=indent, ensure_ascii=ensure_ascii)
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _kind(path: _Place) -> str | None:
    return mimetypes.guess_type(Path(path).name)[0]


def _format(path: Path) -> str:
    from PIL import Image

    Image.preinit()
    known = Image.registered_extensions()
    ending = path.suffix.lower()
    if ending not in known:
        raise ValueError(f"{ending} is not a picture format known here")
    return known[ending]


def _write(path: Path, data: bytes) -> None:
    try:
        with atomic_write(path, durable=False) as file:
            file.write(data)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: Exception) -> InputProblem:
    return InputProblem(
        "{path} cannot be written: {reason}.",
        "What was there is as it was; choose another place or make room.",
        path=path,
        reason=why(error),
    )
