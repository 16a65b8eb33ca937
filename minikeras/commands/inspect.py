"""``inspect``: what is in a file of a model or of weights, found without making anything."""

import json

HELP = """Show what is in a file of a model or of weights, without building the model.

Format, version of Keras, layers with their weights, how it was trained, and what would not load
here. Nothing in the file is run. It reads .keras, HDF5 of all versions, and JSON."""


def add_arguments(parser):
    """The arguments of the command."""
    parser.add_argument("file", metavar="FILE", help="the file")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs to read")


def run(options):
    """Carry the command out."""
    from minikeras.commands.contents import contents_of

    found = contents_of(options.file)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for line in _lines(found):
        print(line)


def has_weights(path):
    """Whether a file holds arrays of weights."""
    from minikeras.legacy.files.loading import is_whole, local_path

    with local_path(path) as here:
        return is_whole(here)


def _lines(found):
    rows = [("file", f"{found['file']} ({_bytes(found['bytes'])})"), ("format", found["format"])]
    if found["keras_version"]:
        backend = f", backend {found['backend']}" if found["backend"] else ""
        date = f", saved {found['date_saved']}" if found["date_saved"] else ""
        rows.append(("Keras", found["keras_version"] + backend + date))
    if found["model"]:
        rows.append(("model", f"{found['model']['class']} {found['model']['name']!r}"))
    arrays = [w for layer in found["layers"] for w in layer["weights"]]
    if arrays:
        rows.append(("weights", f"{found['parameters']:,} numbers in {len(arrays)} arrays"))
    optimizer = found["optimizer"]
    if optimizer:
        shown = ", ".join(f"{k} {v}" for k, v in optimizer["config"].items())
        state = f"; state in {optimizer['arrays']} arrays" if optimizer["arrays"] else ""
        rows.append(("optimizer", f"{optimizer['class']}{shown and ': '}{shown}{state}"))
    rows += [(key, _words(found[key])) for key in ("loss", "metrics") if found[key]]
    yield from (f"{key:10} {value}" for key, value in rows)
    if found["layers"]:
        yield ""
        yield from _table(found["layers"])
    if found["problems"]:
        yield ""
        yield "would not load as it is:"
        yield from (f"  {problem}" for problem in found["problems"])


def _words(value):
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_words(v)}" for key, v in value.items())
    return ", ".join(map(_words, value)) if isinstance(value, list) else str(value)


def _table(layers):
    cells = [("layer", "class", "weights")]
    for layer in layers:
        weights = ", ".join(f"{name} {_shape(shape)}" for name, shape, _ in layer["weights"])
        cells.append(("  " * layer["depth"] + layer["name"], layer["class"] or "", weights))
    widths = [max(len(row[i]) for row in cells) for i in range(2)]
    for row in cells:
        yield f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip()


def _shape(shape):
    return f"({', '.join(map(str, shape))})"


def _bytes(count):
    for unit in ("bytes", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return ""
