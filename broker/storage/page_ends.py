"""Where a page of a search ends, as a word that tells nobody anything, and that nobody can make up. Pure.

A place in the log says how many rooms there are, and how much is said where one may not read.
"""

import hashlib
import hmac
import struct

_PLAIN = struct.Struct("<qq")


class PageEnds:
    """`secret`: 32 bytes by chance, which those of an earlier life of the broker were sealed with, too."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def sealed(self, place: int, at: int) -> str:
        """`place`: of a message in the log; `at`: its time, Unix ms."""
        plain = _PLAIN.pack(place, at)
        proof = self._digest(b"proof", plain)
        return (proof + _xor(plain, self._digest(b"cover", proof))).hex()

    def opened(self, word: str) -> tuple[int, int] | None:
        """The same again; None if it was not sealed with this secret."""
        try:
            told = bytes.fromhex(word)
        except ValueError:
            return None
        if len(told) != 2 * _PLAIN.size:
            return None
        proof, hidden = told[: _PLAIN.size], told[_PLAIN.size :]
        plain = _xor(hidden, self._digest(b"cover", proof))
        if not hmac.compare_digest(proof, self._digest(b"proof", plain)):
            return None
        place, at = _PLAIN.unpack(plain)
        return int(place), int(at)

    def _digest(self, about: bytes, content: bytes) -> bytes:
        return hashlib.blake2b(content, key=self.secret, person=about, digest_size=_PLAIN.size).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))
