"""Texts that stand in texts, sentences in a row, and what errors of others say."""

from __future__ import annotations

import errno
import os

import pytest

from core.errors import NOTHING, EngineProblem, Text, sentences, why


def test_an_empty_text_is_nothing() -> None:
    assert not NOTHING
    assert Text("{a}", {"a": ""})


def test_sentences_follow_one_another() -> None:
    first, second = Text("It is {colour}.", {"colour": "red"}), Text("Look.")
    assert str(sentences(first, NOTHING, second, first)) == "It is red. Look. It is red."
    assert sentences(NOTHING, first) == first
    assert sentences() == NOTHING


def test_all_that_a_problem_says_keeps_its_parts() -> None:
    problem = EngineProblem("{engine} is away.", "Fetch it.", engine="X")
    assert str(problem.text) == str(problem) == "X is away. Fetch it."
    assert problem.text.values == {"first": problem.message, "further": problem.hint}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_words_of_the_system_become_a_text(code: int) -> None:
    found = why(OSError(code, os.strerror(code)))
    assert isinstance(found, Text)
    assert str(found)


def test_other_words_stay_as_they_are() -> None:
    own = Text("it holds {many}", {"many": 3})
    assert why(ValueError(own)) == own
    assert why(OSError(errno.ENOSPC, "voll")) == "voll"
    assert why(ValueError("two\nlines")) == "two lines"
    assert why(ValueError()) == "ValueError"
    assert len(str(why(ValueError("x" * 1000)))) == 300
