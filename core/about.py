"""What the program is made of: its version, and the packages it stands on with their licences."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from core.paths import resources_folder

NAME = "facefolio"
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST = 80  # characters; some packages put the whole text where the name belongs


@dataclass(frozen=True)
class Part:
    """A package that is installed and used."""

    name: str
    version: str
    licence: str
    page: str


def version() -> str:
    """Of the installed program, else of the checkout it runs from."""
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return str(_project().get("version", ""))


def parts() -> list[Part]:
    """The installed packages that the program asks for, and what those ask for, by name."""
    found: dict[str, Part] = {}
    wanted = _required()
    while wanted:
        name = wanted.pop()
        if _key(name) in found or _key(name) == NAME:
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # an extra that nobody chose
        found[_key(name)] = _part(package)
        wanted += [_name(line) for line in package.requires or [] if "extra ==" not in line]
    return sorted(found.values(), key=lambda part: part.name.lower())


def _required() -> list[str]:
    """Names of the packages asked for, those of every extra but the developers' included."""
    try:
        lines = metadata.requires(NAME) or []
        return [_name(line) for line in lines if not re.search(r"extra == .dev.", line)]
    except metadata.PackageNotFoundError:
        project = _project()
        extras = [lines for name, lines in project.get("optional-dependencies", {}).items() if name != "dev"]
        return [_name(line) for lines in [project.get("dependencies", []), *extras] for line in lines]


def _project() -> dict[str, Any]:
    file = resources_folder().parent / "pyproject.toml"
    try:
        found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError):
        return {}
    return found


def _name(requirement: str) -> str:
    found = _WORD.match(requirement.strip())
    return found.group() if found else ""


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _part(package: metadata.Distribution) -> Part:
    told = package.metadata
    pages = [line.split(",", 1)[1].strip() for line in told.get_all("Project-URL") or [] if "," in line]
    return Part(told["Name"], package.version, _licence(told), _one(told, "Home-page") or next(iter(pages), ""))


def _one(told: metadata.PackageMetadata, field: str) -> str:
    return next((str(value).strip() for value in told.get_all(field) or []), "")


def _licence(told: metadata.PackageMetadata) -> str:
    """As its makers tell it: the expression, else the classifiers, else the first line of the field."""
    classified = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    field = _one(told, "License").splitlines()
    if expression := _one(told, "License-Expression"):
        return expression
    if classified:
        return ", ".join(classified)
    return field[0][:_LONGEST] if field else ""


def licence_text(checkout: Path) -> str:
    """The program's own licence, from the installed package or the checkout; empty when neither has it."""
    try:
        files = [file for file in metadata.files(NAME) or [] if file.name == "LICENSE"]
        place = Path(str(files[0].locate())) if files else checkout / "LICENSE"
    except metadata.PackageNotFoundError:
        place = checkout / "LICENSE"
    try:
        return place.read_text(encoding="utf-8")
    except OSError:
        return ""
