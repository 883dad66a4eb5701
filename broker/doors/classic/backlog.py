"""Messages that came and that nobody has dealt with yet, kept as they came: lines of a few bytes would be
objects of fifty each, and there may be hundreds of visitors with a thousand of them. Pure.
"""

from collections import deque
from collections.abc import Iterable, Iterator

Heard = bytes | None  # a message without its line end; None: one that was too long and is thrown away


class Backlog:
    """Attributes: `size`, of all that waits, in bytes with a line end each."""

    def __init__(self) -> None:
        self.size = 0
        self._count = 0
        self._blocks: deque[tuple[Heard, bool]] = deque()  # and whether its line ends part messages
        self._at = 0  # where the next message begins, in the first block

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Heard]:
        at = self._at
        for block, are_lines in self._blocks:
            if block is None or not are_lines:
                yield block
            else:
                while at <= len(block):
                    end = _end_of(block, at)
                    yield block[at:end]
                    at = end + 1
            at = 0

    def put(self, messages: Iterable[Heard], *, are_lines: bool) -> None:
        """In this order. `are_lines`: no line end is in any of them."""
        run: list[bytes] = []
        for message in messages:
            self._count += 1
            self.size += len(message or b"") + 1
            if are_lines and message is not None:
                run.append(message)
                continue
            self._put_lines(run)
            run = []
            self._blocks.append((message, False))
        self._put_lines(run)

    def take(self) -> Heard:
        """The next message; there is one."""
        block, are_lines = self._blocks[0]
        message, over = block, True
        if block is not None and are_lines:
            end = _end_of(block, self._at)
            message = block[self._at : end]
            self._at = end + 1
            over = self._at > len(block)
        if over:
            self._blocks.popleft()
            self._at = 0
        self._count -= 1
        self.size -= len(message or b"") + 1
        return message

    def keep(self, most: int) -> int:
        """Only so many, the first ones; how many others there were."""
        over = max(0, self._count - most)
        if over:
            kept = [self.take() for _ in range(most)]
            self.clear()
            for message in kept:
                self.put([message], are_lines=False)
        return over

    def clear(self) -> None:
        self._blocks.clear()
        self._count = self.size = self._at = 0

    def _put_lines(self, lines: list[bytes]) -> None:
        if lines:
            self._blocks.append((b"\n".join(lines), True))


def _end_of(block: bytes, at: int) -> int:
    end = block.find(b"\n", at)
    return len(block) if end < 0 else end
