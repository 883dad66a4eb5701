"""A process of a test that fails is ended, not waited for: it waits for what the test was about to do."""

import subprocess
from typing import AnyStr


class Started(subprocess.Popen[AnyStr]):
    """As Popen, for `with`."""

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, *rest)  # type: ignore[arg-type]
