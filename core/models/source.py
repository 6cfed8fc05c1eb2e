"""What a person points at when adding a model: one file, or a folder, and the files per engine found there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelProblem, why
from core.models.card_file import CARD_FILE

PADDLEX_FILE = "inference.yml"
_PROGRAMS, _WEIGHTS = (".json", ".pdmodel"), ".pdiparams"
_HALVES = (".pdmodel", _WEIGHTS, ".xml")  # endings of files that are of no use alone
_HINT = "Nothing was added. An ONNX file, an OpenVINO .xml with its .bin, or a folder with a Paddle model is wanted."


@dataclass(frozen=True)
class Source:
    """The files of one model as they lie at a person's. Names are relative to `folder`."""

    path: Path
    folder: Path
    files: dict[str, tuple[str, ...]]  # engine -> files, the one to open first

    @property
    def card_file(self) -> Path | None:
        return self._beside(CARD_FILE)

    @property
    def paddlex_file(self) -> Path | None:
        return self._beside(PADDLEX_FILE)

    def _beside(self, name: str) -> Path | None:
        # A file given alone is that file alone, whatever lies beside it.
        file = self.folder / name
        return file if self.path.is_dir() and file.is_file() else None


def look(path: Path) -> Source:
    """Finds the model's files. Raises ModelProblem when there is none or more than one model."""
    if path.is_dir():
        return Source(path, path, _in_folder(path))
    if not path.is_file():
        raise ModelProblem("There is no {path}.", _HINT, path=path)
    return Source(path, path.parent, _of_file(path))


def _in_folder(folder: Path) -> dict[str, tuple[str, ...]]:
    try:
        names = sorted(one.name for one in folder.iterdir() if one.is_file())
    except OSError as error:
        raise ModelProblem("{path} cannot be read: {error}.", _HINT, path=folder, error=why(error)) from error
    files: dict[str, tuple[str, ...]] = {}
    for engine, names_found in _heads(names).items():
        head = _only(names_found, folder)
        if head:
            files[engine] = _of_file(folder / head)[engine]
    if not files and CARD_FILE not in names:
        for name in names:
            if Path(name).suffix in _HALVES or name == "inference.json":
                _of_file(folder / name)  # raises, naming what is missing beside it
        raise ModelProblem("{path} holds no model.", _HINT, path=folder)
    return files


def _heads(names: list[str]) -> dict[str, list[str]]:
    """Per engine the files that could be opened. A JSON is a Paddle program only beside weights of its name."""
    stems = {Path(name).stem for name in names if name.endswith(_WEIGHTS)}
    programs = [name for name in names if Path(name).suffix in _PROGRAMS and Path(name).stem in stems]
    newest = [name for name in programs if name.endswith(".json")] or programs
    return {
        "paddle": newest,
        "onnxruntime": [name for name in names if name.endswith(".onnx")],
        "openvino": [name for name in names if name.endswith(".xml") and f"{Path(name).stem}.bin" in names],
    }


def _only(names: list[str], folder: Path) -> str:
    preferred = [name for name in names if Path(name).stem == "inference"] or names
    if len(preferred) > 1:
        raise ModelProblem(
            "{path} holds several models: {names}.",
            "Nothing was added; give one of the files.",
            path=folder,
            names=", ".join(preferred[:5]),
        )
    return preferred[0] if preferred else ""


def _of_file(path: Path) -> dict[str, tuple[str, ...]]:
    ending, folder = path.suffix.lower(), path.parent
    if ending == ".onnx":
        outside = [f"{path.name}{tail}" for tail in (".data", "_data") if (folder / f"{path.name}{tail}").is_file()]
        return {"onnxruntime": (path.name, *outside)}
    if ending in (".xml", ".bin"):
        return {"openvino": _pair(path, ".xml", ".bin")}
    if ending in _PROGRAMS:
        return {"paddle": _pair(path, ending, _WEIGHTS)}
    if ending == _WEIGHTS:
        program = next((one for one in _PROGRAMS if path.with_suffix(one).is_file()), _PROGRAMS[0])
        return {"paddle": _pair(path, program, _WEIGHTS)}
    raise ModelProblem("{path} is not a model that can be added.", _HINT, path=path)


def _pair(path: Path, first: str, second: str) -> tuple[str, str]:
    for ending in (first, second):
        if not path.with_suffix(ending).is_file():
            raise ModelProblem(
                "{path} lies alone: {other} is missing.",
                "Nothing was added; put it beside.",
                path=path,
                other=path.with_suffix(ending).name,
            )
    return path.with_suffix(first).name, path.with_suffix(second).name
