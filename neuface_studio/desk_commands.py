"""The commands that suit the window to its user, and those of help; a part of `actions.COMMANDS`."""

from __future__ import annotations

from neuface_studio.command import Command
from neuface_studio.language import mark

TAILORING: tuple[Command, ...] = (
    Command("window.commands", mark("Find a command…"), "Window", ("Ctrl+K",), lambda d: d.tailoring.show_palette()),
    Command("window.keys", mark("Change keys…"), "Window", ("Ctrl+Shift+K",), lambda d: d.tailoring.edit_keys()),
    Command("window.settings", mark("Settings…"), "Window", ("Ctrl+,",), lambda d: d.tailoring.show_settings()),
)
MESSAGE: tuple[Command, ...] = (
    Command(
        "message.act",
        mark("Do what the message offers"),
        "Window",
        ("Ctrl+D",),
        lambda d: d.message.act(),
        enabled=lambda s: s.offer,
    ),
    Command(
        "message.copy",
        mark("Copy the details of the message"),
        "Window",
        ("Ctrl+Shift+D",),
        lambda d: d.message.copy_details(),
        enabled=lambda s: s.details,
    ),
    Command(
        "message.close",
        mark("Close the message"),
        "Window",
        ("Esc",),
        lambda d: d.message.hide(),
        context="message",
        enabled=lambda s: s.message and not (s.rejecting or s.editing or s.welcome),
    ),
)
HELP: tuple[Command, ...] = (
    Command("help.guide", mark("Guide"), "Help", ("Ctrl+F1",), lambda d: d.helping.show_guide()),
    Command("help.welcome", mark("Welcome"), "Help", (), lambda d: d.helping.show_welcome()),
    Command(
        "help.leave_welcome",
        mark("Close the welcome"),
        "Help",
        ("Esc",),
        lambda d: d.helping.leave_welcome(),
        context="welcome",
        enabled=lambda s: s.welcome,
        menu=False,
    ),
    Command("help.demo", mark("Make a demo clip"), "Help", (), lambda d: d.files.open_demo()),
    Command("help.doctor", mark("Check the installation"), "Help", (), lambda d: d.helping.show_doctor()),
    Command("help.crash", mark("What went wrong last"), "Help", (), lambda d: d.helping.show_crash()),
    Command("help.about", mark("About, versions, licences"), "Help", (), lambda d: d.helping.show_about()),
)
BATCH: tuple[Command, ...] = (
    Command(
        "fit.line",
        mark("Fits in line…"),
        "Fit",
        ("Ctrl+J",),
        lambda d: d.files.show_batch(),
        enabled=lambda s: s.project,
    ),
)
