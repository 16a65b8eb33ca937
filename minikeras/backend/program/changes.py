"""Changes: a count of the settings changed on layers and optimizers, by which replays know.

A program holds what the Python code did when it was recorded. Whatever is set on a layer, a loss or
an optimizer afterwards may make that code do something else, so the next step is recorded anew.
"""

from minikeras.backend import autodiff

_count = 0


def count():
    """How many changes there have been."""
    return _count


def note(owner, name, value):
    """Note that the attribute ``name`` of ``owner`` is about to be ``value``, unless it is."""
    global _count
    if owner.__dict__.get(name, owner) is value:
        return
    _count += 1
    recording = autodiff.recording()
    if recording is not None:
        owner = getattr(owner, "name", None) or type(owner).__name__
        recording.give_up(f"the step sets the attribute {name!r} of {owner!r}")
