"""Commands. Each is a public function first; here it only gets words and a way out."""

import sys
from collections.abc import Sequence
from typing import Any

from kompaslite._extras import from_extra
from kompaslite.schema import KompasliteError

#: Ways out: all well, an input or a file that will not do, a wrong command.
WELL, REFUSED = 0, 1


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        _app()(args=None if arguments is None else list(arguments), prog_name="kompaslite")
    except KompasliteError as error:
        print(f"kompaslite: {error}", file=sys.stderr)
        return REFUSED
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else WELL
    return WELL


def _app() -> Any:
    typer = from_extra("typer", "desk", "the command line")
    from kompaslite.app.commands import app

    return typer.main.get_command(app)
