"""What the indexes of a gallery are made from, read in one go: faces, their owners, names, the model, the rules."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from dataclasses import dataclass

import numpy as np

from core.errors import GalleryProblem
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, IndexRule
from core.index.named import View
from core.types import Floats, Ids


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The state of a gallery at `version`."""

    version: tuple[int, int]
    model: FeatureModel | None
    faces: Ids  # ascending
    owners: Ids
    names: dict[int, str]
    rules: dict[str, IndexRule]

    def view(self, rule: IndexRule) -> View:
        """The faces that `rule` covers, with or without a feature."""
        chosen = np.fromiter(rule.identities, np.int64, len(rule.identities))
        covered = np.isin(self.owners, chosen, invert=rule.covers == "all")
        space, length = (self.model.space, self.model.length) if self.model else ("", 0)
        return View(self.faces[covered], self.owners[covered], self.names, space, length)


def read(gallery: Gallery, before: Catalogue | None = None, *, rules_only: bool = False) -> Catalogue:
    """`rules_only` when nothing but a rule is known to have changed since `before`."""
    version = gallery.version()  # first: a commit while reading is then noticed at the next look
    rules = {rule.name: rule for rule in gallery.index_rules()}
    if before is not None and rules_only:
        return dataclasses.replace(before, version=version, rules=rules)
    faces, owners = gallery.owners()
    names = {identity.id: identity.name for identity in gallery.identities()}
    return Catalogue(version, gallery.model, faces, owners, names, rules)


def after(gallery: Gallery, before: Catalogue, change: Change) -> Catalogue:
    """As `read`, when `change` is all that happened since `before`: reads only what it touched."""
    version = gallery.version()
    rules = {rule.name: rule for rule in gallery.index_rules()}
    names = dict(before.names)
    found: dict[int, int] = {}
    for identity in change.identities:
        names.pop(identity, None)
        with contextlib.suppress(GalleryProblem):  # it is no more
            names[identity] = gallery.identity(identity).name
            found |= {face.id: identity for face in gallery.faces(identity)}
    for face in change.faces - found.keys():
        with contextlib.suppress(GalleryProblem):
            found[face] = gallery.face(face).identity
    touched = np.fromiter(change.identities, np.int64, len(change.identities))
    kept = ~(np.isin(before.owners, touched) | np.isin(before.faces, np.fromiter(change.faces, np.int64)))
    faces = np.concatenate([before.faces[kept], np.fromiter(found.keys(), np.int64)])
    owners = np.concatenate([before.owners[kept], np.fromiter(found.values(), np.int64)])
    order = np.argsort(faces, kind="stable")
    return Catalogue(version, gallery.model, faces[order], owners[order], names, rules)


def features(gallery: Gallery, space: str, faces: Ids, living: int) -> tuple[Ids, Floats]:
    """Ids and features of those of `faces` that have one; reads all of them at once when most are wanted."""
    if len(faces) * 2 < living:
        return gallery.features(space, faces)
    ids, vectors = gallery.features(space)
    wanted = np.isin(ids, faces)
    return (ids, vectors) if wanted.all() else (ids[wanted], vectors[wanted])


def content(view: View, held: Ids) -> str:
    """A digest of the held faces, whose they are and their names: equal when a saved folder is still right."""
    chosen = np.isin(view.faces, held)
    owners = view.owners[chosen]
    names = [view.names.get(identity, "") for identity in np.unique(owners).tolist()]
    digest = hashlib.sha256(view.faces[chosen].tobytes())
    digest.update(owners.tobytes())
    digest.update(json.dumps(names).encode())
    return digest.hexdigest()


def labels(view: View, held: Ids) -> dict[int, str]:
    """Face id -> name, as an id_map.yaml holds it."""
    chosen = np.isin(view.faces, held)
    pairs = zip(view.faces[chosen].tolist(), view.owners[chosen].tolist(), strict=True)
    return {face: view.names.get(identity, "") for face, identity in pairs}
