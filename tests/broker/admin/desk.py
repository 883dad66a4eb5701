"""For tests of the control port: one in the test's own loop."""

import asyncio

import msgspec
from loggia.broker.admin.control import Control, Where
from loggia.broker.storage import data_dir

from tests.patience import PATIENCE_S

SOON_S = PATIENCE_S


class Desk:
    """A Control in the test's loop. `asked`: how often somebody was granted that the broker steps aside."""

    def __init__(self, data):
        self.data = data
        self.asked = 0
        self.control = Control(data, self._note)

    def _note(self):
        self.asked += 1

    async def __aenter__(self):
        self.data.mkdir(exist_ok=True)
        await self.control.open()
        self.control.announce()
        self.where = msgspec.json.decode((self.data / data_dir.CONTROL).read_bytes(), type=Where)
        return self

    async def __aexit__(self, *_):
        self.control.close()

    async def connected(self):
        return await asyncio.open_connection("127.0.0.1", self.where.port)

    async def answer_to(self, *said):
        """All that comes back until the connection ends."""
        reader, writer = await self.connected()
        for piece in said:
            writer.write(piece)
        try:
            return await asyncio.wait_for(reader.read(), SOON_S)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    def wish(self, **changed):
        return msgspec.json.encode({"key": self.where.key, "want": "aside"} | changed) + b"\n"


async def until(met):
    """`run` sets the deadline."""
    while not met():  # noqa: ASYNC110 - what happens in the loop rings no bell
        await asyncio.sleep(0)


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, SOON_S))
