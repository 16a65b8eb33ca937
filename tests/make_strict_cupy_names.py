"""Writes strict_cupy/names.json: what the real CuPy offers, read from its wheel.

CuPy imports without a GPU. In an environment of its own::

    python -m venv /tmp/cupyenv
    /tmp/cupyenv/bin/pip install "cupy-cuda13x==14.2.0"
    /tmp/cupyenv/bin/python tests/make_strict_cupy_names.py

The file maps each module to its public names, and each name to its kind: ``ufunc`` with its loops,
``function`` with its parameters, ``class``, ``module`` or ``value``.
"""

import importlib
import inspect
import json
import pathlib
import re
import types

import cupy

MODULES = (
    "cupy",
    "cupy.cuda",
    "cupy.cuda.runtime",
    "cupy.fft",
    "cupy.lib",
    "cupy.lib.stride_tricks",
    "cupy.linalg",
    "cupy.random",
    "cupyx",
    "cupyx.profiler",
    "cupyx.scipy",
    "cupyx.scipy.special",
)


def parameters(function):
    """The parameters as they would stand in a lambda, every default None; None if unknown."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return documented_parameters(function)
    found = [
        p.replace(annotation=p.empty, default=p.empty if p.default is p.empty else None)
        for p in found
    ]
    return str(inspect.Signature(found))[1:-1]


def documented_parameters(function):
    """The parameters that the first line of the docstring states, as Cython writes it."""
    line = (function.__doc__ or "").split("\n")[0]
    match = re.match(r"[\w.]+\((.*)\)( ->.*)?$", line)
    if match is None:
        return None
    names = []
    for part in filter(None, re.split(r",\s*", match[1])):
        name, _, default = part.partition("=")
        name = name.split()[-1]  # Cython writes the type before the name
        names.append(f"{name}=None" if default else name)
    return ", ".join(n for n in names if n != "self")


def described(thing):
    """The kind of ``thing`` and what a caller must know."""
    if isinstance(thing, cupy.ufunc):
        return {"kind": "ufunc", "nin": thing.nin, "nout": thing.nout, "types": thing.types}
    if inspect.isclass(thing):
        return {"kind": "class"}
    if isinstance(thing, types.ModuleType):
        return {"kind": "module"}
    if callable(thing):
        return {"kind": "function", "parameters": parameters(thing)}
    return {"kind": "value"}


def main():
    """Write the file beside this script."""
    names = {"version": cupy.__version__, "modules": {}, "ndarray": {}}
    # A module has its submodules as members once they are imported: all first.
    modules = {module: importlib.import_module(module) for module in MODULES}
    for module, found in modules.items():
        names["modules"][module] = {
            name: described(getattr(found, name))
            for name in sorted(dir(found))
            if not name.startswith("_") and name != "annotations"
        }
    for name in sorted(dir(cupy.ndarray)):
        member = getattr(cupy.ndarray, name)
        is_method = callable(member) and not name.startswith("_")
        names["ndarray"][name] = parameters(member) if is_method else None
    path = pathlib.Path(__file__).parent / "strict_cupy" / "names.json"
    path.write_text(json.dumps(names, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
