"""`python -m broker revoke NICK|ACCOUNT`: a token is void from here on. Runs in the tool's thread.

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
from loggia.broker.runtime import revocation
from loggia.broker.runtime.applier import Applier
from loggia.broker.storage import damage, data_dir
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import LoggiaError, StorageFull
from loggia.shared.protocol.names import escaped

WHO_CHARS = 200  # more than a nick or an account may have, and less than a broker reads at once


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    print(escaped(revoke(data, flags.who)))
    return 0


def revoke(data: Path, who: str) -> str:
    """Take an account from whoever has its token; returns what was done, in a sentence.

    Raises LoggiaError: nobody is meant, or the log takes nothing; then nothing was changed.
    """
    if not who.strip() or len(who) > WHO_CHARS:
        raise LoggiaError("name an account, or the nick of somebody who is or was here")
    damage.refuse(data / data_dir.DAMAGE)
    answer = leash.revoke(data, who)
    if answer is None:
        return _on_the_log(data, who)
    if not answer.done:
        raise LoggiaError(answer.text)
    return answer.text


def _on_the_log(data: Path, who: str) -> str:
    with closing(Log(data, secrets.token_hex(8))) as log:
        applier = Applier(log)
        person = revocation.find(who, applier.rooms, log)
        done = revocation.told(person)
        command = revocation.command(person, secrets.token_bytes(32), time.time_ns() // 1_000_000)
        try:
            applier.apply(Ordered(log.epoch, [command]))
        except StorageFull as reason:
            raise StorageFull(f"{data}: {reason}; nothing was changed") from reason
    return done
