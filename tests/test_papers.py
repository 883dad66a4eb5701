"""What the papers say about the code is so."""

import ast
import re
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from loggia.shared.protocol import answers, errors, events, limits, requests

import loggia

HOUSE = Path(__file__).parent.parent
PAPERS = [*HOUSE.glob("*.md"), *HOUSE.glob("docs/*.md"), *HOUSE.glob("docs/decisions/*.md")]


def paper(name: str) -> str:
    return (HOUSE / name).read_text(encoding="utf-8")


def row_of(text: str, name: str) -> str:
    """The first row of a table that begins with the name in code letters."""
    found = re.search(rf"^\|[^|]*`{re.escape(name)}`.*$", text, re.MULTILINE)
    assert found, f"no table has a row for {name}"
    return found[0]


def test_the_bot_in_the_readme_is_the_one_that_runs():
    raw, script = re.findall(r"```python\n(.*?)```", paper("README.md"), re.DOTALL)
    assert raw == paper("bots/raw_echo.py")
    assert len(script.splitlines()) <= 10
    assert script.startswith("from loggia import ")  # tests/endtoend/test_bots.py runs it


def test_the_readme_shows_the_window_in_light_and_dark():
    shown = re.findall(r"^!\[[^]]+\]\((.*)\)$", paper("README.md"), re.MULTILINE)
    assert shown == ["docs/pictures/light.png", "docs/pictures/dark.png"]


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", [one for one in PAPERS if one.name != "api.md"], ids=lambda path: path.name)
def test_the_examples_say_loggia_alone_and_what_they_import_is_public(path):
    for block in re.findall(r"^( *)```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL | re.M):
        for node in ast.walk(ast.parse(textwrap.dedent(block[1]))):
            if isinstance(node, ast.ImportFrom) and node.module == "loggia":
                assert {alias.name for alias in node.names} <= set(loggia.__all__)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                named = {node.module} if isinstance(node, ast.ImportFrom) else {a.name for a in node.names}
                tops = {name.partition(".")[0] for name in named}
                assert tops <= sys.stdlib_module_names | {"zmq"}, f"{path.name} imports {named}"


def test_every_module_says_something_of_its_own():
    told: dict[str, Path] = {}
    for room in ("bench", "bots", "broker", "packaging", "qtclient", "shared"):
        for path in sorted((HOUSE / room).rglob("*.py")):
            said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
            assert said or path.name == "__init__.py", f"{path} says nothing"
            assert not said or said not in told, f"{path} says the same as {told[said]}"
            told[said] = path


def test_the_protocol_names_every_op():
    text = paper("docs/protocol.md")
    for union in (requests.AnyRequest, answers.AnyAnswer, events.AnyEvent):
        for kind in set(get_args(union)) - {events.OtherEvent}:
            row_of(text, kind.__struct_config__.tag)


def test_the_protocol_names_every_field():
    text = paper("docs/protocol.md")
    for union in (requests.AnyRequest, answers.AnyAnswer, events.AnyEvent):
        for kind in set(get_args(union)) - {events.OtherEvent}:
            for field in msgspec.structs.fields(kind):
                assert f"`{field.encode_name}`" in text, f"{kind.__name__}.{field.encode_name}"


def test_the_protocol_explains_every_error():
    text = paper("docs/protocol.md").partition("## Errors")[2].partition("## Limits")[0]
    for code in get_args(errors.Code):
        row_of(text, code)


def test_the_protocol_has_the_limits_as_they_are():
    text = paper("docs/protocol.md").partition("## Limits")[2]
    for name, value in msgspec.structs.asdict(limits.Limits()).items():
        assert f"| {value} |" in row_of(text, name)
    doors = paper("docs/protocol.md")
    for address in (limits.DEFAULT_REQUESTS, limits.DEFAULT_BROADCASTS, limits.DEFAULT_FRONT_DOOR):
        assert f"`{address}`" in doors


FIXED = {
    "characters of an `id`": limits.ID_CHARS,
    "characters of a `subject`, and of a `reason`": limits.NOTE_CHARS,
    "characters of a `status`": limits.STATUS_CHARS,
    "characters of an `emoji`": limits.EMOJI_CHARS,
    "different `emoji` at one message": limits.EMOJIS,
    "reactions at one message": limits.REACTIONS,
    "edits of one message": limits.EDITS,
    "accounts that one message means": limits.MENTIONS,
    "people in a conversation": limits.DIRECT_PEOPLE,
    "private rooms and conversations that an account is in": limits.PRIVATE_ROOMS,
    "of these into which others let it": limits.LET_INTO_PRIVATE,
    "public rooms into which others let it": limits.LET_INTO_PUBLIC,
    "`slow_s`: a week": limits.SLOWEST_S,
    "rooms or people in one page of a list": limits.LONGEST_LIST_PAGE,
    "hits in one page of a search": limits.SEARCH_PAGE,
}


def test_the_protocol_has_the_fixed_numbers_as_they_are():
    rows = paper("docs/protocol.md").partition("| fixed | of |\n")[2].partition("\n\n")[0].splitlines()[1:]
    assert rows == [f"| {value} | {what} |" for what, value in FIXED.items()]


def test_the_architecture_names_every_module():
    text = paper("docs/architecture.md")
    tops = [HOUSE / top for top in ("shared", "broker", "qtclient", "packaging/loggia/launch")]
    for folder in [*tops, *(folder for top in tops for folder in top.rglob("*") if folder.is_dir())]:
        modules = {file.name for file in folder.glob("*.py")} - {"__init__.py"}
        package = folder.relative_to(HOUSE).as_posix()
        section = text.partition(f"**{package}/**")[2].partition("\n- **")[0]
        assert set(re.findall(r"`(\w+\.py)`", section)) - {"run.py"} == modules, package


def test_where_to_go_to_change_something_is_there():
    """And the page stays one that is read to its end."""
    text = paper("docs/architecture.md")
    assert len(text.splitlines()) < 200
    table = text.partition("## Where do I go to change ...")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (an? [a-z ]+) \| (.*) \|$", table, re.MULTILINE))
    assert set(rows) == {
        "an op", "a setting", "a door", "an event", "a row part", "a column", "a metric"
    }  # fmt: skip
    for what, where in rows.items():
        named = re.findall(r"`([\w/]+\.\w+)`", where)
        assert named, what
        for file in named:
            assert (HOUSE / file).is_file(), f"{what}: {file}"


def test_every_test_that_a_promise_names_is_there():
    text = paper("docs/reliability.md")
    named = re.findall(r"`(?:tests/)?((?:[a-z]+/)*test_\w+\.py)(?:::(\w+))?`", text)
    assert len(named) > 20
    for file, function in named:
        tests = (HOUSE / "tests" / file).read_text(encoding="utf-8")
        assert not function or f"def {function}(" in tests, f"{file}::{function}"


@pytest.mark.parametrize(
    "name", ["README.md", "docs/operations.md", "docs/protocol.md", "docs/security.md"], ids=str
)
def test_it_is_told_plainly_who_reads_what_is_said(name):
    """tests/endtoend/test_contract_events.py shows that it is so."""
    told = " ".join(paper(name).replace("*", "").split()).lower()
    assert re.search(r"anyone with a session reads (every|the history of every) public room('s|\b)", told)


def test_the_settings_are_all_told():
    from loggia.broker import config

    text = paper("docs/operations.md")
    for action in config.parser("broker")._actions:
        for flag in action.option_strings:
            assert flag in ("-h", "--help") or f"`{flag}" in text, flag


def test_decisions_are_short_and_numbered():
    notes = sorted((HOUSE / "docs" / "decisions").glob("*.md"))
    assert notes
    for note in notes:
        number = int(re.match(r"(\d{4})-[a-z0-9-]+\.md$", note.name)[1])
        lines = note.read_text(encoding="utf-8").splitlines()
        assert re.match(rf"# {number}\. \S", lines[0]), f"{note.name} begins with {lines[0]!r}"
        assert len(lines) <= 40, note.name


def test_the_versions_agree():
    from loggia.broker.runtime.server import VERSION

    assert tomllib.loads(paper("pyproject.toml"))["project"]["version"] == VERSION
