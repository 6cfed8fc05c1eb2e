"""Things lent to several threads, closed by the last one to leave."""

from __future__ import annotations

import threading

import pytest

from core.lending import Lending


@pytest.fixture
def closed():
    return []


@pytest.fixture
def lending(closed):
    return Lending("thing", lambda: closed.append(threading.get_ident()))


def test_it_is_closed_when_retired_by_its_owner(lending, closed):
    with lending.lend() as thing:
        assert thing == "thing"
    assert not closed
    lending.retire()
    assert len(closed) == 1


def test_the_last_one_to_leave_closes_it(lending, closed):
    with lending.lend():
        with lending.lend():
            lending.retire()
            assert not closed
        assert not closed
    assert len(closed) == 1


def test_retiring_twice_closes_once(lending, closed):
    lending.retire()
    lending.retire()
    assert len(closed) == 1


def test_retiring_twice_does_not_take_it_from_who_has_it(lending, closed):
    with lending.lend():
        lending.retire()
        lending.retire()
        assert not closed
    assert len(closed) == 1


def test_what_is_closed_is_lent_no_more(lending):
    lending.retire()
    with pytest.raises(LookupError), lending.lend():
        pass


def test_an_error_inside_gives_it_back(lending, closed):
    with pytest.raises(ValueError, match="inside"), lending.lend():
        raise ValueError("inside")
    lending.retire()
    assert len(closed) == 1


def test_many_threads_and_one_closing():
    """Nobody ever holds a closed thing, and it is closed exactly once."""
    closed, wrong, start = [], [], threading.Barrier(9)
    lending = Lending("thing", lambda: closed.append(1))

    def use():
        start.wait()
        for _ in range(500):
            try:
                with lending.lend():
                    if closed:
                        wrong.append("held while closed")
            except LookupError:
                if not closed and not lending._retired:
                    wrong.append("refused while open")
                return

    users = [threading.Thread(target=use) for _ in range(8)]
    for user in users:
        user.start()
    start.wait()
    lending.retire()
    for user in users:
        user.join(10)
    assert closed == [1]
    assert not wrong
