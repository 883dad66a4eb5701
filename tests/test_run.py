"""run.py itself: the question for Python's age, and that it can be asked."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE_S

RUN = Path(__file__).parent.parent / "run.py"


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments], capture_output=True, text=True, timeout=PATIENCE_S
    )


def test_an_old_python_is_told_in_one_sentence():
    old = run(f"import sys; sys.version_info = (3, 9, 2); exec(open({str(RUN)!r}).read())")
    assert old.returncode == 1
    assert (
        old.stderr
        == "Loggia needs Python 3.11 or newer, and this is Python 3.9. Start run.py with a newer one.\n"
    )
    assert old.stdout == ""


def test_old_pythons_can_parse_it():
    tree = ast.parse(RUN.read_text(), feature_version=(3, 4))
    # the parser of today lets these pass: in Pythons before 3.6 they are syntax errors
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    assert RUN.read_text().isascii()


def test_it_starts_from_every_folder(tmp_path):
    done = subprocess.run(
        [sys.executable, str(RUN), "dance"], capture_output=True, text=True, cwd=tmp_path, timeout=PATIENCE_S
    )
    assert done.returncode == 2
    assert 'run.py knows no command "dance".' in done.stderr
