"""docs/protocol.md, the process: its settings, and where they come from."""

import tomllib

from tests.endtoend.processes import Broker, module
from tests.endtoend.wire import LOBBY, Wire, refused


def printed(environment, *arguments):
    with module("broker", "--print-config", *arguments, environment=environment) as broker:
        assert broker.wait() == 0, broker.lines
        return tomllib.loads("\n".join(broker.lines)), broker.lines


def test_the_defaults(clean, tmp_path):
    settings, _ = printed(clean)
    assert (settings["requests"], settings["broadcasts"], settings["front_door"]) == (
        "tcp://127.0.0.1:1101",
        "tcp://127.0.0.1:1102",
        "127.0.0.1:1100",
    )
    assert (settings["rate"], settings["log_json"]) == (50, False)
    assert settings["data"].startswith(str(tmp_path / "share"))
    assert settings["limits"]["text_bytes"] == 16384
    assert not (tmp_path / "share").exists()  # printing starts nothing


def test_flags_win_over_environment_over_file_over_defaults(clean, tmp_path):
    file = tmp_path / "config" / "loggia" / "broker.toml"
    file.parent.mkdir(parents=True)
    file.write_text('name = "of file"\nrate = 1\nrequests = "tcp://127.0.0.1:1"\n[limits]\nnick_chars = 7\n')
    surroundings = {
        **clean,
        "LOGGIA_RATE": "2",
        "LOGGIA_REQUESTS": "tcp://127.0.0.1:2",
        "LOGGIA_LIMITS_ROOM_CHARS": "8",
    }
    settings, lines = printed(surroundings, "--requests", "tcp://127.0.0.1:3")
    assert (settings["name"], settings["rate"], settings["requests"]) == ("of file", 2, "tcp://127.0.0.1:3")
    assert (settings["limits"]["nick_chars"], settings["limits"]["room_chars"]) == (7, 8)
    source = {line.split(" = ")[0]: line.split("# ")[-1] for line in lines if " = " in line}
    assert (source["name"], source["rate"], source["requests"]) == (str(file), "LOGGIA_RATE", "--requests")
    assert source["broadcasts"] == "default"


def test_what_is_printed_can_be_used_as_a_file(clean, tmp_path):
    odd = {**clean, "LOGGIA_NAME": 'Ada\'s "house" \\ é', "LOGGIA_FRONT_DOOR": "off", "LOGGIA_RATE": "0.5"}
    settings, lines = printed(odd)
    file = tmp_path / "again.toml"
    file.write_text("\n".join(lines))
    again, _ = printed(clean, "--config", str(file))
    assert again == settings
    assert settings["name"] == 'Ada\'s "house" \\ é'


def test_every_limit_is_configurable(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        "[limits]\ntext_bytes = 10\nframe_bytes = 500\nbinary_bytes = 1\nnick_chars = 3\nroom_chars = 5\n"
        "array_requests = 2\npage_events = 4\n"
    )
    with Broker(tmp_path / "broker", "--config", str(file)) as broker, Wire(broker) as wire:
        ada = wire.joined("ada")
        assert ada.limits == {
            "text_bytes": 10, "frame_bytes": 500, "binary_bytes": 1, "nick_chars": 3, "room_chars": 5,
            "array_requests": 2, "page_events": 4,
        }  # fmt: skip
        ada.say("x" * 10)
        for code, op, fields in (
            ("too_large", "message", {"room": LOBBY, "text": "x" * 11}),
            ("bad_nick", "join", {"nick": "adam"}),
            ("bad_room", "join", {"room": "rooms6"}),
            ("bad_request", "history", {"room": LOBBY, "limit": 5}),
            ("too_large", "ping", {"padding": "x" * 500}),
        ):
            answer = ada.ask(op, **fields)
            refused(answer, code, answer["id"])
        ada.post(*[ada.request("ping") for _ in range(3)])
        refused(ada.next(), "too_large", None)
