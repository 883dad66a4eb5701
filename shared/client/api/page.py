"""`python -m loggia.shared.client.api.page` writes docs/api.md, the public API, and ends.

Made from signatures and docstrings; a test compares them. Nothing can be on the page that is without a
docstring, and no type of ours in a signature that is not explained on it.
"""

import inspect
import re
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_overloads

import msgspec
from loggia.shared.client.api.bot import Bot, Handler
from loggia.shared.client.api.bot_commands import Wrong
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.client.api.script import script
from loggia.shared.client.api.status import Status
from loggia.shared.client.completeness import ArchivedCopy, Completeness
from loggia.shared.client.updates import Connection, ReadState
from loggia.shared.protocol import errors, events, names
from loggia.shared.protocol.answers import FoundAnswer, Hit, Member, RoomInfo
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.roles import Role, RoomKind

OURS = Client.__module__.partition(".")[0]  # of whose classes the page tells what they have
LINE = 90  # characters of a signature; a longer one has a line for each argument
BEGINNING = """\
# The public API

Made by `python -m loggia.shared.client.api.page > docs/api.md`. How to begin, and how a program is kept
running, is in [bots.md](bots.md). Names that are not on this page may change without a word.

There is no object for a room: its name goes with each call, as in `client.members(room="lab")`, and without
it the call is about `client.room`, the first one. So a name from an event, a list or a file is enough to act
there, and nothing outlives the membership.

```python
from loggia import (
{names})
```
"""
SECTIONS: dict[str, tuple[Any, ...]] = {
    "Scripts": (Client, script),
    "Bots": (Bot, TestBot, Wrong),
    "What comes from the log": get_args(events.StoredEvent),
    "How things stand": (
        Status,
        Completeness,
        ReadState,
        ArchivedCopy,
        Member,
        RoomInfo,
        FoundAnswer,
        Hit,
        Limits,
    ),
    "Names and texts of others": (names.escaped, names.quoted),
    "Errors": (
        errors.LoggiaError,
        errors.Refused,
        errors.NotReachable,
        errors.Closed,
        errors.WrongProcess,
        errors.WrongSetting,
        errors.LinkFailed,
        errors.StorageFull,
        errors.StorageDamaged,
        errors.StorageBroken,
    ),
}
# Types that a signature calls by their name, each with what it is for.
ALIASES: dict[str, tuple[Any, str]] = {
    "StoredEvent": (events.StoredEvent, "An entry of a room's log."),
    "Code": (errors.Code, "Why the broker refuses; [protocol.md](protocol.md) explains each."),
    "Connection": (Connection, "How the connection stands. `ended`: this client does nothing any more."),
    "State": (events.State, "Whether somebody is connected. Who is away for long leaves."),
    "LeftReason": (events.LeftReason, "Said goodbye, was away for too long, or was sent out."),
    "Role": (Role, "What somebody is in a room."),
    "RoomKind": (RoomKind, "Whether everybody may find a room, its members only, or it is a conversation."),
    "Handler": (Handler, "A function of yours, `def` or `async def`."),
}
STARS: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
# Methods that Python calls, as a program writes it.
OPERATORS = {"__iter__": ("iteration", "for message in {}:\n    ...")}


def public() -> list[Any]:
    """All that the page explains with a heading of its own, in its order."""
    return [thing for things in SECTIONS.values() for thing in things]


def document() -> str:
    """The page as docs/api.md holds it. Raises ValueError for what is not explained."""
    names = "".join(f"    {thing.__name__},\n" for thing in public())
    parts = [BEGINNING.format(names=names), contents()]
    for title, things in SECTIONS.items():
        parts += [f"## {title}\n", *(part for thing in things for part in explained(thing))]
    parts += ["## Types\n", *map(_alias, ALIASES)]
    return "\n".join(parts)


def contents() -> str:
    """What is on the page, each with what its docstring says first."""
    lines = []
    for title, things in SECTIONS.items():
        lines.append(f"- [{title}]({anchor(title)})")
        for thing in things:
            lines.append(f"  - [{thing.__name__}]({anchor(thing.__name__)}): {_first(thing)}")
            inner = [f"[{title_of(name)}]({anchor(heading(thing, name))})" for name, _ in members(thing)]
            lines += [f"    - {', '.join(inner)}"] * bool(inner)
    lines.append(f"- [Types]({anchor('Types')})")
    return "\n".join(lines) + "\n"


def _first(thing: Any) -> str:
    """The first sentence of its docstring, on one line."""
    return re.split(r"[.;]\s", doc(thing, thing.__name__) + "\n")[0].replace("\n", " ")


def anchor(heading: str) -> str:
    """Where a link to this heading leads, as GitHub makes it."""
    kept = (char for char in heading.lower() if char.isalnum() or char in " -_")
    return "#" + "".join(kept).replace(" ", "-")


def explained(thing: Any) -> Iterator[str]:
    """The part about a class or a function, and those about what it has."""
    yield f"### {thing.__name__}\n"
    yield _code(_head(thing))
    yield f"{doc(thing, thing.__name__)}\n"
    for name, member in members(thing):
        yield f"#### {heading(thing, name)}\n"
        yield _member(thing.__name__, name, member)


def members(thing: Any) -> list[tuple[str, Any]]:
    """What of a class is for everybody: its properties and methods, in the order of the code, and then those
    of what it is made of.

    No class methods: they make values that programs are given.
    """
    if not inspect.isclass(thing):
        return []
    fields = _fields(thing)
    ours = [thing, *(base for base in thing.__mro__[1:] if base.__module__.startswith(OURS))]
    return [
        (name, member)
        for base in ours
        for name, member in vars(base).items()
        if (not name.startswith("_") or name in OPERATORS)
        and name not in fields
        and (isinstance(member, property) or inspect.isfunction(member))
    ]


def title_of(name: str) -> str:
    """What a method is called where it is listed."""
    return OPERATORS.get(name, (name, ""))[0]


def heading(thing: Any, name: str) -> str:
    """Of the part about a method or a property."""
    return f"{thing.__name__}.{title_of(name)}"


def doc_of(thing: Any) -> str:
    """Its own docstring, not what it inherits."""
    return inspect.cleandoc(getattr(thing, "__doc__", None) or "")


def doc(thing: Any, name: str) -> str:
    """Its docstring; raises ValueError if it has none."""
    if not (text := doc_of(thing)):
        raise ValueError(f"{name} has no docstring, and the page cannot explain it.")
    return text


def shown(annotation: Any) -> str:
    """A type as somebody would write it; raises ValueError for one of ours that the page does not explain."""
    for name, (meant, _) in ALIASES.items():
        if annotation == meant:
            return name
    match annotation:
        case None | types.NoneType:
            return "None"
        case types.EllipsisType() | str():
            return "..." if annotation is ... else annotation
        case list():
            return f"[{', '.join(map(shown, annotation))}]"
        case types.UnionType():
            return " | ".join(map(shown, get_args(annotation)))
    origin = get_origin(annotation)
    if origin is Union:  # of what is Annotated
        return " | ".join(map(shown, get_args(annotation)))
    if origin is Annotated:
        return shown(get_args(annotation)[0])
    if origin is Literal:
        return f"Literal[{', '.join(map(written, get_args(annotation)))}]"
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(shown, get_args(annotation)))}]"
    if annotation is Any:
        return "Any"
    if annotation.__module__.split(".")[0] == __name__.split(".")[0] and annotation not in public():
        raise ValueError(f"{annotation.__qualname__} is in a signature, and the page does not explain it.")
    return str(annotation.__qualname__)


def written(value: object) -> str:
    """A value as it stands in code of ours, which has double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def signature(function: Callable[..., object], name: str, gives: object = inspect.Signature.empty) -> str:
    """How it is called: every argument with its type and its default, in lines that are not too long."""
    takes: list[str] = []
    before = None
    for parameter in inspect.signature(function).parameters.values():
        if before is parameter.POSITIONAL_ONLY and parameter.kind is not before:
            takes.append("/")
        if parameter.kind is parameter.KEYWORD_ONLY and before not in (
            parameter.kind,
            parameter.VAR_POSITIONAL,
        ):
            takes.append("*")
        if parameter.name == "self":
            continue
        before = parameter.kind
        takes.append(_parameter(parameter))
    takes += ["/"] * (before is inspect.Parameter.POSITIONAL_ONLY)
    end = ")" if gives is inspect.Signature.empty else f") -> {shown(gives)}"
    line = f"{name}({', '.join(takes)}{end}"
    return line if len(line) <= LINE else f"{name}(\n" + "".join(f"    {one},\n" for one in takes) + end


def _parameter(parameter: inspect.Parameter) -> str:
    star = STARS.get(parameter.kind, "")
    text = f"{star}{parameter.name}: {shown(parameter.annotation)}"
    return text if parameter.default is parameter.empty else f"{text} = {written(parameter.default)}"


def _head(thing: Any) -> str:
    """What stands first about it: how it is called, or which fields it has."""
    if not inspect.isclass(thing):
        return _call(thing, thing.__name__)
    if fields := _fields(thing):
        return "\n".join([f"class {thing.__name__}:", *(f"    {field}" for field in fields.values())])
    if "__init__" in vars(thing):
        return signature(thing, thing.__name__)
    return f"class {thing.__name__}({', '.join(base.__name__ for base in thing.__bases__)})"


def _fields(thing: Any) -> dict[str, str]:
    """The fields of a struct, with what each is if nothing is said."""
    if not issubclass(thing, msgspec.Struct):
        return {}
    found = {}
    for field in msgspec.structs.fields(thing):
        default = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        ending = "" if default is msgspec.NODEFAULT else f" = {written(default)}"
        found[field.name] = f"{field.name}: {shown(field.type)}{ending}"
    return found


def _member(owner: str, name: str, member: Any) -> str:
    full = f"{owner}.{name}"
    if isinstance(member, property):
        head = f"{full}: {shown(inspect.signature(_getter(member)).return_annotation)}"
    elif name in OPERATORS:
        head = OPERATORS[name][1].format(owner.lower())
    else:
        head = "\n".join(_call(way, full) for way in get_overloads(member) or [member])
    return f"{_code(head)}\n{doc(member, full)}\n"


def _getter(member: property) -> Callable[..., object]:
    if member.fget is None:
        raise ValueError("A property that cannot be read is no use on the page.")
    return member.fget


def _call(function: Callable[..., object], name: str) -> str:
    gives = inspect.signature(inspect.unwrap(function)).return_annotation
    inner = inspect.unwrap(function)
    if inner is not function and inspect.isgeneratorfunction(inner):  # by `contextmanager`: behind `with`
        return f"with {signature(function, name)}:\n    ..."
    return signature(function, name, gives)


def _alias(name: str) -> str:
    meant, text = ALIASES[name]
    if isinstance(meant, TypeVar):
        return f"### {name}\n\n{text}\n"
    one = written if get_origin(meant) is Literal else shown
    line = " | ".join(map(one, get_args(meant)))
    code = textwrap.fill(f"{name} = {line}", LINE, subsequent_indent="    ")
    return f"### {name}\n\n{_code(code)}\n{text}\n"


def _code(text: str) -> str:
    return f"```python\n{text}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(document())
