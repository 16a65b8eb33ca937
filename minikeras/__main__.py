"""``python -m minikeras``: run a program written for Keras on minikeras, or a command on files.

``python -m minikeras script.py [arguments]`` runs the program; ``python -m minikeras inspect FILE``
and the other commands are those of `minikeras.commands`.
"""

import argparse
import difflib
import os
import sys

# PYTHON_ARGCOMPLETE_OK: by these letters shells know that Tab has an answer.
from minikeras import commands
from minikeras.legacy.scripts import run


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m minikeras",
        description="Run a program in which keras, tf_keras and tensorflow.keras are minikeras.",
        epilog="Everything behind the script or module is passed on to it.\n\n"
        "Commands, each with a --help of its own:\n" + commands.help_lines(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--era",
        type=int,
        choices=(1, 2, 3),
        help="the era of Keras that decides what a call means where the eras differ (default: 3)",
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("-m", dest="module", metavar="MODULE", help="run a module")
    target.add_argument("script", nargs="?", help="run a script")
    return parser


def _split(words):
    """The words up to the script or module, and those behind it, which are its own."""
    at = 0
    while at < len(words):
        if words[at] == "-m":
            return words[: at + 2], words[at + 2 :]
        if words[at] == "--era":
            at += 2
        elif words[at].startswith("-"):
            at += 1
        else:
            return words[: at + 1], words[at + 1 :]
    return words, []


def main(words=None):
    """Read the command line and run what it names."""
    words = list(sys.argv[1:] if words is None else words)
    if "_ARGCOMPLETE" in os.environ:
        from minikeras.commands.completion import answer

        answer(_parser(), _split)
    if words and words[0] in commands.COMMANDS and not os.path.exists(words[0]):
        sys.exit(commands.main(words))
    own, passed_on = _split(words)
    parser = _parser()
    options = parser.parse_args(own)
    if not options.module and not os.path.exists(options.script):
        alike = difflib.get_close_matches(options.script, commands.COMMANDS, 1)
        hint = f". Did you mean {alike[0]!r}?" if alike else ""
        parser.error(f"{options.script!r} is neither a script nor a command{hint}")
    run(options.module or options.script, passed_on, options.era, bool(options.module))


if __name__ == "__main__":
    main()
