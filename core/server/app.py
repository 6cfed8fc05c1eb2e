"""The application: paths, what each takes, and the way from a request to its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from core.errors import Problem
from core.server import forms
from core.server.answers import Visit, failure, healthy, success
from core.server.description import described, page, request_body
from core.server.door import Door, whereabouts
from core.server.eyes import Asked, checked
from core.server.fetching import Fetcher, is_address
from core.server.gate import Gate, Ticket
from core.server.intake import Taken, taken
from core.server.options import Options
from core.server.pictures import Sent
from core.server.refusal import Gone, Refusal, invalid, refused
from core.server.request_log import RequestLog
from core.server.service import Pair, Service

Work = Callable[[Ticket], dict[str, Any]]
PATHS = (
    *("/health", "/galleries", "/openapi.json", "/docs", "/face-recognition-index-build", "/face-recognition-infer"),
    *("/face-recognition-index-add", "/face-recognition-index-remove", "/face-recognition-index-delete"),
)
_NO_ADDRESSES = "Addresses are not fetched here; send the picture itself, as base64 or as a file."
_FETCHES = 8  # at once
_INDEX = "/face-recognition-index"


class Answering:
    """The handlers of all paths, and what they share."""

    def __init__(self, service: Service, options: Options) -> None:
        self._service, self._options = service, options
        limits = options.limits
        self.gate = Gate(
            runs=limits.runs, waiting=limits.waiting, wait_seconds=limits.wait_seconds, seconds=limits.seconds
        )
        self._fetcher = Fetcher(limits.body_bytes, min(limits.seconds / 2, 30.0))
        self._fetching = ThreadPoolExecutor(_FETCHES, thread_name_prefix="service fetch")

    def close(self) -> None:
        self._fetching.shutdown(wait=True, cancel_futures=True)
        self.gate.close()

    async def health(self, request: Request) -> Response:
        return healthy(Visit.of(request.scope))

    async def galleries(self, request: Request) -> Response:
        return await self._worked(request, lambda ticket: {"galleries": self._service.galleries()})

    async def build(self, request: Request) -> Response:
        async with self._taken(request, forms.BuildIndexRequest) as asked:
            pairs = await self._pairs(request, asked, asked.form.pairs)
            return await self._worked(request, lambda ticket: self._service.build(pairs, ticket))

    async def add(self, request: Request) -> Response:
        async with self._taken(request, forms.AddImagesToIndexRequest) as asked:
            pairs = await self._pairs(request, asked, asked.form.pairs)
            return await self._worked(request, lambda ticket: self._service.add(asked.form.key, pairs, ticket))

    async def remove(self, request: Request) -> Response:
        async with self._taken(request, forms.RemoveImagesFromIndexRequest) as asked:
            form = asked.form
            return await self._worked(request, lambda ticket: self._service.remove(form.key, form.ids, ticket))

    async def delete(self, request: Request) -> Response:
        async with self._taken(request, forms.DeleteIndexRequest) as asked:
            return await self._worked(request, lambda ticket: self._service.delete(asked.form.key, ticket))

    async def infer(self, request: Request) -> Response:
        async with self._taken(request, forms.InferRequest) as taken_form:
            form = taken_form.form
            picture = self._service.visualize if form.visualize is None else form.visualize
            asked = Asked(form.det_threshold, form.rec_threshold, form.topk, picture, form.index_name)
            checked(asked, most=self._options.limits.faces_asked)
            [sent] = await self._fetched(request, [taken_form.sent(form.image, ("body", "image"))])
            return await self._worked(request, lambda ticket: self._service.infer(sent, form.key, asked, ticket))

    def _taken(self, request: Request, kind: type[Any]) -> Any:
        return taken(request, kind, most_images=self._options.limits.images)

    async def _worked(self, request: Request, work: Work) -> Response:
        visit = Visit.of(request.scope)
        result = await self.gate.run(work, visit=visit, gone=_left(request))
        if "faces" in result:
            visit.faces = len(result["faces"])
        return success(visit, result)

    async def _pairs(self, request: Request, asked: Taken[Any], given: Sequence[forms.ImageLabelPair]) -> list[Pair]:
        most = self._options.limits.images
        if len(given) > most:
            raise invalid(("body", "imageLabelPairs"), "too_long", f"At most {most} pictures are taken at once")
        places = (("body", "imageLabelPairs", number, "image") for number in range(len(given)))
        sent = [asked.sent(pair.image, place) for pair, place in zip(given, places, strict=True)]
        sent = await self._fetched(request, sent)
        return [Pair(each, pair.label) for each, pair in zip(sent, given, strict=True)]

    async def _fetched(self, request: Request, sent: Sequence[Sent]) -> list[Sent]:
        """With the bytes behind every address. Together they may be as large as one request."""
        visit = Visit.of(request.scope)
        visit.images = len(sent)
        found, total = list(sent), 0
        for number, each in enumerate(sent):
            if not isinstance(each.content, str) or not is_address(each.content):
                continue
            if not self._options.allow_urls:
                raise invalid(each.place, "address", _NO_ADDRESSES)
            loop = asyncio.get_running_loop()
            data = await loop.run_in_executor(self._fetching, self._fetcher.fetch, each.content, each.place)
            total += len(data)
            if total > self._options.limits.body_bytes:
                raise invalid(each.place, "address", "The pictures behind the addresses are too large together.")
            found[number] = Sent(data, each.place)
        return found


async def _left(request: Request) -> None:
    """Ends when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def make_app(service: Service, options: Options, log: RequestLog) -> ASGIApp:
    """The whole service as one application; it closes its threads, not `service`, at its end."""
    answering = Answering(service, options)

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await asyncio.to_thread(answering.close)

    app = FastAPI(
        title="FaceFolio", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=living
    )
    _add_paths(app, answering)
    _add_failures(app)
    text = described(app)
    app.add_route("/openapi.json", _shown(lambda: JSONResponse(text)), include_in_schema=False)
    app.add_route("/docs", _shown(lambda: HTMLResponse(page(text), headers=_STILL)), include_in_schema=False)
    inside: ASGIApp = app
    if options.allow_origins:
        inside = CORSMiddleware(
            app,
            allow_origins=options.allow_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type"),
        )
    return Door(inside, options, log)


_STILL = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "X-Frame-Options": "DENY"}


def _add_paths(app: FastAPI, answering: Answering) -> None:
    _add(app, "/health", answering.health, "checkHealth")
    _add(app, "/galleries", answering.galleries, "listGalleries", result=forms.GalleriesResult)
    _add(app, "/face-recognition-infer", answering.infer, "infer", forms.InferRequest, result=forms.InferResult)
    build, add = forms.BuildIndexRequest, forms.AddImagesToIndexRequest
    remove, delete = forms.RemoveImagesFromIndexRequest, forms.DeleteIndexRequest
    _add(app, f"{_INDEX}-build", answering.build, "buildIndex", build, result=forms.BuildIndexResult)
    _add(app, f"{_INDEX}-add", answering.add, "addImagesToIndex", add, result=forms.AddImagesToIndexResult)
    _add(
        app, f"{_INDEX}-remove", answering.remove, "removeImagesFromIndex", remove,
        result=forms.RemoveImagesFromIndexResult,
    )  # fmt: skip
    _add(app, f"{_INDEX}-delete", answering.delete, "deleteIndex", delete, result=forms.DeleteIndexResult)


def _add(
    app: FastAPI,
    path: str,
    handler: Callable[[Request], Awaitable[Response]],
    operation: str,
    form: type[forms.Form] | None = None,
    *,
    result: type[BaseModel] | None = None,
) -> None:
    app.add_api_route(
        path,
        handler,
        methods=["GET" if form is None else "POST"],
        operation_id=operation,
        response_model=None,
        openapi_extra=request_body(form, result),
    )


def _add_failures(app: FastAPI) -> None:
    """Every error in the form of PaddleX's service."""

    async def of_refusal(request: Request, error: Exception) -> Response:
        refusal = cast(Refusal, error)
        return failure(Visit.of(request.scope), refusal.status, refusal.message, refusal.headers)

    async def of_problem(request: Request, error: Exception) -> Response:
        return await of_refusal(request, refused(cast(Problem, error)))

    async def of_http(request: Request, error: Exception) -> Response:
        known = cast(HTTPException, error)
        return failure(Visit.of(request.scope), known.status_code, str(known.detail), dict(known.headers or {}))

    async def of_gone(request: Request, error: Exception) -> Response:
        visit = Visit.of(request.scope)
        visit.fault = "the client left"
        return failure(visit, 499, "The client left.")

    async def of_fault(request: Request, error: Exception) -> Response:
        visit = Visit.of(request.scope)
        visit.fault = whereabouts(error)
        return failure(visit, 500, "Internal server error")

    app.add_exception_handler(Refusal, of_refusal)
    app.add_exception_handler(Gone, of_gone)
    app.add_exception_handler(Exception, of_fault)
    app.add_exception_handler(Problem, of_problem)
    app.add_exception_handler(HTTPException, of_http)


def _shown(make: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return make()

    return show
