"""The camera panel with the built-in models and the sample film: names without any camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.assembly import open_bench
from core.camera import Source
from core.demo.town import draw_portrait, townspeople
from core.gallery.gallery import Gallery
from core.models.store import ModelStore
from core.samples import sample_of
from core.settings import Settings
from core.types import Frame
from gui.panels.camera import CameraPanel
from gui.workbench import Workbench

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # said by the offscreen screen
PATIENCE = 60_000  # milliseconds


@pytest.fixture
def town(gallery_folder: Path) -> list[str]:
    """Enrolls those who walk through the film; their names."""
    people = list(townspeople().items())
    cast = [people[place] for place in (0, 2, 6)]
    with open_bench(Settings(), ModelStore(), threads=1) as bench, Gallery.open(gallery_folder) as gallery:
        plain, faces = bench.recognizer(Settings()), []
        for who, (name, person) in enumerate(cast):
            for number in range(3):
                seen = plain.look(Frame(draw_portrait(person, np.random.default_rng((who, number)))))
                faces += [(name, sample_of(seen, 0, bench.model.space).encoded())] if len(seen.faces) else []
        gallery.enroll(faces, model=bench.model)
    return [name for name, _ in cast]


def test_the_sample_film_shows_its_people_by_name(kit, qtbot, town, gallery_folder, open_gallery) -> None:
    open_gallery(gallery_folder)
    Workbench.want(kit.state.bench, kit.state.settings, kit.state.gallery.model)
    panel = CameraPanel(kit, devices=None)
    qtbot.addWidget(panel)
    panel.resize(660, 640)
    seen: set[str] = set()
    kit.state.sighted.connect(lambda rows: seen.update(row.name for row in rows if row.kind == "known"))
    try:
        kit.actions["play_sample"].trigger()
        assert panel.chooser.source == Source("sample", "", "Sample film")
        qtbot.waitUntil(lambda: bool(seen), timeout=PATIENCE)
        assert seen <= set(town)
        assert "640 × 480" in panel.status.text()
    finally:
        panel.shut()
