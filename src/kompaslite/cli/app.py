"""Commands. Each is a public function first; here it only gets words and a way out."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from kompaslite.extras import from_extra
from kompaslite.schema import KompasliteError

#: Ways out: all well, an input or a file that will not do, a wrong command.
WELL, REFUSED = 0, 1


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        As on the command line, without the program's name; default those of the process.

    Returns
    -------
    int
        0 if all went well, 1 if an input or file was refused (the reason is on standard error), 2 for a wrong command.
    """
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
    app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False)

    def kompaslite() -> None:
        """Population forecasts for municipalities."""

    def forecast(
        out: Annotated[Path, typer.Option(help="New folder for the tables and the page.")] = Path("out"),
        until: Annotated[int, typer.Option(help="1 January of the last year.")] = 2050,
        force: Annotated[bool, typer.Option("--force", help="Replace the files of an earlier forecast.")] = False,  # noqa: FBT002
    ) -> None:
        """Forecast Baerum from its population note: tables on the screen, CSV and one page in a folder.

        Example: kompaslite forecast --out out
        """
        from kompaslite.cli.forecast import forecast as run_forecast

        typer.echo(run_forecast(out, until=until, force=force))

    app.callback()(kompaslite)
    app.command()(forecast)
    return typer.main.get_command(app)
