"""The face recognition pipeline as PaddleX runs it: boxes cropped as they are, faces compared with all of an index."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputProblem
from core.paddlex import enrolling
from core.paddlex.arguments import number, tell_unknown, whole
from core.paddlex.index_data import IndexData, IndexLike
from core.paddlex.inputs import Sample
from core.paddlex.predictors import FaceDetectionModel, FaceFeatureModel
from core.paddlex.results import FaceRecognitionResult
from core.paddlex.work import Told, work_through
from core.types import Faces, Pixels


@dataclass(frozen=True)
class Limits:
    """What is asked of a call."""

    det_threshold: float = 0.5
    rec_threshold: float = 0.5
    rec_topk: int = 5


@dataclass(frozen=True)
class _Kept:
    """An index folder as it was read last, so that it is not read again for every picture."""

    folder: str
    state: tuple[tuple[int, int], ...]  # size and time of both files
    index: IndexData


class FaceRecognitionPipeline:
    """Builds, changes and searches indexes. Raises Problems; a call that raises has changed nothing."""

    def __init__(
        self,
        detector: FaceDetectionModel,
        feature: FaceFeatureModel,
        limits: Limits,
        *,
        index: IndexLike | None = None,
    ) -> None:
        self.det_model, self.rec_model, self._limits = detector, feature, limits
        self._kept: _Kept | None = None
        self._index = None if index is None else enrolling.opened(index)

    def __enter__(self) -> FaceRecognitionPipeline:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the memory of both models back."""
        self.det_model.close()
        self.rec_model.close()

    def build_index(
        self, gallery_imgs: Any, gallery_label: Any, metric_type: str = "IP", index_type: str = "HNSW32", **unknown: Any
    ) -> IndexData:
        """An index of pictures and labels: lists side by side, or a folder and a list file ("path label" lines)."""
        tell_unknown(unknown)
        return enrolling.build(
            self.rec_model, gallery_imgs, gallery_label, metric_type=metric_type, index_type=index_type
        )

    def append_index(self, gallery_imgs: Any, gallery_label: Any, index: IndexLike) -> IndexData:
        """The index with pictures more, under ids that follow its highest. A folder itself stays as it is."""
        return enrolling.append(self.rec_model, gallery_imgs, gallery_label, index)

    def remove_index(self, remove_ids: Any, index: IndexLike) -> IndexData:
        """The index without some ids (a list, or a file with one per line). A folder itself stays as it is."""
        return enrolling.remove(remove_ids, index)

    def predict(
        self,
        input: Any,
        index: IndexLike | None = None,
        *,
        det_threshold: float | None = None,
        rec_threshold: float | None = None,
        rec_topk: int | None = None,
        hamming_radius: float | None = None,
        problems: Told | None = None,
        **unknown: Any,
    ) -> Iterator[FaceRecognitionResult]:
        """Results picture by picture. What is None is as configured.

        A picture that cannot be read is told to `problems`, else raised after the last result.
        """
        tell_unknown(unknown if hamming_radius is None else {**unknown, "hamming_radius": hamming_radius})
        searched = self._searched(index)
        base = self._limits
        limits = Limits(
            base.det_threshold if det_threshold is None else number("det_threshold", det_threshold),
            base.rec_threshold if rec_threshold is None else number("rec_threshold", rec_threshold),
            base.rec_topk if rec_topk is None else whole("rec_topk", rec_topk),
        )
        work = partial(self._results, searched, limits)
        return work_through(input, work, batch_size=self.det_model.batch_size, problems=problems)

    __call__ = predict

    def _searched(self, index: IndexLike | None) -> IndexData:
        if index is None:
            if self._index is None:
                raise InputProblem(
                    "There is no index to look in.",
                    "Name one in the configuration, or give one: index (what build_index returned, or a folder) in a "
                    "script, --index FOLDER on the command line.",
                )
            return self._index
        if isinstance(index, IndexData):
            return index
        folder = str(index)
        state = _state(folder)
        if self._kept is None or (self._kept.folder, self._kept.state) != (folder, state):
            self._kept = _Kept(folder, state, enrolling.opened(index))
        return self._kept.index

    def _results(self, index: IndexData, limits: Limits, samples: Sequence[Sample]) -> Iterator[FaceRecognitionResult]:
        found = self.det_model.find([sample.pixels for sample in samples], limits.det_threshold)
        for sample, faces in zip(samples, found, strict=True):
            values: dict[str, Any] = {"input_path": sample.path, "input_img": sample.pixels}
            if sample.page is not None:
                values["page_index"] = sample.page
            values["boxes"] = self._named(index, limits, sample.pixels, faces)
            yield FaceRecognitionResult(values, name=sample.name)

    def _named(self, index: IndexData, limits: Limits, pixels: Pixels, faces: Faces) -> list[dict[str, Any]]:
        crops = [_cropped(pixels, box) for box in faces.boxes.tolist()]
        whole_ones = [position for position, crop in enumerate(crops) if crop.size]
        answers: list[tuple[list[str] | None, list[float] | None]] = [(None, None)] * len(crops)
        features = self.rec_model.features([crops[position] for position in whole_ones])
        found = index.search(features, limits.rec_topk, limits.rec_threshold)
        for position, answer in zip(whole_ones, found, strict=True):
            answers[position] = answer
        return [
            {"labels": labels, "rec_scores": scores, "det_score": score, "coordinate": box}
            for (labels, scores), score, box in zip(answers, faces.scores.tolist(), faces.boxes.tolist(), strict=True)
        ]


def _cropped(pixels: Pixels, box: Sequence[float]) -> Pixels:
    """The box without its fractions, without margin; no pixels where it is narrower than one."""
    x1, y1, x2, y2 = (int(side) for side in box)
    return np.ascontiguousarray(pixels[y1:y2, x1:x2])


def _state(folder: str) -> tuple[tuple[int, int], ...]:
    try:
        found = [os.stat(Path(folder) / name) for name in ("vector.index", "id_map.yaml")]  # noqa: PTH116
    except OSError:
        return ()
    return tuple((each.st_size, each.st_mtime_ns) for each in found)
