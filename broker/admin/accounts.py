"""`python -m broker revoke NICK|ACCOUNT`: a token is void from here on; `role NICK|ACCOUNT owner`: an account
owns the broker; `release NICK|ACCOUNT`: a nick is kept for nobody any more. Runs in the tool's thread.

A broker that runs does it itself, and goes on; otherwise it is done on the log.
"""

import argparse
import secrets
import time
from contextlib import closing
from pathlib import Path

from loggia.broker.admin import leash
from loggia.broker.admin.progress import Progress
from loggia.broker.core.ordered import Ordered
from loggia.broker.runtime import operating
from loggia.broker.runtime.applier import Applier
from loggia.broker.storage import damage, data_dir
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import LoggiaError, StorageFull
from loggia.shared.protocol.names import escaped

WHO_CHARS = 200  # more than a nick or an account may have, and less than a broker reads at once


def run_revoke(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    print(escaped(operate(data, "revoke", flags.who)))
    return 0


def run_role(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command. There is one role in a broker; those in a room, its owners give."""
    print(escaped(operate(data, "own", flags.who)))
    return 0


def run_release(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    print(escaped(operate(data, "release", flags.who)))
    return 0


def operate(data: Path, act: operating.Act, who: str) -> str:
    """Do something with an account; returns what was done, in a sentence.

    Raises LoggiaError: nobody is meant, or the log takes nothing; then nothing was changed.
    """
    if not who.strip() or len(who) > WHO_CHARS:
        raise LoggiaError("name an account, or the nick of somebody who is or was here")
    damage.refuse(data / data_dir.DAMAGE)
    answer = leash.operate(data, act, who)
    if answer is None:
        return _on_the_log(data, act, who)
    if not answer.done:
        raise LoggiaError(answer.text)
    return answer.text


def _on_the_log(data: Path, act: operating.Act, who: str) -> str:
    with closing(Log(data, secrets.token_hex(8))) as log:
        applier = Applier(log)
        at = time.time_ns() // 1_000_000
        command, done = operating.prepared(act, who, applier.rooms, log, secrets.token_bytes(32), at)
        try:
            applier.apply(Ordered(log.epoch, [command]))
        except StorageFull as reason:
            raise StorageFull(f"{data}: {reason}; nothing was changed") from reason
    return done
