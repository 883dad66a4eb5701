"""A part of the measuring in a process of its own, so that its time is not ours. Ends with the `with`."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection


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
