"""The file of a copy: may it be used, and making it, before SQLite opens it. Any thread."""

import pathlib

from loggia.shared.client.link import migrations
from loggia.shared.process import durable, files, ownership, paths
from loggia.shared.process.migrations import is_foreign, number_of
from loggia.shared.protocol.errors import StorageBroken


def check(path: pathlib.Path) -> None:
    """Raises StorageBroken when a file is none for this version: a newer one's, or not ours.

    Nothing is opened, made or changed; what shows only in the middle of it is found when it is used.
    """
    newest = migrations.REPLICA.newest
    try:
        file = paths.real(path)
        if not file.is_file():
            return
        check_number(str(path), number_of(file, newest))
        if is_foreign(file, newest):
            raise StorageBroken(
                f"{path} cannot be used: it is damaged, or a file of something else; move it away, or choose "
                "another folder."
            )
    except OSError as reason:
        raise broken(str(path), reason) from reason


def check_number(where: str, number: int) -> None:
    """Raises StorageBroken when nothing leads here from tables of this number."""
    if number not in (0, migrations.REPLICA.newest) and not migrations.REPLICA.leads_from(number):
        raise StorageBroken(f"{where} was written by a newer Loggia; update this one.")


def broken(where: str, reason: Exception) -> StorageBroken:
    return StorageBroken(f"{where} cannot be used ({reason}); check its folder's rights and disk.")


def make(file: pathlib.Path) -> None:
    """The file, before SQLite makes it: it has a token; what is beside it inherits. Raises OSError.

    Raises StorageBroken where somebody else may have a hand in it.
    """
    ownership.refuse_exchange(file, "choose another folder.")
    ownership.refuse_planted(file.parent, [file.name + end for end in ("", "-wal", "-shm", "-journal")])
    files.make_folders(file.parent)
    with ownership.rights_of_owner(file.parent):
        files.make(file)
        durable.settle(file.with_name(f"{file.name}-wal"))
