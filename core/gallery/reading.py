"""What a gallery can be asked. Nothing here writes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import GalleryProblem
from core.gallery.names import near
from core.gallery.records import EnrolledFace, FeatureModel, Identity, IndexRule
from core.gallery.store import Store
from core.types import Floats, Ids

# The best face stands in when none was chosen or the chosen one is gone: SQLite takes `id` from the row of max().
_IDENTITIES = """
SELECT i.id, i.name, i.notes, coalesce((SELECT id FROM faces WHERE id = i.cover AND identity = i.id AND alive = 1),
    best.id), coalesce(best.many, 0), i.created
FROM identities i LEFT JOIN (SELECT identity, id, count(*) AS many, max(quality) FROM faces WHERE alive = 1
    GROUP BY identity) best ON best.identity = i.id"""
_FACES = "SELECT id, identity, facts, quality, source, sha256 FROM faces WHERE alive = 1"


class GalleryReader:
    """The asking half of a gallery."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.folder: Path = store.file.parent
        settings = dict(store.rows("SELECT name, value FROM settings WHERE name IN ('uuid', 'name')"))
        self.uuid: str = settings["uuid"]
        self.name: str = settings["name"]

    @property
    def read_only(self) -> bool:
        """Whether the folder cannot be written; then every change is refused."""
        return self._store.read_only

    def version(self) -> tuple[int, int]:
        """Differs after any commit, by this handle or another program."""
        return int(self._store.row("PRAGMA data_version")[0]), self._store.commits

    def identities(self) -> list[Identity]:
        """The living, by name."""
        found = [Identity(*row) for row in self._store.rows(f"{_IDENTITIES} WHERE i.alive = 1")]
        return sorted(found, key=lambda identity: (identity.name.casefold(), identity.id))

    def removed(self) -> list[Identity]:
        """Those removed or merged whose rows the history still holds, by name; only `erase` takes them away."""
        rows = self._store.rows(f"{_IDENTITIES} WHERE i.alive = 0")
        return sorted((Identity(*row) for row in rows), key=lambda identity: (identity.name.casefold(), identity.id))

    def identity(self, id: int) -> Identity:
        """Raises GalleryProblem unless it is living."""
        query = """SELECT i.id, i.name, i.notes, coalesce((SELECT id FROM faces WHERE id = i.cover AND identity = i.id
            AND alive = 1), best.id), best.many, i.created FROM identities i, (SELECT id, count(*) AS many,
            max(quality) FROM faces WHERE identity = ? AND alive = 1) best WHERE i.id = ? AND i.alive = 1"""
        row = self._store.row(query, int(id), int(id))
        if row is None:
            raise GalleryProblem("There is no person #{id} in {folder}.", _LOOK, id=id, folder=self.folder)
        return Identity(*row)

    def find(self, who: str) -> Identity:
        """By exact name, or by "#id". Raises GalleryProblem with near names, or with the ids of equal names."""
        name = unicodedata.normalize("NFC", who).strip()
        ids = [] if "\0" in name else self._named(name)
        if len(ids) == 1:
            return self.identity(ids[0])
        if ids:
            raise ambiguous(name, ids)
        if name.startswith("#") and name[1:].isdecimal() and len(name) < 19:
            return self.identity(int(name[1:]))
        alike = near(who, (known for (known,) in self._store.rows("SELECT name FROM identities WHERE alive = 1")))
        hint = "Did you mean {alike}?" if alike else _LOOK
        raise GalleryProblem(
            "There is nobody called {who} in {folder}.", hint, who=who, folder=self.folder, alike=", ".join(alike)
        )

    def _named(self, name: str) -> list[int]:
        safe = name.encode("utf-8", "replace").decode("utf-8")
        rows = self._store.rows("SELECT id FROM identities WHERE name = ? AND alive = 1 ORDER BY id", (safe,))
        return [id for (id,) in rows]

    def faces(self, identity: int | None = None) -> list[EnrolledFace]:
        """The living faces of everyone or of one identity, by id."""
        if identity is None:
            return self._store.rows(f"{_FACES} ORDER BY id", factory=EnrolledFace)
        return self._store.rows(f"{_FACES} AND identity = ? ORDER BY id", (int(identity),), factory=EnrolledFace)

    def face(self, id: int) -> EnrolledFace:
        """Raises GalleryProblem unless it is living."""
        found: list[EnrolledFace] = self._store.rows(f"{_FACES} AND id = ?", (int(id),), factory=EnrolledFace)
        if not found:
            raise GalleryProblem("There is no face #{id} in {folder}.", _LOOK, id=id, folder=self.folder)
        return found[0]

    def owners(self) -> tuple[Ids, Ids]:
        """Living face ids ascending (n,), and the identity of each (n,)."""
        rows = self._store.rows("SELECT id, identity FROM faces WHERE alive = 1")
        pairs = np.fromiter((value for row in rows for value in row), np.int64, 2 * len(rows)).reshape(-1, 2)
        pairs = pairs[np.argsort(pairs[:, 0])]
        return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])

    def sources(self) -> dict[str, set[int]]:
        """sha256 of each source file -> the identities with living faces from it."""
        found: dict[str, set[int]] = {}
        for digest, identity in self._store.rows(
            "SELECT DISTINCT sha256, identity FROM faces WHERE alive = 1 AND sha256 <> ''"
        ):
            found.setdefault(digest, set()).add(identity)
        return found

    def enrolled_from(self, photos: Iterable[str]) -> list[EnrolledFace]:
        """The living faces from the photos of these sha256, by id."""
        wanted = json.dumps(sorted(set(photos) - {""}))
        query = f"{_FACES} AND sha256 IN (SELECT value FROM json_each(?)) ORDER BY id"
        return self._store.rows(query, (wanted,), factory=EnrolledFace)

    def owners_of(self, faces: Iterable[int]) -> dict[int, int]:
        """The identities of those of the faces that are living."""
        query = "SELECT id, identity FROM faces WHERE alive = 1 AND id IN (SELECT value FROM json_each(?))"
        return dict(self._store.rows(query, (json.dumps([int(face) for face in faces]),)))

    def crop(self, face: int) -> bytes:
        """The encoded aligned crop; empty when none was kept. Removed faces have theirs too."""
        return bytes(self._picture("crop", face)[0])

    def view(self, face: int) -> tuple[bytes, tuple[float, float], float]:
        """The encoded larger crop with its origin and scale: view pixel = (frame pixel - origin) * scale."""
        view, x, y, scale = self._picture("view, x, y, scale", face)
        return bytes(view), (x, y), scale

    def _picture(self, columns: str, face: int) -> Any:
        row = self._store.row(f"SELECT {columns} FROM crops WHERE face = ?", int(face))
        if row is None:
            raise GalleryProblem("There is no picture of face #{id} in {folder}.", _LOOK, id=face, folder=self.folder)
        return row

    def features(self, space: str, faces: Ids | None = None) -> tuple[Ids, Floats]:
        """Ids ascending (n,) of the living faces (among `faces`) that have a feature, and the features (n, d)."""
        length = {model.space: model.length for model in self.models()}.get(space)
        if length is None:
            return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
        chosen, values = "", [space]
        if faces is not None:
            chosen = "AND f.id IN (SELECT value FROM json_each(?)) "
            values.append(json.dumps([int(face) for face in faces]))
        rows = self._store.rows(
            "SELECT f.id, x.value FROM faces f JOIN features x ON x.face = f.id"
            f" AND x.model = (SELECT id FROM models WHERE space = ?) WHERE f.alive = 1 {chosen}ORDER BY f.id",
            values,
        )
        if any(len(value) != 4 * length for _, value in rows):
            raise GalleryProblem(
                "{file} holds features of a wrong length.",
                "Nothing was changed; check the gallery, or restore a backup into a new folder.",
                file=self._store.file,
            )
        numbers = np.frombuffer(bytearray().join([value for _, value in rows]), "<f4").astype(np.float32, copy=False)
        return np.fromiter((id for id, _ in rows), np.int64, len(rows)), numbers.reshape(-1, length)

    def without_feature(self, space: str) -> Ids:
        """Living face ids, ascending, that have no feature of that space."""
        rows = self._store.rows(
            "SELECT id FROM faces f WHERE alive = 1 AND NOT EXISTS (SELECT 1 FROM features x WHERE x.face = f.id"
            " AND x.model = (SELECT id FROM models WHERE space = ?)) ORDER BY id",
            (space,),
        )
        return np.fromiter((id for (id,) in rows), np.int64, len(rows))

    def left_behind(self, space: str) -> Ids:
        """Living face ids, ascending, that have no feature of that space and no picture to make one from."""
        rows = self._store.rows(
            "SELECT id FROM faces f WHERE alive = 1 AND NOT EXISTS (SELECT 1 FROM features x WHERE x.face = f.id"
            " AND x.model = (SELECT id FROM models WHERE space = ?)) AND NOT EXISTS (SELECT 1 FROM crops c"
            " WHERE c.face = f.id AND (length(c.crop) > 0 OR length(c.view) > 0)) ORDER BY id",
            (space,),
        )
        return np.fromiter((id for (id,) in rows), np.int64, len(rows))

    def models(self) -> list[FeatureModel]:
        """Every model of which features were ever kept, in the order they came."""
        return [FeatureModel(*row) for row in self._store.rows("SELECT space, name, length FROM models ORDER BY id")]

    @property
    def model(self) -> FeatureModel | None:
        """The model in use."""
        row = self._store.row(
            "SELECT space, m.name, length FROM models m JOIN settings s ON s.value = m.id WHERE s.name = 'model'"
        )
        return None if row is None else FeatureModel(*row)

    def index_rules(self) -> list[IndexRule]:
        """Every named index, `default` first."""
        held: dict[int, set[int]] = {}
        for rule, identity in self._store.rows(
            "SELECT x.rule, x.identity FROM index_identities x JOIN identities i ON i.id = x.identity"
            " WHERE x.alive = 1 AND i.alive = 1"
        ):
            held.setdefault(rule, set()).add(identity)
        rows = self._store.rows(
            "SELECT id, name, kind, metric, parameters, covers FROM indexes WHERE alive = 1 ORDER BY id"
        )
        return [
            IndexRule(name, kind, metric, json.loads(parameters), covers, frozenset(held.get(id, ())))
            for id, name, kind, metric, parameters, covers in rows
        ]

    def index_rule(self, name: str) -> IndexRule:
        rules = {rule.name: rule for rule in self.index_rules()}
        if name not in rules:
            raise GalleryProblem(
                "There is no index called {name} in {folder}.",
                "There are: {known}.",
                name=name,
                folder=self.folder,
                known=", ".join(rules),
            )
        return rules[name]


def ambiguous(name: str, ids: list[int]) -> GalleryProblem:
    return GalleryProblem(
        "{many} people are called {name}.",
        "Name one by its number: {ids}.",
        many=len(ids),
        name=name,
        ids=", ".join(f"#{id}" for id in ids),
    )


_LOOK = "It may have been removed; look at the list of people."
