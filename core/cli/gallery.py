"""facefolio gallery ..."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import datetime

from core.assembly import open_shelf
from core.cli.console import Console, number
from core.cli.opening import open_gallery
from core.cli.output import json_for_screen
from core.errors import InputProblem
from core.gallery.gallery import Gallery
from core.gallery.records import Change
from core.settings import Settings


def new(arguments: Namespace, settings: Settings, console: Console) -> int:
    with Gallery.create(arguments.gallery, name=arguments.name) as gallery:
        console.say(f"Made the gallery {gallery.name} in {gallery.folder}.")
    console.note(f"Next: facefolio enroll {arguments.gallery} FOLDER  (one folder per person)")
    return 0


def show(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        if arguments.json:
            console.say(json_for_screen(_described(gallery)))
            return 0
        people = gallery.identities()
        model = gallery.model
        faces = sum(each.faces for each in people)
        console.say(f"{gallery.name}: {number(len(people), 'person', 'people')}, {number(faces, 'face')}")
        console.say(f"Face feature model: {model.name if model else 'none yet'}")
        console.say(f"Indexes: {', '.join(f'{rule.name} ({rule.kind})' for rule in gallery.index_rules())}")
        for person in people:
            console.say(f"{person.faces:7d}  {person.name}  #{person.id}")
    return 0


def rename(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        return _told(gallery.rename(gallery.find(arguments.identity).id, arguments.name), console)


def merge(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        others = [gallery.find(other).id for other in arguments.others]
        return _told(gallery.merge(gallery.find(arguments.identity).id, others), console)


def remove(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        return _told(gallery.remove([gallery.find(who).id for who in arguments.identities]), console)


def undo(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        change = gallery.undo()
        console.say(f"Undone: {change.label}" if change else "There is nothing to undo.")
    return 0


def redo(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        change = gallery.redo()
        console.say(f"Done again: {change.label}" if change else "There is nothing to redo.")
    return 0


def history(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        for change in gallery.history(arguments.limit):
            when = datetime.fromtimestamp(change.seconds).strftime("%Y-%m-%d %H:%M:%S")
            console.say(f"{when}  {change.label}{'  (undone)' if change.undone else ''}")
    return 0


def backup(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        gallery.backup(arguments.file)
        console.say(f"Backed up {gallery.name} to {arguments.file}.")
    return 0


def restore(arguments: Namespace, settings: Settings, console: Console) -> int:
    with Gallery.restore(arguments.file, arguments.gallery) as gallery:
        console.say(
            f"Restored {gallery.name} with {number(len(gallery.identities()), 'person', 'people')} to {gallery.folder}."
        )
    return 0


def erase(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        people = [gallery.find(who) for who in arguments.identities]
        names = ", ".join(f"{person.name} ({number(person.faces, 'face')})" for person in people)
        if not arguments.yes and not _sure(names):
            console.say("Nothing was erased.")
            return 0
        erased = gallery.erase([person.id for person in people])
        with open_shelf(gallery) as shelf:
            for name in shelf.names():
                console.follow(shelf.compact(name), f"Making {name} anew", unit="face")
        people_erased = number(erased.identities, "person", "people")
        console.say(f"Erased {people_erased} with {number(erased.faces, 'face')} for good: {names}.")
    console.note("Backups, exports and the photos themselves are not touched: remove them where you keep them.")
    return 0


def _sure(names: str) -> bool:
    if not sys.stdin.isatty():
        raise InputProblem("Erasing {names} cannot be undone.", "Nothing was erased; add --yes to do it.", names=names)
    return input(f"Erase {names} for good? This cannot be undone. Type yes: ").strip().lower() == "yes"


def _told(change: Change, console: Console) -> int:
    console.say(f"Done: {change.label}")
    return 0


def _described(gallery: Gallery) -> dict[str, object]:
    model = gallery.model
    return {
        "name": gallery.name,
        "folder": str(gallery.folder),
        "model": model and {"name": model.name, "space": model.space, "length": model.length},
        "identities": [
            {"id": each.id, "name": each.name, "faces": each.faces, "notes": each.notes}
            for each in gallery.identities()
        ],
        "indexes": [
            {"name": rule.name, "type": rule.kind, "metric": rule.metric, "covers": rule.covers}
            for rule in gallery.index_rules()
        ],
    }
