"""The graph of a recorded step, a node a call, as the page of graphs shows it.

Nodes are named after the layer that made the call, so that the page gathers them in boxes; those of
a tape's way back are in a box of their own, lest arrows run both ways between layers.
"""

from minikeras.backend.program.program import Ref
from minikeras.callbacks.tensorboard.messages import shape_message
from minikeras.callbacks.tensorboard.protobuf import block, entry, integer

_PRODUCER = 22  # a version of GraphDef that every TensorBoard reads


def graph_of(program):
    """The bytes of a GraphDef for a `Program`."""
    names, nodes, taken = {}, [], set()

    def add(wish, kind, inputs, slots):
        name = _unique(wish, taken)
        for i, slot in enumerate(slots):
            names[slot] = name if i == 0 else f"{name}:{i}"
        nodes.append(_node(name, kind, inputs, [program.traits[s][0] for s in slots]))

    for i, slot in enumerate(program.inputs):
        add(f"inputs/input_{i}", "Placeholder", (), [slot])
    places = _places(program)
    for variable, slot in program.reads:
        add(places.get(slot, variable.path), "Variable", (), [slot])
    read_as = {id(variable): names[slot] for variable, slot in program.reads}
    for call in program.calls:
        inputs = [names[a.slot] for a in call.args if type(a) is Ref and a.slot in names]
        wish = f"{'gradients/' * call.is_back}{call.layer or 'step'}/{call.name}"
        add(wish, call.name, inputs, [s for s in call.outs if s is not None])
    for variable, slot in program.writes:
        name = read_as.get(id(variable), variable.path)
        add(f"{name}/assign", "Assign", [names[slot]], ())
    versions = block(4, integer(1, _PRODUCER))
    return b"".join(block(1, node) for node in nodes) + versions


def _places(program):
    """Slots of variables -> their names in the boxes of the layers that use them.

    The path of a layer's variable need not begin with the models around the layer.
    """
    variables, found = {slot: variable for variable, slot in program.reads}, {}
    for call in program.calls:
        for slot in (a.slot for a in call.args if type(a) is Ref):
            if call.layer and slot in variables and slot not in found:
                folder, _, name = variables[slot].path.rpartition("/")
                if f"/{call.layer}".endswith(f"/{folder}"):
                    found[slot] = f"{call.layer}/{name}"
    return found


def _unique(wish, taken):
    name, n = wish, 0
    while name in taken:
        n += 1
        name = f"{wish}_{n}"
    taken.add(name)
    return name


def _node(name, kind, inputs, shapes):
    message = block(1, name) + block(2, kind) + b"".join(block(3, i) for i in inputs)
    if shapes:
        shape_list = b"".join(block(7, shape_message(s)) for s in shapes)
        message += entry(5, "_output_shapes", block(1, shape_list))
    return message
