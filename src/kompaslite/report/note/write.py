"""`write_note`: the population note as one page that needs no other, and as PDF."""

from importlib.metadata import version
from pathlib import Path

from kompaslite._extras import from_extra
from kompaslite._files import StorageError, whole_file
from kompaslite.accounts import Accounts
from kompaslite.datasets.baerum import Example
from kompaslite.report.note.ahead import forecast_section, pyramid_section
from kompaslite.report.note.from_example import note_inputs_from_example, own_intervals
from kompaslite.report.note.intervals import View, fitting, spread_of, view_of
from kompaslite.report.note.judged import deviation_section, housing_section, record_section, split_section
from kompaslite.report.note.material import Intervals, NoteInputs, Text
from kompaslite.report.note.past import key_figures, lead, nation_section, places_section, quarter_section, year_section
from kompaslite.report.note.past import title as title_of
from kompaslite.report.note.phrases import in_both, phrase
from kompaslite.report.note.scribe import Scribe
from kompaslite.report.render import render
from kompaslite.schema import SchemaError
from kompaslite.text import Language, check_language


def write_note(
    forecast: Accounts | None,
    material: Example | NoteInputs,
    path: str | Path,
    *,
    language: Language = "nb",
    intervals: Intervals | None = None,
    source: Text | None = None,
    pdf: bool = False,
    force: bool = False,
) -> Path:
    """Write the population note.

    Parameters
    ----------
    forecast : Accounts or None
        The forecast from the last population on: with ``draw`` it carries its own intervals, with ``scenario`` the
        first one is told of and the others are set beside it. None: a note of the past alone.
    material : Example or NoteInputs
        What is known of the past: an example, or your own.
    path : str or Path
        The file to write, ending in ``.html``; or in ``.pdf`` for a PDF alone.
    language : {"nb", "en"}
        Norwegian bokmal or English.
    intervals : Intervals, optional
        Of the forecast; from its draws unless given. An example's own forecast gets its own intervals.
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
    >>> from kompaslite.datasets import load_example
    >>> from kompaslite.report import forecast_from_note
    >>> baerum = load_example("baerum")
    >>> forecast = forecast_from_note(baerum, until=2030).forecast
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_note(forecast, baerum, Path(folder) / "note.html", language="nb")
    ...     "133\u00a0228" in page.read_text(encoding="utf-8")
    True
    """
    path = Path(path)
    targets = _targets(path, pdf=pdf)
    for target in targets:
        if target.exists() and not force:
            raise StorageError(f"{target}: the file exists. Choose another name, or say force=True to replace it.")
    page = note_page(forecast, material, language=language, intervals=intervals, source=source)
    contents = {target: _as_pdf(page) if target.suffix == ".pdf" else page.encode() for target in targets}
    for target, content in contents.items():
        with whole_file(target) as temporary:
            temporary.write_bytes(content)
    return path


def note_page(
    forecast: Accounts | None,
    material: Example | NoteInputs,
    *,
    language: Language = "nb",
    intervals: Intervals | None = None,
    source: Text | None = None,
) -> str:
    """The population note as HTML.

    Parameters
    ----------
    forecast, material, language, intervals, source
        As for `write_note`.

    Returns
    -------
    str
        A page with its styles and pictures inside.

    Raises
    ------
    SchemaError
        As `write_note`.
    """
    check_language(language)
    known = note_inputs_from_example(material) if isinstance(material, Example) else material
    own = own_intervals(material, forecast) if isinstance(material, Example) and forecast is not None else None
    if own is not None:
        source = in_both("example_forecast") if source is None else source
        intervals = own if intervals is None else intervals
    view = None if forecast is None else view_of(forecast, area=known.area)
    if source is None:
        source = phrase("derived_forecast", language).format(version=version("kompaslite"))
    return render("note.html.j2", _content(Scribe(known, language), view, _interval(view, intervals), source))


def _interval(view: View | None, intervals: Intervals | None) -> Intervals | None:
    if view is None:
        return None
    if intervals is not None:
        return fitting(intervals, view)
    return spread_of(view, source=in_both("own_draws")) if view.draws is not None else None


def _content(scribe: Scribe, view: View | None, intervals: Intervals | None, source: Text) -> dict[str, object]:
    return {
        "language": scribe.language,
        "title": title_of(scribe),
        "lead": lead(scribe),
        "key_heading": scribe.say("key_figures"),
        "key_figures": key_figures(scribe),
        "sections": [
            quarter_section(scribe),
            nation_section(scribe),
            year_section(scribe),
            places_section(scribe),
            deviation_section(scribe),
            housing_section(scribe),
            split_section(scribe),
            forecast_section(scribe, view, intervals, source),
            pyramid_section(scribe, view, source),
            record_section(scribe),
        ],
        "sources_heading": scribe.say("sources"),
        "sources": scribe.notes.texts,
        "source_word": phrase("source_number", scribe.language),
        "back": scribe.say("back"),
        "made_by": scribe.say("made_by", version=version("kompaslite")),
    }


def _targets(path: Path, *, pdf: bool) -> list[Path]:
    ending = path.suffix.lower()
    if ending not in (".html", ".pdf"):
        raise SchemaError(f"{path}: a note's name ends in .html or .pdf. Rename it.")
    return [path, path.with_suffix(".pdf")] if pdf and ending == ".html" else [path]


def _as_pdf(page: str) -> bytes:
    weasyprint = from_extra("weasyprint", "pdf", "a note as PDF")
    content: bytes = weasyprint.HTML(string=page).write_pdf()
    return content
