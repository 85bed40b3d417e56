"""What every section of the note needs: language, inputs, footnotes, and the words and pictures made from them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kompaslite.report.note.blocks import Figure, Footnotes, Mark, Paragraph, Section, Table
from kompaslite.report.note.inputs import NoteInputs, Text, in_language
from kompaslite.report.note.phrases import phrase
from kompaslite.report.render import image
from kompaslite.text import Language, number, percent, signed, soft_hyphens, whole

Block = Paragraph | Table | Figure


@dataclass(frozen=True, slots=True, eq=False)
class NoteBuilder:
    """Who writes the note.

    Parameters
    ----------
    inputs : NoteInputs
        What is told.
    language : {"nb", "en"}
        Which language.
    notes : Footnotes
        Sources named so far.
    """

    inputs: NoteInputs
    language: Language
    notes: Footnotes = field(default_factory=Footnotes)

    def say(self, name: str, **figures: object) -> str:
        """A phrase with its figures."""
        return phrase(name, self.language).format(**figures)

    def text(self, text: Text) -> str:
        """A text of the inputs in the language of the note."""
        return in_language(text, self.language)

    def cite(self, *sources: Text) -> tuple[Mark, ...]:
        """Marks of footnotes."""
        return self.notes.cite(*(self.text(source) for source in sources))

    def source(self, part: str) -> Text:
        """Where a part of the inputs comes from."""
        return self.inputs.source_of(part)

    def whole(self, value: float) -> str:
        """A whole number."""
        return whole(value, self.language)

    def signed(self, value: float) -> str:
        """A whole number with its sign."""
        return signed(value, self.language)

    def decimal(self, value: float, *, decimals: int = 1) -> str:
        """A number with decimals."""
        return number(value, self.language, decimals=decimals)

    def share(self, level: float) -> str:
        """A share as a whole percentage."""
        return percent(level * 100.0, self.language, decimals=0)

    def date(self, year: int) -> str:
        """1 January of a year, short."""
        return f"1.1.{year}" if self.language == "nb" else f"1 Jan {year}"

    def missing(self, name: str, **figures: object) -> Paragraph:
        """A line that says what the data do not have."""
        return Paragraph(self.say(name, **figures), missing=True)

    def remark(self, section: str) -> list[Paragraph]:
        """What the inputs has to say beside a section."""
        known = self.inputs.remarks.get(section)
        return [] if known is None else [Paragraph(self.text(known), self.cite(self.source(section)))]

    def section(self, name: str, blocks: Iterable[Block], *, heading: str | None = None) -> Section:
        """A section under its heading, with the inputs's remark at its end."""
        return Section(name, heading or self.say(name), [*blocks, *self.remark(name)])

    def figure(
        self,
        draw: Callable[[Any], object],
        *,
        caption: str,
        alt: str,
        sources: Sequence[Text],
        size: tuple[float, float] = (5.0, 3.3),
    ) -> Figure:
        """A chart with what it shows in words."""
        return Figure(image(draw, caption, size=size), alt, caption, self.cite(*sources))

    def table(
        self,
        caption: str,
        head: Sequence[str],
        rows: Sequence[tuple[str, Sequence[str]]],
        *,
        sources: Sequence[Text],
        total: bool = False,
    ) -> Table:
        """A table whose headings may break in a narrow column."""
        broken = [soft_hyphens(name, self.language) for name in head]
        return Table(caption, broken, rows, self.cite(*sources), total=total)

    def rows(self, table: pd.DataFrame, labels: Sequence[str]) -> list[tuple[str, list[str]]]:
        """Whole numbers of a table, row by row, under other labels; what is missing is a dash."""
        return [
            (label, ["–" if pd.isna(value) else self.whole(float(value)) for value in row])
            for label, row in zip(labels, table.to_numpy(dtype=float), strict=True)
        ]
