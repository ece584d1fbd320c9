"""Finding a line by a few of its letters, in their order: "aclip" finds "Add clips"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def score(query: str, text: str) -> float | None:
    """How well `text` answers `query`, larger is better; None where a letter is missing.

    Letters that follow each other or begin a word count more; a match of whole words beats scattered letters.
    """
    text = text.casefold()
    total, at, run, begin = 0.0, -1, 0, -1
    for letter in query.casefold():
        if letter == " ":
            run = 0
            continue
        follows = at + 1 < len(text) and text[at + 1] == letter
        found = at + 1 if follows else _word_start(text, letter, at + 1)
        if found < 0:
            found = text.find(letter, at + 1)
        if found < 0:
            return None
        run = run + 1 if follows and at >= 0 else 0
        total += 1 + 2 * run + (3 if found == 0 or not text[found - 1].isalnum() else 0)
        at, begin = found, found if begin < 0 else begin
    if query and query.casefold().strip() in text:
        total += 8
    if not text[at + 1 : at + 2].isalnum():  # to the end of a word: "fit" rather means Fit than Fits
        total += 2
    return total - 0.02 * len(text) - 0.15 * max(begin, 0)  # what stands at the end, the group, counts less


def _word_start(text: str, letter: str, begin: int) -> int:
    return next((i for i in range(begin, len(text)) if text[i] == letter and (i == 0 or not text[i - 1].isalnum())), -1)


def ranked(query: str, things: Iterable[tuple[Thing, str]]) -> list[Thing]:
    """The things whose text answers `query`, the best first; all of them in their order for an empty query."""
    things = list(things)
    if not query.strip():
        return [thing for thing, _ in things]
    # The parts of a query may stand in any order: each is looked for by itself.
    found = []
    for number, (thing, text) in enumerate(things):
        scores = [score(part, text) for part in query.split()]
        if all(value is not None for value in scores):
            found.append((-sum(value or 0.0 for value in scores), number, thing))
    return [thing for _, _, thing in sorted(found, key=lambda row: row[:2])]
