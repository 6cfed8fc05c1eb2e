"""A program killed while it saves leaves the old folder or the new one, or one that is known to be torn."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import IndexProblem
from core.gallery.gallery import Gallery
from core.index import folder
from core.index.shelf import Shelf

ROOT = Path(__file__).parents[3]
SAVER = """
import sys
from pathlib import Path
from core.gallery.gallery import Gallery
from core.index.shelf import Shelf

gallery = Gallery.open(Path(sys.argv[1]))
shelf = Shelf(gallery)
anna = gallery.find("Anna").id
shelf.save("default")
print("ready", flush=True)
while True:
    (shelf.remove if shelf.gallery.index_rule("default").identities == frozenset() else shelf.append)("default", [anna])
    shelf.save("default")
    print("saved", flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 3, 5, 8])
def test_killed_while_saving(town, units, lines):
    with subprocess.Popen(
        [sys.executable, "-c", SAVER, str(town.folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        for _ in range(lines):
            assert child.stdout.readline()
        child.kill()
    with Gallery.open(town.folder) as gallery:
        shelf = Shelf(gallery)
        index = shelf.open()
        covered = {i.name for i in gallery.identities() if gallery.index_rule("default").holds(i.id)}
        assert {match.name for match in index.search(units(1), 9, space="test-space")[0]} == covered
        shelf.save("default")
        assert shelf.state("default").condition == "current"
        assert not folder.faults(shelf.folder("default"), folder.read_sidecar(shelf.folder("default")))


def test_every_moment_of_a_save_leaves_something_to_open(town, units, monkeypatch):
    """The same without chance: the program stops before each single step of the disk."""

    class Killed(BaseException):
        pass

    shelf = Shelf(town)
    shelf.save("default")
    anna = town.find("Anna").id
    stops = 0
    while True:
        left = stops

        def step(real):
            def counted(*given, **named):
                nonlocal left
                if left == 0:
                    raise Killed
                left -= 1
                return real(*given, **named)

            return counted

        (shelf.remove if town.index_rule("default").holds(anna) else shelf.append)("default", [anna])
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", step(Path.replace))
            patch.setattr(Path, "open", step(Path.open))
            patch.setattr("os.fsync", step(lambda handle: None))
            patch.setattr("shutil.rmtree", lambda *given, **named: None)  # a killed program tidies nothing
            try:
                shelf.save("default")
                return
            except Killed:
                pass
        stops += 1
        place = shelf.folder("default")
        folder.recover(place)
        try:
            sound = folder.read_sidecar(place)
            assert len(folder.load(place, sound)) in (10, 12)
        except IndexProblem as problem:
            pytest.fail(str(problem))
        assert len(Shelf(town).open().search(units(1), 9, space="test-space")[0]) in (5, 6)
