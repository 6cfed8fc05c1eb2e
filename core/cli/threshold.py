"""facefolio gallery threshold: from where a face is known, by the gallery's own people."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from math import isnan

from core import paths
from core import settings as stored
from core.assembly import limits_for
from core.cli.console import Console, number
from core.cli.opening import gallery_folder
from core.cli.output import json_for_screen
from core.jobs.own_limits import OwnLimits, own_limits
from core.models.store import ModelStore
from core.own_limits import Shares
from core.settings import Settings

_ALIKE = 10  # pairs of people told that may be one
_SHARES = (0.05, 0.02, 0.01)  # of strangers accepted, that are told beside the one asked for


def threshold(arguments: Namespace, settings: Settings, console: Console) -> int:
    folder = gallery_folder(arguments.gallery)
    present, card = limits_for(folder, settings, ModelStore())
    job = own_limits(folder, present, card=card, wanted=arguments.strangers / 100)
    found = console.follow(job, "Comparing", unit="face")
    if arguments.json:
        console.say(json_for_screen(_described(found)))
    else:
        _say(found, console)
    if arguments.save:
        stored.save(settings.changed(rec_threshold=found.advised), paths.settings_file())
        console.note(f"Saved: people count as known from {found.advised:.2f} now.")
    elif found.advised != found.known:
        console.note("Add --save to use it, or give --rec-threshold to a command.")
    return 0


def _say(found: OwnLimits, console: Console) -> None:
    people = number(found.compared.count, "person", "people")
    console.say(f"Compared {people}, {number(len(found.compared.first), 'face')}; each one as a stranger, too.")
    for known in _told(found):
        shares = found.at(known)
        interval = f"({shares.strangers_low:.1%} to {shares.strangers_high:.1%})"
        named = "" if isnan(shares.named) else f"; of faces {shares.named:.1%} named, {shares.wrong:.1%} wrongly"
        now = ", as now" if known == found.known else ""
        console.say(f"Known from {known:.2f}{now}: of strangers {shares.strangers:.1%} accepted {interval}{named}")
    for first, second, cosine in found.compared.alike()[:_ALIKE]:
        console.note(f"{found.names[first]} and {found.names[second]} may be one person ({cosine:.2f}).")
    console.say(f"Advice: known from {found.advised:.2f}.")


def _told(found: OwnLimits) -> list[float]:
    """The thresholds worth a line: the present one, the advised one, and what other shares of strangers ask for."""
    others = {found.compared.recommended(found.limits, share) for share in _SHARES}
    return sorted({found.known, found.advised, *others})


def _described(found: OwnLimits) -> dict[str, object]:
    return {
        "people": found.compared.count,
        "faces": len(found.compared.first),
        "present": found.known,
        "advised": found.advised,
        "thresholds": [{"known": known, **_finite(found.at(known))} for known in _told(found)],
        "alike": [
            {"identities": [first, second], "names": [found.names[first], found.names[second]], "similarity": cosine}
            for first, second, cosine in found.compared.alike()
        ],
    }


def _finite(shares: Shares) -> dict[str, float | None]:
    return {name: None if isnan(value) else value for name, value in asdict(shares).items()}
