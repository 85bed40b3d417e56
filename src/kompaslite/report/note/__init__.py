"""The population note: what has been, how forecasts fared, what is to come, and where every number comes from."""

from kompaslite.report.note.from_accounts import note_inputs, record_from_hindcasts
from kompaslite.report.note.from_example import example_intervals, note_inputs_from_example
from kompaslite.report.note.inputs import Intervals, NationalFigure, NoteInputs, Record, Split
from kompaslite.report.note.intervals import intervals_from_draws, intervals_from_errors
from kompaslite.report.note.write import note_page, write_note

__all__ = [
    "Intervals",
    "NationalFigure",
    "NoteInputs",
    "Record",
    "Split",
    "example_intervals",
    "intervals_from_draws",
    "intervals_from_errors",
    "note_inputs",
    "note_inputs_from_example",
    "note_page",
    "record_from_hindcasts",
    "write_note",
]
