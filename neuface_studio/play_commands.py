"""The commands that play a clip and go to its frames; a part of `actions.COMMANDS`."""

from __future__ import annotations

from neuface_studio.command import Command, fitted, shown
from neuface_studio.language import mark

PLAYING: tuple[Command, ...] = (
    Command("play.toggle", mark("Play or pause"), "Play", ("Space", "K"), lambda d: d.playhead.toggle(), enabled=shown),
    Command(
        "play.backward",
        mark("Play backward, again for faster"),
        "Play",
        ("J",),
        lambda d: d.playhead.shuttle(-1),
        enabled=shown,
    ),
    Command(
        "play.forward",
        mark("Play forward, again for faster"),
        "Play",
        ("L",),
        lambda d: d.playhead.shuttle(1),
        enabled=shown,
    ),
    Command("play.step_forward", mark("One frame on"), "Play", ("Right",), lambda d: d.playhead.step(1), enabled=shown),
    Command("play.step_back", mark("One frame back"), "Play", ("Left",), lambda d: d.playhead.step(-1), enabled=shown),
    Command(
        "play.ten_forward",
        mark("Ten frames on"),
        "Play",
        ("Shift+Right",),
        lambda d: d.playhead.step(10),
        enabled=shown,
    ),
    Command(
        "play.ten_back", mark("Ten frames back"), "Play", ("Shift+Left",), lambda d: d.playhead.step(-10), enabled=shown
    ),
    Command("play.first", mark("First frame"), "Play", ("Home",), lambda d: d.playhead.seek(0), enabled=shown),
    Command(
        "play.last",
        mark("Last frame"),
        "Play",
        ("End",),
        lambda d: d.playhead.seek(d.playhead.n_frames - 1),
        enabled=shown,
    ),
    Command("play.worst", mark("Worst frame"), "Play", ("W",), lambda d: d.looking.go_to_worst_frame(), enabled=fitted),
    Command(
        "play.next_suspect",
        mark("Next suspicious place"),
        "Play",
        (".",),
        lambda d: d.looking.go_to_suspect(1),
        enabled=lambda s: s.judged,
    ),
    Command(
        "play.previous_suspect",
        mark("Previous suspicious place"),
        "Play",
        (",",),
        lambda d: d.looking.go_to_suspect(-1),
        enabled=lambda s: s.judged,
    ),
    Command("play.loop", mark("Loop"), "Play", ("Ctrl+L",), lambda d: d.toggle_loop(), layer="loop"),
)
