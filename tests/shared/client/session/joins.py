"""A client that is in the lobby."""

from typing import Any

from tests.shared.client.fake import FakeBroker
from tests.shared.client.wired import Client


def joined(**more: Any) -> Client:
    client = Client(FakeBroker(), **more)
    client.step()
    return client
