"""The note as PDF: whole, on A4, the same each time."""

import re
import sys
import zlib

import numpy as np
import pandas as pd
import pytest

from kompaslite._extras import MissingExtraError
from kompaslite.evaluation.tables import components_table
from kompaslite.report import NoteInputs, write_note

POINTS = 72 / 25.4


@pytest.fixture(scope="module", autouse=True)
def fixed_date():
    """The subset of a font carries the second in which it was made, unless a build names another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        yield


@pytest.fixture(scope="module")
def material():
    table = pd.DataFrame(
        {"natural_increase": [5, 10], "net_migration": [10, 15], "growth": [20, 30]}, index=[2024, 2025]
    )
    return NoteInputs(
        place="Lillevik", year=2025, population=5_000.0, source="a register", components=components_table(table)
    )


@pytest.fixture(scope="module")
def pdf(material, tmp_path_factory):
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("pdf")
    made = write_note(material, folder / "note.html", language="en", pdf=True)
    assert made == folder / "note.html"
    assert sorted(path.name for path in folder.iterdir()) == ["note.html", "note.pdf"]
    return (folder / "note.pdf").read_bytes()


def objects(pdf):
    """Everything in the file, its compressed parts unpacked."""
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(parts)


def test_it_is_a_pdf_on_a4_with_the_chart_in_it(pdf):
    assert pdf.startswith(b"%PDF-")
    content = objects(pdf)
    box = [float(one) for one in re.search(rb"/MediaBox\s*\[([^\]]+)\]", content)[1].split()]
    np.testing.assert_allclose(box[2:], [210 * POINTS, 297 * POINTS], atol=1.0)
    assert b"/Title" in content
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 2
    assert len(re.findall(rb"\bre\b", content)) > 8  # bars of the chart are drawn, not a picture


def test_only_the_pdf_where_its_name_is_given(material, tmp_path, pdf):
    made = write_note(material, tmp_path / "note.pdf", language="en")
    assert [path.name for path in tmp_path.iterdir()] == ["note.pdf"]
    assert made.read_bytes() == pdf


def test_without_the_extra_nothing_is_written_and_the_message_names_it(material, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(MissingExtraError, match=r'a note as PDF needs weasyprint.*pip install "kompaslite\[pdf\]"'):
        write_note(material, tmp_path / "note.html", pdf=True)
    assert list(tmp_path.iterdir()) == []
