"""Requests taken apart: JSON, or a form with files that goes to disk as it comes; checked field by field."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, TypeVar

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from core.server.answers import Visit
from core.server.forms import (
    AddImagesToIndexRequest,
    BuildIndexRequest,
    Form,
    InferRequest,
    RemoveImagesFromIndexRequest,
)
from core.server.pictures import Sent
from core.server.refusal import Place, Refusal, faults_text, invalid

Kind = TypeVar("Kind", bound=Form)
_QUICK = 1 << 20  # bytes of JSON that are read without a thread of their own
_JSON, _FILES = "application/json", "multipart/form-data"
_FIELDS = 16  # of a form beside those that repeat


@dataclass(frozen=True)
class Taken(Generic[Kind]):
    """A request's fields, and the files that stand for pictures, by place."""

    form: Kind
    files: dict[Place, BinaryIO] = field(default_factory=dict)

    def sent(self, text: str, place: Place) -> Sent:
        return Sent(self.files.get(place, text), place)


@asynccontextmanager
async def taken(request: Request, kind: type[Kind], *, most_images: int) -> AsyncIterator[Taken[Kind]]:
    """The request as `kind`; its files live as long as the block. Raises Refusal."""
    media = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    if media == _FILES:
        # Files larger than a megabyte lie on disk.
        async with request.form(max_files=most_images, max_fields=most_images + _FIELDS) as form:
            values, files = _of_form(form, kind)
            yield Taken(_checked(request, kind, values), files)
    elif media == _JSON or (media.startswith("application/") and media.endswith("+json")):
        data = await request.body()
        values = _parsed(data) if len(data) < _QUICK else await asyncio.to_thread(_parsed, data)
        del data
        yield Taken(_checked(request, kind, values))
    else:
        raise Refusal(415, f"Requests come as {_JSON} or {_FILES}.")


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        raise invalid(("body", error.pos), "json_invalid", "JSON decode error") from error
    except (ValueError, RecursionError) as error:  # no UTF-8, numbers of thousands of digits, thousands of brackets
        raise invalid(("body", 0), "json_invalid", "JSON decode error") from error


def _checked(request: Request, kind: type[Kind], values: Any) -> Kind:
    if isinstance(values, dict):
        _remember(values.get("logId"), Visit.of(request.scope))
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)[:20]]
        raise Refusal(422, faults_text(faults)) from error


def _remember(log_id: object, visit: Visit) -> None:
    """A client's own number for its request, if it can stand in a log."""
    if isinstance(log_id, str) and 0 < len(log_id) <= 100 and log_id.isascii() and log_id.isprintable():
        visit.sent_log_id = log_id


def _of_form(form: FormData, kind: type[Form]) -> tuple[dict[str, Any], dict[Place, BinaryIO]]:
    """The fields of a form as JSON would hold them, and the files by the place they take there."""
    values: dict[str, Any] = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files: dict[Place, BinaryIO] = {}
    pictures = form.getlist("image")
    if issubclass(kind, BuildIndexRequest | AddImagesToIndexRequest):
        labels = form.getlist("label")
        if len(labels) != len(pictures):
            raise invalid(("body", "label"), "value_error", f"{len(pictures)} pictures came with {len(labels)} labels")
        places: list[Place] = [("body", "imageLabelPairs", number, "image") for number in range(len(pictures))]
        texts = [_text(each, place, files) for each, place in zip(pictures, places, strict=True)]
        values["imageLabelPairs"] = [{"image": text, "label": label} for text, label in zip(texts, labels, strict=True)]
    elif issubclass(kind, InferRequest) and len(pictures) > 1:
        raise invalid(("body", "image"), "too_long", f"One picture is looked at in a request, and {len(pictures)} came")
    elif issubclass(kind, InferRequest) and pictures:
        values["image"] = _text(pictures[-1], ("body", "image"), files)
    elif issubclass(kind, RemoveImagesFromIndexRequest):
        values["ids"] = [each for each in form.getlist("ids") if isinstance(each, str)]
    return values, files


def _text(value: UploadFile | str, place: Place, files: dict[Place, BinaryIO]) -> str:
    if isinstance(value, str):
        return value
    files[place] = value.file
    return ""
