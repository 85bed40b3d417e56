"""`write_note`: the population note as one page that needs no other, and as PDF."""

from importlib.metadata import version
from pathlib import Path

from kompaslite._extras import from_extra
from kompaslite._files import require_free, whole_file
from kompaslite.accounts import Accounts
from kompaslite.report.ahead import forecast_section, pyramid_section
from kompaslite.report.builder import NoteBuilder, Paragraph, Section
from kompaslite.report.inputs import NoteInputs, Text
from kompaslite.report.intervals import Intervals, View, fitting, spread_of, view_of
from kompaslite.report.judged import deviation_section, housing_section, record_section, split_section
from kompaslite.report.past import key_figures, lead, nation_section, places_section, quarter_section, year_section
from kompaslite.report.past import title as title_of
from kompaslite.report.render import render
from kompaslite.schema import SchemaError
from kompaslite.text import Language, check_language, in_both, say
from kompaslite.text.catalogue import entry


def write_note(
    inputs: NoteInputs,
    path: str | Path,
    *,
    forecast: Accounts | None = None,
    language: Language = "nb",
    intervals: Intervals | None = None,
    source: Text | None = None,
    pdf: bool = False,
    force: bool = False,
) -> Path:
    """Write the population note.

    Parameters
    ----------
    inputs : NoteInputs
        What is known of the past, for example from `note_inputs`.
    path : str or Path
        The file to write, ending in ``.html``; or in ``.pdf`` for a PDF alone.
    forecast : Accounts, optional
        The forecast from the last population on: with ``draw`` it carries its own intervals, with ``scenario`` the
        first one is told of and the others are set beside it. Without one, a note of the past alone.
    language : {"nb", "en"}
        Norwegian bokmal or English.
    intervals : Intervals, optional
        Of the forecast; from its draws unless given.
    source : str or mapping, optional
        Where the forecast comes from, for its footnote.
    pdf : bool
        Whether to write a PDF too, beside the page (needs the extra ``pdf``).
    force : bool
        Whether existing files may be replaced.

    Returns
    -------
    Path
        The file that was asked for, whole or not at all.

    Raises
    ------
    SchemaError
        If tables contradict each other, the forecast has several areas, or the intervals are not its own.
    StorageError
        If a file exists and `force` is not given, or writing fails.
    MissingExtraError
        If an extra is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from kompaslite.report import NoteInputs
    >>> inputs = NoteInputs(place="Lillevik", year=2025, population=5_000.0, before=4_970.0, source="a register")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_note(inputs, Path(folder) / "note.html", language="en")
    ...     "rose by 30 persons" in page.read_text(encoding="utf-8")
    True
    """
    path = Path(path)
    targets = _targets(path, pdf=pdf)
    for target in targets:
        require_free(target, force=force)
    page = note_page(inputs, forecast=forecast, language=language, intervals=intervals, source=source)
    contents = {target: _as_pdf(page) if target.suffix == ".pdf" else page.encode() for target in targets}
    for target, content in contents.items():
        with whole_file(target, force=force) as temporary:
            temporary.write_bytes(content)
    return path


def note_page(
    inputs: NoteInputs,
    *,
    forecast: Accounts | None = None,
    language: Language = "nb",
    intervals: Intervals | None = None,
    source: Text | None = None,
) -> str:
    """The population note as HTML.

    Parameters
    ----------
    inputs, forecast, language, intervals, source
        As for `write_note`.

    Returns
    -------
    str
        A page that asks for no other file.

    Raises
    ------
    SchemaError
        As for `write_note`.

    Examples
    --------
    >>> from kompaslite.report import NoteInputs
    >>> note_page(NoteInputs(place="Lillevik", year=2025, population=5_000.0, source="a register"))[:15]
    '<!doctype html>'
    """
    check_language(language)
    view = None if forecast is None else view_of(forecast, area=inputs.area)
    if source is None:
        source = say("source.derived_forecast", language, version=version("kompaslite"))
    return render("note.html.j2", _content(NoteBuilder(inputs, language), view, intervals, source))


def _interval(note: NoteBuilder, view: View | None, intervals: Intervals | None) -> tuple[Intervals | None, str]:
    """The intervals of the forecast, or what is said in their place."""
    if view is None:
        return None, ""
    if intervals is None and view.draws is not None:
        intervals = spread_of(view, source=in_both("source.own_draws"))
    fitted = None if intervals is None else fitting(intervals, view)
    if intervals is None or fitted is not None:
        return fitted, note.say("sentence.interval.none")
    return None, note.say("sentence.interval.few", draws=intervals.draws, level=intervals.level * 100.0)


def _content(note: NoteBuilder, view: View | None, intervals: Intervals | None, source: Text) -> dict[str, object]:
    return {
        "language": note.language,
        "title": title_of(note),
        "lead": lead(note),
        "key_heading": note.say("heading.key_figures"),
        "key_figures": key_figures(note),
        "sections": _sections(note, view, intervals, source),
        "sources_heading": note.say("heading.sources"),
        "sources": note.footnotes.texts,
        "source_word": entry("note.source_number", note.language),
        "back": note.say("note.back"),
        "made_by": note.say("note.made_by", version=version("kompaslite")),
    }


def _sections(note: NoteBuilder, view: View | None, intervals: Intervals | None, source: Text) -> list[Section]:
    """The sections of what is known, and one that says what is not."""
    made = {
        "quarter": quarter_section(note),
        "nation": nation_section(note),
        "year": year_section(note),
        "places": places_section(note),
        "deviation": deviation_section(note),
        "housing": housing_section(note),
        "split": split_section(note),
        "forecast": None if view is None else forecast_section(note, view, _interval(note, view, intervals), source),
        "pyramid": None if view is None else pyramid_section(note, view, source),
        "record": record_section(note),
    }
    made |= {name: note.section(name, []) for name, one in made.items() if one is None and name in note.inputs.remarks}
    missing = dict.fromkeys(note.say(f"missing.{name}") for name, one in made.items() if one is None)
    known = [section for section in made.values() if section is not None]
    return [*known, note.section("missing", [Paragraph(" ".join(missing), missing=True)])] if missing else known


def _targets(path: Path, *, pdf: bool) -> list[Path]:
    ending = path.suffix.lower()
    if ending not in (".html", ".pdf"):
        raise SchemaError(f"{path}: a note's name ends in .html or .pdf. Rename it.")
    return [path, path.with_suffix(".pdf")] if pdf and ending == ".html" else [path]


def _as_pdf(page: str) -> bytes:
    weasyprint = from_extra("weasyprint", "pdf", "a note as PDF")
    content: bytes = weasyprint.HTML(string=page).write_pdf()
    return content
