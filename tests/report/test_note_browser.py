"""The note in a browser: desktop and phone, readable, quiet, asking nobody for anything."""

import pytest

from tests.report.browser import CHROMIUM, look

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian package chromium)")

PHONE, DESKTOP = 390, 1200


@pytest.fixture(scope="module")
def pages(html):
    return {"note nb": html["nb"], "note en": html["en"]}


@pytest.mark.parametrize(("name", "width"), [("note nb", PHONE), ("note nb", DESKTOP), ("note en", PHONE)])
def test_the_page_fits_reads_well_and_is_quiet(pages, name, width, tmp_path):
    seen = look(pages[name], tmp_path, width=width)
    assert seen.width <= width
    assert seen.outside == 0
    assert seen.contrast >= 4.5, seen.faint
    assert seen.smallest >= 11.0
    assert seen.console == ()
    assert seen.images == 7
    assert (seen.scrolling > 0) == (width == PHONE)


def test_a_bad_page_is_seen_to_be_bad(tmp_path):
    """The measure itself: too wide, faint, small, loud, and asking elsewhere."""
    page = (
        '<!doctype html><html lang="en"><body style="margin:0"><div style="width:900px">wide</div>'
        '<p style="color:#999; font-size:9px">faint</p><img src="http://127.0.0.1:9/pixel.png" alt="">'
        '<script>console.error("loud")</script></body></html>'
    )
    seen = look(page, tmp_path, width=PHONE)
    assert seen.width == 900
    assert seen.contrast == pytest.approx(2.85, abs=0.01)
    assert seen.faint == "P"
    assert seen.smallest == 9.0
    assert any("loud" in line for line in seen.console)
    assert any("127.0.0.1:9/pixel.png" in line and "violates" in line for line in seen.console)
    assert seen.images == 0
