"""What is to come: the forecast with its intervals, scenarios, and the population pyramid."""

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.plot import plot_fan, plot_pyramid, plot_scenarios
from kompaslite.report.note.blocks import Paragraph, Section
from kompaslite.report.note.builder import Block, NoteBuilder
from kompaslite.report.note.frames import frame_of, row_of
from kompaslite.report.note.inputs import Intervals, Text
from kompaslite.report.note.intervals import View
from kompaslite.text import (
    age_label,
    forecast_sentence,
    groups_sentence,
    interval_sentence,
    joined,
    kind_sentence,
    scenario_sentence,
    series_sentence,
    term,
)

_STEP = 5


def shown_years(first: int, last: int) -> list[int]:
    """The first two years, then every fifth, and the last."""
    fifths = [year for year in range(first + 2, last) if year % _STEP == 0]
    return sorted({first, min(first + 1, last), *fifths, last})


def forecast_section(note: NoteBuilder, view: View | None, intervals: Intervals | None, source: Text) -> Section:
    """The forecast: how many, how sure, by age, by scenario."""
    if view is None:
        return note.section("forecast", [note.missing("no_forecast")])
    first, last = view.years
    total, language = view.table["total"], note.language
    told = forecast_sentence(
        note.inputs.place,
        years=(first, last),
        population=(float(total.iloc[0]), float(total.iloc[-1])),
        language=language,
    )
    change = (view.table.iloc[-1] - view.table.iloc[0]).drop("total")
    grown = groups_sentence(
        {str(group): float(value) for group, value in change.items()}, until=last, language=language
    )
    blocks: list[Block] = [
        Paragraph(f"{told} {grown}", note.cite(source)),
        _certainty(note, intervals, last),
        _fan(note, view, intervals, source),
        _totals(note, view, intervals, source),
        *_groups(note, view, intervals, source),
        *_scenarios(note, view, source),
    ]
    return note.section("forecast", blocks)


def _certainty(note: NoteBuilder, intervals: Intervals | None, last: int) -> Paragraph:
    if intervals is None:
        return Paragraph(kind_sentence(None, language=note.language), missing=True)
    ends = {side: row_of(table, last)["total"] for side, table in _sides(intervals)}
    told = [
        kind_sentence(intervals.kind, level=intervals.level, language=note.language),
        interval_sentence(year=last, **ends, level=intervals.level, language=note.language),
    ]
    return Paragraph(" ".join(told), note.cite(intervals.source))


def _sides(intervals: Intervals) -> list[tuple[str, pd.DataFrame]]:
    return [("low", intervals.low), ("high", intervals.high)]


def _fan(note: NoteBuilder, view: View, intervals: Intervals | None, source: Text) -> Block:
    line, past, spread = _line(view.table), _observed(note, view), _spread(intervals)
    shown = line if past is None else xr.concat([past.isel(year=slice(-1)), line], dim="year")
    values = {str(year): float(value) for year, value in shown.to_series().items()}
    series = series_sentence(term("population", note.language), values, language=note.language)
    sources = [source] if intervals is None else [source, intervals.source]
    return note.figure(
        lambda ax: plot_fan(line, quantiles=spread, observed=past, ax=ax, language=note.language),
        caption=note.say("figure_fan_alone" if past is None else "figure_fan", place=note.inputs.place),
        alt=note.say("alt_fan", band=note.say("alt_band") if intervals is not None else "", series=series),
        sources=sources if past is None else [*sources, note.source("components")],
    )


def _line(table: pd.DataFrame) -> xr.DataArray:
    """The total of a table by year."""
    return xr.DataArray.from_series(table["total"].rename_axis("year"))


def _spread(intervals: Intervals | None) -> xr.DataArray | None:
    if intervals is None:
        return None
    levels = np.array([(1.0 - intervals.level) / 2.0, (1.0 + intervals.level) / 2.0])
    return xr.concat([_line(table) for _, table in _sides(intervals)], dim=xr.Variable("quantile", levels))


def _observed(note: NoteBuilder, view: View) -> xr.DataArray | None:
    """Populations of the past, reckoned back by growth, where the forecast begins where they end."""
    inputs = note.inputs
    if inputs.components is None or view.years[0] != inputs.year + 1:
        return None
    growth = inputs.components["growth"].to_numpy(dtype=float)
    people = inputs.population - np.append(np.cumsum(growth[::-1])[::-1], 0.0)
    first = inputs.year - len(growth) + 1
    return xr.DataArray(people, coords={"year": np.arange(first, inputs.year + 2)})


def _totals(note: NoteBuilder, view: View, intervals: Intervals | None, source: Text) -> Block:
    years = shown_years(*view.years)
    table = view.table.loc[years, ["total"]]
    head = [term("year", note.language), term("forecast", note.language)]
    sources = [source]
    if intervals is not None:
        level = note.share(intervals.level)
        table = table.assign(**{side: ends.loc[years, "total"] for side, ends in _sides(intervals)})
        head += [note.say("low_of", level=level), note.say("high_of", level=level)]
        sources.append(intervals.source)
    rows = note.rows(table, [str(year) for year in years])
    return note.table(note.say("table_forecast", place=note.inputs.place), head, rows, sources=sources)


def _groups(note: NoteBuilder, view: View, intervals: Intervals | None, source: Text) -> list[Block]:
    years, language = shown_years(*view.years), note.language
    names = [str(name) for name in view.table.columns]
    labels = [term("total", language) if name == "total" else age_label(name, language) for name in names]
    head = [term("age_group", language), *(str(year) for year in years)]
    rows = note.rows(view.table.loc[years].T, labels)
    tables: list[Block] = [note.table(note.say("table_groups"), head, rows, sources=[source], total=True)]
    if intervals is None or not set(names) <= set(intervals.low.columns):
        return tables
    chosen = sorted({years[len(years) // 2], years[-1]})
    columns = {(year, side): ends.loc[year, names] for year in chosen for side, ends in _sides(intervals)}
    head = [term("age_group", language)]
    head += [f"{year}, {term(side, language).lower()}" for year, side in columns]
    rows = note.rows(pd.DataFrame({f"{key}": value for key, value in columns.items()}), labels)
    caption = note.say("table_group_intervals", level=note.share(intervals.level))
    return [*tables, note.table(caption, head, rows, sources=[intervals.source], total=True)]


def _scenarios(note: NoteBuilder, view: View, source: Text) -> list[Block]:
    if view.scenarios is None:
        return []
    people = view.scenarios
    names = [str(name) for name in people["scenario"].values]
    last, years = view.years[1], shown_years(*view.years)
    ends = {name: float(people.sel(scenario=name, year=last)) for name in names}
    told = [
        scenario_sentence(
            name, against=names[0], difference=ends[name] - ends[names[0]], year=last, language=note.language
        )
        for name in names[1:]
    ]
    rows = note.rows(frame_of(people.sel(year=years), "scenario", "year"), names)
    listed = joined([f"{name} {last}: {note.whole(value)}" for name, value in ends.items()], note.language)
    return [
        Paragraph(" ".join(told), note.cite(source)),
        note.figure(
            lambda ax: plot_scenarios(people, ax=ax, language=note.language),
            caption=note.say("figure_scenarios"),
            alt=note.say("alt_scenarios", list=listed),
            sources=[source],
        ),
        note.table(
            note.say("table_scenarios"),
            [term("scenario", note.language), *(str(year) for year in years)],
            rows,
            sources=[source],
        ),
    ]


def pyramid_section(note: NoteBuilder, view: View | None, source: Text) -> Section:
    """Ages and sexes now, and the forecast's ghost."""
    if view is None:
        return note.section("pyramid", [note.missing("no_forecast")])
    first, last = view.years
    start, end = view.people.sel(year=first, drop=True), view.people.sel(year=last, drop=True)
    figures = {"first": first, "last": last}
    old = [note.decimal(100.0 * float(_share(one, 67))) for one in (start, end)]
    median = [note.decimal(_median(one)) for one in (start, end)]
    text = note.say("pyramid_text", **figures, median=median[0], later=median[1], old=old[0], older=old[1])
    most = [_most(one) for one in (start, end)]
    alt = note.say(
        "alt_pyramid",
        **figures,
        age=most[0][0],
        count=note.whole(most[0][1]),
        other=most[1][0],
        others=note.whole(most[1][1]),
    )
    figure = note.figure(
        lambda ax: plot_pyramid(start, outline=end, labels=(str(first), str(last)), ax=ax, language=note.language),
        caption=note.say("figure_pyramid", **figures),
        alt=alt,
        sources=[note.inputs.source, source],
        size=(5.0, 4.6),
    )
    return note.section("pyramid", [Paragraph(text, note.cite(note.inputs.source, source)), figure])


def _share(people: xr.DataArray, age: int) -> xr.DataArray:
    return people.sel(age=slice(age, None)).sum() / people.sum()


def _median(people: xr.DataArray) -> float:
    """Median age in years, people of one age spread evenly over the year."""
    by_age = people.sum("sex")
    reached = np.append(0.0, by_age.cumsum("age").values) / float(by_age.sum())
    edges = np.append(by_age["age"].values, by_age["age"].values[-1] + 1).astype(float)
    return float(np.interp(0.5, reached, edges))


def _most(people: xr.DataArray) -> tuple[int, float]:
    by_age = people.sum("sex")
    place = int(by_age.argmax("age"))
    return int(by_age["age"].values[place]), float(by_age.values[place])
