"""The walls of the house: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# room -> rooms of core that it must not import; every room is also kept from the window
FORBIDDEN = {
    "core/types.py": {"*"},
    "core/errors.py": {"*"},
    "core/files.py": {"*"},
    "core/paths.py": {"*"},
    "core/metrics.py": {"*"},
    "core/models": {"vision", "gallery", "index", "jobs", "export", "cli", "recognizer", "assembly"},
    "core/engines": {"vision", "gallery", "index", "jobs", "export", "cli", "recognizer", "assembly", "types"},
    "core/vision": {"gallery", "index", "jobs", "export", "cli", "recognizer", "assembly"},
    "core/gallery": {"vision", "index", "engines", "models", "jobs", "export", "cli", "recognizer", "assembly"},
    "core/index": {"vision", "engines", "models", "jobs", "export", "cli", "recognizer", "assembly"},
    "core/export": {"gallery", "index", "engines", "jobs", "cli", "assembly"},
    "core/recognizer.py": {"gallery", "jobs", "export", "cli", "assembly"},
    "core/decision.py": {"vision", "gallery", "index", "engines", "models", "jobs", "export", "cli", "recognizer"},
    "core/jobs": {"cli", "assembly"},
    "core/demo": {"gallery", "index", "engines", "models", "cli", "recognizer", "assembly"},
    "core/assembly.py": {"cli", "jobs"},
    "core/paddlex": {"jobs", "export", "cli", "recognizer", "assembly", "camera", "tracker", "live"},
    "core/server": {"cli", "camera", "tracker", "live", "engines", "vision", "export"},
    "core/camera": {"vision", "gallery", "index", "engines", "models", "jobs", "export", "cli", "recognizer", "live"},
    "core/samples.py": {"index", "engines", "models", "jobs", "export", "cli", "assembly", "live"},
    "core/tracker": {"index", "engines", "models", "jobs", "export", "cli", "assembly", "camera", "live"},
    "core/live.py": {"index", "engines", "models", "jobs", "export", "cli", "assembly", "camera"},
    "core/worker.py": {"*"},
    "core/lending.py": {"*"},
}
ALLOWED_BASE = {"errors", "types"}  # what even the lowest files may use


def files_of(room: str) -> list[Path]:
    path = ROOT / room
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names of all modules a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def rooms_of_core(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("core.")}


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_only_what_stands_right_of_it(room: str) -> None:
    forbidden = FORBIDDEN[room]
    files = files_of(room)
    assert files, f"{room} is gone: mend this table"
    for path in files:
        used = rooms_of_core(path)
        bad = used - ALLOWED_BASE if forbidden == {"*"} else used & forbidden
        assert not bad, f"{path.relative_to(ROOT)} imports {sorted(bad)}"


def test_core_knows_no_window() -> None:
    for path in files_of("core"):
        tops = {name.split(".")[0] for name in imported(path)}
        assert not tops & {"PySide6", "gui", "shiboken6"}, path


def test_panels_never_know_each_other() -> None:
    for path in files_of("gui/panels"):
        others = {name for name in imported(path) if name.startswith("gui.panels.")}
        assert not others, f"{path.name} imports {sorted(others)}"


def test_what_panels_share_knows_no_panel() -> None:
    shared = [*files_of("gui/models"), *files_of("gui/widgets"), *files_of("gui/dialogs")]
    shared += [path for path in (ROOT / "gui").glob("*.py") if path.name != "main_window.py"]
    for path in shared:
        assert not {name for name in imported(path) if name.startswith("gui.panels")}, path


def test_only_the_window_shows_windows() -> None:
    """Modal questions have one door, so that tests can answer them."""
    for path in files_of("gui"):
        if path.name != "ask.py":
            assert not {name for name in imported(path) if name.endswith(("QMessageBox", "QFileDialog"))}, path


def test_only_the_command_line_prints() -> None:
    for path in files_of("core"):
        if path.is_relative_to(ROOT / "core" / "cli"):
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        printing = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
        assert not printing or path.name == "try_paddle.py", f"{path}: print in lines {printing}"


def test_every_room_is_under_the_rule() -> None:
    rooms = {path.name for path in (ROOT / "core").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - {"cli"} <= {Path(room).name for room in FORBIDDEN}


def test_no_file_outgrows_the_house() -> None:
    for path in [*files_of("core"), *files_of("gui")]:
        assert path.read_text(encoding="utf-8").count("\n") <= 400, path


def run_python(code: str) -> str:
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = "import sys, core.cli; core.cli.build_parser(); print([n for n in {heavy} if n in sys.modules])"
    heavy = ["PySide6", "numpy", "cv2", "paddle", "onnxruntime", "faiss", "openvino", "yaml", "PIL"]
    assert run_python(code.format(heavy=heavy)) == "[]"


def test_every_command_imports_without_the_window_or_paddle() -> None:
    code = (
        "import sys, importlib, pkgutil, core.cli\n"
        "for found in pkgutil.iter_modules(core.cli.__path__): importlib.import_module('core.cli.' + found.name)\n"
        "print([n for n in ('PySide6', 'paddle', 'openvino') if n in sys.modules])"
    )
    assert run_python(code) == "[]"
