"""A program that changes a gallery is killed many times: no committed change is lost, nothing is left half done."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading

from core.gallery.gallery import Gallery

KILLS = 40
# Faces that neither undo nor redo can bring back.
DEAD = """SELECT count(*) FROM faces WHERE alive = 0
    AND NOT EXISTS (SELECT 1 FROM edits WHERE tab = 'faces' AND row = faces.id)"""
LONGEST = 0.25  # seconds from the child's first word to its end


def killed(folder, request, seed):
    """What a child told before it was killed at a random moment."""
    child = [sys.executable, request.path.with_name("killed_changer.py"), folder, request.config.rootpath, str(seed)]
    with subprocess.Popen([*map(str, child)], stdout=subprocess.PIPE, text=True) as process:
        told = [process.stdout.readline()]
        end = threading.Timer(random.Random(seed).random() * LONGEST, process.kill)
        end.start()
        told += process.stdout.readlines()  # as they come, so that the child never waits for us
        end.join()
    return [json.loads(line) for line in told if line.endswith("\n")]


def now(gallery):
    faces, owners = gallery.owners()
    people = {str(one.id): [one.name, one.notes] for one in gallery.identities()}
    return {"people": people, "faces": {str(f): o for f, o in zip(faces.tolist(), owners.tolist(), strict=True)}}


def without(state, erased):
    """The state less the erased people and their faces."""
    return {
        "people": {one: told for one, told in state["people"].items() if int(one) not in erased},
        "faces": {face: owner for face, owner in state["faces"].items() if owner not in erased},
    }


def taken_back(gallery, begun):
    """The state before the change that was under way, where it turns out to have been committed."""
    if begun["begin"] == "undo":
        gallery.redo()
    else:
        gallery.undo()
    return now(gallery)


def test_killed_at_random_moments(tmp_path, request):
    folder = tmp_path / "gallery"
    Gallery.create(folder).close()
    committed, finished = None, 0
    for seed in range(KILLS):
        told = killed(folder, request, seed)
        states = [line["state"] for line in told if "state" in line]
        finished += len(states) - 1
        assert states, "the child must have opened the gallery"
        if committed is not None:
            assert states[0] == committed
        with Gallery.open(folder) as gallery:
            assert gallery.check() == []
            assert gallery._store.row(DEAD) == (0,)
            assert not list(folder.glob("enroll-*"))
            committed = now(gallery)
            if committed != states[-1]:
                begun = told[-1]
                if begun["begin"] == "erase":
                    assert committed == without(states[-1], begun["chosen"])
                else:
                    assert taken_back(gallery, begun) == states[-1]
                    committed = now(gallery)
    assert finished > KILLS
