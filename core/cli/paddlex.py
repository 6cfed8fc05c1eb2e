"""facefolio paddlex ...: PaddleX's own way of building and searching an index."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.cli.console import Console, number
from core.cli.output import check_output, json_for_screen, write_output
from core.errors import InputProblem
from core.models.cards import Task
from core.paddlex.config import ModuleConfig, PipelineConfig
from core.paddlex.create import configuration, create_pipeline, feature_model
from core.paddlex.enrolling import appending, building, ids_of
from core.paddlex.index_data import IndexData
from core.paddlex.inputs import sources
from core.paddlex.model_cards import find_card
from core.paddlex.results import FaceRecognitionResult, json_text
from core.settings import Settings
from core.types import Step


def build(arguments: Namespace, settings: Settings, console: Console) -> int:
    root = arguments.root or arguments.list.parent
    _check_folder(arguments.to)
    with feature_model(_configured(arguments)) as model:
        job = building(model, root, arguments.list, metric_type=arguments.metric_type, index_type=arguments.index_type)
        index = console.follow(job, "Building", unit="picture")
    return _saved(index, arguments.to, console)


def append(arguments: Namespace, settings: Settings, console: Console) -> int:
    root, target = arguments.root or arguments.list.parent, arguments.to or arguments.index
    _check_folder(target)
    with feature_model(_configured(arguments)) as model:
        job = appending(model, root, arguments.list, arguments.index)
        index = console.follow(job, "Appending", unit="picture")
    return _saved(index, target, console)


def remove(arguments: Namespace, settings: Settings, console: Console) -> int:
    target = arguments.to or arguments.index
    _check_folder(target)
    texts = [str(each) for each in arguments.ids]
    strange = [text for text in texts if not text.isdecimal()]
    if strange and len(texts) > 1:
        raise InputProblem(
            "No ids: {words}.", "Nothing was changed. Give ids, or one file.", words=", ".join(strange)[:200]
        )
    ids = ids_of(arguments.ids[0] if strange else [int(text) for text in texts])
    return _saved(IndexData.load(arguments.index).remove(ids), target, console)


def predict(arguments: Namespace, settings: Settings, console: Console) -> int:
    printed = arguments.json == Path("-")
    check_output(None if printed else arguments.json)
    if arguments.save is not None:
        _check_folder(arguments.save)
    found = sources(arguments.inputs)
    entries: list[Any] = []

    def each(step: Step[FaceRecognitionResult]) -> None:
        entries.append(step.item.json["res"])
        if not printed:
            console.say(_line(step.item))
        if arguments.save is not None:
            step.item.save_all(arguments.save)

    config = _configured(arguments)
    with create_pipeline(config=config) as pipeline:
        results = pipeline.predict(
            found,
            index=arguments.index,
            det_threshold=arguments.det_threshold,
            rec_threshold=arguments.rec_threshold,
            rec_topk=arguments.top_k,
            problems=console.failed,
        )
        console.follow(_steps(results, len(found)), "Recognizing", each=each)
    if printed:
        console.say(json_for_screen(entries))
    elif arguments.json:
        write_output(arguments.json, json_text(entries, indent=2, ensure_ascii=False) + "\n")
    return 0


def _steps(results: Iterator[FaceRecognitionResult], total: int) -> Generator[Step[FaceRecognitionResult], None, None]:
    for done, result in enumerate(results, 1):
        yield Step(done, max(done, total), result)


def _line(result: FaceRecognitionResult) -> str:
    page = f" (page {result['page_index'] + 1})" if "page_index" in result else ""
    faces = [
        f"{box['labels'][0]} {box['rec_scores'][0]:.2f}" if box["labels"] else "unknown" for box in result["boxes"]
    ]
    return f"{result['input_path']}{page}: {', '.join(faces) or 'no face'}"


def _saved(index: IndexData, folder: Path, console: Console) -> int:
    index.save(folder)
    labels = Counter(index.id_map.values())
    console.say(
        f"Wrote {number(len(index), 'face')} under {number(len(labels), 'label')} to {folder} "
        f"({index.index_type}, {index.metric_type})."
    )
    return 0


def _configured(arguments: Namespace) -> PipelineConfig:
    """The configuration of the file or PaddleX's own, with the models and engine that were asked for."""
    config = configuration(arguments.pipeline or "face_recognition")
    recognition = _chosen(arguments.feature, config.recognition, "feature")
    wanted = getattr(arguments, "detector", None)
    config = replace(config, recognition=recognition, detection=_chosen(wanted, config.detection, "detect"))
    if arguments.device not in (None, "auto"):
        config = replace(config, device=arguments.device)
    if arguments.engine is not None:
        config = _everywhere(config, engine=arguments.engine, engine_config=None, use_hpip=False)
    if arguments.threads is not None:
        name = "intra_op_num_threads" if config.engine == "onnxruntime" else "cpu_threads"
        config = _everywhere(config, engine_config={name: arguments.threads})
    return config


def _everywhere(config: PipelineConfig, **options: Any) -> PipelineConfig:
    """The options for the pipeline and both of its models, whatever these say."""
    modules = {name: replace(getattr(config, name), **options) for name in ("detection", "recognition")}
    return replace(config, **options, **modules)


def _chosen(wanted: str | None, module: ModuleConfig, task: Task) -> ModuleConfig:
    """The module with another model, told by its name or its folder."""
    if wanted is None:
        return module
    folder = wanted if Path(wanted).is_dir() else None
    name = wanted if folder is None else find_card(None, folder, task=task).name
    return replace(module, model_name=name, model_dir=None if folder is None else str(Path(folder).absolute()))


def _check_folder(folder: Path) -> None:
    """Raises InputProblem for a place where no folder can be, before the work begins."""
    standing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not standing.is_dir():
        raise InputProblem("{path} is no folder.", "Nothing was done; give another one.", path=standing)
