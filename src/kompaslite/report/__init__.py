"""The population note: what has been, how forecasts fared, what is to come, and where every number comes from."""

from kompaslite.report.from_accounts import note_inputs, record_from_hindcasts
from kompaslite.report.from_printed import intervals_from_printed, note_inputs_from_printed
from kompaslite.report.inputs import NationalFigure, NoteInputs, Record, Split
from kompaslite.report.intervals import Intervals, intervals_from_draws, intervals_from_errors
from kompaslite.report.write import note_page, write_note

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
