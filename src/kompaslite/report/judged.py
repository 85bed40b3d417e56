"""How good forecasts were: outcome, dwellings, why they missed, and the record."""

import pandas as pd

from kompaslite.plot import plot_deviation, plot_housing
from kompaslite.report.builder import Block, NoteBuilder, Section
from kompaslite.report.frames import DWELLINGS, row_of
from kompaslite.report.inputs import Record, Split
from kompaslite.text import (
    age_label,
    deviation_sentence,
    housing_sentence,
    largest_deviations_sentence,
    number,
    plan_sentence,
    record_sentence,
    rounded,
    sentence_case,
    signed,
    split_sentence,
    vacated_sentence,
    whole,
)


def deviation_section(note: NoteBuilder) -> Section | None:
    """The forecast of the year against the outcome."""
    table, language = note.inputs.deviation, note.language
    if table is None:
        return None
    source, year = note.source("deviation"), note.inputs.year
    total = row_of(table, "total")
    by_age = {str(group): float(value) for group, value in table["deviation"].drop("total").items()}
    largest = largest_deviations_sentence(by_age, language=language)
    forecast = total["forecast"] - total["start"]
    told = deviation_sentence(year=year, growth=total["growth"], forecast=forecast, language=language)
    columns = {
        "start": note.date(year),
        "actual": note.date(year + 1),
        "growth": note.term("growth"),
        "forecast": note.say("column.forecast_for", date=note.date(year + 1)),
        "deviation": note.term("deviation"),
    }
    rows = note.rows(table[list(columns)], age_labels(note, table.index))
    caption = note.say("table.deviation", forecaster=note.text(note.inputs.forecaster))
    head = [note.term("age_group"), *columns.values()]
    blocks: list[Block] = [
        note.paragraph(f"{told} {largest}", source),
        note.table(caption, head, rows, sources=[source], total=True),
        *_rounding(note, table.rename(columns=columns)[list(columns.values())]),
        note.figure(
            lambda ax: plot_deviation(table, ax=ax, language=language),
            caption=note.say("figure.deviation"),
            alt=note.say("alt.deviation", total=total["deviation"], largest=largest),
            sources=[source],
        ),
    ]
    return note.section("deviation", blocks)


def age_labels(note: NoteBuilder, groups: pd.Index) -> list[str]:
    """Age groups and their total, as they are printed."""
    return [note.term("total") if group == "total" else age_label(str(group), note.language) for group in groups]


def _rounding(note: NoteBuilder, table: pd.DataFrame) -> list[Block]:
    """Columns whose printed rows do not sum to their printed total, which would look like an error."""
    told = []
    for column in table.columns:
        rows = sum(rounded(float(value)) for value in table[column].drop("total"))
        total = rounded(row_of(table, "total")[str(column)])
        if rows != total:
            told.append(note.say("sentence.rounding", column=column, rows=rows, total=total))
    if not told:
        return []
    return [note.paragraph(" ".join([*told, note.say("sentence.rounding_why")]), note.source("deviation"))]


def housing_section(note: NoteBuilder) -> Section | None:
    """Dwellings planned, expected and completed, and those vacated."""
    table, inputs = note.inputs.dwellings, note.inputs
    if table is None:
        return None
    source = note.source("dwellings")
    names = [name for name in DWELLINGS if name in table.columns and table[name].notna().any()]
    head = [note.term("year"), *(note.term(name) for name in names)]
    rows = note.rows(table[names], [str(label) for label in table.index])
    caption = note.say("table.dwellings", place=inputs.place)
    blocks = [_completed(note), _vacated(note), note.table(caption, head, rows, sources=[source])]
    if table.iloc[-1].reindex(["planned", "expected", "completed"]).notna().any():
        blocks.append(_housing_figure(note, table))
    return note.section("housing", blocks)


def _completed(note: NoteBuilder) -> Block:
    inputs = note.inputs
    expected, completed = inputs.dwelling("expected"), inputs.dwelling("completed")
    if expected is None or completed is None:
        return note.missing("expected")
    text = housing_sentence(year=inputs.year, expected=expected, completed=completed, language=note.language)
    return note.paragraph(text, note.source("dwellings"))


def _vacated(note: NoteBuilder) -> Block:
    inputs = note.inputs
    counted, forecast = inputs.dwelling("vacated"), inputs.dwelling("vacated_expected")
    value = forecast if counted is None else counted
    if value is None:
        return note.missing("vacated")
    new = inputs.dwelling("expected" if counted is None else "completed") or 0.0
    text = vacated_sentence(vacated=value, new=new, language=note.language, forecast=counted is None)
    return note.paragraph(text, note.source("dwellings"))


def _housing_figure(note: NoteBuilder, table: pd.DataFrame) -> Block:
    last, year = table.iloc[-1].dropna().to_dict(), table.index[-1]
    known = [name for name in ("planned", "expected", "completed") if name in last]
    listed = [f"{note.term(name)} {year}: {whole(float(last[name]), note.language)}" for name in known]
    return note.figure(
        lambda ax: plot_housing(table, ax=ax, language=note.language),
        caption=note.say("figure.housing", names=[note.term(name).lower() for name in known]),
        alt=note.say("alt.housing", parts=listed),
        sources=[note.source("dwellings")],
        size=(5.0, 2.6),
    )


def split_section(note: NoteBuilder) -> Section | None:
    """The deviation by part, for each forecast whose parts are known."""
    splits = note.inputs.splits
    if not splits:
        return None
    blocks = [block for one in splits for block in _split_blocks(note, one)]
    if not any("plan" in one.table.columns for one in splits):
        blocks.append(note.missing("plan"))
    return note.section("split", blocks)


def _split_blocks(note: NoteBuilder, split: Split) -> list[Block]:
    forecaster, total = sentence_case(note.text(split.forecaster)), row_of(split.table, "total")
    parts = {name: value for name, value in total.items() if name != "deviation"}
    told = [f"{forecaster}:"]
    told += [split_sentence(parts, language=note.language)] if "unexplained" not in parts else []
    told += _plan(note, split, total)
    names = [note.say("column.plan_modelled") if name == "plan" else note.term(name) for name in total]
    rows = [
        (age, [signed(float(value), note.language) for value in row])
        for age, row in zip(age_labels(note, split.table.index), split.table.to_numpy(dtype=float), strict=True)
    ]
    modelled = note.say("sentence.plan_is_modelled") if "plan" in total else ""
    caption = f"{forecaster}. {note.say('table.split')}{modelled}"
    return [
        note.paragraph(" ".join(told), split.source),
        note.table(caption, [note.term("age_group"), *names], rows, sources=[split.source], total=True),
    ]


def _plan(note: NoteBuilder, split: Split, total: dict[str, float]) -> list[str]:
    """What the plan did, with the dwellings behind it where they are known, and always its interval."""
    if "plan" not in total or split.plan_interval is None:
        return []
    low, high = split.plan_interval
    figures = {"effect": total["plan"], "low": low, "high": high}
    expected, completed = note.inputs.dwelling("expected"), note.inputs.dwelling("completed")
    if expected is None or completed is None:
        return [note.say("sentence.plan_interval", level=split.level * 100.0, **figures)]
    figures |= {"level": split.level, "dwellings": completed - expected, "deviation": total["deviation"]}
    return [plan_sentence(**figures, language=note.language)]


def record_section(note: NoteBuilder) -> Section | None:
    """Earlier forecasts beside what came."""
    records = note.inputs.records
    if not records:
        return None
    blocks = [block for one in records for block in _record_blocks(note, one)]
    return note.section("record", [*blocks, note.paragraph(note.say("sentence.error_sign"))])


def _record_blocks(note: NoteBuilder, record: Record) -> list[Block]:
    name = sentence_case(note.text(record.forecaster))
    head = [
        note.term("origin"),
        note.say("column.for_1_january"),
        note.term("forecast"),
        note.term("actual"),
        note.say("column.error_persons"),
        note.say("column.error_percent"),
    ]
    rows = []
    for (origin, year, forecast, actual), error in zip(
        record.table[["origin", "year", "forecast", "actual"]].to_numpy(dtype=float), record.errors, strict=True
    ):
        figures = [whole(forecast, note.language), whole(actual, note.language)]
        off = [signed(forecast - actual, note.language), number(error, note.language, decimals=2)]
        rows.append((f"{origin:.0f}", [f"{year:.0f}", *figures, *off]))
    caption = note.say("table.record", forecaster=note.text(record.forecaster))
    return [
        note.paragraph(f"{name}: {record_sentence(record.errors, language=note.language)}", record.source),
        note.table(caption, head, rows, sources=[record.source]),
    ]
