"""What became of the steps that were recorded, in words for the user."""

from minikeras.backend.program.chains import Chain
from minikeras.backend.program.sections import Section


def explain_plan(signature, plan, listing):
    """Lines on one signature: what was recorded, what the passes did, or why it stays eager."""
    yield f"For {_shown(signature)}:"
    if plan.replay is None:
        if plan.reason is None:
            yield "  recorded once so far; replayed as soon as two runs in a row are the same"
        else:
            yield f"  runs as it is every time: {plan.reason}"
        return
    program = plan.replay.program
    recorded = len(plan.trusted.calls)
    yield f"  replayed: {recorded} calls were recorded, {len(program.calls)} are made"
    for note in program.notes:
        yield f"    {note}"
    for section in (call for call in program.calls if isinstance(call, Section)):
        yield f"    {len(section.calls)} calls run in {section.parts} parts of the batch"
    chains = list(_chains(program))
    if chains:
        fused = sum(len(chain.calls) for chain in chains)
        yield f"    {fused} elementwise calls run in {len(chains)} chains, block by block"
    if plan.sharing is not None:
        yield f"    {plan.sharing}"
    variables = sum(variable.array.nbytes for variable, _ in program.reads)
    yield f"  variables: {len(program.reads)} read ({_size(variables)}), {len(program.writes)} set"
    yield f"  most memory in use at a time: {_size(peak_memory(program))} beside the variables"
    if listing:
        yield from ("", "Recorded:", str(plan.trusted), "", "Replayed:", str(program))
        yield from ("", "As Python:", plan.replay.source)


def _chains(program):
    for call in program.calls:
        if isinstance(call, Chain):
            yield call
        elif isinstance(call, Section):
            yield from _chains(call.part)


def peak_memory(program):
    """Bytes of the values that are alive at once, at the worst call of the program."""
    last = program.last_uses()
    sizes = {s: _bytes(program.traits[s]) for s in range(len(program.traits))}
    alive = sum(sizes[s] for s in program.inputs)
    peak = alive
    for i, call in enumerate(program.calls):
        alive += sum(sizes[s] for s in call.outs if s is not None and _is_fresh(call))
        # All parts of a section may run at the same time.
        inside = call.parts * peak_memory(call.part) if isinstance(call, Section) else 0
        peak = max(peak, alive + inside)
        for slot in {*call.uses(), *call.outs} - {None}:
            if last.get(slot, -1) == i:
                alive -= sizes[slot]
                sizes[slot] = 0
    return peak


def _is_fresh(call):
    return call.name not in ("reshape", "transpose", "constant")


def _bytes(trait):
    shape, dtype, _ = trait
    total = dtype.itemsize
    for side in shape:
        total *= side
    return total


def _size(number):
    if number < 1 << 10:
        return f"{number} bytes"
    return f"{number / 2**10:.1f} KB" if number < 1 << 20 else f"{number / 2**20:.1f} MB"


def _shown(signature):
    """Shapes and dtypes in a signature, as text."""
    found = []

    def visit(x):
        if not isinstance(x, tuple):
            return
        if len(x) == 2 and isinstance(x[0], tuple) and hasattr(x[1], "itemsize"):
            found.append(f"{x[1]}{list(x[0])}")
            return
        for part in x:
            visit(part)

    visit(signature)
    return ", ".join(found) or "no arrays"
