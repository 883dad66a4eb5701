"""What is inside, as a door in a test sees it: it takes what it is told, and does nothing."""

import asyncio
from collections import Counter


class Inside:
    """`arrived`: connections and what they said; `gone`: those that were lost; `counted`, by name."""

    def __init__(self):
        self.loop = asyncio.SelectorEventLoop()
        self.arrived = []
        self.gone = []
        self.counted = Counter()

    def submit(self, door, arrived):
        self.arrived += arrived

    def lost(self, connection):
        self.gone.append(connection)

    def turn(self):
        pass

    def count(self, name, by=1):
        self.counted[name] += by

    def close(self):
        self.loop.close()
