"""A part of the measuring in a process of its own, so that its time is not ours. Ends with the `with`."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from bench.process import Unmet

Seen = TypeVar("Seen")


@contextmanager
def beside(run: Callable[..., None], *given: object) -> Iterator[Connection]:
    """A process that runs this, with a pipe and what is given; gives the other end of the pipe.

    It is told None when the body is over, and ended where that fails.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run, args=(theirs, *given))
    process.start()
    theirs.close()  # so that a process that failed is noticed
    try:
        yield ours
        ours.send(None)
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()
        ours.close()


def told(pipe: Connection, most_s: float) -> Any:
    """What comes from there next. Raises Unmet where nothing does."""
    if not pipe.poll(most_s):
        raise Unmet("nothing came from the process that is measured")
    return pipe.recv()


def until(look: Callable[[], Seen], is_so: Callable[[Seen], bool], *, each_s: float, most_s: float) -> Seen:
    """Look again and again, until it is so; gives what was seen then. Raises Unmet where it takes longer."""
    deadline = time.monotonic() + most_s
    while not is_so(seen := look()):
        if time.monotonic() > deadline:
            raise Unmet("what is measured does not get there")
        time.sleep(each_s)
    return seen
