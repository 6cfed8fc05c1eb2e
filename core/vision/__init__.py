"""Seeing: detection, alignment, features, quality, drawing. It knows cards and sessions, and nothing of galleries."""
