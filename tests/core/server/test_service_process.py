"""`facefolio serve` as a program: started, refused, stopped by a signal."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from core.cli import main
from core.index.foreign import write_paddlex_index
from core.server.options import Options
from core.server.running import bound

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def program(*arguments: object, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running service and its address."""
    command = [sys.executable, str(ROOT / "main.py"), "serve", "--port", "0", *(str(each) for each in arguments)]
    started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **variables})
    try:
        assert started.stderr is not None
        for line in started.stderr:
            if line.startswith("Serving at "):
                yield started, line.split()[2].rstrip(",")
                break
        else:
            raise AssertionError("it did not start")
    finally:
        started.kill()
        started.wait()
        if started.stderr is not None:
            started.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_when_what_runs_is_answered(gallery, group, tmp_path, number) -> None:
    log = tmp_path / "logs" / "service.log"
    with program(gallery, "--log-file", log, "--runs", 1) as (started, address):
        body = json.dumps({"image": base64.b64encode(group.read_bytes()).decode()})
        lines = [HTTPConnection(address.removeprefix("http://"), timeout=60) for _ in range(4)]
        for line in lines:
            line.request("POST", "/face-recognition-infer", body, {"Content-Type": "application/json"})
        httpx.get(f"{address}/health")  # once this is answered, those before it have come in
        started.send_signal(number)
        answers = [line.getresponse() for line in lines]
        assert [answer.status for answer in answers] == [200] * 4
        assert all(json.loads(answer.read())["result"]["faces"] for answer in answers)
        for line in lines:
            line.close()
        assert started.wait(30) == 0
    told = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [told[0]["event"], told[-1]["event"]] == ["start", "stop"]


def test_small_answers_are_not_held_back() -> None:
    """asyncio sets TCP_NODELAY only on sockets that name their protocol."""
    with bound(Options(port=0)) as line:
        assert line.proto == socket.IPPROTO_TCP


def test_a_token_from_the_environment_is_asked_for(gallery) -> None:
    with program(gallery, "--host", "0.0.0.0", FACEFOLIO_TOKEN="s3cret") as (_, address):
        local = address.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{local}/galleries").status_code == 401
        assert httpx.get(f"{local}/galleries", headers={"Authorization": "Bearer s3cret"}).status_code == 200


REFUSED: list[tuple[list[str], str]] = [
    ([], "nothing to serve"),
    (["G", "--host", "0.0.0.0"], "no token is set"),
    (["G", "--host", "::"], "no token is set"),
    (["G", "--host", "192.168.1.5"], "no token is set"),
    (["G", "--token", ""], "The token is empty"),
    (["G", "--token", "two words"], "no header can carry"),
    (["G", "--token-file", "absent"], "absent cannot be read"),
    (["G", "--allow-origin", "*"], "every web page"),
    (["G", "--tls-cert", "x.pem"], "belong together"),
    (["G", "--host", "203.0.113.7", "--token", "x"], "cannot listen"),
    (["--pipeline", "absent.yaml"], "absent.yaml"),
    (["--pipeline", "absent.yaml", "--index", "staff"], "no gallery is served"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_what_is_unsafe_or_wrong_does_not_start(arguments, words, gallery, capsys, monkeypatch) -> None:
    monkeypatch.delenv("FACEFOLIO_TOKEN", raising=False)
    status = main(["serve", *(str(gallery) if each == "G" else each for each in arguments), "--port", "0"])
    assert status == 2
    assert words in capsys.readouterr().err


def test_an_index_of_another_model_does_not_start(pipeline_file: Path, tmp_path: Path, capsys) -> None:
    features = np.eye(2, 9, dtype=np.float32)
    folder = tmp_path / "index"
    write_paddlex_index(folder, ids=np.arange(2), labels=["a", "b"], features=features, kind="Flat", metric="IP")
    text = pipeline_file.read_text(encoding="utf-8")
    pipeline_file.write_text(text.replace("index: None", "index: index"), encoding="utf-8")
    assert main(["serve", "--pipeline", str(pipeline_file), "--port", "0"]) == 1
    assert "features of 9 numbers" in capsys.readouterr().err


def test_an_index_that_is_none_does_not_start(gallery, capsys) -> None:
    assert main(["serve", str(gallery), "--index", "staff", "--port", "0"]) == 1
    assert "no index called staff" in capsys.readouterr().err


def test_a_gallery_that_is_none_does_not_start(tmp_path, capsys) -> None:
    assert main(["serve", str(tmp_path), "--port", "0"]) == 1
    assert "facefolio:" in capsys.readouterr().err


def test_a_store_that_pipelines_name_is_used(
    start: Callable[..., Any], pipeline_file: Path, portraits: Any, tmp_path: Path
) -> None:
    text = pipeline_file.read_text(encoding="utf-8")
    storage = (
        f"Serving: {{visualize: false, extra: {{index_storage: {{type: file_system, directory: '{tmp_path / 'D'}'}}}}}}"
    )
    pipeline_file.write_text(f"{text}{storage}\n", encoding="utf-8")
    service = start(pipeline=pipeline_file, store=None)
    key = service.build(portraits[0])
    assert (tmp_path / "D" / key).is_file()
    body = {"image": base64.b64encode(portraits[0][0].read_bytes()).decode(), "indexKey": key}
    assert "image" not in service.post("/face-recognition-infer", **body).json()["result"]
    pipeline_file.write_text(f"{text}Serving: {{extra: {{index_storage: {{type: bos}}}}}}\n", encoding="utf-8")
    with pytest.raises(Exception, match="must be file_system or memory, not 'bos'"):
        start(pipeline=pipeline_file, store=None)


def test_without_the_extra_the_way_to_it_is_told(gallery) -> None:
    code = (
        "import sys\n"
        "sys.modules['fastapi'] = None\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from core.cli import main\n"
        f"sys.exit(main(['serve', {str(gallery)!r}]))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "pip install facefolio[server]" in answer.stderr


def test_the_service_knows_no_window() -> None:
    code = "import sys, core.server.running; print([n for n in ('PySide6', 'gui', 'paddle') if n in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_an_engine_beside_a_pipeline_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--pipeline", str(tmp_path / "face_recognition.yaml"), "--engine", "onnxruntime"]) == 2
    assert "says itself which engine" in capsys.readouterr().err
