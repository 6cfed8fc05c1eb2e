"""A drawn town, and services over it that really listen."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.demo.town import Town, draw_town
from core.models.store import ModelStore
from core.settings import Settings

MISSING = [name for name in ("fastapi", "uvicorn", "python_multipart", "httpx") if find_spec(name) is None]
collect_ignore_glob = ["test_*.py"] if MISSING else []  # of the extra [server]

if not MISSING:
    import httpx

    from core.server.app import PATHS, make_app
    from core.server.options import Limits, Options
    from core.server.request_log import RequestLog
    from core.server.running import Server, bound, config_of
    from core.server.service import Service

    LIMITS = Limits(body_bytes=8 << 20, seconds=60, images=20, megapixels=5)


@dataclass(frozen=True)
class Running:
    """A service that listens."""

    client: httpx.Client
    options: Options
    service: Service
    server: Server
    address: str
    log: Path

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.client.post(path, json=body)

    def infer(self, picture: Path, **fields: Any) -> dict[str, Any]:
        answer = self.post("/face-recognition-infer", image=encoded(picture), **{"visualize": False, **fields})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["result"]
        return result

    def build(self, *pairs: tuple[Path, str]) -> str:
        answer = self.post("/face-recognition-index-build", imageLabelPairs=pairs_of(*pairs))
        assert answer.status_code == 200, answer.text
        assert answer.json()["result"]["imageCount"] == len(pairs)
        key: str = answer.json()["result"]["indexKey"]
        return key

    def told(self, count: int) -> list[dict[str, Any]]:
        """What the log tells of that many requests, those about the health left out. It tells after the answer."""
        for _ in range(500):
            lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
            found = [line for line in lines if line["event"] == "request" and line["path"] != "/health"]
            if len(found) >= count:
                return found
            self.client.get("/health")
        raise AssertionError("the log tells too little")


def encoded(picture: Path) -> str:
    return base64.b64encode(picture.read_bytes()).decode()


def pairs_of(*pairs: tuple[Path, str]) -> list[dict[str, str]]:
    return [{"image": encoded(picture), "label": label} for picture, label in pairs]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Three people with two portraits each, and two group pictures."""
    job = draw_town(tmp_path_factory.mktemp("town"), people=3, portraits=2, groups=2, seed=11)
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


@pytest.fixture
def gallery(tmp_path: Path, town: Town) -> Path:
    folder = tmp_path / "the town.gallery"
    assert main(["gallery", "new", str(folder), "-q"]) == 0
    assert main(["enroll", str(folder), str(town.portraits), "-q"]) == 0
    return folder


@pytest.fixture
def portraits(town: Town) -> list[tuple[Path, str]]:
    """Every portrait with whose it is, the people in turn."""
    found = [(file, file.parent.name) for file in town.portraits.rglob("*.*")]
    return sorted(found, key=lambda pair: (pair[0].stem, pair[1]))


@pytest.fixture
def group(town: Town) -> Path:
    return town.groups / town.truth[0].file


@pytest.fixture
def pipeline_file(tmp_path: Path) -> Path:
    """A configuration of PaddleX's form over the built-in models."""
    store = ModelStore()
    detector, feature = store.default_card("detect").name, store.default_card("feature").name
    file = tmp_path / "face_recognition.yaml"
    file.write_text(
        "pipeline_name: face_recognition\nindex: None\ndet_threshold: 0.5\nrec_threshold: 0.2\nrec_topk: 5\n"
        f"SubModules:\n  Detection: {{module_name: face_detection, model_name: {detector}}}\n"
        f"  Recognition: {{module_name: face_feature, model_name: {feature}}}\n",
        encoding="utf-8",
    )
    return file


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts services; they are stopped after the test."""
    with ExitStack() as stack:

        def begin(**fields: Any) -> Running:
            fields = {"store": tmp_path / "store", "limits": LIMITS, "port": 0, **fields}
            return stack.enter_context(running(Options(**fields), tmp_path / "service.log"))

        yield begin


@contextmanager
def running(options: Options, log_file: Path) -> Iterator[Running]:
    log = RequestLog(log_file, paths=PATHS)
    with ExitStack() as stack:
        stack.callback(log.close)
        line = stack.enter_context(bound(options))
        service = stack.enter_context(Service(options, Settings()))
        server = Server(config_of(make_app(service, options, log), options), log)
        line.listen()
        thread = threading.Thread(target=server.run, args=([line],), name="the service")
        thread.start()
        stack.callback(stop, server, thread)
        address = f"http://127.0.0.1:{line.getsockname()[1]}"
        client = stack.enter_context(httpx.Client(base_url=address, timeout=60, trust_env=False))
        yield Running(client, replace(options), service, server, address, log_file)


def stop(server: Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def in_base64() -> Callable[[Path], str]:
    return encoded


@pytest.fixture
def as_pairs() -> Callable[..., list[dict[str, str]]]:
    return pairs_of
