"""Files that are to be written: looked at before the work begins, so that hours are not lost to a typing error."""

from __future__ import annotations

from pathlib import Path

from core.errors import InputProblem


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
