"""Programs of the library, each in a process of its own: what it hears, says and answers costs."""

import json
import subprocess
from pathlib import Path

from bench.rivals import Loggia
from bench.scenarios.scenario import Figures, Scenario

KINDS = {"receiving": "receive", "sending": "send", "replying": "reply"}
HEARD, SENT = 50_000, 2000


def _client(loggia: Loggia, folder: Path, size: float) -> Figures:
    """Measured by `bench.clients`, with the library and the broker of that checkout."""
    words = ["--messages", f"{max(100, int(HEARD * size))}", "--sends", f"{max(20, int(SENT * size))}"]
    command = [loggia.python, "-P", "-m", "bench.clients", *KINDS, "--house", str(loggia.house), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=loggia.programs())
    report = json.loads(done.stdout)
    return {
        f"{name}_{figure}": report[kind][figure]
        for kind, name in KINDS.items()
        for figure in ("per_s", "cpu_us")
    }


SCENARIOS = {
    "client": Scenario(
        "a Client that hears, one that waits for each answer, a Bot that replies", "send_cpu_us", _client
    ),
}
