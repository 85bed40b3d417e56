"""No input gives another library's traceback, and none gives a number that is not in the file."""

import gzip
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kompaslite.readers import TableError, read_area_codes, read_flows, read_jsonstat, read_population
from kompaslite.schema import SchemaError
from tests.worlds.tables import frame, norwegian, people, rows_of, same, workbook

ROWS = norwegian()
LINES = ROWS.astype(str).to_numpy().tolist()
HEADER = list(ROWS.columns)
NASTY = [
    *(
        "",
        " ",
        "-",
        "..",
        ":",
        ".",
        "*",
        "0",
        "00",
        "1e5",
        "1E400",
        "nan",
        "inf",
        "-1",
        "+7",
        "1,5",
        "1.5",
        "1,234",
        "1.234",
        "1 234",
    ),
    *(
        "0x10",
        "1_000",
        "١٢٣",
        "½",
        "TRUE",
        "None",
        "#N/A",
        '"',
        "'",
        "\x00",
        "\ufeff",
        "\u202f",
        "I alt",
        "Sum",
        "Begge kjønn",
    ),
    *(
        "Hele landet",
        "0 Hele landet",
        "K-",
        "K-9999",
        "301",
        "32",
        "2026K1",
        "2021-2023",
        "31.12.2024",
        "0-4 år",
        "105+",
        "=1+1",
    ),
    *("999999999999999999999", "2026-01-01", "Menn", "Kvinner", "1 år", "3201 Bærum", "9" * 400, "a" * 500),
]
CELL = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=12), st.integers(-(10**6), 10**15).map(str), st.floats().map(repr)
)
FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text_of(lines: list[list[str]]) -> str:
    buffer = io.StringIO()
    pd.DataFrame(lines, columns=HEADER).to_csv(buffer, sep=";", index=False)
    return buffer.getvalue()


def whole_number(text: str) -> float | None:
    """What a careful person would take for a whole number; None if that person would ask."""
    text = text.strip().strip("\ufeff").replace("\u2212", "-")
    bare = re.sub("[ \u00a0\u2007\u2009\u202f]", "", text)
    if re.fullmatch(r"[+-]?\d+", bare) and (bare == text or re.fullmatch(r"[+-]?\d{1,3}(\D\d{3})+", text)):
        return float(bare)
    if re.fullmatch(r"[+-]?\d+([.,]0*)?", text) and not re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", text):
        return float(text.replace(",", "."))
    return None


@FAST
@given(st.integers(0, len(LINES) - 1), CELL)
def test_a_figure_is_read_as_it_stands_or_not_at_all(tmp_path, row, cell):
    lines = [list(line) for line in LINES]
    lines[row][4] = cell
    path = tmp_path / "a.csv"
    path.write_text(text_of(lines), encoding="utf-8", newline="")
    try:
        read = read_population(path)
    except SchemaError:
        return
    meant = people().values.ravel()
    meant[row] = whole_number(cell)
    assert np.array_equal(read.values.ravel(), meant)


@FAST
@given(st.integers(0, len(LINES) - 1), st.integers(0, 3), CELL)
def test_a_label_means_the_same_or_is_an_error(tmp_path, row, column, cell):
    lines = [list(line) for line in LINES]
    lines[row][column] = cell
    path = tmp_path / "a.csv"
    path.write_text(text_of(lines), encoding="utf-8", newline="")
    try:
        read = read_population(path)
    except SchemaError:
        return
    assert same(read, people())


@FAST
@given(st.permutations(range(len(LINES))), st.integers(0, 3), st.integers(0, 3))
def test_rows_lost_or_doubled_are_never_silent(tmp_path, order, lost, doubled):
    path = tmp_path / "a.csv"
    path.write_text(text_of([LINES[i] for i in [*order[lost:], *order[:doubled]]]), encoding="utf-8", newline="")
    if lost == doubled == 0 or lost == doubled:
        assert same(read_population(path), people())
    else:
        with pytest.raises(TableError):
            read_population(path)


def damaged(content: bytes, cuts: list[tuple[int, bytes]]) -> bytes:
    for where, patch in cuts:
        at = where % (len(content) + 1)
        content = content[:at] + patch + content[at + max(len(patch), 1) :]
    return content


DAMAGE = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6)), min_size=1, max_size=4)
CONTENTS = {
    "a.csv": text_of(LINES).encode(),
    "a.csv.gz": gzip.compress(text_of(LINES).encode()),
    "a.xlsx": workbook(rows_of(norwegian())),
    "a.parquet": frame().to_parquet(),
    "a.json": json.dumps(
        {
            "version": "2.0",
            "class": "dataset",
            "id": ["Tid"],
            "size": [1],
            "value": [1],
            "dimension": {"Tid": {"category": {"index": ["2026"]}}},
        }
    ).encode(),
}


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DAMAGE)
def test_a_damaged_file_is_read_or_is_an_error_of_the_library(name, tmp_path, cuts):
    path = tmp_path / name
    path.write_bytes(damaged(CONTENTS[name], cuts))
    for read in (read_population, read_flows, read_area_codes):
        try:
            found = read(path)
        except SchemaError:
            continue
        values = found.values if read is read_population else np.zeros(1)
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        assert (values == np.rint(values)).all()


@FAST
@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.tsv", "a.xlsx", "a.xls", "a.ods", "a.parquet", "a.json", "a.csv.gz"]),
)
def test_any_bytes(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SchemaError):
        read_population(path)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 10**20), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
KEYS = ("version", "class", "id", "size", "dimension", "value", "status", "role", "label")


@FAST
@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.booleans())
def test_any_json(given_parts, start_whole):
    whole = json.loads(CONTENTS["a.json"]) if start_whole else {}
    dataset = {**whole, **given_parts}
    try:
        array = read_jsonstat(dataset)
    except SchemaError:
        return
    assert array.ndim >= 1


@FAST
@given(
    st.dictionaries(
        st.sampled_from(["area", "sex", "age", "year", "population", "births", "estimated", "unit", "x", 2024]),
        st.lists(
            st.one_of(st.none(), st.integers(-5, 2026), st.floats(), st.booleans(), st.sampled_from(NASTY), st.dates()),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
    )
)
def test_any_frame(columns):
    table = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    for read in (read_population, read_flows):
        with pytest.raises(SchemaError) if read is read_population else _either():
            read(table)


class _either:  # noqa: N801 - reads as a word
    """Lets the library's own errors pass, and nothing else."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, trace) -> bool:
        return kind is not None and issubclass(kind, SchemaError)


WORDS = {
    "sex": [{"female": "female", "male": "male"}, {"female": "Kvinner", "male": "MENN"}, {"female": 2, "male": 1}],
    "age": [dict(zip(range(4), one, strict=True)) for one in (
        range(4), ("0 år", "1 år", "2 år", "3 år eller eldre"), ("000", "001", "002", "003+"), ("<1", "1", "2", "≥3"),
    )],
    "year": [
        {year: word(year) for year in (2024, 2025, 2026)}
        for word in (int, str, float, "{}-01-01".format, "1.1.{}".format, "31.12.{}".format, "1 January {}".format)
    ],
    "area": [{"3201": one, "3203": two} for one, two in (
        ("3201", "3203"), ("K-3201", "K-3203"), ("3201 Bærum", "3203: Asker"), ("K_3201 Bærum", "3203 A\u030asker"),
    )],
}  # fmt: skip
HEADERS = {
    "area": ["area", "Region", "KOMMUNENR", "kommune*"],
    "sex": ["sex", "Kjønn", "KJONN", "kjønn"],
    "age": ["age", "Alder", "aldersgruppe 1)", "ålder"],
    "year": ["year", "år", "TID", "a\u030ar"],
    "population": ["population", "Personer", "Folkemengde 1. januar", "antall (p)"],
}
KINDS_OF_FIGURES = ["int16", "uint32", "int64", "float32", "float64", "Int64", "str", "category", "object"]


@FAST
@given(st.data(), st.permutations(range(48)), st.permutations(list(HEADERS)))
def test_the_same_table_in_any_words_order_and_type_gives_the_same_numbers(tmp_path, data, rows, order):
    scale = data.draw(st.integers(1, 6))
    table = frame().assign(population=lambda t: t["population"] * scale)
    for dim, words in WORDS.items():
        meant = data.draw(st.sampled_from(words), label=dim)
        shift = -1 if str(next(iter(meant.values()))).startswith("31.12") else 0
        table[dim] = pd.Series([meant[label] for label in table[dim]], dtype=object)
        moved = shift if dim == "year" else 0
        if moved:
            table[dim] = [f"31.12.{int(str(label)[-4:]) + moved}" for label in table[dim]]
    table["population"] = table["population"].astype(data.draw(st.sampled_from(KINDS_OF_FIGURES)))
    table = table.iloc[list(rows)][list(order)]
    table = table.rename(columns={name: data.draw(st.sampled_from(names)) for name, names in HEADERS.items()})
    path = tmp_path / "a.csv"
    table.to_csv(
        path,
        sep=data.draw(st.sampled_from(";\t|")),
        index=False,
        encoding=data.draw(st.sampled_from(["utf-8", "utf-16"])),
    )
    source = data.draw(st.sampled_from([table, path]))
    assert same(read_population(source), people() * scale)


@FAST
@given(st.sampled_from([10, 100, 1000]), st.sampled_from(["int", "float", "text"]), st.integers(0, 47))
def test_one_figure_in_another_unit_or_type_is_itself_or_an_error(unit, kind, row):
    table = frame().astype({"population": object})
    value = table.loc[row, "population"] / unit
    table.loc[row, "population"] = {"int": int(value), "float": value, "text": str(value)}[kind]
    try:
        read = read_population(table)
    except SchemaError:
        return
    meant = people().values.ravel()
    meant[row] = int(value) if kind == "int" else value
    assert np.array_equal(read.values.ravel(), meant)
