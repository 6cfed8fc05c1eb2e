"""Identities and their faces in one SQLite file, with a history that survives."""
