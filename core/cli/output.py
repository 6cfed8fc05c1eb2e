"""Files that commands write: looked at before the work begins, so that hours are not lost to a typing error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from core.errors import InputProblem
from core.export.places import check_output
from core.files import write_text

__all__ = ["check_output", "json_for_screen", "write_output"]


def write_output(file: Path, text: str) -> None:
    try:
        write_text(file, text)
    except OSError as error:
        raise InputProblem(
            "{path} cannot be written: {reason}.",
            "What was there is untouched; choose another place or make room.",
            path=file,
            reason=error.strerror or error,
        ) from error


def json_for_screen(data: Any) -> str:
    """JSON that the terminal or pipe can hold: plain ASCII where it takes no Unicode."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return json.dumps(data, ensure_ascii=encoding not in ("utf8", "utf8sig"), indent=2)
