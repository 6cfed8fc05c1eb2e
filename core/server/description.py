"""The description of the service: OpenAPI for programs, and a page for people that loads nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.server import forms

_ABOUT = (
    "Face recognition over HTTP, with the endpoints and the JSON of PaddleX's service. "
    "Pictures come as base64 in JSON, or as files of a form (multipart/form-data: image, label, ids and the other "
    "fields by their names). Where the service asks for a token: Authorization: Bearer TOKEN."
)
_FAILURES = {
    "401": "A right token is needed",
    "403": "Not allowed here",
    "404": "No such index, gallery or path",
    "409": "The index and the models do not fit, or the gallery cannot be used",
    "413": "The request is too large",
    "422": "A field is wrong; errorMsg is a JSON text that names it",
    "503": "Busy; try again",
    "504": "It took too long",
}
_RESULTS: tuple[type[BaseModel], ...] = (
    *(forms.BuildIndexResult, forms.AddImagesToIndexResult, forms.RemoveImagesFromIndexResult),
    *(forms.DeleteIndexResult, forms.InferResult, forms.GalleriesResult, forms.NoResultResponse),
)
_FILE = {"type": "string", "format": "binary"}


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = get_openapi(title="FaceFolio", version="1", description=_ABOUT, routes=app.routes)
    models = [(model, "validation") for model in forms.REQUESTS] + [(model, "serialization") for model in _RESULTS]
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    found["components"] = {
        "schemas": schemas["$defs"],
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    found["security"] = [{}, {"token": []}]
    return found


def request_body(form: type[forms.Form] | None, result: type[BaseModel] | None) -> dict[str, Any]:
    """What a path takes and gives, for `openapi_extra`."""
    told: dict[str, Any] = {"responses": _responses(result)}
    if form is not None:
        told["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": forms.schema_extra(form)},
                "multipart/form-data": {"schema": _as_files(form)},
            },
        }
    return told


def _responses(result: type[BaseModel] | None) -> dict[str, Any]:
    nothing = forms.schema_extra(forms.NoResultResponse)
    good: dict[str, Any] = nothing
    if result is not None:
        code, message = {"type": "integer", "const": 0}, {"type": "string", "const": "Success"}
        fields = {"logId": {"type": "string"}, "result": forms.schema_extra(result)}
        good = {"type": "object", "properties": {**fields, "errorCode": code, "errorMsg": message}}
    failures = {
        status: {"description": text, "content": {"application/json": {"schema": nothing}}}
        for status, text in _FAILURES.items()
    }
    return {
        "200": {"description": "Successful Response", "content": {"application/json": {"schema": good}}},
        **(failures if result is not None else {}),
    }


def _as_files(form: type[forms.Form]) -> dict[str, Any]:
    """The same fields as parts of a form."""
    fields: dict[str, Any] = {}
    for name, rule in form.model_json_schema()["properties"].items():
        if name == "imageLabelPairs":
            fields["image"] = {"type": "array", "items": _FILE}
            fields["label"] = {
                "type": "array",
                "items": {"type": "string"},
                "description": "One per picture, in order.",
            }
        else:
            fields[name] = _FILE if name == "image" else rule
    return {"type": "object", "properties": fields}


def page(document: dict[str, Any]) -> str:
    """The document as a page."""
    parts = [f"<h1>FaceFolio service</h1><p>{escape(document['info']['description'])}</p>"]
    parts.append("<p>For programs: <a href='/openapi.json'>/openapi.json</a></p>")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>")
            parts += _taking(operation, document["components"]["schemas"])
    return f"<!doctype html><html lang='en'><meta charset='utf-8'><title>FaceFolio</title>{_STYLE}{''.join(parts)}"


_STYLE = (
    "<style>body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}code,pre{background:#eee8}"
    "pre{padding:.7em;overflow:auto}td,th{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}</style>"
)


def _taking(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    body = operation.get("requestBody")
    if body is None:
        return
    schema = schemas[body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{'needed' if name in schema.get('required', ()) else ''}</td>"
        f"<td>{escape(rule.get('description', ''))}</td></tr>"
        for name, rule in schema["properties"].items()
    )
    example = {name: rule["examples"][0] for name, rule in schema["properties"].items() if "examples" in rule}
    yield f"<table>{rows}</table><pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
