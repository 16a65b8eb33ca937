"""Commands on files of models: ``python -m minikeras inspect FILE`` and others.

Each command has a module of its own with ``HELP``, ``add_arguments(parser)`` and ``run(options)``.
"""

import argparse
import importlib
import sys

COMMANDS = ("inspect", "summary", "convert", "predict", "evaluate", "plot", "train", "bench")


def main(words):
    """Run a command.

    Args:
        words: the words of the command line, the command first.

    Returns:
        The exit code: 0, or 1 for a failure, with one line on standard error. Wrong usage exits
        with code 2.
    """
    options = parser().parse_args(words)
    try:
        options.run(options)
    except BrokenPipeError:  # whoever reads the output has seen enough
        sys.stderr.close()
        return 0
    except (ValueError, TypeError, LookupError, OSError, ImportError, AttributeError) as error:
        if options.traceback:
            raise
        words = " ".join(str(error).split()) or type(error).__name__
        print(f"minikeras {options.command}: {words}", file=sys.stderr)
        return 1
    return 0


def parser():
    """The parser of command lines that begin with a command."""
    found = argparse.ArgumentParser(
        prog="python -m minikeras", description="Commands on models, and on files of them."
    )
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"minikeras.commands.{name}")
        lines = module.HELP.splitlines()
        own = commands.add_parser(
            name,
            help=lines[0],
            description=module.HELP,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(own)
        own.add_argument(
            "--traceback", action="store_true", help="show where in the code a failure happened"
        )
        own.set_defaults(run=module.run)
    return found


def help_by_name():
    """The commands, and a line about each."""
    modules = {name: importlib.import_module(f"minikeras.commands.{name}") for name in COMMANDS}
    return {name: module.HELP.splitlines()[0] for name, module in modules.items()}


def help_lines():
    """A line for each command, for the help of the program."""
    return "\n".join(f"  {name:9} {line}" for name, line in help_by_name().items())
