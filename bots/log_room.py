"""Writes what is said in a room to a file, a line for each message. Ends with Ctrl+C.

python3 run.py bot log_room [ROOM], by default the lobby; LOGGIA_REQUESTS names another broker.
"""

import argparse

from loggia import Client, escaped, quoted, script

command = argparse.ArgumentParser(description=__doc__)
command.add_argument("room", nargs="?", default="lobby")
room = command.parse_args().room
with script(), Client("log", room) as chat:
    for event in chat:
        with open(f"{room}.log", "a", encoding="utf-8") as file:
            print(event.at, quoted(event.nick), escaped(event.text), file=file)
