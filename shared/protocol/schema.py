"""`python -m loggia.shared.protocol.schema` writes the JSON Schema of the wire from its types, and ends.

docs/protocol.schema.json is its output; a test compares them.
"""

import sys
from typing import Any, get_args

import msgspec
from loggia.shared.protocol.answers import AnyAnswer
from loggia.shared.protocol.events import AnyEvent, OtherEvent
from loggia.shared.protocol.limits import PROTOCOL_VERSION
from loggia.shared.protocol.requests import AnyRequest

_REF = "#/$defs/{name}"
_KINDS = {
    "Request": (AnyRequest, "What a client sends."),
    "Answer": (AnyAnswer, "What the broker answers; its `id` is the request's."),
    "Event": (
        AnyEvent,
        "What happened in a room. An event of an op that is not listed here is to be passed over.",
    ),
}
_FRAMES = {
    "FrameUp": {
        "description": "One frame to the broker: a request, or an array of requests, answered in order.",
        "anyOf": [
            {"$ref": "#/$defs/Request"},
            {"type": "array", "items": {"$ref": "#/$defs/Request"}, "minItems": 1},
        ],
    },
    "FrameDown": {
        "description": "One frame from the broker: answers and private events.",
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/$defs/Answer"}, {"$ref": "#/$defs/Event"}]},
    },
    "FrameBroadcast": {
        "description": "The second frame of a broadcast, behind the topic: events of one public room.",
        "type": "array",
        "items": {"$ref": "#/$defs/Event"},
    },
}


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of every request, answer, event and frame, as `$defs`."""
    structs = [kind for union, _ in _KINDS.values() for kind in get_args(union) if kind is not OtherEvent]
    _, definitions = msgspec.json.schema_components(structs, ref_template=_REF)
    for name, (union, description) in _KINDS.items():
        kinds = [kind.__name__ for kind in get_args(union) if kind is not OtherEvent]
        references = [{"$ref": _REF.format(name=kind)} for kind in kinds]
        definitions[name] = {"description": description, "anyOf": references}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Loggia, the wire contract, version {PROTOCOL_VERSION}",
        "description": "Made by `python -m loggia.shared.protocol.schema`. Ignore unknown fields.",
        "$defs": definitions | _FRAMES,
    }


def document() -> str:
    """The schema as docs/protocol.schema.json holds it."""
    return msgspec.json.format(msgspec.json.encode(schema(), order="deterministic"), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
