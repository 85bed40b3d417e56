"""A page in headless Chromium: how wide it is, how its text stands out, and what the browser complains of."""

import html
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # the browser itself asks nobody either
)
#: Nothing but what the page carries: whatever else it asks for is refused, and the refusal is written on the console.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'unsafe-inline'; frame-src 'self'"
#: Runs in a frame of the given width; the page itself has no script.
_MEASURE = """
const frame = document.querySelector('iframe');
frame.addEventListener('load', () => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(view.getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let contrast = 99, faint = '';
  for (const node of page.body.querySelectorAll('*')) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())) continue;
    const [a, b] = [parse(view.getComputedStyle(node).color), behind(node)].map(light).sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < contrast) { contrast = ratio; faint = node.tagName; }
  }
  const smallest = Math.min(...[...page.body.querySelectorAll('p, td, th, li, dd, dt')].map(
    node => parseFloat(view.getComputedStyle(node).fontSize)));
  const boxes = [...page.querySelectorAll('.scroll')];
  const result = {
    width: page.documentElement.scrollWidth, contrast, faint, smallest,
    scrolling: boxes.filter(box => box.scrollWidth > box.clientWidth).length,
    outside: boxes.filter(box => box.getBoundingClientRect().right > view.innerWidth + 1).length,
    images: [...page.images].filter(image => image.complete && image.naturalWidth > 0).length,
  };
  document.getElementById('result').textContent = JSON.stringify(result);
});
frame.srcdoc = document.getElementById('page').textContent;
"""


@dataclass(frozen=True)
class Seen:
    """What the browser saw."""

    width: int
    contrast: float
    faint: str
    smallest: float
    scrolling: int
    outside: int
    images: int
    console: tuple[str, ...]


def look(page: str, folder: Path, *, width: int) -> Seen:
    """Open a page in a frame of a width and measure it."""
    assert CHROMIUM is not None
    harness = folder / f"harness{width}.html"
    harness.write_text(
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<link rel="icon" href="data:,"><pre id="result"></pre>'
        f'<iframe width="{width}" height="900" style="border:0"></iframe>'
        f'<textarea id="page" hidden>{html.escape(page)}</textarea><script>{_MEASURE}</script>',
        encoding="utf-8",
    )
    done = _run("--virtual-time-budget=8000", "--dump-dom", harness.as_uri(), folder=folder)
    found = re.search(r'<pre id="result">(\{.*?\})</pre>', done.stdout)
    assert found is not None, done.stderr[-2000:]
    console = tuple(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return Seen(**json.loads(html.unescape(found[1])), console=console)


def _run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    profile = folder / "profile"
    command = [str(CHROMIUM), *_FLAGS, f"--user-data-dir={profile}", "--window-size=1400,1000", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    shutil.rmtree(profile, ignore_errors=True)
    return done
