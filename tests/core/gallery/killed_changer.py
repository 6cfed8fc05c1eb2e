"""Changes a gallery at random until it is killed; tells each change before it begins and the state it led to."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path


def state(gallery):
    faces, owners = gallery.owners()
    people = {one.id: [one.name, one.notes] for one in gallery.identities()}
    return {"people": people, "faces": dict(zip(faces.tolist(), owners.tolist(), strict=True))}


def tell(**words):
    print(json.dumps(words), flush=True)


def main(folder: str, root: str, seed: str) -> None:
    sys.path.insert(0, root)
    import numpy as np

    from core.gallery import enrolling
    from core.gallery.gallery import Gallery
    from core.gallery.records import FeatureModel, NewFace

    def face(quality):
        features = {"space": np.eye(8, dtype=np.float32)[int(quality * 8)]}
        picture = dice.randbytes(dice.randrange(20_000))
        return NewFace((0, 0, 9, 9), None, 1, quality, "x.jpg", "", (9, 9), picture, picture, features=features)

    enrolling.BATCH_FACES = 2
    dice, model = random.Random(int(seed)), FeatureModel("space", "a model", 8)
    with Gallery.open(Path(folder)) as gallery:
        tell(state=state(gallery))
        while True:
            people = [one.id for one in gallery.identities()]
            kind = dice.choice(["enroll"] * 4 + ["rename", "remove", "merge", "undo", "undo", "redo", "erase"])
            chosen = dice.sample(people, min(2, len(people)))
            if kind != "enroll" and len(people) < 5 and kind not in ("undo", "redo"):
                continue
            tell(begin=kind, chosen=chosen[:1])
            if kind == "enroll":
                names = [f"Person {dice.randrange(20)}" for _ in range(dice.randrange(1, 8))]
                taken = [one.name for one in gallery.identities()]
                names = [name for name in names if taken.count(name) < 2]
                gallery.enroll(((name, face(dice.random())) for name in names), model=model)
            elif kind == "rename":
                gallery.rename(chosen[0], f"Person {dice.randrange(20)}")
            elif kind == "remove":
                gallery.remove(chosen[:1])
            elif kind == "merge":
                gallery.merge(*chosen[:1], chosen[1:])
            elif kind == "erase":
                gallery.erase(chosen[:1])
            else:
                getattr(gallery, kind)()
            tell(state=state(gallery))


if __name__ == "__main__":
    main(*sys.argv[1:])
