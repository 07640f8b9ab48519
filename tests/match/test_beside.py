"""Two things at once give what they give one after the other, whatever becomes of the second process."""

import os
import threading

import pytest

from tracer.model import beside as room
from tracer.model.beside import beside

HERE = os.getpid()


@pytest.fixture
def forked(monkeypatch):
    """A worker of these tests has a thread that waits for the next test; the second process leaves it alone."""
    monkeypatch.setattr(room, "_can_fork", lambda: True)


def told(text):
    return lambda: (text, os.getpid() == HERE)


@pytest.mark.usefixtures("forked")
def test_the_second_runs_in_a_process_of_its_own_and_hands_back_its_result():
    (mine, here), (theirs, there) = beside(told("a"), told("汇\ud800" * 10**6))
    assert (mine, theirs) == ("a", "汇\ud800" * 10**6)
    assert (here, there) == (True, False)


@pytest.mark.parametrize("is_large", [True, False])
def test_what_is_small_or_beside_another_thread_stays_in_this_process(is_large):
    waiting = threading.Event()
    other = threading.Thread(target=waiting.wait)
    if is_large:
        other.start()
    try:
        assert beside(told("a"), told("b"), is_large=is_large) == (("a", True), ("b", True))
    finally:
        waiting.set()
        if is_large:
            other.join()


def killed():
    if os.getpid() != HERE:
        os.kill(os.getpid(), 9)
    return "done here"


def unfit():
    return {"a set cannot be handed back"}


@pytest.mark.usefixtures("forked")
def test_a_process_that_is_killed_or_cannot_hand_back_its_result_costs_time_only():
    assert beside(lambda: 1, killed) == (1, "done here")
    assert beside(lambda: 1, unfit) == (1, unfit())


@pytest.mark.usefixtures("forked")
def test_what_either_raises_is_raised_here_and_no_process_stays(monkeypatch):
    made, fork = [], os.fork
    monkeypatch.setattr(os, "fork", lambda: made.append(fork()) or made[-1])

    def failing():
        raise ValueError("as it was said")

    for pair in ((failing, told("b")), (told("a"), failing), (failing, killed)):
        with pytest.raises(ValueError, match="as it was said"):
            beside(*pair)
    assert len(made) == 3
    for child in made:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)
