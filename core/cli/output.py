"""Files that commands write: looked at before the work begins, so that hours are not lost to a typing error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from core.errors import InputProblem
from core.files import write_text


def check_output(*files: Path | None) -> None:
    """Raises InputProblem for a file that could not be written later."""
    for file in files:
        if file is None:
            continue
        if str(file) == "-":
            raise InputProblem("- is no file here.", "Nothing was done; give the name of a file to write.")
        if file.is_dir():
            raise InputProblem("{path} is a folder.", "Nothing was done; give the name of a file.", path=file)
        if file.parent.exists() and not file.parent.is_dir():
            raise InputProblem("{path} is no folder.", "Nothing was done; give another file.", path=file.parent)


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
