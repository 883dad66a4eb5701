"""At the front door. Each is one attacker."""

import itertools
from collections.abc import Callable, Iterator

from tests.hostile.swarm import Line, Swarm

HELD = 500
MIXED = 400
ADDRESSES = [f"127.0.1.{number}" for number in range(2, 6)]
PASTE = (b"p" * 60 + b"\n") * 4000
ANSI = "\x1b[2J\x1b[1;1H\x1b]0;owned\x07\x1b[31m\x9b2J".encode()
CONTROL = bytes(byte for byte in range(32) if byte != 10) + "\x7f\u0085\u2028\u202e\ufeff".encode()


def nameless(swarm: Swarm) -> None:
    """Five hundred who are asked for a nickname and never give one."""
    for _ in range(HELD):
        swarm.open(swarm.target.front_door)
        swarm.turn(0)
    swarm.hold()


def a_byte_a_second(swarm: Swarm) -> None:
    """Five hundred who type their nickname, and then what they say, one byte a second."""
    for _ in range(HELD):
        swarm.open(swarm.target.front_door)
        swarm.turn(0)
    letters = itertools.cycle(b"slow\nand slower\n")
    for _ in swarm.turns(1.0):
        letter = bytes([next(letters)])
        for line in swarm.lines:
            if not line.ended:
                line.send(letter)


def deaf(swarm: Swarm) -> None:
    """A hundred in the lobby who talk, more than waits for anybody, and take nothing."""
    _in(swarm, 100, deaf=True)
    swarm.flood(lambda _: b"hear me " * 200 + b"\n", again=lambda: _visitor(swarm, deaf=True))


def newlines(swarm: Swarm) -> None:
    """Nothing but line ends."""
    _in(swarm, 20)
    swarm.flood(lambda _: b"\n" * 20_000, again=lambda: _visitor(swarm))


def ansi(swarm: Swarm) -> None:
    """What would clear a terminal."""
    _in(swarm, 20)
    swarm.flood(lambda _: (ANSI + b"\n") * 200, again=lambda: _visitor(swarm))


def control(swarm: Swarm) -> None:
    """Every character that is none, in and without lines."""
    _in(swarm, 20)
    turn = itertools.cycle(((CONTROL + b"\n") * 200, CONTROL * 400))
    swarm.flood(lambda _: next(turn), again=lambda: _visitor(swarm))


def a_line_without_end(swarm: Swarm) -> None:
    """As many bytes as are taken, and no line end among them."""
    _in(swarm, 10)
    for _ in range(10):  # and so for a nickname
        swarm.open(swarm.target.front_door)
    swarm.flood(lambda _: b"x" * 65_536, again=lambda: swarm.open(swarm.target.front_door))


def nicknames(swarm: Swarm) -> None:
    """Nicknames that are taken, empty, too long or no text, without end."""
    tried = b"\n".join([b"eve", b"", b"x" * 200, b"\xff\xfe", b"a/b", b"!end ", b" "]) + b"\n"
    for _ in range(20):
        swarm.open(swarm.target.front_door)
    swarm.flood(lambda _: tried * 20, again=lambda: swarm.open(swarm.target.front_door))


def commands(swarm: Swarm) -> None:
    """Twenty who ask for lists, for other rooms, names and people, without end."""
    _in(swarm, 20)
    number = itertools.count()

    def asked(_: Line) -> bytes:
        dens = (f"den {next(number)}" for _ in range(100))
        return b"".join(
            f"/who\n/rooms\n/join {den}\n/nick {den}\n/msg den hi\n/help\nhi\n".encode() for den in dens
        )

    swarm.flood(asked, again=lambda: _visitor(swarm))


def mixture(swarm: Swarm) -> None:
    """Four hundred from four addresses: they paste, close one side, take nothing, type, or break off."""
    acting: dict[Line, Iterator[None]] = {}
    number = itertools.count()
    for _ in swarm.turns():
        swarm.lines = [line for line in swarm.lines if not line.ended]
        for _ in range(MIXED - len(swarm.lines)):
            came = next(number)
            act = ACTS[came % len(ACTS)]
            nick = swarm.target.name("v").encode() + b"\n"
            source = ADDRESSES[came % len(ADDRESSES)]
            line = swarm.open(swarm.target.front_door, nick, deaf=act is _deaf, source=source)
            acting[line] = act(line)
            if came % 100 == 0:
                swarm.turn(0)
        acting = {line: acts for line, acts in acting.items() if not line.ended}
        for acts in acting.values():
            next(acts, None)


def _paste(line: Line) -> Iterator[None]:
    line.send(PASTE)
    yield


def _half_close(line: Line) -> Iterator[None]:
    line.send(b"hello\n" * 50)
    while line.waiting or not line.got:
        yield
    line.half_close()
    for _ in range(20):
        yield
    line.close()


def _deaf(line: Line) -> Iterator[None]:
    line.send(b"a\n" * 2000)
    yield


def _type(line: Line) -> Iterator[None]:
    for letter in b"slowly said " * 50:
        line.send(bytes([letter]))
        yield


def _break_off(line: Line) -> Iterator[None]:
    """In the middle of what it says: some of it is gone, however seldom this attacker has its turn."""
    line.send(b"x" * 200_000)
    said = line.waiting
    while line.waiting == said:
        yield
    line.break_off()


ACTS: list[Callable[[Line], Iterator[None]]] = [_paste, _half_close, _deaf, _type, _break_off]


def _in(swarm: Swarm, count: int, *, deaf: bool = False) -> None:
    for _ in range(count):
        _visitor(swarm, deaf=deaf)


def _visitor(swarm: Swarm, *, deaf: bool = False) -> Line:
    """With a nickname of his own."""
    return swarm.open(swarm.target.front_door, swarm.target.name("v").encode() + b"\n", deaf=deaf)
