"""What is told about a model, as a page; and what this machine can do."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QLocale

from core.engines import files_for
from core.engines.choose import Measured
from core.errors import Problem, Text
from core.models.cards import Card
from gui.language import following, said, tr
from gui.models.model_cards import ENGINE_TITLES, Row, Stock, milliseconds, size_words, state_words, task_words
from gui.theme import Colours
from gui.workbench import ModelsInUse


def page(
    row: Row,
    stock: Stock,
    measured: Sequence[Measured] | None,
    findings: Sequence[Text | Problem] | None,
    colours: Colours,
) -> str:
    """One model in full, as HTML; every value is escaped."""
    parts = [f"<h3>{escape(row.name)}</h3>"]
    if row.problem is not None:
        parts += [_coloured(said(row.problem.message), colours.problem), _paragraph(said(row.problem.hint))]
    if row.entry is not None:
        card = row.entry.card
        parts.append(_table(_facts(row, card, row.entry.size)))
        parts += [_heading(tr("Engines")), _table(_engines(card, stock))] if card.files else []
        if measured is not None:
            parts += [_heading(tr("Measured on this machine")), _measured(measured, colours)]
        if findings is not None:
            parts += [_heading(tr("Check")), _findings(findings, colours)]
        if card.figures:
            parts += [_heading(tr("Figures of its makers")), _table(_figures(card.figures))]
        parts += [_heading(tr("To know")), _paragraph(said(Text(card.note)))] if card.note else []
    return "".join(parts)


def machine_words(stock: Stock, in_use: ModelsInUse | None, problem: BaseException | None) -> str:
    """Where models run, and what is missing for more."""
    lines = []
    if isinstance(problem, Problem):
        lines.append(said(problem.message))
    elif in_use is not None:
        lines.append(tr("Models run in {engine} on {device}.", engine=in_use.engine, device=in_use.device))
        lines += [said(in_use.note)] if in_use.note else []
    lines += [said(reason) for reason in stock.engines.values() if reason]
    if stock.no_graphics:
        lines.append(tr("No graphics card for ONNX Runtime: {reason}.", reason=said(stock.no_graphics)))
    return following(*lines)


def _facts(row: Row, card: Card, size: int) -> list[tuple[str, str]]:
    facts = [
        (tr("State"), state_words(row)),
        (tr("Task"), task_words(card.task)),
        (tr("Licence"), card.licence or tr("not told")),
        (tr("Origin"), said(Text(card.origin)) or tr("not told")),
        (tr("Size"), size_words(size)),
    ]
    if card.task == "feature":
        facts.append((tr("Numbers a face"), QLocale().toString(card.length)))
        known, unsure = _real(card.thresholds.known), _real(card.thresholds.unsure)
        advised = tr("known from {known}, unsure from {unsure}", known=known, unsure=unsure)
    else:
        advised = tr("a face from {score}", score=_real(card.thresholds.detect))
    return [*facts, (tr("Advised limits"), advised)]


def _engines(card: Card, stock: Stock) -> list[tuple[str, str]]:
    rows = []
    for engine, reason in stock.engines.items():
        if not files_for(card, engine):
            continue
        best = stock.best.get(card.name)
        words = said(reason) if reason else tr("ready")
        if best is not None and best.engine == engine:
            words = tr("ready; measured best here, so it is taken where the engine is automatic")
        rows.append((ENGINE_TITLES[engine], words))
    return rows


def _measured(found: Sequence[Measured], colours: Colours) -> str:
    if not found:
        return _paragraph(tr("Measuring…"))
    rows = []
    for place, one in enumerate(found):
        title = " · ".join(filter(None, (ENGINE_TITLES[one.engine], one.device)))
        if one.milliseconds is None:
            rows.append((title, said(one.note)))
        else:
            best = place == 0 and len(found) > 1
            words = f"{milliseconds(one.milliseconds)} {tr('✓ quickest') if best else ''}"
            rows.append((title, f"{words} {said(one.note)}".strip()))
    return _table(rows)


def _findings(findings: Sequence[Text | Problem], colours: Colours) -> str:
    if not findings:
        return _paragraph(tr("Checking…"))
    lines = []
    for one in findings:
        if isinstance(one, Problem):
            lines.append(_coloured(f"✗ {said(one.message)} {said(one.hint)}", colours.problem))
        else:
            lines.append(_paragraph(f"✓ {said(one)}"))
    return "".join(lines)


def _figures(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """What the program's own cards tell is translated; what others tell stays as they wrote it."""
    return [
        (said(Text(name)), _real(value) if isinstance(value, int | float) else str(value))
        for name, value in figures.items()
    ]


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td style="padding-right: 12px">{escape(name)}</td><td>{escape(value)}</td></tr>' for name, value in rows
    )
    return f"<table>{cells}</table>"


def _heading(text: str) -> str:
    return f"<h4>{escape(text)}</h4>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _coloured(text: str, colour: str) -> str:
    return f'<p style="color: {colour}">{escape(text)}</p>'


def _real(value: float) -> str:
    return QLocale().toString(value) if isinstance(value, int) else QLocale().toString(value, "g", 4)
