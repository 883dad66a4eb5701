"""`python -m tests.endtoend.dying STEP MODULE ...`: a module as a program, killed at a step of its work.

Steps are what SQLite writes, cuts, syncs and removes, and the product's own syncs and new names of files.
SIGKILL comes before the one with number STEP.
"""

import os
import runpy
import signal
import sys

import apsw


class Dying(apsw.VFS):
    """The default VFS, on which each operation counts."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        super().__init__("dying", apsw.vfs_names()[0])
        apsw.set_default_vfs("dying")

    def step(self) -> None:
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def xOpen(self, name, flags):
        return _File(self, name, flags)

    def xDelete(self, name, syncdir):
        self.step()
        super().xDelete(name, syncdir)


class _File(apsw.VFSFile):
    def __init__(self, disk: Dying, name, flags) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk

    def xWrite(self, data, offset):
        self._disk.step()
        super().xWrite(data, offset)

    def xTruncate(self, size):
        self._disk.step()
        super().xTruncate(size)

    def xSync(self, flags):
        self._disk.step()
        super().xSync(flags)


def die_at(step: int) -> None:
    disk = Dying(step)

    def counted(function):
        def count_and_do(*arguments, **more):
            disk.step()
            return function(*arguments, **more)

        return count_and_do

    os.fsync, os.replace = counted(os.fsync), counted(os.replace)


if __name__ == "__main__":
    die_at(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
