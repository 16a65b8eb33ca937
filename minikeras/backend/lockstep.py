"""What the loops of SimpleRNN, LSTM and GRU over time have in common (`recurrent_loops`).

Each goes through several sequences of the same shape in lockstep, as the two directions of a
bidirectional layer are: a step of a small network takes as long for two as for one, for the time
goes into the calls of NumPy. Every number is computed as it would be for one sequence by itself.
That is also why steps make as few calls as can be: no temporary arrays, numbers as arrays of rank
0, views of all steps made by one iteration, several gates at once where their factors lie alike.

What a step does not wait for is done beside the loop by other threads: inputs are projected a
chunk of steps ahead, and gradients of weights and inputs follow a chunk behind. Chunks follow from
shapes alone.

Letters: D sequences, T steps, B batch, F features, U units, k gates. Within, the batch is n stacks
of r rows, n r = B, so that a product with a recurrent kernel is a stack of small ones where these
are quicker (see `small_products`). Gates lie apart, (T, k, D, n, r, U), so that what is computed at
a time lies together; their gradients lie side by side, (D, T, B, k U), as the products that
follow need them.
"""

import math
from threading import Lock

from minikeras.backend import reduction, small_products, threads
from minikeras.backend.product import product
from minikeras.backend.xp import ON_GPU, np, xp

# Elements of a block of time steps in a backward pass: what lies between stays in the cache.
_BLOCK = 32768
# Multiplications for a gate from which `product` looks whether to use threads.
_LARGE = 1 << 22
# Multiplications of a chunk of steps ahead of the loop and behind it, and the most chunks.
_CHUNK_AHEAD = 1 << 23
_CHUNK_BEHIND = 1 << 24
_MOST_CHUNKS = 8
# Multiplications of a small product, and rows that it should have.
_SMALL = 10**6
_LEAST_ROWS = 4


def wide(arrays, dtype=None):
    """The arrays in the dtype to compute in: NumPy has no fast products in half precision."""
    if ON_GPU or (dtype or arrays[0].dtype) != np.float16:
        return arrays
    return [a if a is None or a.dtype == bool else a.astype(np.float32) for a in arrays]


def narrow(dtype, arrays):
    return tuple(a if a is None else a.astype(dtype, copy=False) for a in arrays)


class Sizes:
    """The sizes of what goes in lockstep, and how the batch and the steps are cut."""

    def __init__(self, runs, x, h, recurrent_kernel):
        self.runs = runs
        self.steps, self.batch, self.features = x.shape
        self.units, self.width = recurrent_kernel.shape
        self.dtype = x.dtype
        self.rows = _rows_of_stacks(self.batch, recurrent_kernel.size)
        self.lead = (runs, self.batch // self.rows if self.rows else 1, self.rows)
        self.is_empty = h.size == 0
        # What multiplies states with recurrent kernels: on several threads if they are large.
        self.is_large = is_large(self.batch, self.units)
        self.times = _large_product if self.is_large else xp.matmul

    def chunks(self, length, least):
        """Slices of time, so that products of rows of a length make ``least`` multiplications."""
        work = self.steps * self.batch * length * self.width
        is_one = ON_GPU or self.is_large
        return threads.slices_of(self.steps, 1 if is_one else min(work // least, _MOST_CHUNKS))

    def empty(self, *lead):
        """An array (*lead, D, n, r, U)"""
        return xp.empty((*lead, *self.lead, self.units), self.dtype)

    def history(self, first):
        """An array (T + 1, D, n, r, U) for states and all that follow them."""
        found = self.empty(self.steps + 1)
        for k, state in enumerate(first):
            found[0, k] = state.reshape(found.shape[2:])
        return found

    def cut(self, x):
        """(T, B, N) -> (T, n, r, N)"""
        return x.reshape(len(x), *self.lead[1:], x.shape[-1])

    def together(self, arrays):
        """D arrays (T, B, N) -> (T, D, n, r, N)"""
        if len(arrays) == 1:
            return self.cut(arrays[0])[:, None]
        return xp.stack([self.cut(a) for a in arrays], axis=1)

    def states(self, arrays):
        """D arrays (B, U) -> (D, n, r, U), fresh"""
        return xp.stack(arrays).reshape(*self.lead, self.units)

    def steps_of(self, history, k):
        """(T, D, n, r, U) -> (T, B, U) of sequence k"""
        return history[:, k].reshape(len(history), self.batch, self.units)

    def last_of(self, state, k):
        """(D, n, r, U) -> (B, U) of sequence k, fresh"""
        return state[k].reshape(self.batch, self.units).copy()


def is_large(batch, units):
    """Whether the products of states pay on several threads."""
    return not ON_GPU and batch * units * units >= _LARGE


def _large_product(x, kernels, out):
    """(..., D, n, r, N) times (..., D, 1, N, M), each on several threads"""
    for k in range(x.shape[-4]):
        rows, filled = (a[..., k, :, :, :] for a in (x, out))
        rows, filled = (a.reshape(*a.shape[:-3], -1, a.shape[-1]) for a in (rows, filled))
        product(rows, kernels[..., k, 0, :, :], out=filled)


def _rows_of_stacks(batch, kernel_size):
    if batch * kernel_size <= _SMALL or not small_products.helps():
        return batch
    fitting = range(_LEAST_ROWS, _SMALL // kernel_size + 1)
    return max((r for r in fitting if batch % r == 0), default=batch)


def _flat(x):
    """(T, B, N) -> (T * B, N)"""
    return x.reshape(x.shape[0] * x.shape[1], x.shape[2])


def by_gates_of_kernels(kernels, order):
    """D arrays (N, k U) -> (k, D, 1, N, U), fresh, the gates in the given order"""
    count = len(order)
    parts = [k.reshape(len(k), count, -1).transpose(1, 0, 2)[list(order)] for k in kernels]
    return xp.ascontiguousarray(xp.stack(parts, axis=1)[:, :, None])


def turned_kernels(kernels):
    """D arrays (U, k U) -> (D, 1, k U, U), fresh"""
    return xp.ascontiguousarray(xp.stack([k.T for k in kernels])[:, None])


def halves_of(sizes, count, halved):
    """Factors of k U columns: 1/2 for those gates whose sigmoid is computed as a tanh."""
    found = xp.ones((count, sizes.units), sizes.dtype)
    found[list(halved)] = 0.5
    return found.reshape(-1)


def skipped_steps(sizes, masks):
    """For each step where the state stays as it was, (T, D, n, r, 1); or T times None."""
    return [None] * sizes.steps if masks[0] is None else ~sizes.together(masks)


class Projections:
    """Fills gates with ``x W + b``, chunk by chunk, ahead of the loop.

    Args:
        order: which of the k U columns belong to each place of ``gates``, as numbers of gates.
        drops: factors (k, B, F) of x, others for each gate, or None, for each sequence.
    """

    def __init__(self, sizes, xs, kernels, biases, gates, order, drops):
        self.sizes, self.xs, self.kernels, self.biases = sizes, xs, kernels, biases
        self.gates, self.order, self.drops = gates, order, drops

    def run(self, go_on):
        """Call ``go_on`` with each chunk of steps, once they are projected."""
        parts = self.sizes.chunks(self.sizes.features, _CHUNK_AHEAD)
        runs = range(self.sizes.runs)
        if len(parts) == 1:
            for k in runs:
                self._fill(parts[0], k)
            if not self.sizes.is_empty:
                go_on(parts[0])
            return
        with threads.Tasks(len(parts)) as tasks:
            begun = [[tasks.add(self._fill, part, k) for k in runs] for part in parts]
            for part, needed in zip(parts, begun):
                for task in needed:
                    task.wait()
                go_on(part)

    def _fill(self, part, k):
        sizes, bias = self.sizes, self.biases[k]
        with threads.scratch() as take:
            z = take(((part.stop - part.start) * sizes.batch, sizes.width), sizes.dtype)
            self._multiply(part, k, z, take)
            z = z.reshape(part.stop - part.start, *sizes.lead[1:], sizes.width)
            for place, gate in enumerate(self.order):
                if gate is None:
                    continue
                columns = slice(gate * sizes.units, (gate + 1) * sizes.units)
                out = self.gates[part, place, k]
                if bias is None:
                    out[...] = z[..., columns]
                else:
                    xp.add(z[..., columns], bias[columns], out)

    def _multiply(self, part, k, z, take):
        x, kernel = self.xs[k][part], self.kernels[k]
        if self.drops[k] is None:
            product(_flat(x), kernel, out=z)
            return
        dropped = take(x.shape, x.dtype)
        for factors, columns in zip(self.drops[k], _columns(self.sizes, len(self.drops[k]))):
            xp.multiply(x, factors, out=dropped)
            product(_flat(dropped), kernel[:, columns], out=z[:, columns])


def _columns(sizes, count):
    return [slice(k * sizes.units, (k + 1) * sizes.units) for k in range(count)]


class WayBack:
    """Gradients of weights and inputs, chunk by chunk, behind the loop.

    Args:
        xs: (T, B, F) of each sequence.
        before: the states before each step, (T, D, n, r, U).
        width: m U, how many gradients of the inputs of gates there are for each sample and step.
        kernels: W of each sequence, for columns of gz as ``of_inputs`` has them.
        of_inputs, of_states: for each sequence a list of triples: some columns of gz, those of the
            gradient of W or R that they belong to, and None or a function that gives the factors
            of x or of the state, given a slice of time.
        needs_x: whether a gradient of x is wanted.
        spare: None, or gates (T, k, D, n, r, U) that nobody reads again once a chunk has been gone
            through, with k >= m; gradients are written over those of the chunk that came before.
    """

    def __init__(
        self, sizes, xs, before, width, kernels, of_inputs, of_states, needs_x, spare=None
    ):
        self.sizes, self.xs, self.before, self.kernels = sizes, xs, before, kernels
        self.width, self.of_inputs, self.of_states, self.spare = width, of_inputs, of_states, spare
        self.chunks = sizes.chunks(sizes.features + sizes.units, _CHUNK_BEHIND)
        # Sums for weights of the chunks that are done, and what waits for a later one to be done.
        self.sums = [None] * sizes.runs
        self.waiting, self.due = {}, [len(self.chunks) - 1] * sizes.runs
        self.lock = Lock()
        self.g_xs = [xp.empty(x.shape, sizes.dtype) if needs_x else None for x in xs]

    def run(self, go_back):
        """Call ``go_back`` with blocks of steps, from the last to the first, and memory for gz.

        That is (D, steps of the block, n, r, m U). It lasts until what follows a chunk is done.
        """
        chunks = self.chunks
        if len(chunks) == 1:
            for function, *args in self._behind(0, self._gone_back(go_back, chunks[0])):
                function(*args)
            return
        with threads.Tasks(len(chunks)) as tasks:
            for number in reversed(range(len(chunks))):
                gz = self._gone_back(go_back, chunks[number])
                first, *_ = [tasks.add(*call) for call in self._behind(number, gz)]
                if number == len(chunks) - 1:
                    # A thread that wakes gets Python's lock only during a long call.
                    first.run()

    def _gone_back(self, go_back, chunk):
        """gz of a chunk, (D, T, B, m U)"""
        sizes, count = self.sizes, chunk.stop - chunk.start
        gz = self._memory((sizes.runs, count, *sizes.lead[1:], self.width), chunk)
        for block in [] if sizes.is_empty else _blocks(sizes, chunk):
            go_back(block, gz[:, block.start - chunk.start : block.stop - chunk.start])
        return gz.reshape(sizes.runs, count, sizes.batch, self.width)

    def _memory(self, shape, chunk):
        """Memory for gz of a chunk: that of the gates of as many steps behind it, or fresh."""
        count = chunk.stop - chunk.start
        if self.spare is None or chunk.stop + count > self.sizes.steps:
            return xp.empty(shape, self.sizes.dtype)
        return self.spare[chunk.stop :][:count].reshape(-1)[: math.prod(shape)].reshape(shape)

    def _behind(self, number, gz):
        """The calls for a chunk whose gz is known, as tuples of a function and its arguments."""
        for k in range(self.sizes.runs):
            yield self._sum_for_weights, number, k, _flat(gz[k])
            if self.g_xs[k] is not None:
                yield self._reach_input, self.chunks[number], k, _flat(gz[k])

    def _reach_input(self, part, k, gz):
        kernel = self.kernels[k]
        g_x = _flat(self.g_xs[k][part])
        if len(self.of_inputs[k]) == 1:
            ((columns, places, _),) = self.of_inputs[k]
            product(gz[:, columns], kernel[:, places].T, out=g_x)
            return
        g_x[...] = 0
        with threads.scratch() as take:
            through = take(self.g_xs[k][part].shape, g_x.dtype)
            for columns, places, factors in self.of_inputs[k]:
                product(gz[:, columns], kernel[:, places].T, out=_flat(through))
                through *= factors(part)
                g_x += _flat(through)

    def _sum_for_weights(self, number, k, gz):
        part, sizes = self.chunks[number], self.sizes
        of_kernel = xp.empty((sizes.features, sizes.width), sizes.dtype)
        of_recurrent = xp.empty((sizes.units, sizes.width), sizes.dtype)
        x, before = self.xs[k][part], sizes.steps_of(self.before[part], k)
        _sum_products(x, gz, self.of_inputs[k], part, of_kernel)
        _sum_products(before, gz, self.of_states[k], part, of_recurrent)
        self._add(number, k, [of_kernel, of_recurrent, reduction.total(gz, (0,))[0]])

    def _add(self, number, k, found):
        """Add what was found for a chunk to the sums, as soon as all later chunks have been."""
        with self.lock:
            self.waiting[number, k] = found
            while (self.due[k], k) in self.waiting:
                found = self.waiting.pop((self.due[k], k))
                self.due[k] -= 1
                if self.sums[k] is None:
                    self.sums[k] = found
                    continue
                for total, part in zip(self.sums[k], found):
                    total += part

    def results(self):
        """Of each sequence the gradients of x, W and R, and the sums of the columns of gz."""
        sizes = self.sizes
        for g_x, sums in zip(self.g_xs, self.sums):
            if sums is None:  # no steps
                shapes = (sizes.features, sizes.width), (sizes.units, sizes.width), (self.width,)
                sums = [xp.zeros(shape, sizes.dtype) for shape in shapes]
            yield g_x, *sums


def _sum_products(x, gz, terms, part, out):
    for columns, places, factors in terms:
        rows = x if factors is None else x * factors(part)
        product(_flat(rows).T, gz[:, columns], out=out[:, places])


def plain_terms(sizes, factors):
    """The terms of `WayBack` for gates that lie as in the kernels, with factors for each gate."""
    if factors is None:
        return [(slice(None), slice(None), None)]
    return [(c, c, lambda _, f=f: f) for c, f in zip(_columns(sizes, len(factors)), factors)]


def _blocks(sizes, part):
    """Slices of a chunk of time from the last to the first."""
    count = part.stop - part.start
    elements = count * sizes.runs * sizes.batch * sizes.units
    for s in reversed(threads.slices_of(count, -(-elements // _BLOCK))):
        yield slice(part.start + s.start, part.start + s.stop)


def backwards(block, *arrays):
    """The steps of a block, the last first: of each array views; None for what is None."""
    none = [None] * (block.stop - block.start)
    return zip(*(none if a is None else a[::-1] for a in arrays))


def part_of(x, block):
    return None if x is None else x[block]


def given_gradients(sizes, g_outputs):
    """The gradients of all states, (T, D, n, r, U), or None."""
    return None if g_outputs[0] is None else sizes.together(g_outputs)


def results_of(sizes, dtype, states, sequences, others=()):
    """Of each sequence all states or None, the last one, and its part of ``others``."""
    last = (states[-1], *others)
    return [
        narrow(
            dtype,
            (
                sizes.steps_of(states[1:], k) if sequences else None,
                *(sizes.last_of(state, k) for state in last),
            ),
        )
        for k in range(sizes.runs)
    ]
