# SPDX-License-Identifier: GPL-3.0-only
"""`python -m qtclient` in a checkout, `python -m loggia.qtclient` wherever Loggia is installed."""

import sys
from pathlib import Path

if __package__ == "qtclient":
    sys.path.append(str(Path(__file__).resolve().parents[1] / "packaging"))

from loggia.qtclient.cli import start

if __name__ == "__main__":
    sys.exit(start())
