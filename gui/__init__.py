"""The window. The only place that imports PySide6; no rule lives here."""
