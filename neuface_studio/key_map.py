"""Which key gives which command: the defaults of the registry, and what a person has changed.

Only changes are kept, in a TOML file that a person may edit and hand to a colleague::

    [keys]
    "review.accept" = ["A", "Ctrl+Return"]
    "play.loop" = []

Two commands never share a key where both can be given: a map with such a conflict is refused, whoever made it. One
thing is no conflict: what a person gave to one command is no longer the default of another, which may have come with a
newer version of the program. The person's key wins, and the other command has one key fewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomlkit
from PySide6.QtGui import QKeySequence
from tomlkit.exceptions import TOMLKitError

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import NeuFaceError
from neuface_studio.command import Command
from neuface_studio.language import tr

FILE_NAME = "keys.toml"
_PORTABLE = QKeySequence.SequenceFormat.PortableText
_TOGETHER = "window"
"""Commands of this context can be given at any time; those of two others never at the same time."""
_BEFORE_ALL = "edit"


class KeyMapError(NeuFaceError):
    """A map of keys cannot be used; the keys stay as they were."""


@dataclass(frozen=True)
class Clash:
    """Two commands that want the same key."""

    key: str
    first: Command
    second: Command

    @property
    def words(self) -> str:
        """What a person should know."""
        return tr(
            "{key} is taken by “{command}” ({group}).",
            key=self.key,
            command=self.first.said,
            group=tr(self.first.category),
        )


def take_away() -> str:
    """What to do about a clash."""
    return tr("Take it away there first, or choose another key.")


def portable(key: str) -> str:
    """`key` as it is stored and compared, for example "Ctrl+Z"; "" where it names none."""
    sequence = QKeySequence(key, _PORTABLE)
    text = sequence.toString(_PORTABLE)
    # Qt turns what it does not understand into an empty or nameless key.
    return text if sequence.count() == 1 and text.isprintable() and sequence[0].key() != 0 else ""  # type: ignore[index]


def may_meet(first: Command, second: Command) -> bool:
    """Whether there are moments in which both can be given."""
    contexts = (first.context, second.context)
    # While landmarks are edited all others wait that want a key of it (`ActionSet.refresh`).
    return contexts[0] == contexts[1] or (_TOGETHER in contexts and _BEFORE_ALL not in contexts)


@dataclass(frozen=True)
class KeyMap:
    """Keys of all commands.

    Attributes
    ----------
    commands
        The registry.
    changed
        By identifier of a command the keys that stand in for its defaults; () for none.
    gave_way
        Where a default made way for a key in a file: `Clash.first` has the key, `Clash.second` lost it.
    """

    commands: tuple[Command, ...]
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gave_way: tuple[Clash, ...] = field(default=(), compare=False)

    def keys(self, command_id: str) -> tuple[str, ...]:
        """The keys of a command, in Qt's portable notation; the first one is shown in menus."""
        if command_id in self.changed:
            return self.changed[command_id]
        return next(command.keys for command in self.commands if command.id == command_id)

    def sequences(self, command_id: str) -> list[QKeySequence]:
        """The same as Qt takes them."""
        return [QKeySequence(key, _PORTABLE) for key in self.keys(command_id)]

    def shown(self, command_id: str) -> str:
        """The keys as a person reads them, for example "Space or K"; "" for a command without one."""
        return tr(" or ").join(self.all_shown(command_id))

    def all_shown(self, command_id: str) -> list[str]:
        """The same, each for itself."""
        native = QKeySequence.SequenceFormat.NativeText
        return [sequence.toString(native) for sequence in self.sequences(command_id)]

    def clashes(self) -> list[Clash]:
        """Every two commands that share a key and can meet."""
        owners: dict[str, list[Command]] = {}
        found = []
        for command in self.commands:
            for key in self.keys(command.id):
                for other in owners.get(key, []):
                    if may_meet(other, command):
                        found.append(Clash(key, other, command))
                owners.setdefault(key, []).append(command)
        return found

    def clash(self, command_id: str, key: str) -> Clash | None:
        """Who has `key` already, seen from a command that would like to have it."""
        wanting = next(command for command in self.commands if command.id == command_id)
        for other in self.commands:
            if other.id != command_id and key in self.keys(other.id) and may_meet(other, wanting):
                return Clash(key, other, wanting)
        return None

    def with_keys(self, command_id: str, keys: Iterable[str]) -> KeyMap:
        """Other keys for one command.

        Raises
        ------
        KeyMapError
            When a key does not exist, or another command has it.
        """
        keys = tuple(keys)
        for key in keys:
            if (clash := self.clash(command_id, portable(key))) is not None:
                raise KeyMapError(clash.words, remedy=take_away())
        return self._checked({**self.changed, command_id: keys})

    def reset(self, command_id: str) -> KeyMap:
        """The default keys of one command.

        Raises
        ------
        KeyMapError
            When another command was given one of them.
        """
        return self._checked({other: keys for other, keys in self.changed.items() if other != command_id})

    def _giving_way(self, named: Collection[str]) -> KeyMap:
        """The same map with the defaults taken away that a command of `named` has as well."""
        changed, gone = dict(self.changed), []
        for clash in self.clashes():
            if (clash.first.id in named) == (clash.second.id in named):
                continue
            owner, other = (clash.first, clash.second) if clash.first.id in named else (clash.second, clash.first)
            kept = changed.get(other.id, other.keys)
            changed[other.id] = tuple(key for key in kept if key != clash.key)
            gone.append(Clash(clash.key, owner, other))
        return KeyMap(self.commands, changed, tuple(gone))

    def _checked(self, changed: Mapping[str, tuple[str, ...]], *, defaults_give_way: bool = False) -> KeyMap:
        defaults = {command.id: command.keys for command in self.commands}
        for command_id, keys in changed.items():
            for key in keys:
                if not portable(key):
                    raise KeyMapError(tr("{key} is no key.", key=repr(key)), remedy=tr("Write it like Ctrl+Shift+A."))
            if command_id not in defaults:
                continue  # of another version of the program: harmless
        plain = {
            command_id: tuple(dict.fromkeys(portable(key) for key in keys))
            for command_id, keys in changed.items()
            if command_id in defaults
        }
        made = KeyMap(self.commands, {k: keys for k, keys in plain.items() if keys != defaults[k]})
        if defaults_give_way:
            made = made._giving_way(plain)
        if clashes := made.clashes():
            one = clashes[0]
            raise KeyMapError(
                tr(
                    "{key} is taken by “{first}” and by “{second}”.",
                    key=one.key,
                    first=one.first.said,
                    second=one.second.said,
                ),
                remedy=tr("Give one of them another key."),
            )
        return made

    # --- files

    def text(self) -> str:
        """The changes as TOML."""
        document = tomlkit.document()
        document.add(tomlkit.comment("Keys of NeuFace Studio that differ from the usual ones."))
        table = tomlkit.table()
        for command_id, keys in sorted(self.changed.items()):
            table.add(command_id, list(keys))
        document["keys"] = table
        return tomlkit.dumps(document)

    def save(self, path: Path) -> None:
        """Write the changes to `path`.

        Raises
        ------
        KeyMapError
            When that is impossible.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as file:
                file.write(self.text().encode())
        except OSError as error:
            raise KeyMapError(
                tr(
                    "The keys could not be written: {error}; they hold until the window is closed.",
                    error=error.strerror,
                ),
                remedy=tr("Make space on the disk or change the permissions."),
                path=path,
            ) from error

    def loaded(self, path: Path) -> KeyMap:
        """The map in the file `path` over the same registry; defaults give way to what it names.

        Raises
        ------
        KeyMapError
            When it cannot be read, is no map of keys, or gives one key to two commands.
        """
        try:
            document = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
        except OSError as error:
            raise KeyMapError(tr("The keys cannot be read: {error}.", error=error.strerror), path=path) from error
        except (TOMLKitError, UnicodeDecodeError) as error:
            raise KeyMapError(
                tr("The file of keys cannot be understood: {error}.", error=error),
                remedy=tr("Correct or remove it."),
                path=path,
            ) from error
        table = document.get("keys")
        if not isinstance(table, dict) or not all(
            isinstance(keys, list) and all(isinstance(key, str) for key in keys) for keys in table.values()
        ):
            raise KeyMapError(
                tr("This is no file of keys."), remedy=tr("Choose one that was exported here."), path=path
            )
        try:
            return KeyMap(self.commands)._checked(
                {name: tuple(keys) for name, keys in table.items()}, defaults_give_way=True
            )
        except KeyMapError as error:
            raise KeyMapError(error.message, remedy=error.remedy, path=path) from error
