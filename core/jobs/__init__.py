"""Slow work as generators: they yield Steps and return their result; closing one cancels it."""
