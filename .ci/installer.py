"""Install what a lock file lists, and show that something happens: pip alone says nothing, or two hundred lines.

``.venv/bin/python .ci/installer.py requirements.lock``, from ``make``: the standard library alone is there.
"""

import re
import subprocess
import sys
from pathlib import Path

PIP = ("-u", "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off")
"""What it says, as it says it."""
VERROU = ("--no-deps", "--no-compile", "--require-hashes", "--requirement")
DIT = re.compile(r"(?:Collecting|Requirement already satisfied:) (?P<nom>[^ =]+)|Downloading .*(?P<taille> \(.+\))")
PAS = 10
"""Without a terminal, a line is written for so many packages: no line of a file moves."""


def installer(verrou: str) -> int:
    """Run pip; its status. Its errors are its own, on the standard error."""
    total = len(re.findall(r"^[a-z0-9].*==", Path(verrou).read_text(encoding="ascii"), re.MULTILINE))
    vus, nom = 0, ""
    with subprocess.Popen(
        [sys.executable, *PIP, *VERROU, verrou], stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
    ) as pip:
        for ligne in pip.stdout or ():
            if ligne.startswith("Ignoring "):  # for another system
                total -= 1
            elif ligne.startswith("Installing collected packages"):
                dire("Paquets : mise en place dans .venv…", fin=True)
            elif trouve := DIT.match(ligne.strip()):
                nouveau = trouve["nom"] is not None
                vus, nom = vus + nouveau, trouve["nom"] or nom
                dire(f"Paquets : {vus}/{total} {nom}{trouve['taille'] or ''}", fin=nouveau and vus % PAS == 0)
    dire("", fin=False)
    return pip.returncode


def dire(texte: str, *, fin: bool) -> None:
    """Move the line of a terminal; elsewhere, write those that end a step."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[K{texte}")
    elif fin:
        sys.stdout.write(f"{texte}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(installer(sys.argv[1]))
