"""The doors of a broker, as its settings want them. A new kind of door is a line here."""

import asyncio
from collections.abc import Callable
from typing import Any

from loggia.broker.config import Config
from loggia.broker.doors.classic.door import FrontDoor
from loggia.broker.doors.door import Door, Inside
from loggia.broker.doors.zeromq.door import ZeroMQDoor

# Makes a door, which is not open yet; None where the settings switch it off.
Make = Callable[[Config, asyncio.AbstractEventLoop, Inside], Door[Any] | None]

# Opened and closed in this order. People are told the address of the first that is there.
DOORS: tuple[Make, ...] = (FrontDoor.of, ZeroMQDoor.of)
