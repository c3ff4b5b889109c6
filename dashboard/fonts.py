"""The wall's fonts: fetched once from their npm packages, served by the product itself, never committed.

Noto Sans SC and Noto Serif SC (variable, split into ~100 character ranges that a browser loads on demand) and
Barlow Semi Condensed for numerals and Latin.  Without npm the CSS falls back to the machine's fonts (Debian's
fonts-noto-cjk), which pass the wall check as well.  All three are under the OFL, whose texts are copied beside them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ASSETS = Path(__file__).parent / "assets" / "fonts"
#: package -> (family name in the style sheets, version)
PACKAGES = {
    "@fontsource-variable/noto-sans-sc": ("GW Sans", "5.3.1"),
    "@fontsource-variable/noto-serif-sc": ("GW Serif", "5.3.1"),
    "@fontsource/barlow-semi-condensed": ("GW Digits", "5.3.0"),
}
WEIGHTS = (400, 500, 600, 700)
#: Time limit of npm per package (s).
WAIT_S = 300.0
#: Digits and Latin letters only: the middle dot, quotation marks and dashes of a Chinese sentence keep the Chinese font.
LATIN = "U+0020-007E, U+00C0-00D6, U+00D8-00F6, U+00F7-00FF, U+2013, U+2212"
#: Makes a digit as tall as the Chinese character beside it without a second font size.
SIZE_ADJUST = "113%"


def install(target: Path = ASSETS) -> bool:
    """Install the fonts and ``fonts.css`` into ``target``; True if they are there.  Reports on stdout.

    All or nothing: the folder appears only once every package was read.
    """
    if (target / "fonts.css").exists():
        print(f"fonts: already in {target}")
        return True
    npm = shutil.which("npm")
    if npm is None:
        print("fonts: npm is not installed; the wall uses the fonts of this machine (Debian: fonts-noto-cjk)")
        return False
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        made = work / "fonts"
        made.mkdir()
        sheets = []
        for package, (family, version) in PACKAGES.items():
            reason = _fetch(npm, f"{package}@{version}", work)
            files = sorted(work.glob(f"*{package.split('/')[1]}-{version}.tgz"))
            if reason or not files:
                reason = reason or "no answer"
                print(f"fonts: {package} could not be fetched ({reason[:120]}); the wall uses the fonts of this machine")
                return False
            sheets.append(_take(files[0], made, package.split("/")[1], family))
        (made / "fonts.css").write_text("\n".join(sheets), encoding="utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, target, dirs_exist_ok=True)
    size = sum(f.stat().st_size for f in target.iterdir()) / 1e6
    print(f"fonts: {', '.join(PACKAGES)} -> {target} ({size:.1f} MB; a browser loads only the ranges it meets)")
    return True


def _fetch(npm: str, package: str, into: Path) -> str:
    """Have npm pack the package's archive into a folder; returns "" or the reason for failure."""
    try:
        told = subprocess.run(
            [npm, "pack", package, "--silent", "--pack-destination", str(into)],
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {WAIT_S:g} s"
    except OSError as error:
        return str(error)
    return (told.stderr.strip().splitlines() or ["no answer"])[-1] if told.returncode else ""


def _take(package: Path, made: Path, name: str, family: str) -> str:
    """Copy the needed files of one package; returns its style sheet with our family name."""
    with tarfile.open(package) as archive:
        held = {m.name.removeprefix("package/"): m for m in archive.getmembers() if m.isfile()}

        def read(path: str) -> bytes:
            file = archive.extractfile(held[path])
            if file is None:
                raise FileNotFoundError(f"{package.name}: {path} is missing")
            return file.read()

        if "LICENSE" in held:
            (made / f"{name}-LICENSE.txt").write_bytes(read("LICENSE"))
        if family == "GW Digits":
            faces = []
            for weight in WEIGHTS:
                file = f"{name}-latin-{weight}-normal.woff2"
                (made / file).write_bytes(read(f"files/{file}"))
                faces.append(_face(family, str(weight), file, LATIN, f" size-adjust: {SIZE_ADJUST};"))
            return "\n".join(faces)
        faces = []
        for block in re.findall(r"@font-face\s*\{(.*?)\}", read("index.css").decode(), re.S):
            url = re.search(r"url\(\./files/([^)]+\.woff2)\)", block)
            reach = re.search(r"unicode-range:\s*([^;]+);", block)
            span = re.search(r"font-weight:\s*([^;]+);", block)
            if not (url and reach and span):
                continue
            (made / url[1]).write_bytes(read(f"files/{url[1]}"))
            faces.append(_face(family, span[1], url[1], reach[1], ""))
        return "\n".join(faces)


def _face(family: str, weight: str, file: str, reach: str, more: str) -> str:
    return (
        f'@font-face {{ font-family: "{family}"; font-style: normal; font-display: swap; font-weight: {weight};{more} '
        f'src: url(./{file}) format("woff2"); unicode-range: {reach}; }}'
    )


if __name__ == "__main__":
    sys.exit(0 if install() else 1)
