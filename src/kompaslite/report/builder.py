"""What a note consists of, and what every section needs to make it: language, inputs, footnotes, words and pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from kompaslite.report.inputs import NoteInputs, Text, in_language
from kompaslite.report.render import image
from kompaslite.text import Language, say, soft_hyphens, term, whole


@dataclass(frozen=True, slots=True)
class Mark:
    """One mention of a footnote.

    Parameters
    ----------
    number : int
        Of the footnote.
    turn : int
        Of the mention, from 1.
    """

    number: int
    turn: int


@dataclass(slots=True)
class Footnotes:
    """Sources in the order in which they are first named."""

    texts: list[str] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)

    def cite(self, *sources: str) -> tuple[Mark, ...]:
        """Marks of the footnotes with these sources, which are added where they are new."""
        marks = []
        for source in dict.fromkeys(sources):
            if source not in self.texts:
                self.texts.append(source)
                self.turns.append(0)
            place = self.texts.index(source)
            self.turns[place] += 1
            marks.append(Mark(place + 1, self.turns[place]))
        return tuple(sorted(marks, key=lambda mark: mark.number))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences, and where their figures come from; `missing` where they say what the data do not have."""

    kind: ClassVar[str] = "paragraph"

    text: str
    marks: tuple[Mark, ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of printed numbers under a caption; `total` where the last row is a total."""

    kind: ClassVar[str] = "table"

    caption: str
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    marks: tuple[Mark, ...] = ()
    total: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it shows for those who do not see it, and a caption."""

    kind: ClassVar[str] = "figure"

    image: str
    alt: str
    caption: str
    marks: tuple[Mark, ...] = ()


Block = Paragraph | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    name: str
    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True, eq=False)
class NoteBuilder:
    """Puts the note together.

    Parameters
    ----------
    inputs : NoteInputs
        What is told.
    language : {"nb", "en"}
        Which language.
    footnotes : Footnotes
        Sources named so far.
    """

    inputs: NoteInputs
    language: Language
    footnotes: Footnotes = field(default_factory=Footnotes)

    def say(self, name: str, /, **figures: object) -> str:
        """A text of the catalogue with its figures."""
        return say(name, self.language, **figures)

    def term(self, name: str) -> str:
        """A word of the field."""
        return term(name, self.language)

    def text(self, text: Text) -> str:
        """A text of the inputs in the language of the note."""
        return in_language(text, self.language)

    def cite(self, *sources: Text) -> tuple[Mark, ...]:
        """Marks of footnotes."""
        return self.footnotes.cite(*(self.text(source) for source in sources))

    def source(self, part: str) -> Text:
        """Where a part of the inputs comes from."""
        return self.inputs.source_of(part)

    def date(self, year: int) -> str:
        """1 January of a year, short."""
        return self.say("style.first_of_year", year=year)

    def paragraph(self, text: str, *sources: Text) -> Paragraph:
        """Sentences, and where their figures come from."""
        return Paragraph(text, self.cite(*sources))

    def missing(self, name: str) -> Paragraph:
        """A line that says what the data do not have."""
        return Paragraph(self.say(f"missing.{name}"), missing=True)

    def remark(self, section: str) -> list[Paragraph]:
        """What the inputs have to say beside a section."""
        known = self.inputs.remarks.get(section)
        return [] if known is None else [self.paragraph(self.text(known), self.source(section))]

    def section(self, name: str, blocks: Iterable[Block], *, heading: str | None = None) -> Section:
        """A section under its heading, with the remark of the inputs at its end."""
        return Section(name, heading or self.say(f"heading.{name}"), [*blocks, *self.remark(name)])

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
            (label, ["–" if pd.isna(value) else whole(float(value), self.language) for value in row])
            for label, row in zip(labels, table.to_numpy(dtype=float), strict=True)
        ]
