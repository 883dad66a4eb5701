"""What a socket hears, as the system filters it: a listening one everybody, nobody, or all but some; and one
that was accepted so many bytes and no more, until it is told otherwise.

On Linux; elsewhere, and at ipc://, everything. Whoever is not heard finds out by nothing that comes back, and
tries again: to connect after 1, 2, 4 s, and with what it said after 0.2 s. The kernel's classic packet filter
sees what is behind a packet's IP header, and that header at _HEADER; it keeps as many bytes as it returns.
"""

import contextlib
import ctypes
import ipaddress
import socket
import struct
import sys
from collections.abc import Collection

from loggia.broker.doors.zeromq.borrowed import borrowed

MOST = 100  # addresses in one filter
SEGMENT_BYTES = 1448  # of a packet, at most: what Ethernet takes

_ATTACH, _DETACH = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER; Python does not name them
_HEADER = 0xFFF00000  # SKF_NET_OFF
# Load a byte, or four; and; jump if equal; return, and keep so many bytes
_BYTE, _WORD, _AND, _IS, _KEEP = 0x30, 0x20, 0x54, 0x15, 0x06
# Shift to the right; add, subtract; negate; jump if any bit is set; the second register: from the first, to
# it, added to it; and keep as many bytes as the first one says
_SHIFT, _ADD, _SUBTRACT, _NEGATE, _ANY = 0x74, 0x04, 0x14, 0x84, 0x45
_SECOND, _FROM_SECOND, _ADD_SECOND, _KEEP_FIRST = 0x07, 0x87, 0x0C, 0x16
_SEQUENCE, _OFFSET = 4, 12  # in the header of TCP: the number of the first byte, and how long the header is
_SOURCE_4, _SOURCE_6 = _HEADER + 12, _HEADER + 8

Instruction = tuple[int, int, int, int]  # what to do, how many to skip if so, and if not, a number

_DROP: Instruction = (_KEEP, 0, 0, 0)
_PASS: Instruction = (_KEEP, 0, 0, 2**32 - 1)
_HEADER_LENGTH: list[Instruction] = [
    (_BYTE, 0, 0, _OFFSET),
    (_SHIFT, 0, 0, 2),
    (_AND, 0, 0, 0x3C),
    (_SECOND, 0, 0, 0),
]
_SAVE_SYN, _SAVED_SYN = 27, 28  # TCP_SAVE_SYN, TCP_SAVED_SYN; Python does not name them
_SYN_BYTES = 256


def hear_nobody(listener: int) -> None:
    _set(listener, [_DROP])


def hear_all_but(listener: int, addresses: Collection[str], most: int = 0) -> None:
    """But these addresses and networks (`network` of per_address.py); if there are none, everybody.

    `most`: so many bytes of each packet, of a connection that was accepted and of which nothing else was said
    yet (it begins with the filter of the listener); 0: all.
    """
    end = _at_most(most) if most else [_PASS]
    _set(listener, _but(addresses, end) if addresses else end if most else None)


def remember_first(listener: int) -> None:
    """Let `first_byte` know, of those that are accepted from now on; and let them speak in small packets."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError), borrowed(listener) as lent:
            lent.setsockopt(socket.IPPROTO_TCP, _SAVE_SYN, 1)
            # a packet that is heard in part is said again later and later: none is larger than a window
            lent.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)


def first_byte(connection: int) -> int | None:
    """The number that TCP gave the first byte of a connection, once; None if that is not known."""
    try:
        with borrowed(connection) as lent:
            packet = lent.getsockopt(socket.IPPROTO_TCP, _SAVED_SYN, _SYN_BYTES)
        header = 40 if packet[0] >> 4 == 6 else (packet[0] & 15) * 4
        return int(struct.unpack_from("!I", packet, header + _SEQUENCE)[0]) + 1
    except (OSError, IndexError, struct.error):
        return None


def hear_until(connection: int, sequence: int) -> None:
    """What stands in front of the byte of this number (of 32 bits, they begin anew); and that it is there."""
    _set(connection, _until(sequence % 2**32))


def hear_all(connection: int) -> None:
    _set(connection, None)


def _at_most(size: int) -> list[Instruction]:
    return [*_HEADER_LENGTH, (_FROM_SECOND, 0, 0, 0), (_ADD, 0, 0, size), (_KEEP_FIRST, 0, 0, 0)]


def _until(sequence: int) -> list[Instruction]:
    return [
        *_HEADER_LENGTH,
        (_WORD, 0, 0, _SEQUENCE),
        (_SUBTRACT, 0, 0, sequence),
        (_ANY, 2, 0, 2**31),  # it is in front of it
        (_FROM_SECOND, 0, 0, 0),
        (_KEEP_FIRST, 0, 0, 0),
        (_NEGATE, 0, 0, 0),
        (_ADD_SECOND, 0, 0, 0),
        (_KEEP_FIRST, 0, 0, 0),
    ]


def _but(addresses: Collection[str], end: list[Instruction]) -> list[Instruction]:
    of_4: list[Instruction] = [(_WORD, 0, 0, _SOURCE_4)]
    of_6: list[Instruction] = []
    for address in list(addresses)[:MOST]:
        try:
            first = ipaddress.ip_network(address).network_address
        except ValueError:
            continue
        if isinstance(first, ipaddress.IPv4Address):
            of_4 += [(_IS, 0, 1, int(first)), _DROP]
        else:
            high, low = divmod(int(first) >> 64, 2**32)
            of_6 += [(_WORD, 0, 0, _SOURCE_6), (_IS, 0, 3, high)]
            of_6 += [(_WORD, 0, 0, _SOURCE_6 + 4), (_IS, 0, 1, low), _DROP]
    of_4 += end
    version: list[Instruction] = [(_BYTE, 0, 0, _HEADER), (_AND, 0, 0, 0xF0), (_IS, 0, len(of_4), 0x40)]
    return [*version, *of_4, *of_6, *end]


def _set(listener: int, program: list[Instruction] | None) -> None:
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError), borrowed(listener) as lent:
        if lent.family not in (socket.AF_INET, socket.AF_INET6):
            return
        if program is None:
            lent.setsockopt(socket.SOL_SOCKET, _DETACH, 0)
            return
        packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
        lent.setsockopt(socket.SOL_SOCKET, _ATTACH, struct.pack("HP", len(program), ctypes.addressof(packed)))
