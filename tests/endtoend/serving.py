"""Flags of a broker, and what it prints of its settings."""

FREE = {
    "--requests": "tcp://127.0.0.1:0",
    "--broadcasts": "tcp://127.0.0.1:0",
    "--front-door": "127.0.0.1:0",
}


FAILED = "ERROR: Failed to start up the server: "


def flags(data, **changed):
    given = {"--data": str(data), **FREE, **changed}
    return [word for pair in given.items() for word in pair]
