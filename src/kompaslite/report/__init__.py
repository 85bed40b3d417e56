"""From a forecast to what is read: tables, tidy files, one page, and the population note."""

from kompaslite.report.note import (
    Intervals,
    NationalFigure,
    NoteInputs,
    Record,
    Split,
    intervals_from_draws,
    intervals_from_errors,
    intervals_from_printed,
    note_inputs,
    note_inputs_from_printed,
    note_page,
    record_from_hindcasts,
    write_note,
)

__all__ = [
    "Intervals",
    "NationalFigure",
    "NoteInputs",
    "Record",
    "Split",
    "intervals_from_draws",
    "intervals_from_errors",
    "intervals_from_printed",
    "note_inputs",
    "note_inputs_from_printed",
    "note_page",
    "record_from_hindcasts",
    "write_note",
]
