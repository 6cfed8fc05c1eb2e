"""Painted parts that panels share."""
