"""``summary``: the table of layers of a model in a file."""

from minikeras.commands.models import add_arguments as _add_common, loaded

HELP = """Print the layers of a model, their output shapes and numbers of parameters.

The model is built. To look into a file without building anything, use `inspect`."""


def add_arguments(parser):
    """The arguments of the command."""
    _add_common(parser)
    parser.add_argument(
        "--nested", action="store_true", help="list the layers of models within the model, too"
    )


def run(options):
    """Carry the command out."""
    loaded(options).summary(expand_nested=options.nested, print_fn=print)
