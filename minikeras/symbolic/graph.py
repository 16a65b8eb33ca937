"""The graph between symbolic inputs and outputs: its one walk, and Function, which runs it."""

from minikeras import tree
from minikeras.symbolic.inference import infer_output
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import Operation


class Graph:
    """The calls that lead from ``inputs`` to ``outputs``, in an order in which they can run.

    Attributes:
        nodes: the calls, inputs first.
        last_reads: for each call, the tensors that it is the last to read.
        operations: what is called, in the order in which Keras lists the layers of a model: by
            distance from the outputs, farthest first, then by first visit from the outputs.
    """

    def __init__(self, inputs, outputs):
        stops = {id(x) for x in inputs}
        order, first_visit = _walk(outputs, stops)
        depth = {}
        operation_depth = {}
        for node in reversed(order):
            own = max(depth.get(id(node), 0), operation_depth.get(id(node.operation), 0))
            depth[id(node)] = operation_depth[id(node.operation)] = own
            for parent in _parents(node, stops):
                depth[id(parent)] = max(depth.get(id(parent), 0), own + 1)
        for x in inputs:
            if x._keras_history is None:
                continue
            operation = x._keras_history.operation
            node = operation._inbound_nodes[x._keras_history.node_index]
            if node.is_input and id(operation) not in first_visit:
                first_visit[id(operation)] = (len(first_visit), operation)
                operation_depth[id(operation)] = 0
                order.append(node)
        self.nodes = sorted(order, key=lambda n: -depth.get(id(n), 0))
        self.last_reads = _last_reads(self.nodes, outputs)
        ranked = sorted(
            first_visit.values(), key=lambda pair: (-operation_depth[id(pair[1])], pair[0])
        )
        self.operations = [operation for _, operation in ranked]


def _last_reads(nodes, outputs):
    """For each call the tensors that no later one reads, and that are no outputs."""
    seen, found = {id(x) for x in outputs}, []
    for node in reversed(nodes):
        read = {id(x): x for x in node.input_tensors if id(x) not in seen}
        seen.update(read)
        found.append(tuple(read.values()))
    return found[::-1]


def _parents(node, stops):
    """The calls that made the inputs of ``node``, as far as the graph reaches."""
    if all(id(x) in stops for x in node.output_tensors):
        return []
    return node.parent_nodes


def _is_before(node, stops):
    """Whether a call only makes inputs of the graph, so that it lies outside."""
    return not node.is_input and all(id(x) in stops for x in node.output_tensors)


def _walk(outputs, stops):
    """The calls behind ``outputs``, each after those it needs, and operations by first visit."""
    order, first_visit = [], {}
    done, open_nodes = set(), set()
    for output in outputs:
        if output._keras_history is None:
            continue
        operation, index, _ = output._keras_history
        stack = [(operation._inbound_nodes[index], None)]
        while stack:
            node, parents = stack.pop()
            if parents is None:
                if id(node) in done or id(node) in open_nodes or _is_before(node, stops):
                    continue
                if id(node.operation) not in first_visit:
                    first_visit[id(node.operation)] = (len(first_visit), node.operation)
                open_nodes.add(id(node))
                parents = iter(_parents(node, stops))
            following = next(parents, None)
            if following is None:
                open_nodes.discard(id(node))
                done.add(id(node))
                order.append(node)
            else:
                stack.append((node, parents))
                stack.append((following, None))
    return order, first_visit


def _origins(output, known):
    """The tensors behind ``output`` that nothing computes, without those in ``known``."""
    order, _ = _walk([output], known)
    tensors = [output, *(x for node in order for x in (*node.input_tensors, *node.output_tensors))]
    return [
        x
        for x in tensors
        if id(x) not in known
        and (
            x._keras_history is None
            or x._keras_history.operation._inbound_nodes[x._keras_history.node_index].is_input
        )
    ]


class Function(Operation):
    """The computation between symbolic inputs and outputs, ready to run on arrays.

    Args:
        inputs: a symbolic tensor, or a list or dict of them. What computes them is left out.
        outputs: what is computed from them, in the same kinds of structure.
        name: a string.

    Raises:
        ValueError: if the outputs cannot be computed from the inputs.

    >>> import minikeras as keras
    >>> x = keras.Input((2,))
    >>> f = keras.Function(x, keras.ops.sum(x, axis=1))
    >>> f(keras.ops.array([[1.0, 2.0]])).tolist()
    [3.0]
    """

    def __init__(self, inputs, outputs, name=None):
        super().__init__(name=name)
        self._inputs_struct = tree.map_structure(lambda x: x, inputs)
        self._outputs_struct = tree.map_structure(lambda x: x, outputs)
        self._inputs = tree.flatten(inputs)
        self._outputs = tree.flatten(outputs)
        self._check_tensors()
        self._graph = Graph(self._inputs, self._outputs)
        self._check_connected()

    def _check_tensors(self):
        for what, tensors in (("inputs", self._inputs), ("outputs", self._outputs)):
            if not tensors:
                raise ValueError(f"{self.name!r}: the `{what}` argument cannot be empty")
            for x in tensors:
                if not isinstance(x, KerasTensor):
                    raise ValueError(
                        f"{self.name!r}: All `{what}` values must be KerasTensors that come from "
                        f"keras.Input or from calls on such tensors. Received: {x!r}"
                    )

    def _check_connected(self):
        known = {id(x) for x in self._inputs}
        for output in self._outputs:
            for x in _origins(output, known):
                raise ValueError(
                    f"{self.name!r}: Output {output!r} is not connected to `inputs`: it depends "
                    f"on {x!r}, which is not among them"
                )

    @property
    def operations(self):
        """What the graph calls, in Keras's order."""
        return list(self._graph.operations)

    @property
    def inputs(self):
        """The symbolic inputs as a list."""
        return list(self._inputs)

    @property
    def outputs(self):
        """The symbolic outputs as a list."""
        return list(self._outputs)

    def compute_output_spec(self, inputs):
        """The symbolic outputs for other symbolic inputs."""
        return infer_output(self.call, (inputs,), {})

    def compute_output_shape(self, input_shape):
        """The shapes of the outputs for the shapes of the inputs."""
        flat = [input_shape] if tree.is_shape(input_shape) else _shapes(input_shape)
        inputs = [KerasTensor(s, x.dtype) for s, x in zip(flat, self._inputs)]
        outputs = self.compute_output_spec(tree.pack_sequence_as(self._inputs_struct, inputs))
        return tree.map_structure(lambda x: x.shape, outputs)

    def call(self, inputs):
        """The outputs for arrays ``inputs``."""
        return self.run(self._flat_values(inputs))

    def _flat_values(self, inputs):
        values = tree.flatten(inputs)
        if len(values) != len(self._inputs):
            raise ValueError(
                f"{self.name!r} was called with an invalid input structure: it expects "
                f"{len(self._inputs)} inputs. Received: {len(values)}"
            )
        for x, value in zip(self._inputs, values):
            shape = getattr(value, "shape", x.shape)
            fits = len(shape) == len(x.shape) and all(
                a is None or b is None or a == b for a, b in zip(shape, x.shape)
            )
            if not fits:
                raise ValueError(
                    f"{self.name!r} was called with incompatible inputs: expected shape {x.shape} "
                    f"for {x.name!r}. Received: shape {tuple(shape)}"
                )
        return values

    def run(self, values, call=None):
        """The outputs for a flat list of input values.

        Args:
            values: arrays, one per input.
            call: how to carry out one node: a function of ``(operation, args, kwargs)``.
        """
        known = {id(x): value for x, value in zip(self._inputs, values)}

        def fill(x):
            return known[id(x)] if isinstance(x, KerasTensor) else x

        for node, read in zip(self._graph.nodes, self._graph.last_reads):
            if node.is_input or all(id(x) in known for x in node.output_tensors):
                continue
            if len(node.args) == 1 and not node.kwargs and isinstance(node.args[0], KerasTensor):
                args, kwargs = (known[id(node.args[0])],), {}
            else:
                args, kwargs = tree.map_structure(fill, (node.args, node.kwargs))
            if call is None:
                result = node.operation(*args, **kwargs)
            else:
                result = call(node.operation, args, kwargs)
            leaves = tree.flatten(result)
            for x, i in zip(node.output_tensors, node.output_positions):
                known[id(x)] = leaves[i]
            for x in read:  # the memory of what nobody needs is free for what comes next
                del known[id(x)]
        return tree.map_structure(lambda x: known[id(x)], self._outputs_struct)


def _shapes(structure):
    found = []
    tree.map_shape_structure(found.append, structure)
    return found
