"""What there is of an index: told to people in lists and by `index show`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import IndexProblem, Text, phrase
from core.gallery.records import IndexRule
from core.index import folder
from core.index.catalogue import content
from core.index.measures import Measured
from core.index.measures import read as read_measured
from core.index.named import NamedIndex, View
from core.types import Ids

Condition = Literal["current", "stale", "missing", "damaged"]


@dataclass(frozen=True)
class IndexState:
    """`condition` is that of the folder on disk; searches answer from memory and are right in any case."""

    name: str
    condition: Condition
    reason: Text  # why it is not current; empty when it is
    kind: str
    metric: str
    parameters: dict[str, int]
    covers: str
    space: str
    length: int
    faces: int  # covered, and with a feature
    identities: int
    dead: int  # masked faces in memory; 0 when it is not open
    late: int  # faces that came after the structure was made; 0 when it is not open
    disk: int  # bytes
    memory: int  # bytes; 0 when it is not open
    opened: bool
    measured: Measured | None = None  # of the structure on disk; None while it was not


def look(place: Path, rule: IndexRule, view: View, *, uuid: str, held: Ids, named: NamedIndex | None) -> IndexState:
    """`held` are the covered faces that have a feature; `named` is the index where it is open.

    Reads the sidecar and the sizes of the files only; `verify` reads all.
    """
    index = named.faces if named else None
    condition, reason = _condition(place, rule, view, uuid, held)
    sound = condition in ("current", "stale")
    return IndexState(
        name=rule.name,
        condition=condition,
        reason=Text(reason),
        kind=rule.kind,
        metric=rule.metric,
        parameters=rule.parameters,
        covers=rule.covers,
        space=view.space,
        length=view.length,
        faces=len(held),
        identities=len(np.unique(view.owners[np.isin(view.faces, held)])),
        dead=index.now.dead if index else 0,
        late=len(index.now.late.ids) if index and index.now.late else 0,
        disk=sum(file.stat().st_size for file in place.glob("*") if file.is_file()),
        memory=index.now.memory if index else 0,
        opened=named is not None,
        measured=_measured(place) if sound else None,
    )


def _measured(place: Path) -> Measured | None:
    with contextlib.suppress(IndexProblem):
        sidecar = folder.read_sidecar(place)
        return read_measured(place, sidecar) if sidecar else None
    return None


def _condition(place: Path, rule: IndexRule, view: View, uuid: str, held: Ids) -> tuple[Condition, str]:
    try:
        sidecar = folder.read_sidecar(place)
        sizes = {} if sidecar is None else {name: (place / name).stat().st_size for name in sidecar.files}
    except (IndexProblem, OSError):
        return "damaged", phrase("A file of its folder is damaged or absent.")
    if sidecar is None:
        return "missing", phrase("It was never saved.")
    if any(size != sidecar.files[name]["size"] for name, size in sizes.items()):
        return "damaged", phrase("A file of its folder does not have the size it was saved with.")
    reason = _difference(sidecar, rule, view, uuid)
    if not reason and sidecar.content != content(view, held):
        reason = phrase("People, faces or names have changed since it was saved.")
    return ("stale" if reason else "current"), reason


def _difference(sidecar: folder.Sidecar, rule: IndexRule, view: View, uuid: str) -> str:
    if sidecar.gallery != uuid:
        return phrase("It was saved from another gallery.")
    if (sidecar.space, sidecar.length) != (view.space, view.length):
        return phrase("It was saved with features of another model.")
    if (sidecar.kind, sidecar.metric, sidecar.parameters) != (rule.kind, rule.metric, rule.parameters):
        return phrase("It was saved as another kind, or with other parameters.")
    return ""
