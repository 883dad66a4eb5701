"""One attacker, in a process of its own: `python -m tests.hostile.attacker ROW ...`.

Of the lowest priority, so that it takes no time from those it is to disturb. Says `attacking` once it is at
it, and at the end a line of JSON: what it managed. It ends by itself, when its time is over.
"""

import argparse
import json
import os
import random
from pathlib import Path

from tests.hostile.rows import ROWS
from tests.hostile.swarm import Address, Swarm, Target

LOWEST = 19


def main() -> None:
    asked = _parser().parse_args()
    os.setpriority(os.PRIO_PROCESS, 0, LOWEST)
    row = ROWS[asked.row]
    target = Target(
        requests=_address(asked.requests),
        broadcasts=_address(asked.broadcasts),
        front_door=_address(asked.front_door),
        source=asked.source,
        seconds=asked.seconds,
        number=asked.number,
        data=asked.data,
        chance=random.Random(asked.seed + asked.number),
        least={what: least / row.attackers for what, least in row.least(asked.seconds).items()},
    )
    swarm = Swarm(target)
    try:
        row.attack(swarm)
    finally:
        swarm.close()
    print("done", json.dumps(dict(swarm.tally)), flush=True)


def _address(text: str) -> Address:
    host, _, port = text.removeprefix("tcp://").rpartition(":")
    return host, int(port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--requests", required=True)
    parser.add_argument("--broadcasts", required=True)
    parser.add_argument("--front-door", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--number", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
