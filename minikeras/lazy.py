"""Names of a package that are imported when they are first asked for."""

import importlib


def later(namespace, places):
    """The functions ``__getattr__`` and ``__dir__`` of a package with such names.

    Args:
        namespace: the package's ``globals()``.
        places: for each module, by its name below ``minikeras``, the names that stand there.

    Returns:
        The two functions.
    """
    homes = {name: module for module, names in places.items() for name in names.split()}

    def __getattr__(name):
        if name not in homes:
            raise AttributeError(f"module {namespace['__name__']!r} has no attribute {name!r}")
        found = getattr(importlib.import_module(f"minikeras.{homes[name]}"), name)
        namespace[name] = found
        return found

    def __dir__():
        return sorted({*namespace, *homes})

    return __getattr__, __dir__
