"""The service as a running program: opened, listening, and stopped without losing what is under way."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import uvicorn

from core.errors import SettingsProblem
from core.server.app import PATHS, make_app
from core.server.options import Options, check
from core.server.request_log import RequestLog
from core.server.service import Service
from core.settings import Settings

_BACKLOG = 2048  # connections that wait to be taken


def serve(options: Options, settings: Settings, *, quiet: bool, ready: Callable[[str], object]) -> None:
    """Serves until SIGTERM or Ctrl-C; `ready` is told the address once it listens. Raises Problem."""
    check(options)
    log = _log(options, quiet=quiet)
    try:
        with bound(options) as line, Service(options, settings) as service:
            log.take_over()
            server = Server(config_of(make_app(service, options, log), options), log)
            address = _address(options, line)
            line.listen(_BACKLOG)  # whoever hears that it serves may come at once
            log.event("start", address=address)
            ready(address)
            server.run(sockets=[line])
            log.event("stop")
    finally:
        log.close()


class Server(uvicorn.Server):
    """Ends by itself after a signal, so that everything behind it is closed in order."""

    def __init__(self, config: uvicorn.Config, log: RequestLog) -> None:
        super().__init__(config)
        self._log = log

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        known = [each for each in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", None)) if each]
        before = {each: signal.signal(each, self._asked) for each in known}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _asked(self, number: int, frame: Any) -> None:
        # Asked again, it does not wait for what is under way.
        self.force_exit = self.should_exit
        self.should_exit = True


def config_of(app: Any, options: Options) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=max(1, round(options.grace)),
        ssl_certfile=options.certificate,
        ssl_keyfile=options.private_key,
    )


def bound(options: Options) -> socket.socket:
    """Listening is tried before models are opened, so that a port in use is told at once."""
    try:
        kind, _, _, _, place = socket.getaddrinfo(
            options.host.strip("[]") or None, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as failing:
            # With the protocol named, asyncio sends small answers at once instead of holding them for 40 ms.
            line = failing.enter_context(socket.socket(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP))
            if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows means something else by it
                line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind(place)
            failing.pop_all()
    except OSError as error:
        raise SettingsProblem(
            "The service cannot listen on {host}, port {port}: {reason}.",
            "It was not started. Another program may use that port: choose another with --port.",
            host=options.host,
            port=options.port,
            reason=error.strerror or error,
        ) from error
    return line


def _address(options: Options, line: socket.socket) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    scheme = "https" if options.certificate else "http"
    return f"{scheme}://{host}:{line.getsockname()[1]}"


def _log(options: Options, *, quiet: bool) -> RequestLog:
    try:
        return RequestLog(options.log_file, paths=PATHS, quiet=quiet)
    except OSError as error:
        raise SettingsProblem(
            "{file} cannot be written: {reason}.",
            "The service was not started; give another --log-file.",
            file=options.log_file,
            reason=error.strerror or error,
        ) from error
