"""A pipeline file and what it changes, in words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QLocale

from core.errors import Text
from core.paddlex.config import ModuleConfig
from core.paddlex.taking_over import NamedIndex, Proposal, Taken
from core.settings import Settings, declaration
from gui.language import counted, said, tr


def said_by_file(proposal: Proposal) -> list[tuple[str, str]]:
    """What it is called, and what the file says of it."""
    config = proposal.config
    rows = [
        (tr("Detector"), _model(proposal, config.detection)),
        (tr("Face feature model"), _model(proposal, config.recognition)),
        (tr("Detection threshold"), _number(config.det_threshold)),
        (tr("Recognition threshold"), _number(config.rec_threshold)),
        (tr("Candidates (rec_topk)"), _number(config.rec_topk)),
        (tr("Index"), _index(proposal.index)),
    ]
    runtime = [value for value in (config.engine, config.device) if value]
    return [*rows, (tr("Engine and device"), ", ".join(runtime))] if runtime else rows


def changes(taken: Taken, settings: Settings) -> list[tuple[str, str, str]]:
    """Setting, its value now, its value then; only what differs."""
    pairs = taken.differing(settings).items()
    return [
        (said(Text(declaration(name).label)), value_words(name, old), value_words(name, new))
        for name, (old, new) in pairs
    ]


def value_words(name: str, value: Any) -> str:
    """The value of a setting as the settings window calls it."""
    rule = declaration(name)
    if value is None:
        return tr("as the model's card says")
    if value in rule.choices and rule.words:
        return said(Text(rule.words[rule.choices.index(value)]))
    if not value and rule.special:
        return said(Text(rule.special))
    return value if isinstance(value, str) else _number(value)


def _model(proposal: Proposal, module: ModuleConfig) -> str:
    if not module.model_dir:
        return module.model_name
    folder = str(proposal.config.located(module.model_dir))
    return tr("{model}, in {folder}", model=module.model_name, folder=folder)


def _index(index: NamedIndex | None) -> str:
    if index is None:
        return tr("none")
    if index.problem is not None:
        return str(index.folder)
    faces = counted("{count} face", "{count} faces", index.faces)
    return tr(
        "{folder}: {kind}, {metric}, {faces}", folder=index.folder, kind=index.kind, metric=index.metric, faces=faces
    )


def _number(value: float) -> str:
    locale = QLocale()
    return locale.toString(value) if isinstance(value, int) else locale.toString(float(value), "g", 6)
