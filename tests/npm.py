"""The packages of package-lock.json, for the checks and tests of the scripts: ``python -m tests.npm``.

The ``node`` that runs them is the one that playwright brings, pinned with it.  npm is the machine's own where there is one;
else npm's own package is fetched from the registry, in the version and with the digest that stand here, and run by that node.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import playwright

ROOT = Path(__file__).parents[1]
NODE = Path(playwright.__file__).parent / "driver" / "node"
NPM = "12.2.2"
SHA512 = "KglgbZyacf7jH+FHuNRqVuCzQi8VhI2a7J87Ix43FsPTuZoGWmIXXGdZtBUOA79vwL+IJREqURVzupA7PsQTcA=="
PUBLIC = "https://registry.npmjs.org/"


def registry(settings: Path | None = None) -> str:
    """Where packages come from, ending in "/": the environment's word, else that of ``settings`` (~/.npmrc), else the public."""
    settings = settings or Path.home() / ".npmrc"
    written = settings.read_text(encoding="utf-8") if settings.is_file() else ""
    found = re.search(r"^\s*registry\s*=\s*[\"']?([^\s\"']+)", written, re.M)
    asked = next((value for name, value in os.environ.items() if name.lower() == "npm_config_registry"), "")
    return (asked or (found[1] if found else PUBLIC)).rstrip("/") + "/"


def fetch_npm(place: Path) -> Path:
    """npm's own package, unpacked into ``place``; the path of its command.  Raises SystemExit where its digest is another."""
    command = place / "package" / "bin" / "npm-cli.js"
    if not command.is_file():
        with urllib.request.urlopen(f"{registry()}npm/-/npm-{NPM}.tgz", timeout=120) as answer:
            packed = answer.read()
        if base64.b64encode(hashlib.sha512(packed).digest()).decode() != SHA512:
            raise SystemExit(f"npm {NPM} came with another digest than it was published with; install npm: apt-get install npm")
        shutil.rmtree(place, ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(place, filter="data")
    return command


def main() -> int:
    own = shutil.which("npm")
    npm = [own] if own else [str(NODE), str(fetch_npm(Path(sys.prefix) / "npm"))]
    return subprocess.run([*npm, "ci", "--no-progress", "--loglevel", "error"], cwd=ROOT, stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
