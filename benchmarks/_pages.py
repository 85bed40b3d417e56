"""Figures of a benchmark in a page of the documentation: what stands between two marks is written anew."""

from collections.abc import Iterable
from pathlib import Path


def write_between(page: Path, name: str, lines: Iterable[str]) -> None:
    """Replace the lines between ``<!-- NAME begins -->`` and ``<!-- NAME ends -->``.

    Parameters
    ----------
    page : Path
        A page in Markdown that has both marks once.
    name : str
        Of the marks.
    lines : iterable of str
        What to write.

    Raises
    ------
    ValueError
        If a mark is missing or stands there twice; the page is as it was.
    """
    text = page.read_text(encoding="utf-8")
    begins, ends = f"<!-- {name} begins -->", f"<!-- {name} ends -->"
    if text.count(begins) != 1 or text.count(ends) != 1 or text.index(begins) > text.index(ends):
        raise ValueError(f"{page.name}: put the marks {begins} and {ends} in it, each once and in this order.")
    before, after = text[: text.index(begins)], text[text.index(ends) :]
    page.write_text("\n".join([before + begins, "", *lines, "", after]), encoding="utf-8")
