"""Runs in the tests: reads the files and says which crowd, pass on, or call two things by one word.

Files are only read, never imported.
"""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

MOST_LINES = 350  # a file that has more holds two things

# What is loaded together, by how its files begin: there a word means one thing.
PROCESSES = {
    "broker": ("broker/", "shared/protocol/", "shared/process/"),
    "window": ("qtclient/", "shared/", "packaging/loggia/__init__.py"),
    "script or bot": ("bots/", "shared/", "packaging/loggia/__init__.py"),
    "launch": ("run.py", "packaging/loggia/"),
    "bench": ("bench/", "shared/"),
}
APART = "bots/"  # each file of these is a program of its own


class Named(NamedTuple):
    """A public class, or a name of a type, which has no docstring: `about` is empty."""

    name: str
    file: str
    about: str


def files(root: Path) -> list[str]:
    """Every Python file of ours: those that git knows or would add; without git, all there are."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.py"]
    if (root / ".git").exists():
        try:
            said = subprocess.run(listed, cwd=root, capture_output=True, text=True, check=True, timeout=60)
            return sorted({file for file in said.stdout.split("\0") if (root / file).is_file()})
        except (OSError, subprocess.CalledProcessError):  # no git, or a folder of somebody else's
            pass
    return sorted(file.relative_to(root).as_posix() for file in _walked(root))


def _walked(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            built = path.name in ("__pycache__", "build", "dist") or (path / "pyvenv.cfg").exists()
            if not built and not path.name.startswith("."):
                yield from _walked(path)
        elif path.suffix == ".py":
            yield path


def too_long(root: Path) -> list[str]:
    """Files with more lines than a thing of one reason to change has."""
    counts = {file: len(_text(root, file).splitlines()) for file in files(root)}
    return [
        f"{file} has {count} lines, over {MOST_LINES}: part it by reason to change"
        for file, count in counts.items()
        if count > MOST_LINES
    ]


def passed_through(root: Path) -> list[str]:
    """Files that hold nothing of their own, and name again what others hold."""
    return [
        f"{file} only passes on what others hold: import it from where it is"
        for file in files(root)
        if _imports_alone(_tree(root, file).body)
    ]


def _imports_alone(body: list[ast.stmt]) -> bool:
    """Whether all of it is imports and what they brought, under whatever name. Of words alone it is not."""
    brought: set[str] = set()
    imports = False
    for statement in _unfolded(body):
        match statement:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                imports = True
                brought |= {(alias.asname or alias.name).partition(".")[0] for alias in names}
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AugAssign(target=ast.Name(id="__all__")):
                pass
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) if (
                _root(value) in brought
            ):
                pass
            case _:
                return False
    return imports


def _unfolded(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        match statement:
            case ast.If(body=inner, orelse=other):
                yield from _unfolded([*inner, *other])
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=last):
                caught = [one for handler in handlers for one in handler.body]
                yield from _unfolded([*inner, *caught, *other, *last])
            case _:
                yield statement


def _root(value: ast.expr) -> str:
    """The first name of `a.b.c`, or nothing."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return value.id if isinstance(value, ast.Name) else ""


def two_things(root: Path) -> list[str]:
    """Public classes and types of one process that share a name, and neither names the other's file."""
    named = [each for file in files(root) if _process(file) for each in _named(root, file)]
    found: dict[str, None] = {}
    for process, rooms in PROCESSES.items():
        by_name: dict[str, list[Named]] = {}
        for each in named:
            if each.file.startswith(rooms):
                by_name.setdefault(each.name, []).append(each)
        for name, ones in by_name.items():
            for one, other in combinations(ones, 2):
                apart = one.file.startswith(APART) and other.file.startswith(APART)
                if not apart and other.file not in one.about and one.file not in other.about:
                    found[f"{name} is two things in the process {process}: {one.file}, {other.file}"] = None
    return list(found)


def homeless(root: Path) -> list[str]:
    """Files that are part of no process."""
    return [file for file in files(root) if not file.startswith("tests/") and not _process(file)]


def _process(file: str) -> bool:
    return any(file.startswith(rooms) for rooms in PROCESSES.values())


def _named(root: Path, file: str) -> Iterator[Named]:
    """What is said once in a file, however often, is one: a class for each platform."""
    names: dict[str, Named] = {}
    for statement in _unfolded(_tree(root, file).body):
        match statement:
            case ast.ClassDef(name=name):
                about = " ".join((ast.get_docstring(statement) or "").split())
                names.setdefault(name, Named(name, file, about))
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name[0].isupper() and not name.isupper():  # a type; a constant is in capitals
                    names.setdefault(name, Named(name, file, ""))
    return (each for name, each in names.items() if not name.startswith("_"))


def _tree(root: Path, file: str) -> ast.Module:
    return ast.parse(_text(root, file), file)


def _text(root: Path, file: str) -> str:
    return (root / file).read_text(encoding="utf-8")
