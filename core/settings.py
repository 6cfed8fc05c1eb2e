"""Every setting declared once: default, range or choices, label and note. A file holds only what differs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import SettingsProblem, Text, why

PAGES = ("Window", "Models", "Recognition", "Photos")  # of a settings window, in order


@dataclass(frozen=True)
class Declaration:
    """What a surface needs to show one setting."""

    label: str
    note: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # how the choices are called on a screen, in their order; empty: as they are
    page: str = "Recognition"
    unit: str = ""  # what a number counts
    special: str = ""  # what the default means where it is empty or zero
    names: Literal["", "detect", "feature", "index"] = ""  # a text that names a model of a task, or an index
    advanced: bool = False


def setting(default: Any, label: str, note: str = "", **more: Any) -> Any:
    return dataclasses.field(default=default, metadata={"declaration": Declaration(label, note, **more)})


@dataclass(frozen=True)
class Settings:
    """All settings, checked. `None` means: as the model's card says."""

    detector: str = setting(
        "", "Detector", "The model that finds faces.", page="Models", special="Built-in model", names="detect"
    )
    feature: str = setting(
        "",
        "Face feature model",
        "Used for new galleries; an open gallery keeps its own until it is moved.",
        page="Models",
        special="Built-in model",
        names="feature",
    )
    engine: str = setting(
        "auto",
        "Engine",
        "Runtime of the models; automatic takes the quickest that was measured on this machine.",
        choices=("auto", "onnxruntime", "openvino", "paddle"),
        words=("Automatic", "ONNX Runtime", "OpenVINO", "Paddle"),
        page="Models",
    )
    device: str = setting(
        "auto",
        "Device",
        "Where models run. Without a usable graphics card the processor is used, and the status bar says why.",
        choices=("auto", "cpu", "gpu"),
        words=("Automatic", "Processor", "Graphics card"),
        page="Models",
    )
    threads: int = setting(
        0, "Threads", "Processor threads for the models.", low=0, high=256, page="Models", special="Every core"
    )
    det_threshold: float | None = setting(
        None, "Detection threshold", "Faces that score less are left out.", low=0, high=1
    )
    rec_threshold: float | None = setting(
        None, "Recognition threshold", "Similarity from which a person counts as known.", low=-1, high=1
    )
    unsure_threshold: float | None = setting(
        None, "Unsure from", "Similarity from which a person is proposed at all.", low=-1, high=1
    )
    margin: float | None = setting(
        None,
        "Margin",
        "How much nearer than the second person the first must be to count as known.",
        low=0,
        high=2,
        advanced=True,
    )
    once_per_photo: bool = setting(True, "Once per photo", "Nobody is named twice in one photo.")
    top_k: int = setting(5, "Candidates", "How many people are named per face at most.", low=1, high=100, advanced=True)
    index: str = setting("default", "Index", "The index that recognition searches.", names="index")
    live_rate: int = setting(
        0,
        "Live analyses",
        "How often the camera's picture is searched for faces at most; less often leaves the processor more rest.",
        low=0,
        high=60,
        unit="a second",
        special="Without limit",
    )
    min_quality: float = setting(
        0.2, "Least quality", "Faces below are not enrolled; 0 takes every face, 1 none.", low=0, high=1, page="Photos"
    )
    try_turned: bool = setting(
        True, "Try turned pictures", "Looks again at quarter turns when no face is found.", page="Photos"
    )
    max_megapixels: float = setting(
        250.0,
        "Largest picture",
        "Larger pictures are refused, so that a hostile file cannot fill the memory.",
        low=1,
        high=2000,
        page="Photos",
        unit="megapixels",
        advanced=True,
    )
    theme: str = setting(
        "system",
        "Theme",
        "Colours of the window.",
        choices=("system", "light", "dark"),
        words=("As the system", "Light", "Dark"),
        page="Window",
    )
    language: str = setting(
        "system",
        "Language",
        "Language of the window.",
        choices=("system", "en", "zh_CN"),
        words=("As the system", "English", "简体中文"),
        page="Window",
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _checked(field, getattr(self, field.name)))

    def changed(self, **values: Any) -> Settings:
        """A copy with some values replaced; unknown names and bad values are refused by name."""
        known = {field.name for field in dataclasses.fields(self)}
        for name in values:
            if name not in known:
                raise SettingsProblem(
                    "There is no setting called {name}.",
                    "Known are: {known}.",
                    name=name,
                    known=", ".join(sorted(known)),
                )
        return dataclasses.replace(self, **values)

    def differences(self) -> dict[str, Any]:
        """Only what differs from the defaults, ready for a file."""
        default = Settings()
        names = [field.name for field in dataclasses.fields(self)]
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(default, name)}


def declaration(name: str) -> Declaration:
    found: Declaration = Settings.__dataclass_fields__[name].metadata["declaration"]
    return found


def load(path: Path) -> Settings:
    """Settings from a YAML file; the defaults where there is none. Raises SettingsProblem naming what is wrong."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsProblem("{path} cannot be read: {error}.", _SAFE, path=path, error=why(error)) from error
    try:
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise SettingsProblem("{path} is not valid YAML: {error}.", _SAFE, path=path, error=_short(error)) from error
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise SettingsProblem("{path} does not hold a list of settings.", _SAFE, path=path)
    try:
        return Settings().changed(**values)
    except SettingsProblem as problem:
        raise SettingsProblem("{path}: {reason}", _SAFE, path=path, reason=problem.message) from problem


def save(settings: Settings, path: Path) -> None:
    import yaml

    from core.files import write_text

    write_text(path, yaml.safe_dump(settings.differences(), sort_keys=True, allow_unicode=True))


_KINDS = {
    int: Text("a whole number"),
    float: Text("a number"),
    bool: Text("true or false"),
    str: Text("text"),
}
_SAFE = "Nothing was changed; mend the file or remove it to start from the defaults."


def _short(error: Exception) -> Text:
    """One line of a YAML error, with its place."""
    mark = getattr(error, "problem_mark", None)
    told = getattr(error, "problem", None) or Text("it cannot be read")
    return (
        Text("{error} in line {line}", {"error": told, "line": mark.line + 1})
        if mark
        else Text("{error}", {"error": told})
    )


def _checked(field: dataclasses.Field[Any], given: Any) -> Any:
    value: Any = given  # the checks below narrow nothing: a setting may be of any plain kind
    rule: Declaration = field.metadata["declaration"]
    kind: type[Any] = type(field.default) if field.default is not None else float
    if value is None and field.default is None:
        return None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise SettingsProblem(
            "The setting {name} must be {kind}, not {value!r}.",
            "It was left as it is.",
            name=field.name,
            kind=_KINDS[kind],
            value=value,
        )
    if rule.choices and value not in rule.choices:
        raise SettingsProblem(
            "The setting {name} must be one of {choices}, not {value!r}.",
            "It was left as it is.",
            name=field.name,
            choices=", ".join(rule.choices),
            value=value,
        )
    if rule.low is not None and rule.high is not None and not rule.low <= value <= rule.high:
        raise SettingsProblem(
            "The setting {name} must lie between {low} and {high}, not {value}.",
            "It was left as it is.",
            name=field.name,
            low=rule.low,
            high=rule.high,
            value=value,
        )
    return value
