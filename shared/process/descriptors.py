"""How many files and connections this process may have open, and has. Any thread; nothing on Windows, where
no such number is set.

Systems give a new descriptor the lowest number that is free. So a number says how many there are at least,
for the price of looking at it.
"""

import contextlib
import os
import sys

MOST = 2**31 - 1  # where there is no limit


def limit() -> int:
    """How many may be open now; somebody may change it at any time."""
    if sys.platform == "win32":
        return MOST
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(soft, MOST)


def raise_limit() -> None:
    """As high as the system lets us."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS calls a limit infinite that it does not grant
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def taken() -> int | None:
    """How many are open; None where the system does not tell."""
    with contextlib.suppress(OSError):
        # Linux since 6.2 says how many there are; before, they are listed, which takes 0.2 us for each
        return os.stat("/proc/self/fd").st_size or len(os.listdir("/proc/self/fd")) - 1
    with contextlib.suppress(OSError):
        return len(os.listdir("/dev/fd")) - 1  # macOS; one of them is that of the list
    return None


def lack() -> str:
    """Why no more can be opened now, as the system puts it; empty when one can."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as reason:
        return reason.strerror or str(reason)
    return ""


def free_below(number: int, at_most: int) -> int:
    """How many descriptors with a number below `number` are free; counted up to `at_most`, by taking them."""
    taken: list[int] = []
    with contextlib.suppress(OSError):
        while len(taken) < at_most:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    for fd in taken:
        os.close(fd)
    return sum(fd < number for fd in taken)
