"""Rows of photos as bytes, for a process's own memory: about a quarter of what the objects take."""

from __future__ import annotations

import marshal
from typing import Any

from core.errors import Text
from core.result_row import Answer, ResultRow
from core.types import Decision, Match, Quality

_PLAIN = (str, int, float, bool, type(None))


class Packer:
    """Packs and unpacks rows; sentences are kept once for all rows."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._templates: list[str] = []

    def packed(self, row: ResultRow) -> bytes:
        quality, decision, answer = row.quality, row.decision, row.answer
        return marshal.dumps(
            (
                row.source,
                row.sha256,
                float(row.when),
                tuple(map(float, row.box)),
                tuple(map(int, row.frame_size)),
                (decision.kind, self._text(decision.reason), decision.margin and float(decision.margin)),
                _plain(row.matches),
                None if quality is None else self._quality(quality),
                float(row.score),
                None if row.landmarks is None else tuple((float(x), float(y)) for x, y in row.landmarks),
                None if answer is None else (answer.kind, answer.identity, answer.name, answer.faces, answer.saved),
                tuple(row.excluded),
                _plain(row.found),
            )
        )

    def row(self, data: bytes) -> ResultRow:
        """From any thread."""
        (source, sha256, when, box, size, decision, matches, quality, score, landmarks, answer, excluded, found) = (
            marshal.loads(data)
        )
        return ResultRow(
            "photo",
            source,
            when,
            box,
            size,
            Decision(decision[0], self._sentence(decision[1]), decision[2]),
            tuple(Match(*each) for each in matches),
            None if quality is None else self._measured(*quality),
            score,
            landmarks,
            sha256,
            answer=None if answer is None else Answer(*answer),
            excluded=frozenset(excluded),
            found=tuple(Match(*each) for each in found),
        )

    def _quality(self, quality: Quality) -> tuple[Any, ...]:
        numbers = (quality.score, quality.size, quality.sharpness, quality.light, quality.yaw, quality.pitch)
        return tuple(map(float, (*numbers, quality.roll))), tuple(map(self._text, quality.reasons))

    def _measured(self, numbers: tuple[float, ...], reasons: tuple[Any, ...]) -> Quality:
        score, size, sharpness, light, yaw, pitch, roll = numbers
        return Quality(score, size, sharpness, light, yaw, pitch, roll, tuple(map(self._sentence, reasons)))

    def _text(self, text: Text) -> tuple[int, dict[str, Any]]:
        number = self._numbers.setdefault(text.template, len(self._numbers))
        if number == len(self._templates):
            self._templates.append(text.template)
        values = {name: value if type(value) in _PLAIN else str(value) for name, value in text.values.items()}
        return number, values

    def _sentence(self, packed: tuple[int, dict[str, Any]]) -> Text:
        return Text(self._templates[packed[0]], packed[1])


def _plain(matches: tuple[Match, ...]) -> tuple[tuple[int, str, float, int], ...]:
    return tuple((int(each.identity), each.name, float(each.similarity), int(each.face)) for each in matches)
