"""What every test gets: a home of its own, and no thread left behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

# Windows of the tests need no screen; a test that wants one says so.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent
# Threads of libraries that live as long as the process.
LASTING = ("pydevd", "tqdm", "ThreadPoolForeachWorker", "QThread", "Dummy-")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, models and logs of a test never touch the user's."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FACEFOLIO_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    left = [thread for thread in left if not thread.name.startswith(LASTING)]
    for thread in left:
        thread.join(2)
    assert not [thread.name for thread in left if thread.is_alive()], "threads left running"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of photos, models and references; the test is skipped where it is absent."""
    folder = Path(os.environ.get("FACEFOLIO_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip("FACEFOLIO_TEST_DATA names no folder with test data")
    return folder
