"""Keras 1 and 2 within minikeras: names, arguments, meanings and files of then.

Nothing in the core knows of this package; the last lines of ``minikeras/__init__.py`` let it attach
itself (`install`). What belongs to ``keras.legacy`` of Keras 3 is here as well.
"""

from typing import TYPE_CHECKING

from minikeras import lazy
from minikeras.legacy import modules, ordering
from minikeras.legacy.era import era, era_scope, set_era
from minikeras.legacy.modules import alias, unalias

if TYPE_CHECKING:
    from minikeras.legacy import saving
    from minikeras.legacy.files.loading import load_keras

__all__ = ["alias", "era", "era_scope", "load_keras", "saving", "set_era", "unalias"]

__getattr__, __dir__, _ = lazy.later(
    globals(), {"": "saving", "legacy.files.loading": "load_keras"}
)


def install():
    """Let modules of today answer to names of old, and import `attached` with the first name."""
    ordering.install()
    modules.install()
    lazy.complete_with("minikeras.legacy.attached")
