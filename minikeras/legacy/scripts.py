"""Programs written for Keras run unchanged: ``python -m minikeras script.py``."""

import os
import runpy
import sys

from minikeras.legacy.era import tell_by_calls
from minikeras.legacy.modules import alias


def run(target, arguments=(), era=None, is_module=False):
    """Run a program in which ``keras``, ``tf_keras`` and ``tensorflow.keras`` are minikeras.

    Args:
        target: the path of a script, or with ``is_module`` the name of a module.
        arguments: what the program finds in ``sys.argv`` behind its name.
        era: 1, 2 or 3: what calls mean that the eras of Keras understand differently; by default
            3, but 1 in files with a call that only Keras 1 knows.
        is_module: whether ``target`` is a module, as for ``python -m``.

    Returns:
        The names that the program defined.
    """
    alias(era)
    if era is None:
        tell_by_calls()
    before = sys.argv, sys.path[0] if sys.path else ""
    sys.argv = [target, *arguments]
    try:
        if is_module:
            return runpy.run_module(target, run_name="__main__", alter_sys=True)
        sys.path[0] = os.path.dirname(os.path.abspath(target))
        return runpy.run_path(target, run_name="__main__")
    finally:
        sys.argv = before[0]
        sys.path[0] = before[1]
