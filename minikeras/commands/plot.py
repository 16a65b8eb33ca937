"""``plot``: a drawing of the graph of a model in a file."""

from minikeras.commands.models import add_arguments as _add_common, loaded

HELP = """Draw the graph of a model.

The name of the picture tells its format: .svg needs no other program."""


def add_arguments(parser):
    """The arguments of the command."""
    _add_common(parser)
    parser.add_argument("picture", metavar="OUT", help="the picture, such as model.svg")
    parser.add_argument("--names", action="store_true", help="write the names of the layers")
    parser.add_argument("--nested", action="store_true", help="draw models within the model, too")


def run(options):
    """Carry the command out."""
    from minikeras.utils import plot_model

    plot_model(
        loaded(options),
        to_file=options.picture,
        show_shapes=True,
        show_layer_names=options.names,
        expand_nested=options.nested,
    )
    print(f"{options.picture} written")
