"""The examples run, and the README shows what they print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(script, folder):
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_an_example_runs_and_says_something(script, tmp_path):
    assert run(script, tmp_path).strip()


def test_the_readme_shows_the_example_and_its_real_output(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, flags=re.DOTALL)[1]
    shown = re.search(r"```text\n(.*?)```", text, flags=re.DOTALL)[1]
    example = (ROOT / "examples" / "baerum.py").read_text(encoding="utf-8")
    assert code.strip() == example.split('"""', maxsplit=2)[2].strip()
    printed = run(ROOT / "examples" / "baerum.py", tmp_path)
    assert [line.rstrip() for line in shown.splitlines()] == [line.rstrip() for line in printed.splitlines()]
