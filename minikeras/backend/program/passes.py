"""Passes: in which order a program is changed before it is replayed."""

from minikeras.backend.program.attach import attach_calls
from minikeras.backend.program.chains import form_chains
from minikeras.backend.program.gates import move_gates
from minikeras.backend.program.joining import join_updates
from minikeras.backend.program.schedule import update_early
from minikeras.backend.program.sections import form_sections
from minikeras.backend.program.simplify import simplify
from minikeras.backend.program.together import run_together
from minikeras.backend.xp import ON_GPU


def optimised(program):
    """All passes, in the order in which each helps the next."""
    return arranged(simplify(program))


def arranged(program):
    """Those that come after `simplify`."""
    run_together(program)
    join_updates(program)
    if not ON_GPU:
        form_sections(program)
        move_gates(program)
        attach_calls(program)
        form_chains(program)
        update_early(program)
    return program
