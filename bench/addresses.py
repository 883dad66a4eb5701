"""Many addresses on one machine: of one alone the broker lets in only so many in a while, and rightly."""

import sys

ADDRESSES = 20_000
PER_NUMBER = 250


def reached_from(endpoint: str, number: int) -> str:
    """A TCP endpoint of loopback, from an address of that number: only Linux has all of 127.0.0.0/8."""
    if sys.platform != "linux":
        return endpoint
    number %= ADDRESSES
    return endpoint.replace("tcp://", f"tcp://127.1.{number // PER_NUMBER}.{1 + number % PER_NUMBER}:0;")
