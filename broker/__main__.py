"""`python -m broker` in a checkout, `python -m loggia.broker` wherever Loggia is installed."""

import sys
from pathlib import Path

if __package__ == "broker":
    sys.path.append(str(Path(__file__).resolve().parents[1] / "packaging"))

from loggia.broker.cli import start

if __name__ == "__main__":
    sys.exit(start())
