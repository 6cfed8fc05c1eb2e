"""Which panels there are: name -> module and class, imported when the window is made."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QStatusBar, QWidget

from core.log import Ring
from gui.kit import Kit

DOCKS = {
    "gallery": Qt.DockWidgetArea.LeftDockWidgetArea,
    "results": Qt.DockWidgetArea.RightDockWidgetArea,
    "jobs": Qt.DockWidgetArea.BottomDockWidgetArea,
    "log": Qt.DockWidgetArea.BottomDockWidgetArea,
}
_PANELS = {
    "people": "gui.panels.people:PeoplePanel",
    "camera": "gui.panels.camera:CameraPanel",
    "batch": "gui.panels.batch:BatchPanel",
    "indexes": "gui.panels.index_manager:IndexManagerPanel",
    "gallery": "gui.panels.gallery:GalleryPanel",
    "results": "gui.panels.results:ResultsPanel",
    "jobs": "gui.panels.jobs:JobsPanel",
}
# What answers menu actions that belong to no panel.
_CONTROLLERS = (
    "gui.enrolling:Enrolling",
    "gui.keeping:Keeping",
    "gui.pipelines:Pipelines",
    "gui.windows:Windows",
)


def _class(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(module), name)


def tab(name: str, kit: Kit) -> QWidget:
    made: QWidget = _class(_PANELS[name])(kit)
    return made


def dock(name: str, kit: Kit, ring: Ring) -> QWidget:
    if name == "log":
        made: QWidget = _class("gui.panels.log:LogPanel")(kit, ring)
        return made
    return tab(name, kit)


def status_bar(kit: Kit) -> QStatusBar:
    made: QStatusBar = _class("gui.panels.status_bar:StatusBar")(kit)
    return made


def controllers(kit: Kit) -> list[QObject]:
    return [_class(place)(kit) for place in _CONTROLLERS]
