"""One page in HTML that needs no other file: tables, the components chart and the population pyramid."""

from importlib.metadata import version
from typing import Any

import pandas as pd

from kompaslite.plot import plot_components, plot_pyramid
from kompaslite.report.job import NoteForecast
from kompaslite.report.render import render, svg
from kompaslite.text import whole

_SHOWN_YEARS = 5


def forecast_page(result: NoteForecast) -> str:
    """The page of the main job."""
    return render("forecast.html.j2", _content(result))


def _content(result: NoteForecast) -> dict[str, Any]:
    note, forecast = result.example.note, result.forecast
    first, last = forecast.years[0], forecast.years[-1]
    people = forecast.population
    return {
        "origin": first,
        "before": first - 1,
        "horizon": last,
        "source": note.source,
        "version": version("kompaslite"),
        "note_table": _printed(note.deviation),
        "own_table": _printed(result.deviation),
        "columns": ["Start", "Actual", "Growth", "Forecast", "Deviation"],
        "groups_table": _printed(result.groups.loc[_shown_years(first, last)].T),
        "shown_years": _shown_years(first, last),
        "levels": _levels(result),
        "figures": _figures(result),
        "components_chart": svg(lambda ax: plot_components(note.components, ax=ax), "Components of growth"),
        "pyramid": svg(
            lambda ax: plot_pyramid(
                people.sel(year=first), outline=people.sel(year=last), labels=(str(first), str(last)), ax=ax
            ),
            "Population pyramid",
            size=(5.4, 5.0),
        ),
    }


def _figures(result: NoteForecast) -> dict[str, str]:
    """Numbers that stand in sentences."""
    note, total = result.example.note, result.deviation.loc["total"].to_dict()
    last = result.groups["total"]
    values = {
        "population": note.figure("population_2026"),
        "growth": note.figure("growth_2025"),
        "official_growth": note.figure("growth_forecast_2025"),
        "own_growth": int(total["forecast"]) - int(total["start"]),
        "own_deviation": int(total["deviation"]),
        "official_off": note.deviation["deviation"].drop("total").abs().sum(),
        "own_off": result.deviation["deviation"].drop("total").abs().sum(),
        "expected": note.figure("dwellings_expected_2025"),
        "completed": note.figure("dwellings_completed_2025"),
        "vacated": note.figure("dwellings_vacated_2025"),
        "final": float(last.iloc[-1]),
    }
    return {name: whole(value, "en") for name, value in values.items()}


def _levels(result: NoteForecast) -> list[tuple[str, list[str]]]:
    names = {name: str(name).replace("_", " ").capitalize() for name in result.levels.index}
    windows = result.example.method.windows
    return [
        (f"{names[name]}, mean of {windows[str(name)]} years", [whole(float(value), "en") for value in row])
        for name, row in zip(result.levels.index, result.levels.to_numpy(), strict=True)
    ]


def _shown_years(first: int, last: int) -> list[int]:
    """The first two years, then every fifth, and the last."""
    fifths = [year for year in range(first + 2, last) if year % _SHOWN_YEARS == 0]
    return sorted({first, min(first + 1, last), *fifths, last})


def _printed(table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    return [
        (str(label).capitalize(), [whole(float(value), "en") for value in row])
        for label, row in zip(table.index, table.to_numpy(), strict=True)
    ]
