"""The population note: what has been, how forecasts fared, what is to come, and where every number comes from."""

from kompaslite.report.note.from_accounts import material_from_accounts, record_from_hindcasts
from kompaslite.report.note.from_example import example_intervals, material_from_example
from kompaslite.report.note.intervals import intervals_from_draws, intervals_from_errors
from kompaslite.report.note.material import Intervals, NationalFigure, NoteMaterial, Record, Split
from kompaslite.report.note.write import note_page, write_note

__all__ = [
    "Intervals",
    "NationalFigure",
    "NoteMaterial",
    "Record",
    "Split",
    "example_intervals",
    "intervals_from_draws",
    "intervals_from_errors",
    "material_from_accounts",
    "material_from_example",
    "note_page",
    "record_from_hindcasts",
    "write_note",
]
