"""A page taken apart: tables, headings, pictures, links, text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class PageTable:
    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """What a test wants to know of a page; numbers with plain blanks and minus signs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[PageTable] = []
        self.headings: list[tuple[int, str]] = []
        self.images: list[dict[str, str]] = []
        self.links: list[dict[str, str]] = []
        self.ids: list[str] = []
        self.asked: list[str] = []
        self.paragraphs: list[str] = []
        self.figures: list[str] = []
        self.language = ""
        self._cell: list[str] = []
        self._row: list[str] = []
        self._skip = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        known = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if "id" in known:
            self.ids.append(known["id"])
        self.asked += [known[name] for name in ("src", "href", "srcset", "data", "action") if name in known]
        if tag == "html":
            self.language = known.get("lang", "")
        elif tag == "img":
            self.images.append(known)
        elif tag == "a":
            self.links.append(known)
        elif tag == "table":
            self.tables.append(PageTable())
        elif tag == "sup":
            self._skip += 1
        if tag == "th":
            self.tables[-1].scopes.append(known.get("scope", ""))
        if tag in ("th", "td", "caption", "h1", "h2", "h3", "p", "dd"):
            self._cell = []
        if tag == "tr":
            self._row = []

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"
        text = plain("".join(self._cell)).strip()
        if tag == "sup":
            self._skip -= 1
        elif tag in ("th", "td"):
            self._row.append(text)
        elif tag == "caption":
            self.tables[-1].caption = text
        elif tag in ("h1", "h2", "h3"):
            self.headings.append((int(tag[1]), text))
        elif tag == "p":
            self.paragraphs.append(text)
        elif tag == "dd":
            self.figures.append(text)
        elif tag == "tr" and self.tables:
            if "thead" in self.open:
                self.tables[-1].head = self._row
            else:
                self.tables[-1].rows[self._row[0]] = self._row[1:]

    def handle_data(self, data):
        if not self._skip:
            self._cell.append(data)

    def table(self, *words: str) -> PageTable:
        """The one table whose caption has these words."""
        found = [table for table in self.tables if all(word in table.caption for word in words)]
        assert len(found) == 1, (words, [table.caption for table in self.tables])
        return found[0]


def plain(text: str) -> str:
    """Blanks that break and minus signs that a keyboard has."""
    return text.replace("\u00a0", " ").replace("\u2212", "-").replace("\u2060", "").replace("\u00ad", "")


def number(text: str) -> float:
    """A printed Norwegian or English number."""
    bare = plain(text).replace(" ", "").replace("+", "")
    if "," in bare and len(bare.split(",")[-1]) == 3 and "." not in bare:
        bare = bare.replace(",", "")
    return float(bare.replace(",", "."))
