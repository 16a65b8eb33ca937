"""Changes of settings on layers and optimizers, by which replays know that they may be out of date.

A program holds what the Python code did when it was recorded. Whatever is set on a layer, a loss or
an optimizer afterwards may make that code do something else, so the next step is recorded anew.
"""

from minikeras.backend import autodiff

_latest = object()


def latest():
    """What stands for the latest change: another object after each, also with several threads."""
    return _latest


def note(owner, name, value):
    """Note that the attribute ``name`` of ``owner`` is about to be ``value``, unless it is."""
    global _latest
    if owner.__dict__.get(name, owner) is value:
        return
    _latest = object()
    recording = autodiff.recording()
    if recording is not None:
        owner = getattr(owner, "name", None) or type(owner).__name__
        recording.give_up(f"the step sets the attribute {name!r} of {owner!r}")
