"""What is said goes as one value: a field that Say gains is carried by all between program and wire."""

import ast
import pathlib
from typing import Any

import msgspec
from loggia.shared.client import commands
from loggia.shared.client.commands import Say
from loggia.shared.client.effects import KeepEntry
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.saved import Entry

HOUSE = pathlib.Path(__file__).parents[3]
PUBLIC = {  # where programs hand it in
    "shared/client/api/changing.py:edit",
    "shared/client/api/finding.py:search",
    "shared/client/api/speaking.py:send",
    "shared/client/api/acting.py:say",
    "shared/client/api/acting.py:send",
    "shared/client/api/acting.py:_to_say",  # what both make of it
    "shared/client/api/rehearsing.py:say",
}
SAID = Say(id="m1", room="lobby", text="hello", reply_to=7)


def test_only_what_programs_call_takes_a_text_and_its_room_apart() -> None:
    """A function that takes both has a path of its own, on which the rest of what is said gets lost."""
    files = [*(HOUSE / "shared" / "client").rglob("*.py"), *(HOUSE / "qtclient").rglob("*.py")]
    assert len(files) > 50
    found = {
        f"{file.relative_to(HOUSE).as_posix()}:{node.name}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and {"room", "text"} <= {one.arg for one in [*node.args.args, *node.args.kwonlyargs]}
    }
    assert found == PUBLIC


def test_the_outbox_on_the_disk_gives_back_what_was_said(tmp_path: pathlib.Path) -> None:
    replica = Replica(tmp_path / "copy.db")
    try:
        entry = Entry(place=1, say=SAID, at=5)
        replica.keep([KeepEntry(entry)])
        assert replica.saved().outbox == [entry]
    finally:
        replica.close()


def test_the_request_says_all_that_was_said() -> None:
    """But for the life of the log, which the outbox has settled; a field without a place here is lost."""
    request: Any = Entry(place=1, say=SAID, at=5).request()
    settled = {"epoch"}
    for field in msgspec.structs.fields(Say):
        if field.name not in settled:
            assert getattr(request, field.name) == getattr(SAID, field.name), field.name


def test_there_is_one_command_that_says_something() -> None:
    says = [
        one
        for one in commands.Command.__args__
        if "text" in {field.name for field in msgspec.structs.fields(one)}
    ]
    assert says == [Say]
