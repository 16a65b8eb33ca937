"""Something to do to a module of today once it is imported, which may be late or never."""

import importlib.machinery
import sys


def when_imported(name, change):
    """Call ``change(module)`` when the module ``name`` is imported; at once if it is already."""
    if name in sys.modules:
        change(sys.modules[name])
    else:
        sys.meta_path.insert(0, _Watch(name, change))


class _Watch:
    """Finds one module where it stands, and changes it behind its own code."""

    def __init__(self, name, change):
        self._name, self._change = name, change

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        run, change = spec.loader.exec_module, self._change

        def exec_module(module):
            run(module)
            change(module)

        spec.loader.exec_module = exec_module
        sys.meta_path.remove(self)
        return spec
