"""docs/api.md is what the code says, and nothing on it is without an explanation."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from loggia.shared.client.api import page
from loggia.shared.client.link.link import Link
from loggia.shared.protocol import errors, events

import loggia
from tests.patience import PATIENCE_S

HOUSE = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def text() -> str:
    return page.document()


def test_the_page_is_what_the_command_writes(text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", page.__name__], cwd=HOUSE, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == text
    assert (HOUSE / "docs" / "api.md").read_text(encoding="utf-8") == text, (
        f"`python -m {page.__name__} > docs/api.md` makes it anew"
    )
    assert f"`python -m {page.__name__} > docs/api.md`" in text


def test_every_link_of_the_contents_leads_to_a_heading_and_every_heading_is_in_them(text: str) -> None:
    headings = re.findall(r"^#{2,4} (.*)$", text, re.MULTILINE)
    aliases = set(page.ALIASES)
    links = re.findall(r"\]\((#[^)]+)\)", text)
    assert links == [page.anchor(one) for one in headings if one not in aliases]
    assert len(set(links)) == len(links)


def test_every_public_method_has_a_part(text: str) -> None:
    for thing in filter(inspect.isclass, page.public()):
        for name, member in vars(thing).items():
            if inspect.isfunction(member) and not name.startswith("_"):
                assert f"#### {thing.__name__}.{name}\n\n```python\n{thing.__name__}.{name}(" in text


def test_no_private_name_is_on_it(text: str) -> None:
    assert not re.findall(r"(?<![\w\"])_\w+", text)


@pytest.mark.parametrize(
    "kind", [one for one in page.public() if inspect.isclass(one) and issubclass(one, msgspec.Struct)]
)
def test_every_field_is_explained(kind: type[msgspec.Struct]) -> None:
    told = inspect.getdoc(kind) or ""
    if "The other fields are those of a MessageEvent." in told:
        told += inspect.getdoc(events.MessageEvent) or ""
    fields = msgspec.structs.fields(kind)
    assert [field.name for field in fields if f"`{field.name}`" not in told] == []


def test_a_default_that_is_there_is_shown(text: str) -> None:
    for thing in filter(inspect.isclass, page.public()):
        if not issubclass(thing, msgspec.Struct | Exception):
            shown = text.partition(f"\n{thing.__name__}(")[2].partition("\n```")[0]
            for name, parameter in inspect.signature(thing).parameters.items():
                if parameter.default is not parameter.empty:
                    value = repr(parameter.default).replace("'", '"')
                    assert re.search(rf"\b{name}: [^\n]* = {re.escape(value)},?", shown), (thing, name)


def test_every_error_of_ours_is_on_it() -> None:
    ours = {one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, Exception)}
    assert ours <= set(page.public())


def test_every_kind_of_entry_is_on_it() -> None:
    assert set(events.StoredEvent.__args__) <= set(page.public())


def test_each_code_of_a_refusal_is_on_it(text: str) -> None:
    for code in page.ALIASES["Code"][0].__args__:
        assert f'"{code}"' in text.partition("### Code\n")[2].partition("###")[0]


def test_an_import_of_all_that_it_names() -> None:
    (block,) = re.findall(r"from loggia import \(\n(.*?)\n\)", page.document(), re.DOTALL)
    assert block.split() == [f"{one.__name__}," for one in page.public()]


class Told(msgspec.Struct):
    """One; and more."""

    name: str
    seconds: float | None = None
    rooms: list[str] = []

    @property
    def long(self) -> bool:
        """Whether it is."""
        return bool(self.seconds)

    @classmethod
    def of(cls) -> "Told":
        return cls("of")

    def _hidden(self) -> None: ...


class Bare:
    """A class with something that nobody explained."""

    def walk(self) -> None: ...


class Heir(Bare):
    pass


def test_a_struct_shows_its_fields_and_properties() -> None:
    assert "".join(page.explained(Told)) == (
        "### Told\n```python\nclass Told:\n    name: str\n    seconds: float | None = None\n"
        "    rooms: list[str] = []\n```\nOne; and more.\n"
        "#### Told.long\n```python\nTold.long: bool\n```\n\nWhether it is.\n"
    )


@pytest.mark.parametrize("kind", [Bare, Heir])
def test_what_has_no_docstring_of_its_own_is_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"^(Bare\.walk|Heir) has no docstring"):
        list(page.explained(kind))


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (None, "None"),
        (type(None), "None"),
        ("Client", "Client"),
        (int | None, "int | None"),
        (events.StoredEvent, "StoredEvent"),
        (list[events.StoredEvent], "list[StoredEvent]"),
        (events.MessageEvent | None, "MessageEvent | None"),
        (dict[str, list[tuple[int, int]]], "dict[str, list[tuple[int, int]]]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Callable[[int, str], object], "Callable[[int, str], object]"),
        (Callable[..., None], "Callable[..., None]"),
        (Iterator[Any], "Iterator[Any]"),
        (Literal[True], "Literal[True]"),
        (Literal["a", "b"], 'Literal["a", "b"]'),
        (errors.Code, "Code"),
        (Annotated[int, "positive"], "int"),
        (page.Handler, "Handler"),
    ],
)
def test_types_stand_there_as_people_write_them(annotation: object, text: str) -> None:
    assert page.shown(annotation) == text


@pytest.mark.parametrize("annotation", [Link, list[Link], Link | None])
def test_a_type_of_ours_that_is_not_explained_is_refused(annotation: object) -> None:
    with pytest.raises(ValueError, match="Link is in a signature, and the page does not explain it"):
        page.shown(annotation)


def short(one: int, /, two: str = "b", *more: int, three: float = 0.5) -> None: ...


def long(a_first_argument: str, a_second_argument: str, a_third_argument: str = "with a value") -> int: ...


def only(one: int, /) -> None: ...


def named(*, one: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (short, 'f(one: int, /, two: str = "b", *more: int, three: float = 0.5) -> None'),
        (only, "f(one: int, /) -> None"),
        (named, "f(*, one: int) -> None"),
        (
            long,
            "f(\n    a_first_argument: str,\n    a_second_argument: str,\n"
            '    a_third_argument: str = "with a value",\n) -> int',
        ),
    ],
)
def test_a_signature_can_be_called_as_it_stands(function: Callable[..., object], text: str) -> None:
    assert page.signature(function, "f", inspect.signature(function).return_annotation) == text


def test_anchors_are_githubs() -> None:
    assert page.anchor("What comes from the log") == "#what-comes-from-the-log"
    assert page.anchor("Client.read_copy") == "#clientread_copy"


def test_what_the_page_explains_can_be_imported_by_its_one_name() -> None:
    assert {thing.__name__ for thing in page.public()} | {"StoredEvent"} == set(loggia.__all__)
    for thing in page.public():
        assert getattr(loggia, thing.__name__) is thing
