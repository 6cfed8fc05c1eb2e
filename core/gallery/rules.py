"""The rules of named indexes: what they are and whom they hold."""

from __future__ import annotations

import json
import re

from core.errors import GalleryProblem
from core.gallery.history import Step
from core.gallery.people import living
from core.gallery.records import IndexRule

DEFAULT = "default"
_UNCHANGED = "Nothing was changed."


def checked(rule: IndexRule) -> None:
    """Raises GalleryProblem for a rule that cannot be. Its name is also that of its folder, on every system."""
    if not re.fullmatch(r"[\w][\w .-]{0,63}", rule.name) or rule.name.endswith((".", " ")) or _reserved(rule.name):
        raise GalleryProblem(
            "{name} cannot be the name of an index.",
            "Nothing was changed; take up to 64 letters, digits, spaces, - and _.",
            name=ascii(rule.name),
        )
    if rule.metric not in ("IP", "L2"):
        raise GalleryProblem("There is no metric {metric}.", "Nothing was changed; IP or L2.", metric=rule.metric)
    if rule.covers not in ("all", "chosen"):
        raise GalleryProblem("An index covers all or chosen, not {covers}.", _UNCHANGED, covers=rule.covers)
    if rule.name == DEFAULT and rule.covers != "all":
        raise GalleryProblem(
            "The index default covers everyone.", "Nothing was changed; make another index for chosen people."
        )


def _reserved(name: str) -> bool:
    return re.fullmatch(r"con|prn|aux|nul|com\d|lpt\d", name.partition(".")[0].strip(), re.IGNORECASE) is not None


def write(step: Step, rule: IndexRule) -> None:
    row = _row(step, rule)
    cells = {
        "kind": rule.kind,
        "metric": rule.metric,
        "parameters": json.dumps(rule.parameters, sort_keys=True),
        "covers": rule.covers,
    }
    for column, value in cells.items():
        step.set("indexes", column, [row], value)
    living(step.db, rule.identities)
    held = dict(step.db.execute("SELECT identity, id FROM index_identities WHERE rule = ?", (row,)))
    for identity in sorted(map(int, rule.identities - held.keys())):
        made = step.db.execute("INSERT INTO index_identities (rule, identity) VALUES (?, ?)", (row, identity))
        held[identity] = made.lastrowid
    step.set("index_identities", "alive", [held[identity] for identity in rule.identities], 1)
    # Who is removed keeps the mark, so that undoing the removal brings it back too.
    here = {id for (id,) in step.db.execute("SELECT id FROM identities WHERE alive = 1")}
    gone = [row for identity, row in held.items() if identity in here and identity not in rule.identities]
    step.set("index_identities", "alive", gone, 0)


def _row(step: Step, rule: IndexRule) -> int:
    # Compared as Windows and macOS compare the names of their folders.
    for row, name in step.db.execute("SELECT id, name FROM indexes WHERE alive = 1"):
        if name == rule.name:
            return int(row)
        if name.casefold() == rule.name.casefold():
            raise GalleryProblem("There is an index called {name} already.", _UNCHANGED, name=name)
    made = step.db.execute(
        "INSERT INTO indexes (name, kind, metric, parameters, covers) VALUES (?, ?, ?, '{}', ?)",
        (rule.name, rule.kind, rule.metric, rule.covers),
    )
    return step.revive("indexes", made.lastrowid)


def remove(step: Step, name: str) -> None:
    if name == DEFAULT:
        raise GalleryProblem("The index default stays as long as the gallery.", _UNCHANGED)
    rows = step.db.execute("SELECT id FROM indexes WHERE alive = 1 AND name = ?", (name,)).fetchall()
    step.set("indexes", "alive", [row for (row,) in rows], 0)
