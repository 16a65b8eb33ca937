"""What the key Tab puts on the command line, by the package argcomplete.

The shell asks by running the program with ``_ARGCOMPLETE`` in the environment, the line in
``COMP_LINE`` and where the cursor is in ``COMP_POINT``. The answer goes to a file descriptor that
argcomplete knows.
"""

import argparse
import importlib
import os

from minikeras import commands

_OF_MODELS = (".keras", ".h5", ".hdf5", ".json", ".yaml", ".yml")
_OF_ARRAYS = (".npz", ".npy")
# Names of arguments -> the endings of the files that they may name; others may name any file.
_ENDINGS = {
    "file": _OF_MODELS, "architecture": _OF_MODELS, "weights": _OF_MODELS, "data": _OF_ARRAYS,
    "objects": (".py",), "script": (".py",),
}  # fmt: skip
_TABLES = {"loss": "minikeras.losses", "metrics": "minikeras.metrics"}


def answer(parser, split):
    """Tell the shell what the word at the cursor may become, and exit.

    Args:
        parser: the parser of lines that run a script or a module.
        split: a function that parts words into those of such a line up to the script or module,
            and those behind it.
    """
    import argcomplete

    line, cursor = os.environ["COMP_LINE"], int(os.environ["COMP_POINT"])
    words = argcomplete.split_line(line, cursor)[3][int(os.environ["_ARGCOMPLETE"]) :]
    if words and words[0] in commands.COMMANDS:
        parser = commands.parser()
    elif split([*words, "the word at the cursor"])[1]:  # that is for the script
        parser = argparse.ArgumentParser(add_help=False)
        parser.add_argument("words", nargs="*")
    _complete_arguments(parser)
    for action in parser._actions:
        if action.dest == "script":
            action.completer = _commands_and(action.completer)
    argcomplete.autocomplete(parser, always_complete_options=False, default_completer=_files(()))


def _complete_arguments(parser):
    """Give the arguments of a parser, and of those of its commands, what completes them."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for own in action.choices.values():
                _complete_arguments(own)
        elif action.dest in _ENDINGS:
            action.completer = _files(_ENDINGS[action.dest])
        elif action.dest in _TABLES:
            action.completer = _names(_TABLES[action.dest])


def _files(endings):
    """A completer: files with one of the endings, or all, and folders."""

    def complete(prefix, **_):
        folder, name = os.path.split(prefix)
        try:
            entries = sorted(os.scandir(os.path.expanduser(folder) or "."), key=lambda e: e.name)
        except OSError:
            return []
        entries = [e for e in entries if e.name.startswith(name) and (name or e.name[0] != ".")]
        return [
            os.path.join(folder, e.name) + "/" * e.is_dir()
            for e in entries
            if e.is_dir() or not endings or e.name.lower().endswith(endings)
        ]

    return complete


def _names(module):
    """A completer: the names in the table of a module, each spelled in one way."""

    def complete(**_):
        table = importlib.import_module(module).TABLE
        return [n for n in table if n.islower() and n not in ("metric", "mean_metric_wrapper")]

    return complete


def _commands_and(others):
    """A completer: the commands with what they do, and what another one finds."""

    def complete(prefix, **_):
        return {**dict.fromkeys(others(prefix), ""), **commands.help_by_name()}

    return complete
