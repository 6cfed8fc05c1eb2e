"""facefolio serve ..."""

from __future__ import annotations

import importlib
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from core.cli.console import Console
from core.cli.opening import gallery_folder
from core.cli.parser import overrides
from core.errors import InputProblem, SettingsProblem
from core.server.options import MEGABYTE, Limits, Options, check
from core.settings import Settings

_TOKEN = "FACEFOLIO_TOKEN"
_PACKAGES = ("fastapi", "uvicorn", "starlette", "pydantic", "pydantic_core", "python_multipart", "multipart")


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    options = _options(arguments)
    check(options)
    if arguments.pipeline and (arguments.engine or arguments.device):
        raise InputProblem(
            "{path} says itself which engine and device to use.",
            "Leave out --engine and --device, or change that file.",
            path=arguments.pipeline,
        )
    running = _running()
    running.serve(
        options,
        settings.changed(**overrides(arguments)),
        quiet=console.quiet,
        ready=lambda address: _tell(console, options, address),
    )
    return 0


def _tell(console: Console, options: Options, address: str) -> None:
    console.note(f"Serving at {address}, described at {address}/docs. Stop with Ctrl-C.")
    if not options.local and options.certificate is None:
        console.note("The token and the pictures cross the network unencrypted; see --tls-cert.")


def _options(arguments: Namespace) -> Options:
    limits = Limits(
        body_bytes=arguments.max_body * MEGABYTE,
        held_bytes=max(512, 2 * arguments.max_body) * MEGABYTE,
        megapixels=arguments.max_megapixels,
        images=arguments.max_images,
        seconds=arguments.timeout,
        runs=arguments.runs or os.cpu_count() or 1,
        waiting=arguments.waiting,
    )
    return Options(
        galleries=tuple(gallery_folder(each) for each in arguments.galleries),
        all_galleries=arguments.all_galleries,
        index=arguments.index,
        pipeline=arguments.pipeline,
        host=arguments.host,
        port=arguments.port,
        token=_token(arguments),
        writable=arguments.writable,
        allow_urls=arguments.allow_urls,
        allow_origins=tuple(arguments.allow_origin),
        allow_hosts=tuple(arguments.allow_host),
        store=arguments.store,
        limits=limits,
        grace=arguments.grace,
        log_file=arguments.log_file,
        certificate=arguments.tls_cert,
        private_key=arguments.tls_key,
    )


def _token(arguments: Namespace) -> str:
    """As typed, from a file, or from the environment; only the last two stay unseen by others on this machine."""
    if arguments.token is not None:
        token = str(arguments.token)
    elif arguments.token_file is not None:
        token = _content(arguments.token_file)
    else:
        return os.environ.get(_TOKEN, "").strip()
    if not token:
        raise SettingsProblem("The token is empty.", "The service was not started. Give one, or leave the option out.")
    return token


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsProblem(
            "{file} cannot be read: {reason}.",
            "The service was not started.",
            file=file,
            reason=getattr(error, "strerror", None) or error,
        ) from error


def _running() -> Any:
    """The module with the server. Raises SettingsProblem where its packages are not installed."""
    try:
        importlib.import_module("python_multipart")  # which the others import only when the first form arrives
        return importlib.import_module("core.server.running")
    except ImportError as error:
        name = (error.name or "").partition(".")[0]
        if name not in _PACKAGES:
            raise
        raise SettingsProblem(
            "The service needs packages that are not installed here ({name}).",
            "Nothing was started. Install them: pip install facefolio[server]",
            name=name,
        ) from error
