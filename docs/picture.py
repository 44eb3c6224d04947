"""Takes the README's picture: two gradients of an example's page, as headless Chromium draws them.

python docs/picture.py
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import byhand

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "examples" / "e2-label-smoothing-step.md"
PICTURE = ROOT / "docs" / "img" / "e2-gradients.png"
SHOWN = ("#dL-dz", "#dL-da")
STYLE = f"""
#part-a > *, nav, h1, section:not(#part-a) {{ display: none }}
{", ".join(f"#part-a > {anchor}" for anchor in SHOWN)} {{ display: block }}
body, main, section {{ margin-top: 0 !important; padding-top: 0 !important; border: 0 !important }}
"""
WINDOW = "760,590"


def main() -> None:
    page = byhand.sheet(SHEET).solve().to("html").replace("</style>", f"{STYLE}</style>")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1.5", f"--window-size={WINDOW}")
        subprocess.run(["chromium", *options, f"--screenshot={PICTURE}", file.as_uri()], check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
