"""From the same computer: the port of the commands. Each is one attacker."""

import json

from tests.hostile.swarm import Address, Swarm

HELD = 16


def silent_at_the_port_of_commands(swarm: Swarm) -> None:
    """Sixteen connections that say nothing; who is cut off comes back."""
    _hold(swarm, b"")


def talking_to_the_port_of_commands(swarm: Swarm) -> None:
    """Sixteen that say a key that is none, and more than a line may have."""
    _hold(swarm, b"x" * 100_000)


def _hold(swarm: Swarm, said: bytes) -> None:
    port = _port(swarm)
    for _ in range(HELD):
        swarm.open(port, said, source="127.0.0.1")
    for _ in swarm.turns():
        for number, line in enumerate(swarm.lines):
            if line.ended:
                swarm.lines[number] = swarm.open(port, said, source="127.0.0.1")
                swarm.lines.pop()


def _port(swarm: Swarm) -> Address:
    """As the attacker could find it out by trying: every user may see who listens on which port."""
    return "127.0.0.1", json.loads((swarm.target.data / "control").read_text())["port"]
