"""What others write is only shown: no address in it is asked, which would tell who reads it, and when."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from PyQt6.QtCore import QCoreApplication

from tests.qtclient.talk import arrived, entered, says

HOUSE = Path(__file__).resolve().parents[2] / "qtclient"
# What asks the network, or reads HTML, which may name what is to be asked
ASKING = re.compile(
    r"QtNetwork|WebEngine|QTextBrowser|setHtml|insertHtml|setMarkdown|RichText|urllib\.request|http\.client"
)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    "text",
    [
        "{0}a.png",
        "![a]({0}b.png) [c]({0}d)",
        "<img src='{0}e.png'><link rel=stylesheet href='{0}f.css'><style>@import '{0}g'</style>",
        "> ![h]({0}i.png)\n- <img src={0}j>",
        "`{0}k`\n```\n<script src='{0}l'></script>\n```",
    ],
)
def test_no_address_that_others_write_is_asked(
    make_window: Callable[..., Window], listener: socket.socket, text: str
):
    said = text.format(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1101")
    answer = says(2, "zoe", said, reply_to=1)
    state.apply([*entered(head=2), *arrived([says(1, text=said), answer])], 0)
    window = make_window(state)
    window.refresh()
    sheet = Sheet("All of it", said, window)
    sheet.open()
    for widget in (window, window.timeline.viewport(), sheet):
        widget.grab()
    QCoreApplication.processEvents()
    with pytest.raises(BlockingIOError):
        listener.accept()
    sheet.close()


def test_nothing_in_the_window_could_ask():
    asking = [file.name for file in HOUSE.rglob("*.py") if ASKING.search(file.read_text(encoding="utf-8"))]
    assert asking == []
