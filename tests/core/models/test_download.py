"""Models of the catalogue fetched from a server on this machine: whole, resumed, refused, cancelled."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import shutil
import socket
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import EngineProblem, ModelProblem, Problem, Text
from core.models import download as downloading
from core.models import fetch as fetching
from core.models.cards import Card, Download
from core.models.download import download, part_file
from core.models.store import ModelStore
from core.models.stream import check_address
from core.paths import resources_folder

NAME = "MobileFaceNet"
DESCRIPTION = {
    "Global": {"model_name": NAME},
    "PreProcess": {
        "transform_ops": [
            {"ResizeImage": {"size": [112, 112]}},
            {"NormalizeImage": {"scale": 1 / 255, "mean": [0.5] * 3, "std": [0.5] * 3}},
            {"ToCHWImage": None},
        ]
    },
    "PostProcess": {"NormalizeFeatures": None},
}


@dataclass
class Served:
    """What the server gives and how; every request's Range is noted."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    ranges: bool = True
    told: int | None = None  # Content-Length, where it is not the truth
    status: int = 0
    stuck: threading.Event = field(default_factory=threading.Event)
    stop_after: int | None = None  # bytes after which nothing more comes until `stuck` is set
    asked: list[str | None] = field(default_factory=list)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    served: Served

    def do_GET(self) -> None:
        served = self.served
        served.asked.append(self.headers.get("Range"))
        start = self._start(served)
        if served.status:
            self.send_response(served.status)
        elif start is not None:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(served.body) - 1}/{len(served.body)}")
        else:
            self.send_response(200)
        body = served.body[start or 0 :]
        for name, value in served.headers.items():
            self.send_header(name, value)
        if served.told != -1:
            self.send_header("Content-Length", str(len(body) if served.told is None else served.told))
        self.end_headers()
        self._send(served, body)

    def do_CONNECT(self) -> None:
        """As a proxy: notes who is asked for and lets nobody through."""
        self.served.asked.append(self.path)
        self.send_response(502)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _start(self, served: Served) -> int | None:
        asked = self.headers.get("Range")
        if not asked or not served.ranges or self.headers.get("If-Range") != served.headers.get("ETag"):
            return None
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def _send(self, served: Served, body: bytes) -> None:
        try:
            self.wfile.write(body[: served.stop_after])
            if served.stop_after is not None:
                self.wfile.flush()
                served.stuck.wait(20)
        except OSError:
            pass  # the reader left

    def log_message(self, *words: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Knows its connections: where a reader left early, the kernel may let the writer wait for a minute."""

    def __init__(self, served: Served) -> None:
        super().__init__(("127.0.0.1", 0), type("Own", (Handler,), {"served": served}))
        self.lines: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.lines.append(request)
        super().process_request(request, client_address)

    def cut(self) -> None:
        for line in self.lines:
            with suppress(OSError):  # it has ended by itself
                line.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def served() -> Iterator[Served]:
    what = Served()
    server = Server(what)
    what.address = f"http://127.0.0.1:{server.server_address[1]}/model.tar"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield what
    what.stuck.set()
    server.cut()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """A PaddleX model folder with the built-in feature network as its ONNX form."""
    network = (resources_folder() / "models" / "face_feature.onnx").read_bytes()
    folder = f"{NAME}_infer"
    return {f"{folder}/inference.yml": yaml.safe_dump(DESCRIPTION).encode(), f"{folder}/inference.onnx": network}


@pytest.fixture(scope="module")
def archive(files: dict[str, bytes]) -> bytes:
    return tar(files)


def tar(files: dict[str, bytes], *, extra: Callable[[tarfile.TarFile], None] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as package:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))
        if extra:
            extra(package)
    return out.getvalue()


def zipped(files: dict[str, bytes], *, links: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o120777 if name in links else 0o100644) << 16
            package.writestr(member, content)
    return out.getvalue()


def card(served: Served, **changed: Any) -> Card:
    found = Download(served.address, engine="onnxruntime", megabytes=10)
    given = Card(NAME, "feature", {}, {}, Path(), licence="Apache-2.0", origin="PaddleX 3", figures={"LFW": 99.5})
    return replace(given, download=replace(found, **changed))


def run(store: ModelStore, wanted: Card, *, patience: float = 5) -> tuple[list[Any], Card]:
    steps, job = [], download(store, wanted, patience=patience)
    while True:
        try:
            steps.append(next(job))
        except StopIteration as end:
            return steps, end.value


def refusal(store: ModelStore, wanted: Card, kind: type[Problem] = ModelProblem) -> str:
    with pytest.raises(kind) as caught:
        run(store, wanted)
    assert not store.folder.exists() or [one.name for one in store.folder.iterdir()] in ([".downloads"], [])
    return str(caught.value)


def arrived(store: ModelStore) -> int:
    part = part_file(store.folder, NAME)
    return part.stat().st_size if part.exists() else 0


def test_a_model_arrives_and_is_added(store, served, archive, files):
    served.body = archive
    steps, added = run(store, card(served, sha256=hashlib.sha256(archive).hexdigest()))
    assert [each.item for each in steps if each.item != steps[0].item][-1] == "try"
    assert {"download", "check", "unpack", "try"} == {each.item for each in steps}
    assert all(each.done <= each.total for each in steps)
    assert max(each.done for each in steps) == len(archive)
    assert added == store.card(NAME)
    assert (added.licence, added.figures, added.length) == ("Apache-2.0", {"LFW": 99.5}, 256)
    assert added.origin == f"PaddleX 3, {served.address}"
    assert (store.folder / NAME / "inference.yml").read_bytes() == files[f"{NAME}_infer/inference.yml"]
    assert not arrived(store)
    with pytest.raises(ModelProblem, match="already"):
        run(store, card(served))


@pytest.mark.parametrize("form", ["gz", "zip", "no length"])
def test_other_forms_of_archives(store, served, files, archive, form):
    served.body = {"gz": gzip.compress(archive, 1), "zip": zipped(files), "no length": archive}[form]
    served.told = -1 if form == "no length" else None
    assert run(store, card(served))[1] == store.card(NAME)


def test_a_broken_download_goes_on_where_it_stopped(store, served, archive):
    served.body = archive
    served.told = len(archive) - 1000
    cut, served.body = served.body, served.body[: len(archive) // 2]
    served.told = len(archive)
    with pytest.raises(ModelProblem, match=r"broke off.*goes on from there"):
        run(store, card(served))
    held = arrived(store)
    assert held == len(cut) // 2
    assert store.folder.exists()
    served.body, served.told = cut, None
    steps, _ = run(store, card(served))
    assert steps[0].done == held
    assert served.asked == [None, f"bytes={held}-"]
    assert store.card(NAME).name == NAME


@pytest.mark.parametrize("how", ["without ranges", "changed since", "without a validator"])
def test_a_download_that_cannot_go_on_begins_anew(store, served, archive, how):
    served.body, served.told = archive[:5000], len(archive)
    if how == "without a validator":
        served.headers = {}
    with pytest.raises(ModelProblem):
        run(store, card(served))
    assert arrived(store) == 5000
    served.body, served.told = archive, None
    served.ranges = how != "without ranges"
    if how == "changed since":
        served.headers = {"ETag": '"two"'}
    run(store, card(served))
    assert store.card(NAME).name == NAME


def test_a_server_that_knows_no_such_part_is_asked_anew(store, served, archive):
    served.body, served.told = archive[:5000], len(archive)
    with pytest.raises(ModelProblem):
        run(store, card(served))
    served.body, served.told, served.status = b"", None, 416
    assert "416" in refusal(store, card(served))
    assert served.asked == [None, "bytes=5000-", None]


def test_what_had_arrived_whole_is_not_fetched_again(store, served, archive, monkeypatch):
    served.body = archive
    missing = EngineProblem("No installed engine can open it.")

    def none(*_: Any, **__: Any) -> Card:
        raise missing

    with monkeypatch.context() as patched:
        patched.setattr(downloading, "examined", none)
        assert refusal(store, card(served), EngineProblem) == str(missing)
    assert arrived(store) == len(archive)
    run(store, card(served))
    assert len(served.asked) == 1


def test_leaving_a_silent_server_is_quick_and_keeps_what_arrived(store, served, archive):
    served.body, served.stop_after = archive, 70_000
    job = download(store, card(served), patience=20)
    for step in job:
        if step.done >= 70_000:
            break
    job.close()
    assert arrived(store) == 70_000
    assert not [each for each in threading.enumerate() if each.name == "model download" and each.is_alive()]
    served.stop_after = None
    assert run(store, card(served))[0][0].done == 70_000


def test_a_server_that_falls_silent_is_given_up(store, served, archive):
    served.body, served.stop_after = archive, 70_000
    with pytest.raises(ModelProblem, match=r"timed out.*goes on from there"):
        run(store, card(served), patience=0.3)


def test_two_at_once_are_refused(store, served, archive):
    served.body, served.stop_after = archive, 1000
    first = download(store, card(served))
    next(first)
    with pytest.raises(ModelProblem, match="another window"):
        run(store, card(served))
    first.close()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sha256": "0" * 64}, "checksum"),
        ({"address": "https://nowhere.invalid/model.tar"}, "cannot be fetched"),
        ({"address": "http://nowhere.invalid/model.tar"}, "not safe"),
        ({"address": "ftp://127.0.0.1/model.tar"}, "not safe"),
        ({"address": "file:///etc/passwd"}, "not safe"),
        ({"address": "http://127.0.0.1:9/model.tar"}, "cannot be fetched.*models add"),
        ({"megabytes": 1e-3, "address": "large"}, "larger than"),
    ],
    ids=range(7),
)
def test_refused(store, served, archive, changed, words):
    served.body = archive
    if changed.get("address") == "large":
        served.body = archive + bytes(20 << 20)
        changed = {"megabytes": 1e-3}
    with pytest.raises(ModelProblem, match=words):
        run(store, card(served, **changed))
    assert arrived(store) == 0
    assert not (store.folder / NAME).exists()


def test_more_than_was_told_is_refused_too(store, served):
    served.body, served.told = bytes(20 << 20), -1
    assert "larger than" in refusal(store, card(served, megabytes=1e-3))
    assert not arrived(store)


def test_the_proxy_of_the_system_is_used_but_not_for_this_machine(store, served, archive, monkeypatch):
    served.body = archive
    proxy = served.address.rpartition("/")[0]
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert "502" in refusal(store, card(served, address="https://nowhere.invalid/model.tar"))
    assert served.asked == ["nowhere.invalid:443"]
    run(store, card(served))
    assert served.asked == ["nowhere.invalid:443", None]


def test_a_missing_file_says_so(store, served):
    served.status = 404
    assert "404" in refusal(store, card(served))


@pytest.mark.parametrize("target", ["http://nowhere.invalid/x", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_redirection_to_an_unsafe_way_is_refused(store, served, target):
    served.status, served.headers = 302, {"Location": target}
    assert any(word in refusal(store, card(served)) for word in ("not safe", "not allowed", "302"))


def test_redirection_from_elsewhere_to_this_machine_is_refused():
    with pytest.raises(ModelProblem, match="not safe"):
        check_address("http://127.0.0.1:8080/x", before="https://example.org/x")
    check_address("https://example.org/y", before="https://example.org/x")
    check_address("http://[::1]:8080/x")


def test_a_full_disk_keeps_what_arrived(store, served, archive, monkeypatch):
    served.body = archive
    real = fetching._opened

    class Full:
        def __init__(self, file: Any) -> None:
            self.file, self.left = file, 100_000

        def write(self, block: bytes) -> None:
            self.left -= len(block)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.file.write(block)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "_opened", lambda *given: Full(real(*given)))
        with pytest.raises(ModelProblem, match=r"No space left.*kept"):
            run(store, card(served))
    assert 0 < arrived(store) <= 100_000
    run(store, card(served))
    assert len(served.asked) == 2


def test_a_disk_that_fills_while_unpacking_keeps_the_archive(store, served, archive, monkeypatch):
    served.body = archive

    def full(*_: Any, **__: Any) -> Iterator[int]:
        raise OSError(errno.ENOSPC, "No space left on device")
        yield 0

    monkeypatch.setattr(downloading, "unpack", full)
    with pytest.raises(ModelProblem, match="No space left"):
        run(store, card(served))
    assert arrived(store) == len(archive)


def test_an_engine_that_is_missing_is_told_before_anything_is_fetched(store, served, monkeypatch):
    monkeypatch.setattr(downloading, "availability", lambda: {"paddle": Text("Paddle is not installed.")})
    assert "not installed" in refusal(store, card(served, engine="paddle"), EngineProblem)
    assert served.asked == []


def test_a_model_without_address_and_an_unknown_one(store):
    with pytest.raises(ModelProblem, match="not known where"):
        next(download(store, Card("x", "detect", {}, {}, Path())))
    with pytest.raises(ModelProblem, match="Near"):
        next(store.download("ResNet50_fase"))
    with pytest.raises(ModelProblem, match="already"):
        next(store.download("facefolio-feature"))


def member(
    name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", size: int = 0
) -> Callable[[tarfile.TarFile], None]:
    def add(package: tarfile.TarFile) -> None:
        one = tarfile.TarInfo(name)
        one.type, one.linkname, one.size = kind, link, size
        package.addfile(one, io.BytesIO(bytes(size)))

    return add


def many(package: tarfile.TarFile) -> None:
    for index in range(300):
        member(f"x/{index}")(package)


HOSTILE = {
    "above": member("../../evil"),
    "absolute": member("/tmp/evil"),
    "backslash": member("..\\evil"),
    "drive": member("C:evil"),
    "dots": member("x/...."),
    "deep": member("/".join("abcdefghijkl")),
    "symlink": member("x/inference.onnx", tarfile.SYMTYPE, link="/etc/passwd"),
    "hardlink": member("x/link", tarfile.LNKTYPE, link="/etc/passwd"),
    "device": member("x/dev", tarfile.CHRTYPE),
    "fifo": member("x/fifo", tarfile.FIFOTYPE),
    "twice": member(f"{NAME}_infer/inference.yml", size=10),
    "many": many,
    "two models": member("other/inference.yml", size=10),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_tars_are_refused(store, served, files, kind, tmp_path):
    served.body = tar(files, extra=HOSTILE[kind])
    words = refusal(store, card(served))
    assert "unpacked" in words or "2 folders" in words
    assert not arrived(store)
    assert not list(tmp_path.rglob("*evil*"))


def test_hostile_zips_are_refused(store, served, files):
    for body in (
        zipped({**files, "../evil": b"x"}),
        zipped({**files, "x/link": b"/etc/passwd"}, links=("x/link",)),
        zipped(files)[:-100],
        zipped(files)[:3000],
    ):
        served.body = body
        assert "unpacked" in refusal(store, card(served))


def test_archives_that_unpack_to_too_much_are_refused(store, served):
    bomb = {"x/inference.yml": b"", "x/inference.onnx": bytes(64 << 20)}
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 64 << 20  # a header that would be read into memory whole
    swollen = gzip.compress(header.tobuf() + bytes(64 << 20), 1)
    for body in (gzip.compress(tar(bomb), 1), zipped(bomb), swollen):
        served.body = body
        assert "it unpacks to more" in refusal(store, card(served, megabytes=1))


def test_what_is_no_archive_no_model_or_another_model_is_refused(store, served, files):
    other = yaml.safe_dump({**DESCRIPTION, "Global": {"model_name": "ResNet50_face"}}).encode()
    folder = f"{NAME}_infer"
    bodies = {
        b"": "unpacked",
        b"<html>log in to the hotel's network</html>": "unpacked",
        tar({"x/readme": b"x"}): "0 folders",
        tar({f"{folder}/inference.yml": files[f"{folder}/inference.yml"]}): "holds no model",
        tar({**files, f"{folder}/inference.yml": other}): "holds ResNet50_face",
        tar({**files, f"{folder}/inference.yml": b"a: &a [*a]"}): "YAML|mapping",
    }
    for body, words in bodies.items():
        served.body = body
        with pytest.raises(ModelProblem, match=words):
            run(store, card(served))
        assert not arrived(store)
        assert not (store.folder / NAME).exists()


def test_entries_tell_what_is_here_and_what_can_be_had(store, served, archive, monkeypatch):
    found = {each.card.name: each for each in store.entries()}
    assert found["facefolio-feature"].state == "built_in"
    assert found["facefolio-feature"].size > 1_000_000
    wanted = found[NAME]
    assert (wanted.state, wanted.installed, wanted.size, wanted.arrived) == ("downloadable", False, 4_100_000, 0)
    assert wanted.card.licence == "Apache-2.0"
    assert wanted.card.figures["LFW, percent"] == 99.58
    assert found["face_reid_0095"].state == "described"
    official = [each.card.name for each in found.values() if each.state == "downloadable"]
    assert len(official) == 6
    served.body, served.told = archive[:5000], len(archive)
    with pytest.raises(ModelProblem):
        run(store, card(served))
    assert {each.card.name: each.arrived for each in store.entries()}[NAME] == 5000
    store.remove(NAME)
    assert not arrived(store)
    served.body, served.told = archive, None
    run(store, card(served))
    here = {each.card.name: each for each in store.entries()}[NAME]
    assert (here.state, here.installed) == ("added", True)
    assert here.size == (resources_folder() / "models" / "face_feature.onnx").stat().st_size
    shutil.rmtree(store.folder)
