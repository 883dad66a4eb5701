"""A copy of run.py whose programs are small ones, and what they are started with."""

from pathlib import Path

HOUSE = Path(__file__).parent.parent.parent


# run.py in another house, whose virtual environment is the one of these tests
DRIVER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
from loggia.launch import broker, chat, checkout, environment, system
def ensure(house, *sections, wish=""):
    if "SHOW_SECTIONS" in os.environ:
        print("sections: " + ", ".join(sections) + (f", if it can be had {wish}" if wish else ""), flush=True)
    return Path(sys.executable)
environment.ensure = ensure
environment.has = lambda house, section: "NO_QT" not in os.environ
system.for_window = lambda: print("for window\\n" * ("SHOW_LIBRARIES" in os.environ), end="", flush=True)
system.for_tests = lambda window: print(f"for tests, window: {window}", flush=True)
chat.WINDOW_END_S = 0.1
broker.START_S = float(os.environ.get("START_S", broker.START_S))
house = Path(sys.argv.pop(1))
sys.exit(checkout.main(sys.argv[1:], house))
"""


NO_SCREEN = {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None}
