"""What a virtual screen shows, pixel by pixel, as the X server keeps it in a file. Imports no Qt."""

import struct
import time
from collections import Counter
from pathlib import Path

from tests.patience import PATIENCE_S

HEADER = struct.Struct(">25I")  # of a window dump of X: how long it is, ..., how many colours follow it
SIZE, BYTES_PER_LINE, COLOURS = 0, 12, 19  # which of these
COLOUR_BYTES, PIXEL_BYTES = 12, 4
WORDS = 150  # pixels that are in no edge of a letter: a caret alone has fewer


class Painted:
    """Of a screen whose server was started with `flags`. `folder`: is there, and empty."""

    def __init__(self, folder: Path) -> None:
        self.flags = "-fbdir", str(folder)
        self._file = folder / "Xvfb_screen0"

    def colours(self, left: int, top: int, width: int, height: int) -> Counter[str]:
        """How many pixels there have which colour, as #rrggbb."""
        found: Counter[str] = Counter()
        with self._file.open("rb") as file:
            header = HEADER.unpack(file.read(HEADER.size))
            begin = header[SIZE] + header[COLOURS] * COLOUR_BYTES + left * PIXEL_BYTES
            for line in range(top, top + height):
                file.seek(begin + line * header[BYTES_PER_LINE])
                pixels = file.read(width * PIXEL_BYTES)
                blues, greens, reds = (pixels[one::PIXEL_BYTES] for one in range(3))
                colours = zip(reds, greens, blues, strict=True)
                found.update(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours)
        return found

    def waits(self, ground: str, ink: str, *box: int) -> None:
        """Until most in that box (left, top, width, height) is of the one colour, and words of the other."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self.colours(*box)).most_common(1)[0][0] != ground or found[ink] < WORDS:
            assert time.monotonic() < deadline, found.most_common(9)
