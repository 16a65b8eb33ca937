"""Modules that are imported when they are first asked for, and what is done to them then."""

import contextlib
import sys
import threading


def later(namespace, places):
    """What a package needs to have names that it imports when they are first asked for.

    Args:
        namespace: the package's ``globals()``.
        places: for each module, by its name below ``minikeras``, the names that stand there;
            ``"name=other"`` for one that is called otherwise there. The names under ``""`` are
            modules of the package itself.

    Returns:
        ``__getattr__``, ``__dir__`` and ``__all__`` of the package.
    """
    package = namespace["__name__"]
    homes = {}
    for module, names in places.items():
        for name in names.split():
            name, _, other = name.partition("=")
            homes[name] = (f"minikeras.{module}", other or name) if module else (None, name)

    def __getattr__(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        module, there = homes[name]
        with _turn():
            found = getattr(imported(module), there) if module else imported(f"{package}.{name}")
            complete()
            return namespace.setdefault(name, found)  # or what has taken its place meanwhile

    def __dir__():
        return sorted({*namespace, *homes})

    return __getattr__, __dir__, list(homes)


def imported(name):
    """The module of a full name; `importlib.import_module`, but twice as fast."""
    __import__(name)
    return sys.modules[name]


def when_imported(name, change):
    """Call ``change(module)`` behind the code of the module of a full name, now or later."""
    if name in sys.modules:
        change(imported(name))
    else:
        _Watch.changes.setdefault(name, []).append(change)


def complete_with(name):
    """Import the module of a full name, too, before the first name that now comes later is given.

    It comes behind all other imports: what it imports is there, and may be changed.
    """
    _Watch.completion = name


def complete():
    """Import what `complete_with` was told, unless imports are under way that it comes behind.

    Returns whether that is done.
    """
    if _Watch.completion is None:
        return True
    with _turn():
        if not _here.depth:
            imported(_Watch.completion)
    module = sys.modules.get(_Watch.completion)
    return module is not None and not module.__spec__._initializing


@contextlib.contextmanager
def _turn():
    """One thread after the other: two that each wait for a module of the other's get neither.

    Who is within an import has the turn, or came by the statement ``import``. Then it holds a lock
    of the import system, and whoever has the turn may wait for that.
    """
    if _here.depth:
        yield
    else:
        with _lock:
            yield


class _Here(threading.local):
    depth = 0  # of the imports of this thread that are under way


_here = _Here()
_lock = threading.RLock()


class _Watch:
    """Finds the modules of minikeras where they stand, to do something behind their code."""

    changes = {}  # name -> functions
    completion = None

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if not fullname.startswith("minikeras."):
            return None
        # Whoever would find it otherwise: on disk, in an archive, within a frozen program.
        others = (finder for finder in sys.meta_path if finder is not cls)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next(filter(None, specs), None)
        if spec is None or not hasattr(spec.loader, "exec_module"):
            return spec
        run = spec.loader.exec_module
        spec.loader.exec_module = lambda module: cls._run(run, module)
        return spec

    @classmethod
    def _run(cls, run, module):
        _here.depth += 1
        try:
            run(module)
            for change in cls.changes.pop(module.__name__, ()):
                change(module)
        finally:
            _here.depth -= 1


sys.meta_path.insert(0, _Watch)
