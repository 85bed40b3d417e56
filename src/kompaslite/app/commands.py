"""The commands of the command line; this module needs typer, so it is imported when a command is run."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kompaslite.app import answers
from kompaslite.statbank.report import fetch_to

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Population forecasts for municipalities.",
)

Force = Annotated[bool, typer.Option("--force", help="Replace files of an earlier run.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Bar = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", help="A bar on standard error; on a terminal only unless told."),
]


def _shown(progress: bool | None) -> bool:  # noqa: FBT001
    return sys.stderr.isatty() if progress is None else progress


@app.command()
def new(
    example: Annotated[str, typer.Argument(help="The example to start from: baerum.")],
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    *,
    force: Force = False,
    json: Json = False,
) -> None:
    """Make a starter folder whose scenarios run as they are.

    Example: kompaslite new baerum my_forecast
    """
    typer.echo(answers.new(example, folder, force=force, as_json=json))


@app.command()
def check(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    *,
    json: Json = False,
) -> None:
    """Say in words what a scenario file will do, and what it takes from where.

    Example: kompaslite check more_homes.toml
    """
    typer.echo(answers.check(scenario, as_json=json))


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="A scenario file.")],
    second: Annotated[Path, typer.Argument(help="Another one.")],
    *,
    draws: Annotated[int, typer.Option(min=0, help="Futures of each; 0 for one line.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 1,
    progress: Bar = None,
    json: Json = False,
) -> None:
    """Hold two scenarios side by side, by age group.

    Example: kompaslite compare baseline.toml more_homes.toml --draws 200
    """
    typer.echo(answers.compare(first, second, draws=draws, seed=seed, as_json=json, progress=_shown(progress)))


@app.command()
def forecast(
    scenario: Annotated[Path | None, typer.Argument(help="A scenario file; Baerum's note without one.")] = None,
    *,
    out: Annotated[Path, typer.Option(help="New folder for the files.")] = Path("out"),
    until: Annotated[int | None, typer.Option(help="1 January of the last year, without a scenario.")] = None,
    force: Force = False,
    progress: Bar = None,
    json: Json = False,
) -> None:
    """Forecast a scenario, or Baerum from its population note: tables on the screen, files in a folder.

    Example: kompaslite forecast more_homes.toml --out more_homes
    """
    typer.echo(answers.forecast(scenario, out, until=until, force=force, as_json=json, progress=_shown(progress)))


@app.command()
def fetch(
    areas: Annotated[list[str], typer.Argument(help="Area codes of today, as text: 3201, 0301.")],
    *,
    first_year: Annotated[int, typer.Option("--from", help="First 1 January.")] = 2005,
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("data"),
    cache: Annotated[Path | None, typer.Option(help="Folder of earlier answers.")] = None,
    bank: Annotated[str | None, typer.Option(help="Address of another statistics bank.")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again for what is in the cache.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace tables of an earlier fetch.")] = False,
) -> None:
    """Fetch what a forecast needs from Statistics Norway; a second run works offline.

    Example: kompaslite fetch 3201 --from 2005
    """
    typer.echo(fetch_to(out, areas, first_year=first_year, bank=bank, cache=cache, refresh=refresh, force=force))


@app.command()
def backtest(
    population: Annotated[Path, typer.Argument(help="Table of population by area, sex, single age and year.")],
    *,
    horizon: Annotated[int, typer.Option(min=1, max=100, help="Years that each forecast goes.")] = 10,
    origins: Annotated[str, typer.Option(help="For example 2015-2020; all that are possible if empty.")] = "",
    progress: Bar = None,
    json: Json = False,
) -> None:
    """Show how good the default method has been, beside the reference methods.

    Example: kompaslite backtest population.parquet --horizon 10
    """
    typer.echo(answers.backtest(population, horizon=horizon, origins=origins, as_json=json, progress=_shown(progress)))


@app.command()
def note(
    scenario: Annotated[Path | None, typer.Argument(help="A scenario file; Baerum's trend without one.")] = None,
    *,
    out: Annotated[Path, typer.Option(help="New folder for note and workbook.")] = Path("note"),
    language: Annotated[
        str | None, typer.Option(help="nb (Norwegian bokmal) or en (English); the scenario's, or nb.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Make a PDF too (extra pdf).")] = False,
    force: Force = False,
    progress: Bar = None,
    json: Json = False,
) -> None:
    """Write the population note of a scenario, or of Baerum, and its workbook.

    Example: kompaslite note more_homes.toml --language nb --out note
    """
    typer.echo(
        answers.note(scenario, out, language=language, pdf=pdf, force=force, as_json=json, progress=_shown(progress))
    )
