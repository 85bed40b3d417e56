"""Note and workbook in one step: of a scenario, or of Baerum's trend."""

from pathlib import Path

from kompaslite.desk.run import run_scenario
from kompaslite.desk.write import write_run
from kompaslite.files import require_writable
from kompaslite.language import Language
from kompaslite.scenario import Outputs, Scenario, read_scenario


def write_note_and_workbook(
    folder: str | Path,
    *,
    scenario: str | Path | None = None,
    language: Language | None = None,
    pdf: bool = False,
    until: int = 2050,
    force: bool = False,
) -> list[Path]:
    """The population note and the workbook of the forecast behind it.

    Parameters
    ----------
    folder : str or Path
        A new or empty folder.
    scenario : str or Path, optional
        Scenario file; the trend of the Baerum example if None.
    language : {"nb", "en"}, optional
        Of the note; the scenario's, or Norwegian.
    pdf : bool
        Whether to make a PDF too.
    until : int
        1 January of the last year, without a scenario.
    force : bool
        Whether files of an earlier note may be replaced.

    Returns
    -------
    list of Path
        ``note.html``, perhaps ``note.pdf``, and ``forecast.xlsx``.

    Raises
    ------
    SchemaError
        If the scenario is not sound.
    StorageError
        If the folder has files and `force` is not given, or writing fails.
    """
    require_writable(folder, force=force)
    wanted = _trend(language or "nb", until) if scenario is None else read_scenario(scenario)
    outputs = wanted.outputs
    chosen: dict[str, object] = {"language": language or outputs.language, "pdf": pdf or outputs.pdf}
    chosen |= {"note": True, "workbook": True, "tables": False}
    wanted = wanted.model_copy(update={"outputs": outputs.model_copy(update=chosen)})
    place = None if scenario is None else Path(scenario).parent
    return write_run(run_scenario(wanted, folder=place), folder, force=force)


def _trend(language: Language, until: int) -> Scenario:
    return Scenario(
        name="trend" if language == "en" else "trenden",
        because="the level of the last years goes on" if language == "en" else "nivået de siste årene fortsetter",
        first_year=2026,
        last_year=until,
        outputs=Outputs(language=language),
    )
