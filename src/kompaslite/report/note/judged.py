"""How good forecasts were: outcome, dwellings, why they missed, and the record."""

import pandas as pd

from kompaslite.plot import plot_deviation, plot_housing
from kompaslite.report.note.blocks import Paragraph, Section
from kompaslite.report.note.builder import Block, NoteBuilder
from kompaslite.report.note.frames import row_of
from kompaslite.report.note.inputs import Record, Split
from kompaslite.report.note.past import dwelling
from kompaslite.text import (
    age_label,
    deviation_sentence,
    housing_sentence,
    joined,
    largest_deviations_sentence,
    plan_sentence,
    record_sentence,
    rounded,
    sentence_case,
    split_sentence,
    term,
    vacated_sentence,
)

_DWELLINGS = ("planned", "expected", "completed", "vacated_expected", "vacated")


def deviation_section(note: NoteBuilder) -> Section:
    """The forecast of the year against the outcome."""
    table, language = note.inputs.deviation, note.language
    if table is None:
        return note.section("deviation", [note.missing("no_deviation")])
    source, year = note.source("deviation"), note.inputs.year
    total = row_of(table, "total")
    by_age = {str(group): float(value) for group, value in table["deviation"].drop("total").items()}
    largest = largest_deviations_sentence(by_age, language=language)
    told = deviation_sentence(
        year=year, growth=total["growth"], forecast=total["forecast"] - total["start"], language=language
    )
    head = [
        term("age_group", language),
        note.date(year),
        note.date(year + 1),
        term("growth", language),
        note.say("forecast_for", date=note.date(year + 1)),
        term("deviation", language),
    ]
    columns = ["start", "actual", "growth", "forecast", "deviation"]
    rows = note.rows(table[columns], [_age(note, str(group)) for group in table.index])
    caption = note.say("table_deviation", forecaster=note.text(note.inputs.forecaster))
    blocks: list[Block] = [
        Paragraph(f"{told} {largest}", note.cite(source)),
        note.table(caption, head, rows, sources=[source], total=True),
        *_rounding(note, table[columns], head[1:]),
        note.figure(
            lambda ax: plot_deviation(table, ax=ax, language=language),
            caption=note.say("figure_deviation"),
            alt=note.say("alt_deviation", total=note.signed(total["deviation"]), largest=largest),
            sources=[source],
        ),
    ]
    return note.section("deviation", blocks)


def _age(note: NoteBuilder, group: str) -> str:
    return term("total", note.language) if group == "total" else age_label(group, note.language)


def _rounding(note: NoteBuilder, table: pd.DataFrame, names: list[str]) -> list[Block]:
    """Columns whose printed rows do not sum to their printed total, which would look like an error."""
    told = []
    for column, name in zip(table.columns, names, strict=True):
        rows = sum(rounded(float(value)) for value in table[column].drop("total"))
        total = rounded(row_of(table, "total")[str(column)])
        if rows != total:
            told.append(note.say("rounding", column=name, rows=note.whole(rows), total=note.whole(total)))
    if not told:
        return []
    return [Paragraph(" ".join([*told, note.say("rounding_why")]), note.cite(note.source("deviation")))]


def housing_section(note: NoteBuilder) -> Section:
    """Dwellings planned, expected and completed, and those vacated."""
    table, language = note.inputs.dwellings, note.language
    if table is None:
        return note.section("housing", [note.missing("no_dwellings")])
    source, year = note.source("dwellings"), note.inputs.year
    blocks: list[Block] = []
    expected, completed = dwelling(note, "expected"), dwelling(note, "completed")
    if expected is None or completed is None:
        blocks.append(note.missing("no_expected"))
    else:
        text = housing_sentence(year=year, expected=expected, completed=completed, language=language)
        blocks.append(Paragraph(text, note.cite(source)))
    blocks.append(_vacated(note, completed))
    names = [name for name in _DWELLINGS if name in table.columns and table[name].notna().any()]
    head = [term("year", language), *(term(name, language) for name in names)]
    rows = note.rows(table[names], [str(label) for label in table.index])
    blocks.append(note.table(note.say("table_dwellings", place=note.inputs.place), head, rows, sources=[source]))
    if table.iloc[-1].reindex(["planned", "expected", "completed"]).notna().any():
        blocks.append(_housing_figure(note, table))
    return note.section("housing", blocks)


def _vacated(note: NoteBuilder, completed: float | None) -> Paragraph:
    counted, forecast = dwelling(note, "vacated"), dwelling(note, "vacated_expected")
    value = forecast if counted is None else counted
    if value is None:
        return note.missing("no_vacated")
    text = vacated_sentence(vacated=value, completed=completed or 0.0, language=note.language, forecast=counted is None)
    return Paragraph(text, note.cite(note.source("dwellings")))


def _housing_figure(note: NoteBuilder, table: pd.DataFrame) -> Block:
    last, year = table.iloc[-1].dropna(), table.index[-1]
    known = [name for name in ("planned", "expected", "completed") if name in last.index]
    names = joined([term(name, note.language).lower() for name in known], note.language)
    listed = [f"{term(name, note.language)} {year}: {note.whole(float(last.to_dict()[name]))}" for name in known]
    return note.figure(
        lambda ax: plot_housing(table, ax=ax, language=note.language),
        caption=note.say("figure_housing", names=names),
        alt=note.say("alt_housing", list=joined(listed, note.language)),
        sources=[note.source("dwellings")],
        size=(5.0, 2.6),
    )


def split_section(note: NoteBuilder) -> Section:
    """The deviation by part, for each forecast whose parts are known."""
    splits = note.inputs.splits
    if not splits:
        return note.section("split", [note.missing("no_split")])
    blocks: list[Block] = []
    for one in splits:
        blocks += _split_blocks(note, one)
    if not any("plan" in one.table.columns for one in splits):
        blocks.append(note.missing("no_plan"))
    return note.section("split", blocks)


def _split_blocks(note: NoteBuilder, split: Split) -> list[Block]:
    total = row_of(split.table, "total")
    parts = {name: value for name, value in total.items() if name != "deviation"}
    told = [f"{sentence_case(note.text(split.forecaster))}:"]
    told += [split_sentence(parts, language=note.language)] if "unexplained" not in parts else []
    told += _plan(note, split, total)
    names = [note.say("plan_modelled") if name == "plan" else term(name, note.language) for name in total]
    head = [term("age_group", note.language), *names]
    ages = [_age(note, str(group)) for group in split.table.index]
    rows = [
        (age, [note.signed(float(value)) for value in row])
        for age, row in zip(ages, split.table.to_numpy(dtype=float), strict=True)
    ]
    modelled = note.say("plan_is_modelled") if "plan" in total else ""
    caption = f"{sentence_case(note.text(split.forecaster))}. {note.say('table_split')}{modelled}"
    marks = note.cite(split.source)
    return [Paragraph(" ".join(told), marks), note.table(caption, head, rows, sources=[split.source], total=True)]


def _plan(note: NoteBuilder, split: Split, total: dict[str, float]) -> list[str]:
    """What the plan did, with the dwellings behind it where they are known, and always its interval."""
    if "plan" not in total or split.plan_interval is None:
        return []
    low, high = split.plan_interval
    expected, completed = dwelling(note, "expected"), dwelling(note, "completed")
    if expected is not None and completed is not None:
        figures = {"effect": total["plan"], "low": low, "high": high, "level": split.level}
        return [
            plan_sentence(
                **figures, dwellings=completed - expected, deviation=total["deviation"], language=note.language
            )
        ]
    ends = {"low": note.signed(low), "high": note.signed(high)}
    return [note.say("plan_interval", effect=note.signed(total["plan"]), level=note.share(split.level), **ends)]


def record_section(note: NoteBuilder) -> Section:
    """Earlier forecasts beside what came."""
    records = note.inputs.records
    if not records:
        return note.section("record", [note.missing("no_record")])
    blocks: list[Block] = []
    for one in records:
        blocks += _record_blocks(note, one)
    return note.section("record", [*blocks, Paragraph(note.say("error_sign"))])


def _record_blocks(note: NoteBuilder, record: Record) -> list[Block]:
    name = sentence_case(note.text(record.forecaster))
    told = f"{name}: {record_sentence(record.errors, language=note.language)}"
    head = [
        term("origin", note.language),
        note.say("for_1_january"),
        term("forecast", note.language),
        term("actual", note.language),
        note.say("error_persons"),
        note.say("error_percent"),
    ]
    rows = []
    for (origin, year, forecast, actual), error in zip(
        record.table[["origin", "year", "forecast", "actual"]].to_numpy(dtype=float), record.errors, strict=True
    ):
        figures = [note.whole(forecast), note.whole(actual), note.signed(forecast - actual)]
        rows.append((f"{origin:.0f}", [f"{year:.0f}", *figures, note.decimal(error, decimals=2)]))
    caption = note.say("table_record", forecaster=note.text(record.forecaster))
    marks = note.cite(record.source)
    return [Paragraph(told, marks), note.table(caption, head, rows, sources=[record.source])]
