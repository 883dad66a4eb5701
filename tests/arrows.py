"""Runs in the tests: reads the imports of the house and says which of them go against its arrows.

The arrows are those of docs/architecture.md. Files are only read, never imported.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Which of our packages may know which. A room of a package has a line of its own where it may know less.
ARROWS = {
    "shared": {"shared"},
    "shared.protocol": {"shared.protocol"},
    "shared.process": {"shared.process", "shared.protocol"},
    "shared.client.session": {"shared.client", "shared.protocol", "shared.process"},
    "shared.client.sync": {"shared.client", "shared.protocol"},
    "broker": {"broker", "shared.protocol", "shared.process"},
    "broker.core": {"broker.core", "shared.protocol"},
    "broker.sessions": {"broker.sessions", "broker.core", "shared.protocol", "shared.process"},
    "qtclient": {"qtclient", "shared"},
    "qtclient.state": {"qtclient.state", "shared"},
    "qtclient.models": {"qtclient.models", "qtclient.state", "shared"},
    "qtclient.style": {"qtclient.style"},
    "qtclient.timeline": {"qtclient.timeline"}
    | {"qtclient.models", "qtclient.state", "qtclient.style", "shared"},
    "launch": {"launch"},
    "loggia": {"launch", "shared.client", "shared.protocol"},
    "bots": {"loggia"},
    "bench": {"bench", "shared", "broker.core.ops"},
    "bench.shapes.broker": {"bench", "shared", "broker"},
    "bench.windows": {"bench", "shared", "qtclient"},
    "run": {"launch"},
}
# What is imported as loggia.*, or would be loaded twice.
LOGGIA = {"shared", "broker", "qtclient", "launch"}
# What does not lie at the top. An inner folder stands before the one it lies in.
FOLDERS = {"launch": "packaging/loggia/launch", "loggia": "packaging/loggia"}
# Which packages from outside each may use, beside the standard library.
OUTSIDE = {
    "shared": {"msgspec", "zmq", "apsw", "platformdirs"},
    "broker": {"msgspec", "zmq", "apsw", "platformdirs", "confusable_homoglyphs", "prometheus_client"},
    "qtclient": {"msgspec", "platformdirs", "PyQt6"},
    "bots": {"zmq"},
    "bench": {"msgspec", "zmq", "matplotlib", "PyQt6"},
}
# Who alone may import these, whatever their package allows.
KEEPERS = {
    "zmq": {"shared.client.link.sockets", "broker.doors.zeromq", "bots", "bench"},
    "apsw": {
        "broker.storage",
        "broker.admin",
        "shared.client.link.replica",
        "shared.client.link.changes",
        "shared.client.link.tables",
        "shared.client.link.migrations",
        "shared.process.migrations",
    },
    "prometheus_client": {"broker.telemetry.exposition"},
    "matplotlib": {"bench.picture"},
    "PyQt6": {"qtclient", "bench.windows"},
    "sqlite3": set(),
    # the wire's JSON is read in one place; a file that people edit is read as kindly as json does
    "json": {"shared.protocol.codec", "qtclient.settings", "launch.venv", "bots", "bench"},
    "qtclient.app": {"qtclient.process"},
    "qtclient.process": {"qtclient.cli"},
    # the loop has a list of doors: who makes the list alone knows them
    "broker.doors.zeromq": {"broker.doors.zeromq", "broker.doors.doors", "bench.shapes.broker"},
    "broker.doors.classic": {"broker.doors.classic", "broker.doors.doors"},
}
SQL_KEEPERS = KEEPERS["apsw"]
SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+(OR|INTO)\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+\w+|PRAGMA\s)"
)
# Time, chance and the outside world are arguments of these rooms, and of all that they import.
PURE = {"shared.client.session", "shared.client.sync", "broker.core", "broker.sessions"}
IMPURE = {"zmq", "apsw", "sqlite3", "PyQt6", "asyncio", "socket", "select", "selectors", "signal"}
IMPURE |= {"time", "datetime", "random", "secrets", "uuid", "threading", "subprocess", "multiprocessing"}
# Models the window without a toolkit.
WITHOUT_QT = {"qtclient.state"}


class Module(NamedTuple):
    """One file: its dotted name, its syntax tree, and the line of each import by what it imports.

    Names are those below `loggia`. `bare`: imports that say them without it.
    """

    name: str
    tree: ast.Module
    imports: dict[str, int]
    bare: dict[str, int]


def violations(root: Path) -> list[str]:
    """Every import, SQL statement and print that goes against the arrows: `module:line reason`."""
    modules = _read(root)
    found = []
    for module in modules.values():
        found += _imports_against_arrows(module)
        found += _sql_outside_its_files(module)
        found += _prints(module)
    found += _reaches(modules, PURE, IMPURE, "is pure")
    found += _reaches(modules, WITHOUT_QT, {"PyQt6"}, "is without Qt")
    return sorted(found)


def _read(root: Path) -> dict[str, Module]:
    packages = [package for package in ARROWS if "." not in package]
    found = {root / "run.py": "run"} if (root / "run.py").exists() else {}
    for package in packages:
        folder = root / FOLDERS.get(package, package)
        for file in sorted(folder.rglob("*.py")):
            found.setdefault(file, _name(package, file.relative_to(folder)))
    names = {name: file for file, name in found.items()}
    modules = {}
    for name, file in names.items():
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        imports, bare = dict[str, int](), dict[str, int]()
        for imported, line in _imports(tree, package, names):
            imports.setdefault(imported.removeprefix("loggia."), line)
            if _top(imported) in LOGGIA:
                bare.setdefault(imported, line)
        modules[name] = Module(name, tree, imports, bare)
    return modules


def _name(package: str, file: Path) -> str:
    return ".".join([package, *file.with_suffix("").parts]).removesuffix(".__init__")


def _imports(tree: ast.Module, package: str, ours: dict[str, Path]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=source, names=names, level=level):
                parents = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                base = ".".join([*parents, *([source] if source else [])])
                for alias in names:
                    module = f"{base}.{alias.name}"
                    yield (module if module.removeprefix("loggia.") in ours else base), node.lineno
            case ast.Call(
                func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name, node.lineno


def _imports_against_arrows(module: Module) -> Iterator[str]:
    for imported, line in module.bare.items():
        yield f"{module.name}:{line} {imported} has two names: import loggia.{imported}"
    for imported, line in module.imports.items():
        where = f"{module.name}:{line}"
        if not _allowed(imported, module.name):
            yield f"{where} {_room(module.name)} may not import {imported}"
        for kept, keepers in KEEPERS.items():
            if _inside(imported, {kept}) and not _inside(module.name, keepers):
                yield f"{where} only {', '.join(sorted(keepers)) or 'nobody'} may import {kept}"


def _allowed(imported: str, module: str) -> bool:
    if _top(imported) in ARROWS:
        return _inside(imported, ARROWS[_room(module)])
    return _top(imported) in sys.stdlib_module_names or _top(imported) in OUTSIDE.get(_top(module), set())


def _room(module: str) -> str:
    """The innermost room of the house that has arrows of its own."""
    return max((room for room in ARROWS if _inside(module, {room})), key=len)


def _sql_outside_its_files(module: Module) -> Iterator[str]:
    if _inside(module.name, SQL_KEEPERS) or _top(module.name) not in ("shared", "broker", "qtclient"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"{module.name}:{node.lineno} only {', '.join(sorted(SQL_KEEPERS))} may hold SQL"


def _prints(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if _top(module.name) == "shared" and isinstance(node, ast.Name) and node.id == "print":
            yield f"{module.name}:{node.lineno} shared prints nothing: its programs decide"


def _reaches(modules: dict[str, Module], starts: set[str], forbidden: set[str], what: str) -> Iterator[str]:
    """Forbidden modules that `starts` import, themselves or through other modules of ours."""
    for start in sorted(name for name in modules if _inside(name, starts)):
        ways = [[start]]
        seen = {start}
        while ways:
            way = ways.pop()
            for imported, line in modules[way[-1]].imports.items():
                if _top(imported) in forbidden:
                    yield f"{way[-1]}:{line} {start} {what}: {' -> '.join([*way, imported])}"
                elif imported in modules and imported not in seen:
                    seen.add(imported)
                    ways.append([*way, imported])


def _top(name: str) -> str:
    return name.partition(".")[0]


def _inside(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)
