"""Killed or interrupted at any moment, a gallery stays whole and readable."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.demo.town import Town
from core.gallery.gallery import Gallery
from core.index.shelf import Shelf

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Any]
KILLS = 14

# Does everything again and again, telling each command that ended.
BUSY = """
import sys, itertools
sys.path.insert(0, {root!r})
from core.cli import main
gallery, people, groups, out = sys.argv[1:]
def do(*arguments):
    status = main(["-q" if each is None else each for each in arguments])
    print("done", status, *arguments[:2], flush=True)
print("ready", flush=True)
for round in itertools.count():
    do("gallery", "remove", gallery, "Anna Lind", "-q")
    do("enroll", gallery, people, "-q")
    do("index", "build", gallery, "quick", "--type", "HNSW32", "-q")
    do("tag", gallery, groups, "--resume", "--csv", out, "-q")
    do("gallery", "undo", gallery, "-q")
    do("index", "remove", gallery, "quick", "Anna Lind", "-q")
    do("index", "compact", gallery, "quick", "-q")
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *(str(each) for each in arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def until(lines: Iterator[str], word: str, times: int = 1) -> None:
    for line in lines:
        times -= word in line
        if times <= 0:
            return


def check(folder: Path) -> None:
    with Gallery.open(folder) as gallery:
        assert gallery.check() == []
        model = gallery.model
        assert model is not None
        owners = dict(zip(*(each.tolist() for each in gallery.owners()), strict=True))
        with Shelf(gallery) as shelf:
            for name in shelf.names():
                index = shelf.open(name)
                ids, features = gallery.features(model.space)
                covered = {owners[face] for face in shelf.view(name).faces.tolist()}
                for face, found in zip(ids.tolist(), index.search(features, 1, space=model.space), strict=True):
                    if owners[face] in covered:
                        assert found[0].identity == owners[face]
                    assert all(match.identity in covered for match in found)


def test_killed_at_random_moments_nothing_is_lost(gallery: Path, town: Town, tmp_path: Path) -> None:
    chance = random.Random(5)
    code = BUSY.format(root=str(ROOT))
    for _ in range(KILLS):
        with start(code, gallery, town.portraits, town.groups, tmp_path / "out.csv") as child:
            assert child.stdout is not None
            until(child.stdout, "ready")
            until(child.stdout, "done", chance.randrange(6))
            try:
                child.wait(chance.uniform(0, 0.8))
            except subprocess.TimeoutExpired:
                child.kill()
        assert child.returncode != 0, "the child ended by itself"
        check(gallery)
        table = tmp_path / "out.csv"
        if table.exists():
            assert table.read_text(encoding="utf-8-sig").startswith("path,")


def test_what_was_committed_before_the_kill_is_there(gallery: Path, town: Town) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom core.cli import main\n"
    code += "main(['gallery', 'rename', sys.argv[1], 'Anna Lind', 'Kept']); print('done', flush=True); sys.stdin.read()"
    with start(code, gallery) as child:
        assert child.stdout is not None
        until(child.stdout, "done")
        child.kill()
    with Gallery.open(gallery) as opened:
        assert opened.find("Kept").faces == 3


@pytest.mark.skipif(os.name == "nt", reason="no interrupt can be sent to a child there")
@pytest.mark.parametrize("command", ["tag", "enroll"])
def test_interrupted_by_the_keyboard(run: Run, gallery: Path, town: Town, tmp_path: Path, command: str) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(300):
        source = town.groups / town.truth[number % 3].file
        (many / f"{number}.jpg").write_bytes(source.read_bytes() + bytes([number % 256, number // 256]))
    options = ["--name", "Crowd", "--faces", "all"] if command == "enroll" else []
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    code += "import core.jobs.parallel as p\nold = p.ThreadPoolExecutor.submit\n"
    code += "def submit(*a, **k):\n    print('working', flush=True)\n    return old(*a, **k)\n"
    code += "p.ThreadPoolExecutor.submit = submit\nfrom core.cli import main\nsys.exit(main(sys.argv[1:]))"
    before = run("gallery", "show", gallery).out
    with start(code, command, gallery, many, *options) as child:
        assert child.stdout is not None
        until(child.stdout, "working", 8)
        child.send_signal(signal.SIGINT)
        child.stdout.read()
    assert child.returncode == 130
    assert run("gallery", "show", gallery).out == before
    check(gallery)
