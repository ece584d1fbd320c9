"""`make translations`: the texts of the window for translators, and what they made of them for the program.

Writes `resources/languages/neuface_studio.ts`, the template with every text of `neuface_studio/`, brings each
`neuface_studio_LANGUAGE.ts` beside it up to date (what is translated stays), and compiles these to the `.qm` that the
window reads. `python scripts/translations.py de` begins a new language. Qt Linguist opens a `.ts`; so does any editor.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
STUDIO = REPOSITORY / "neuface_studio"
LANGUAGES = REPOSITORY / "resources" / "languages"
TEMPLATE = LANGUAGES / "neuface_studio.ts"
_TOOLS = Path(sys.executable).parent
_FUNCTIONS = "tr+=mark,tr+=tr_n"


def extract(template: Path, *options: str) -> None:
    """Write the texts of the window to `template`, or bring a file of a language up to date.

    Raises
    ------
    CalledProcessError
        When `lupdate` cannot read a file, or warns.
    """
    sources = sorted(str(path.relative_to(REPOSITORY)) for path in STUDIO.rglob("*.py"))
    command = [str(_TOOLS / "pyside6-lupdate"), *sources, "-tr-function-alias", _FUNCTIONS, "-locations", "none"]
    command += ["-sort-messages", "-silent", "-warnings-are-errors", *options, "-ts", str(template)]
    subprocess.run(command, cwd=REPOSITORY, check=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Extract, merge, compile."""
    parser = argparse.ArgumentParser(description="Texts of the window for translators.")
    parser.add_argument("new", nargs="*", metavar="LANGUAGE", help='languages to begin, for example "de" or "pt_BR"')
    arguments = parser.parse_args(argv)
    extract(TEMPLATE, "-no-obsolete")
    for language in arguments.new:
        extract(LANGUAGES / f"neuface_studio_{language}.ts", "-target-language", language)
    for path in sorted(LANGUAGES.glob("neuface_studio_*.ts")):
        extract(path)
        subprocess.run([_TOOLS / "pyside6-lrelease", "-silent", path], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
