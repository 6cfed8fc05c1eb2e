"""What the first clicks need, loaded before them."""

import logging
import sys

import pytest

from gui import ahead


def test_all_that_is_named_can_be_loaded(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="gui.ahead"):
        ahead.load_ahead().join(60)
    assert not caplog.records
    assert all(name in sys.modules for name in ahead.MODULES)


def test_what_cannot_be_loaded_is_left_to_its_first_user(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "core.demo.film", raising=False)
    with caplog.at_level(logging.WARNING, logger="gui.ahead"):
        ahead.load_ahead(["no.such.module", "core.demo.film"]).join(60)
    assert [record.getMessage() for record in caplog.records] == ["no.such.module was not loaded ahead"]
    assert "core.demo.film" in sys.modules
