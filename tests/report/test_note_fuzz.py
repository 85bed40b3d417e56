"""Any inputs give a note or an error of ours; the same inputs in another order or type give the same note."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kompaslite.report import NationalFigure, NoteInputs, Record, Split, builder, note_page
from kompaslite.schema import KompasliteError

KNOWN = {"place": "Lillevik", "year": 2025, "population": 5_000.0, "source": "a register"}
ODD = st.sampled_from(
    [0.0, -1.0, 0.5, 2.5, 1e6, 1e16, 1e300, float("nan"), float("inf"), -float("inf"), None, "5", "x"]
)
FIGURE = st.one_of(st.floats(-3e4, 3e4), st.integers(0, 90_000), ODD)
FINITE = st.one_of(st.floats(-3e4, 3e4), st.integers(0, 90_000))
NAME = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8)
GROWTH = ["natural_increase", "net_migration", "adjustment", "growth"]


def tables(columns, index):
    rows = st.lists(st.lists(FIGURE, min_size=len(columns), max_size=len(columns)), min_size=len(index))
    return rows.map(lambda cells: pd.DataFrame(cells[: len(index)], columns=columns, index=index, dtype=object))


LABELS = st.sampled_from(
    [
        [2025],
        [2024, 2025],
        [2023, 2024, 2025],
        [2025, 2024],
        [2025, 2025],
        ["2024", "2025"],
        ["2025Q3", "2025Q4"],
        ["a"],
    ]
)
DEVIATION = ["start", "actual", "growth", "forecast", "deviation"]
INPUTS = {
    "place": st.one_of(NAME, st.just("Lillevik")),
    "year": st.just(2025),
    "population": st.one_of(st.just(5_000.0), FIGURE),
    "source": NAME,
    "before": st.one_of(st.none(), FIGURE),
    "history": st.one_of(st.none(), st.dictionaries(st.integers(2020, 2026), FIGURE, max_size=4)),
    "components": st.one_of(st.none(), LABELS.flatmap(lambda index: tables(GROWTH, index))),
    "quarters": st.one_of(st.none(), LABELS.flatmap(lambda index: tables(GROWTH, index))),
    "deviation": st.one_of(st.none(), tables(DEVIATION, ["0-66", "67+", "total"])),
    "dwellings": st.one_of(
        st.none(), LABELS.flatmap(lambda index: tables(["expected", "completed", "vacated"], index))
    ),
    "places": st.one_of(st.none(), st.dictionaries(NAME, FIGURE, max_size=3)),
    "nation": st.lists(
        st.builds(NationalFigure, what=NAME, year=st.just(2025), value=FINITE, change=FINITE), max_size=2
    ).map(tuple),
}


@pytest.fixture(autouse=True)
def _words_alone(monkeypatch):
    """Charts are drawn, since they look at the figures too, but not made into pictures."""
    from matplotlib.figure import Figure as Canvas

    def drawn(draw, caption, *, size):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            draw(Canvas(figsize=size).subplots())
        return f"data:,{len(caption)}"

    monkeypatch.setattr(builder, "image", drawn)


def note_or_error_of_ours(make, language="nb"):
    try:
        return note_page(make(), language=language)
    except KompasliteError as error:
        return str(error)


SETTINGS = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=25, **SETTINGS)
@given(known=st.fixed_dictionaries(INPUTS), language=st.sampled_from(["nb", "en"]))
def test_any_inputs_give_a_note_or_an_error_of_ours(known, language):
    assert len(note_or_error_of_ours(lambda: NoteInputs(**known), language)) > 20


@settings(max_examples=20, **SETTINGS)
@given(
    split=tables(["births", "deaths", "deviation"], ["0+", "total"]),
    record=tables(["origin", "year", "forecast", "actual"], [0, 1]),
)
def test_any_parts_and_records_give_a_note_or_an_error_of_ours(split, record):
    for make in (
        lambda: NoteInputs(**KNOWN, splits=(Split(table=split, forecaster="a", source="b"),)),
        lambda: NoteInputs(**KNOWN, records=(Record(table=record, forecaster="a", source="b"),)),
    ):
        assert len(note_or_error_of_ours(make)) > 20


@settings(max_examples=15, **SETTINGS)
@given(
    moves=st.lists(st.tuples(st.integers(-9, 90), st.integers(-9, 90)), min_size=2, max_size=4),
    dtype=st.sampled_from(["int64", "int16", "float32", "float64", "object"]),
)
def test_the_same_figures_in_other_types_give_the_same_sentences(moves, dtype):
    years = list(range(2026 - len(moves), 2026))
    table = pd.DataFrame(moves, columns=GROWTH[:2], index=years).assign(adjustment=0)
    table["growth"] = table.sum(axis=1)
    plain = note_page(NoteInputs(**KNOWN, components=table))
    assert note_page(NoteInputs(**KNOWN, components=table.astype(dtype))) == plain
    same = note_page(NoteInputs(**KNOWN | {"population": np.int32(5_000)}, components=table))
    assert same == plain
