"""PaddleX in the window: pipeline files opened, dropped and written, index folders dropped, faces without pictures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.index.foreign import write_paddlex_index
from core.jobs.interchange import import_people
from core.models.store import ModelStore
from core.paddlex.config import read_pipeline
from core.paths import resources_folder
from gui.enrolling import Enrolling, EnrollRequest
from gui.models.faces import FaceRole, FacesModel
from gui.pictures import PictureKey
from gui.pipelines import Pipelines
from gui.widgets.window_drop import WindowDrop

MODEL = FeatureModel("test-space", "test model", 8)
FILE = """\
pipeline_name: face_recognition
index: {index}
det_threshold: 0.55
rec_threshold: 0.35
rec_topk: 7
colour: blue
SubModules:
  Detection: {{module_name: face_detection, model_name: PP-YOLOE_plus-S_face, model_dir: null, batch_size: 1}}
  Recognition: {{module_name: face_feature, model_name: MobileFaceNet, model_dir: {model}, batch_size: 1}}
"""

FEATURE = """\
Global: {model_name: MobileFaceNet}
PreProcess:
  transform_ops:
  - ResizeImage: {size: [112, 112], return_numpy: false, interpolation: bilinear, backend: cv2}
  - NormalizeImage: {scale: 0.00392156862745098, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], order: hwc}
  - ToCHWImage: null
PostProcess: {NormalizeFeatures: null}
"""


@pytest.fixture
def pipelines(kit: Any) -> Any:
    made = Pipelines(kit)
    yield made
    made.shut()


@pytest.fixture
def enrolling(kit: Any) -> Any:
    made = Enrolling(kit)
    yield made
    made.shut()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "face_recognition.yaml"
    path.write_text(FILE.format(index="None", model="null"), "utf-8")
    return path


@pytest.fixture
def index_folder(tmp_path: Path) -> Path:
    return index_of(tmp_path / "exported", length=8)


def index_of(folder: Path, *, length: int) -> Path:
    features = np.eye(3, length, dtype=np.float32)
    write_paddlex_index(
        folder, ids=np.arange(3), labels=["Dora", "Dora", "Emil"], features=features, kind="Flat", metric="IP"
    )
    return folder


def words(dialog: Any) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_a_pipeline_file_is_shown_and_applied(kit: Any, ask: Any, pipelines: Any, file: Path, qtbot: Any) -> None:
    shown: list[str] = []

    def accept(dialog: Any) -> bool:
        shown.append(words(dialog))
        assert kit.state.settings.top_k == 5  # nothing is changed before
        return True

    ask.will("file", file)
    ask.will("dialog", accept)
    kit.actions["open_pipeline"].trigger()
    qtbot.waitUntil(lambda: kit.state.settings.top_k == 7)
    assert kit.state.settings.det_threshold == 0.55
    assert kit.state.settings.rec_threshold == 0.35
    assert "PP-YOLOE_plus-S_face" in shown[0]
    assert "MobileFaceNet" in shown[0]
    assert "5 → 7" in shown[0]
    assert "as the model's card says → 0.55" in shown[0]
    assert "colour" in shown[0]  # the unknown field is named
    assert kit.state.settings.feature == ""  # that model is not here


def test_cancel_changes_nothing_and_undo_takes_back(
    kit: Any, ask: Any, pipelines: Any, file: Path, qtbot: Any, told: list[Any]
) -> None:
    before = kit.state.settings
    ask.will("dialog", False)
    pipelines.open(file)
    qtbot.waitUntil(lambda: not ask.answers["dialog"])
    assert kit.state.settings == before
    ask.will("dialog", True)
    pipelines.open(file)
    qtbot.waitUntil(lambda: kit.state.settings != before)
    told[-1].act()
    assert kit.state.settings == before


def test_what_is_already_so_cannot_be_applied(kit: Any, ask: Any, pipelines: Any, file: Path, qtbot: Any) -> None:
    kit.state.change_settings(det_threshold=0.55, rec_threshold=0.35, top_k=7)
    seen: list[bool] = []
    ask.will("dialog", lambda dialog: seen.append(dialog._apply.isEnabled()))
    pipelines.open(file)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [False]


def test_a_bad_file_is_one_notice(kit: Any, pipelines: Any, tmp_path: Path, qtbot: Any, told: list[Any]) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("pipeline_name: face_recognition\nrec_topk: many\n", "utf-8")
    pipelines.open(bad)
    qtbot.waitUntil(lambda: bool(told))
    assert "rec_topk" in told[-1].text


def test_models_of_the_file_are_added_as_a_job(
    kit: Any, ask: Any, pipelines: Any, tmp_path: Path, qtbot: Any, told: list[Any]
) -> None:
    (tmp_path / "mine").mkdir()
    file = tmp_path / "with_model.yaml"
    file.write_text(FILE.format(index="None", model="mine"), "utf-8")
    before = kit.state.settings

    def accept(dialog: Any) -> bool:
        assert dialog.adds_models
        assert "→ MobileFaceNet" in words(dialog)
        dialog.models.setChecked(False)
        assert "→ MobileFaceNet" not in words_seen(dialog)
        dialog.models.setChecked(True)
        return True

    ask.will("dialog", accept)
    pipelines.open(file)
    qtbot.waitUntil(lambda: bool(told))
    assert kit.state.settings == before  # an empty folder is no model: the job failed, nothing else was changed


@pytest.fixture
def feature_folder(tmp_path: Path) -> Path:
    """The built-in feature model under PaddleX's name, as a folder that PaddleX exports."""
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(resources_folder() / "models" / "face_feature.onnx", folder / "inference.onnx")
    (folder / "inference.yml").write_text(FEATURE, "utf-8")
    return folder


def test_a_model_of_the_file_is_added_and_chosen(
    kit: Any, ask: Any, pipelines: Any, feature_folder: Path, tmp_path: Path, qtbot: Any, told: list[Any]
) -> None:
    file = tmp_path / "with_model.yaml"
    file.write_text(FILE.format(index="None", model=feature_folder.name), "utf-8")
    before = kit.state.settings
    ask.will("dialog", lambda dialog: dialog.adds_models)
    pipelines.open(file)
    qtbot.waitUntil(lambda: bool(told), timeout=60_000)
    assert (told[-1].text, told[-1].action) == ("The settings are as with_model.yaml says.", "Undo")
    assert (kit.state.settings.feature, kit.state.settings.det_threshold) == ("MobileFaceNet", 0.55)
    added = ModelStore().card("MobileFaceNet")
    assert (added.task, list(added.files)) == ("feature", ["onnxruntime"])
    assert added.folder != feature_folder  # a copy: the project's own folder may go
    told[-1].act()
    assert kit.state.settings == before
    assert ModelStore().card("MobileFaceNet").length == added.length  # the model stays


def words_seen(dialog: Any) -> str:
    return "\n".join(label.text() for label in dialog.changes.findChildren(QLabel) if not label.isHidden())


def test_the_settings_are_written_with_an_index(
    kit: Any, ask: Any, pipelines: Any, people_folder: Path, open_gallery: Any, tmp_path: Path, qtbot: Any
) -> None:
    open_gallery(people_folder)
    kit.state.change_settings(det_threshold=0.45, top_k=9)
    index = index_of(tmp_path / "fitting", length=ModelStore().default_card("feature").length)
    place = tmp_path / "written.yaml"
    ask.will("choice", 1)
    ask.will("folder", index)
    ask.will("save_file", place)
    kit.actions["save_pipeline"].trigger()
    qtbot.waitUntil(place.exists)
    config = read_pipeline(place)
    assert (config.det_threshold, config.rec_topk, config.index) == (0.45, 9, str(index))


def test_an_index_of_another_model_is_not_written(
    kit: Any, ask: Any, pipelines: Any, people_folder: Path, index_folder: Path, open_gallery: Any, tmp_path: Path,
    qtbot: Any, told: list[Any],
) -> None:  # fmt: skip
    open_gallery(people_folder)
    ask.will("choice", 1)
    ask.will("folder", index_folder)
    ask.will("save_file", tmp_path / "written.yaml")
    kit.actions["save_pipeline"].trigger()
    qtbot.waitUntil(lambda: any("features of 8 numbers" in notice.text for notice in told))
    assert not (tmp_path / "written.yaml").exists()


def test_a_folder_that_is_no_index_is_not_written(
    kit: Any, ask: Any, pipelines: Any, people_folder: Path, open_gallery: Any, tmp_path: Path, qtbot: Any,
    told: list[Any],
) -> None:  # fmt: skip
    open_gallery(people_folder)
    ask.will("choice", 1)
    ask.will("folder", tmp_path)
    ask.will("save_file", tmp_path / "written.yaml")
    kit.actions["save_pipeline"].trigger()
    qtbot.waitUntil(lambda: any("vector.index" in notice.text for notice in told))
    assert not (tmp_path / "written.yaml").exists()


def dropped(drop: WindowDrop, window: QMainWindow, path: Path) -> QDropEvent:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    actions, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(5, 5), actions, mime, button, key)
    drop.eventFilter(window, event)
    return event


def test_a_dropped_yaml_file_is_opened_even_without_a_gallery(
    kit: Any, ask: Any, pipelines: Any, enrolling: Any, file: Path, qtbot: Any
) -> None:
    ask.will("dialog", False)
    window = QMainWindow()
    assert dropped(enrolling._drop, window, file).isAccepted()
    qtbot.waitUntil(lambda: not ask.answers["dialog"])
    assert not dropped(enrolling._drop, window, file.parent).isAccepted()
    window.deleteLater()


def test_an_index_folder_is_proposed_for_import(
    kit: Any, ask: Any, enrolling: Any, people_folder: Path, index_folder: Path, open_gallery: Any, qtbot: Any
) -> None:
    open_gallery(people_folder)
    wanted: list[Path] = []
    kit.state.index_wanted.connect(wanted.append)
    ask.will("choice", 0)
    kit.state.enroll_wanted.emit(EnrollRequest((index_folder,)))
    qtbot.waitUntil(lambda: bool(wanted))
    assert wanted == [index_folder]
    assert ask.asked == [("choice", "Import this index?")]


def test_a_torn_index_folder_is_one_notice(
    kit: Any, enrolling: Any, people_folder: Path, index_folder: Path, open_gallery: Any, qtbot: Any, told: list[Any]
) -> None:
    open_gallery(people_folder)
    (index_folder / "id_map.yaml").write_text("id_map: [", "utf-8")
    enrolling.enroll(EnrollRequest((index_folder,)))
    qtbot.waitUntil(lambda: bool(told))
    assert "id_map.yaml" in told[-1].text


def test_faces_without_pictures_are_marked(
    kit: Any, people_folder: Path, index_folder: Path, open_gallery: Any, qtbot: Any, qapp: QApplication
) -> None:
    from core.gallery.face_list import face_list
    from gui.models.identities import Identities
    from gui.widgets.person_row import Role

    with Gallery.open(people_folder) as gallery:
        import_people(gallery, index_folder, model=MODEL)
        dora = gallery.find("Dora")
        faces, others = face_list(gallery, [dora.id]), face_list(gallery, [gallery.find("Anna").id])
        assert len(gallery.left_behind("another-space")) == 3
        assert len(gallery.left_behind(MODEL.space)) == 0
    open_gallery(people_folder)
    model = FacesModel(kit, kit.state)
    model.show_faces(faces, of_one=True)
    qtbot.waitUntil(lambda: model.rowCount() == 2)
    index = model.index(0)
    assert index.data(FaceRole.WITHOUT) == "no picture kept"
    assert "No picture kept" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Cannot be moved to another model" in index.data(Qt.ItemDataRole.ToolTipRole)
    model.show_faces(others, of_one=True)
    qtbot.waitUntil(lambda: model.rowCount() == 3)
    assert model.index(0).data(FaceRole.WITHOUT) == ""
    with qtbot.waitSignal(kit.state.pictures.ready):
        kit.state.pictures.get(PictureKey("crop", face=dora.cover or 0, size=40))
    people = Identities(kit, kit.state)
    people.refresh()
    rows = {people.index(row).data(): people.index(row) for row in range(people.rowCount())}
    assert rows["Dora"].data(Role.DETAIL) == "2 faces, no picture kept"
    assert rows["Anna"].data(Role.DETAIL) == "3 faces"
    assert "cannot be moved" in rows["Dora"].data(Qt.ItemDataRole.ToolTipRole)
