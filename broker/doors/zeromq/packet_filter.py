"""What a listening socket hears, as the system filters it: everybody, nobody, or all but some.

On Linux; elsewhere, and at ipc://, everybody. Whoever is not heard finds out by nothing that comes back, and
tries again after 1, 2, 4 s. The kernel's classic packet filter sees what is behind a packet's IP header, and
that header at _HEADER.
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

_ATTACH, _DETACH = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER; Python does not name them
_HEADER = 0xFFF00000  # SKF_NET_OFF
# Load a byte, or four; and; jump if equal; return, and keep so many bytes
_BYTE, _WORD, _AND, _IS, _KEEP = 0x30, 0x20, 0x54, 0x15, 0x06
_SOURCE_4, _SOURCE_6 = _HEADER + 12, _HEADER + 8

Instruction = tuple[int, int, int, int]  # what to do, how many to skip if so, and if not, a number

_DROP: Instruction = (_KEEP, 0, 0, 0)
_PASS: Instruction = (_KEEP, 0, 0, 2**32 - 1)


def hear_nobody(listener: int) -> None:
    _set(listener, [_DROP])


def hear_all_but(listener: int, addresses: Collection[str]) -> None:
    """But these addresses and networks (`network` of per_address.py); if there are none, everybody."""
    _set(listener, _but(addresses) if addresses else None)


def _but(addresses: Collection[str]) -> list[Instruction]:
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
    version: list[Instruction] = [(_BYTE, 0, 0, _HEADER), (_AND, 0, 0, 0xF0), (_IS, 0, len(of_4) + 1, 0x40)]
    return [*version, *of_4, _PASS, *of_6, _PASS]


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
