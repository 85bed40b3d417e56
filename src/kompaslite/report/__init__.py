"""From a forecast to what is read: tables, tidy files, one page, and the population note."""

from kompaslite.report.job import NoteForecast, forecast_from_note
from kompaslite.report.note import (
    Intervals,
    NationalFigure,
    NoteInputs,
    Record,
    Split,
    example_intervals,
    intervals_from_draws,
    intervals_from_errors,
    note_inputs,
    note_inputs_from_example,
    note_page,
    record_from_hindcasts,
    write_note,
)
from kompaslite.report.write import write_forecast

__all__ = [
    "Intervals",
    "NationalFigure",
    "NoteForecast",
    "NoteInputs",
    "Record",
    "Split",
    "example_intervals",
    "forecast_from_note",
    "intervals_from_draws",
    "intervals_from_errors",
    "note_inputs",
    "note_inputs_from_example",
    "note_page",
    "record_from_hindcasts",
    "write_forecast",
    "write_note",
]
