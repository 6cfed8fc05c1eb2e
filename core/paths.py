"""Where models, galleries, settings and logs live. FACEFOLIO_HOME puts all of them under one folder."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "FACEFOLIO_HOME"


def data_folder() -> Path:
    """The folder of everything the program keeps for its user; not created here."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home)
    import platformdirs  # costs start-up time that `--help` need not pay

    return Path(platformdirs.user_data_dir("facefolio", appauthor=False))


def models_folder() -> Path:
    return data_folder() / "models"


def galleries_folder() -> Path:
    """User galleries: beside the program when run from a checkout, else in the data folder."""
    checkout = resources_folder().parent / "galleries"
    if HOME_VARIABLE not in os.environ and (checkout / "README.md").is_file():
        return checkout
    return data_folder() / "galleries"


def settings_file() -> Path:
    return data_folder() / "settings.yaml"


def logs_folder() -> Path:
    return data_folder() / "logs"


def resources_folder() -> Path:
    return Path(__file__).resolve().parent.parent / "resources"
