"""Words on the screen, in the chosen language."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from core.errors import Text
from core.paths import resources_folder

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
_installed: list[QTranslator] = []


def tr(text: str, **values: Any) -> str:
    """The text in the chosen language, filled with values. `text` must stand literally in the call."""
    translated = QCoreApplication.translate("gui", text)
    return translated.format(**values) if values else translated


def counted(one: str, many: str, count: int, **values: Any) -> str:
    """`one` or `many` after the number, which both may show as {count}."""
    shown = QLocale().toString(count)
    return tr(one if count == 1 else many, count=shown, **values)


def said(text: Text) -> str:
    """A sentence of the core in the chosen language, with the sentences that fill it."""
    translated = QCoreApplication.translate("core", text.template) if text.template else ""
    values = {name: said(value) if isinstance(value, Text) else value for name, value in text.values.items()}
    return translated.format(**values) if values else translated


def following(*parts: str) -> str:
    """Finished sentences one after another, with what parts sentences in the chosen language."""
    told = [part for part in parts if part]
    template = QCoreApplication.translate("core", "{first} {further}")
    return (
        reduce(lambda first, further: template.format(first=first, further=further), told, told.pop(0)) if told else ""
    )


def choose(language: str) -> str:
    """Puts the whole program into a language ("system" asks the system); the one it is in then."""
    name = language if language in LANGUAGES else _of_system()
    application = QCoreApplication.instance()
    assert application is not None, "words need the application"
    while _installed:
        application.removeTranslator(_installed.pop())
    QLocale.setDefault(QLocale(name))
    if name != "en":
        _install(resources_folder() / "translations" / f"facefolio_{name}.qm")
        _install(Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)) / f"qtbase_{name}.qm")
    return name


def _install(file: Path) -> None:
    translator = QTranslator()
    application = QCoreApplication.instance()
    if application is not None and translator.load(str(file)):
        application.installTranslator(translator)
        _installed.append(translator)


def _of_system() -> str:
    return "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"
