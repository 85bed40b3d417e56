"""What is to come: the forecast with its intervals, scenarios, and the population pyramid."""

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.plot import plot_fan, plot_pyramid, plot_scenarios
from kompaslite.report.builder import Block, NoteBuilder, Paragraph, Section
from kompaslite.report.frames import frame_of, row_of
from kompaslite.report.inputs import Text
from kompaslite.report.intervals import Intervals, View
from kompaslite.report.judged import age_labels
from kompaslite.text import (
    forecast_sentence,
    groups_sentence,
    interval_sentence,
    kind_sentence,
    scenario_sentence,
    series_sentence,
    whole,
)

_STEP = 5


def shown_years(first: int, last: int) -> list[int]:
    """The first two years, then every fifth, and the last."""
    fifths = [year for year in range(first + 2, last) if year % _STEP == 0]
    return sorted({first, min(first + 1, last), *fifths, last})


def forecast_section(note: NoteBuilder, view: View, sure: tuple[Intervals | None, str], source: Text) -> Section:
    """The forecast: how many, how sure, or why that is not known, by age, by scenario."""
    intervals, otherwise = sure
    first, last = view.years
    total, language = view.table["total"], note.language
    ends = (float(total.iloc[0]), float(total.iloc[-1]))
    told = forecast_sentence(note.inputs.place, years=(first, last), population=ends, language=language)
    change = (view.table.iloc[-1] - view.table.iloc[0]).drop("total")
    changes = {str(group): float(value) for group, value in change.items()}
    grown = groups_sentence(changes, until=last, language=language)
    blocks: list[Block] = [
        note.paragraph(f"{told} {grown}", source),
        _certainty(note, intervals, last) if intervals else Paragraph(otherwise, missing=True),
        _fan(note, view, intervals, source),
        _totals(note, view, intervals, source),
        *_groups(note, view, intervals, source),
        *_scenarios(note, view, source),
    ]
    return note.section("forecast", blocks)


def _certainty(note: NoteBuilder, intervals: Intervals, last: int) -> Paragraph:
    ends = {side: row_of(table, last)["total"] for side, table in _sides(intervals)}
    told = [
        kind_sentence(intervals.kind, level=intervals.level, language=note.language),
        interval_sentence(year=last, **ends, level=intervals.level, language=note.language),
    ]
    return note.paragraph(" ".join(told), intervals.source)


def _sides(intervals: Intervals) -> list[tuple[str, pd.DataFrame]]:
    return [("low", intervals.low), ("high", intervals.high)]


def _fan(note: NoteBuilder, view: View, intervals: Intervals | None, source: Text) -> Block:
    line, past, spread = _line(view.table), _observed(note, view), _spread(intervals)
    shown = line if past is None else xr.concat([past.isel(year=slice(-1)), line], dim="year")
    values = {str(year): float(value) for year, value in shown.to_series().items()}
    series = series_sentence(note.term("population"), values, language=note.language)
    sources = [source] if intervals is None else [source, intervals.source]
    return note.figure(
        lambda ax: plot_fan(line, quantiles=spread, observed=past, ax=ax, language=note.language),
        caption=note.say("figure.fan_alone" if past is None else "figure.fan", place=note.inputs.place),
        alt=note.say("alt.fan", band=note.say("alt.band") if intervals is not None else "", series=series),
        sources=sources if past is None else [*sources, note.source(note.inputs.part_of_people)],
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
    """Populations of the past, where the forecast begins where they end."""
    people = note.inputs.people
    if len(people) < 2 or view.years[0] != note.inputs.year + 1:
        return None
    return xr.DataArray(list(people.values()), coords={"year": list(people)})


def _totals(note: NoteBuilder, view: View, intervals: Intervals | None, source: Text) -> Block:
    years = shown_years(*view.years)
    table = view.table.loc[years, ["total"]]
    head, sources = [note.term("year"), note.term("forecast")], [source]
    if intervals is not None:
        table = table.assign(**{side: ends.loc[years, "total"] for side, ends in _sides(intervals)})
        head += [note.say(f"column.{side}_of", level=intervals.level * 100.0) for side, _ in _sides(intervals)]
        sources.append(intervals.source)
    rows = note.rows(table, [str(year) for year in years])
    return note.table(note.say("table.forecast", place=note.inputs.place), head, rows, sources=sources)


def _groups(note: NoteBuilder, view: View, intervals: Intervals | None, source: Text) -> list[Block]:
    years, labels = shown_years(*view.years), age_labels(note, view.table.columns)
    head = [note.term("age_group"), *(str(year) for year in years)]
    rows = note.rows(view.table.loc[years].T, labels)
    tables: list[Block] = [note.table(note.say("table.groups"), head, rows, sources=[source], total=True)]
    names = view.table.columns.tolist()
    if intervals is None or not set(names) <= set(intervals.low.columns):
        return tables
    chosen = sorted({years[len(years) // 2], years[-1]})
    columns = {
        f"{year}, {note.term(side).lower()}": ends.loc[year, names]
        for year in chosen
        for side, ends in _sides(intervals)
    }
    rows = note.rows(pd.DataFrame(columns), labels)
    caption = note.say("table.group_intervals", level=intervals.level * 100.0)
    head = [note.term("age_group"), *columns]
    return [*tables, note.table(caption, head, rows, sources=[intervals.source], total=True)]


def _scenarios(note: NoteBuilder, view: View, source: Text) -> list[Block]:
    people, language = view.scenarios, note.language
    if people is None:
        return []
    names = [str(name) for name in people["scenario"].values]
    last, years = view.years[1], shown_years(*view.years)
    ends = {name: float(people.sel(scenario=name, year=last)) for name in names}
    first = names[0]
    told = [
        scenario_sentence(name, against=first, difference=ends[name] - ends[first], year=last, language=language)
        for name in names[1:]
    ]
    rows = note.rows(frame_of(people.sel(year=years), "scenario", "year"), names)
    listed = [f"{name} {last}: {whole(value, language)}" for name, value in ends.items()]
    head = [note.term("scenario"), *(str(year) for year in years)]
    return [
        note.paragraph(" ".join(told), source),
        note.figure(
            lambda ax: plot_scenarios(people, ax=ax, language=language),
            caption=note.say("figure.scenarios"),
            alt=note.say("alt.scenarios", parts=listed),
            sources=[source],
        ),
        note.table(note.say("table.scenarios"), head, rows, sources=[source]),
    ]


def pyramid_section(note: NoteBuilder, view: View, source: Text) -> Section:
    """Ages and sexes now, and the forecast's ghost."""
    first, last = view.years
    start, end = view.people.sel(year=first, drop=True), view.people.sel(year=last, drop=True)
    figures = {"first": first, "last": last}
    old, older = (100.0 * _share(one, 67) for one in (start, end))
    sources = [note.inputs.source, source]
    text = note.say("sentence.pyramid_text", **figures, median=_median(start), later=_median(end), old=old, older=older)
    told = note.paragraph(text, *sources)
    (age, count), (other, others) = _most(start), _most(end)
    figure = note.figure(
        lambda ax: plot_pyramid(start, outline=end, labels=(str(first), str(last)), ax=ax, language=note.language),
        caption=note.say("figure.pyramid", **figures),
        alt=note.say("alt.pyramid", **figures, age=age, count=count, other=other, others=others),
        sources=sources,
        size=(5.0, 4.6),
    )
    return note.section("pyramid", [told, figure])


def _share(people: xr.DataArray, age: int) -> float:
    return float(people.sel(age=slice(age, None)).sum() / people.sum())


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
