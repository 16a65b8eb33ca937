"""Add, Multiply, Concatenate, Dot and the other layers that join several tensors into one.

Each layer has a function beside it (``add``, ``concatenate`` ...) that makes and calls it.
"""

import functools

from minikeras import ops
from minikeras.backend.masks import get_mask
from minikeras.layers.layer import Layer


class Merge(Layer):
    """The base: joins tensors that agree in shape up to broadcasting, pair by pair."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        """Check that the shapes can be joined."""
        self._check_several(input_shape, 1)
        ranks = {len(shape) for shape in input_shape}
        if len(ranks) > 1:
            return  # lower ranks are filled up with axes of length 1 after the batch
        for sides in zip(*input_shape):
            if len({n for n in sides if n not in (None, 1)}) > 1:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: the inputs cannot be broadcast "
                    f"together. Received shapes: {[tuple(s) for s in input_shape]}"
                )

    def _check_several(self, inputs, least=2):
        if not isinstance(inputs, (list, tuple)) or len(inputs) < least:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} must be called on a list of at least {least} "
                f"tensors. Received: {inputs!r}"
            )

    def merge(self, inputs):
        """The tensors joined; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `merge`")

    def call(self, inputs):
        """The tensors joined; those of lower rank get axes of length 1 after the batch."""
        self._check_several(inputs, 1)
        rank = max(len(x.shape) for x in inputs)
        return self.merge([_filled_up(x, rank) for x in inputs])

    def compute_mask(self, inputs, mask=None):
        """True where any input counts, if all inputs have masks."""
        self._check_masks(inputs, mask)
        if mask is None or any(m is None for m in mask):
            return None
        return functools.reduce(ops.logical_or, mask)

    def _check_masks(self, inputs, mask):
        if mask is None:
            return
        for name, value in (("mask", mask), ("inputs", inputs)):
            if not isinstance(value, (list, tuple)):
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: `{name}` should be a list. "
                    f"Received: {value!r}"
                )
        if len(mask) != len(inputs):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the lists of inputs and of masks should "
                f"have the same length. Received: {len(inputs)} and {len(mask)}"
            )


class MaskedMerge(Merge):
    """The base of merges in which a masked step of one input leaves those of the others alone.

    Sums have a neutral element, zero, which masked steps are; products and maxima need this.
    """

    def call(self, inputs):
        """The tensors joined, each where it counts."""
        self._check_several(inputs, 1)
        rank = max(len(x.shape) for x in inputs)
        masks = [_spread(get_mask(x), x, rank) for x in inputs]
        inputs = [_filled_up(x, rank) for x in inputs]
        return self.merge(inputs) if all(m is None for m in masks) else self.fold(inputs, masks)

    def fold(self, inputs, masks):
        """The tensors joined pair by pair; where only one of a pair counts, that one."""
        joined, counts = inputs[0], masks[0]
        for x, mask in zip(inputs[1:], masks[1:]):
            if mask is not None:
                x = ops.where(mask, x, joined)
            joined = self.merge([joined if counts is None else ops.where(counts, joined, x), x])
            counts = None if counts is None or mask is None else ops.logical_or(counts, mask)
        return joined


def _filled_up(x, rank):
    missing = rank - len(x.shape)
    if missing:
        x = ops.reshape(x, (x.shape[0], *(1,) * missing, *x.shape[1:]))
    return x


def _spread(mask, x, rank):
    """A mask of the leading axes of ``x`` with axes of length 1 for the others."""
    if mask is None:
        return None
    trailing = (1,) * (len(x.shape) - len(mask.shape))
    return _filled_up(ops.reshape(mask, (*mask.shape, *trailing)), rank)


class Add(Merge):
    """The sum of the inputs.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[1.0]]), keras.ops.array([[2.0]])
    >>> keras.layers.Add()([a, b]).tolist()
    [[3.0]]
    """

    def merge(self, inputs):
        """The sum."""
        return functools.reduce(ops.add, inputs)


class Subtract(Merge):
    """The difference of two inputs.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[1.0]]), keras.ops.array([[2.0]])
    >>> keras.layers.Subtract()([a, b]).tolist()
    [[-1.0]]
    """

    def build(self, input_shape):
        """Check that there are two inputs that can be joined."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                f"Subtract {self.name!r}: the layer should be called on exactly 2 inputs. "
                f"Received: {len(input_shape)}"
            )

    def merge(self, inputs):
        """The difference."""
        first, second = inputs
        return ops.subtract(first, second)


class Multiply(MaskedMerge):
    """The product of the inputs, element by element.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[3.0]]), keras.ops.array([[2.0]])
    >>> keras.layers.Multiply()([a, b]).tolist()
    [[6.0]]
    """

    def merge(self, inputs):
        """The product."""
        return functools.reduce(ops.multiply, inputs)

    def fold(self, inputs, masks):
        """The product of those that count; 0 where none does."""
        pairs = zip(inputs, masks)
        product = self.merge([x if m is None else ops.where(m, x, 1) for x, m in pairs])
        if any(m is None for m in masks):
            return product
        return ops.where(functools.reduce(ops.logical_or, masks), product, 0)


class Average(Merge):
    """The mean of the inputs, element by element.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[1.0]]), keras.ops.array([[2.0]])
    >>> keras.layers.Average()([a, b]).tolist()
    [[1.5]]
    """

    def merge(self, inputs):
        """The mean."""
        return ops.divide(functools.reduce(ops.add, inputs), len(inputs))


class Maximum(MaskedMerge):
    """The largest of the inputs, element by element.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[1.0]]), keras.ops.array([[2.0]])
    >>> keras.layers.Maximum()([a, b]).tolist()
    [[2.0]]
    """

    def merge(self, inputs):
        """The maximum."""
        return functools.reduce(ops.maximum, inputs)


class Minimum(MaskedMerge):
    """The smallest of the inputs, element by element.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[1.0]]), keras.ops.array([[2.0]])
    >>> keras.layers.Minimum()([a, b]).tolist()
    [[1.0]]
    """

    def merge(self, inputs):
        """The minimum."""
        return functools.reduce(ops.minimum, inputs)


class Concatenate(Merge):
    """The inputs one after the other along an axis.

    Args:
        axis: the axis, in which alone the shapes may differ.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[1.0]]), keras.ops.array([[2.0]])
    >>> keras.layers.Concatenate()([a, b]).tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape):
        """Check that the shapes differ in the axis alone."""
        self._check_several(input_shape, 1)
        shapes = [list(shape) for shape in input_shape]
        if len({len(shape) for shape in shapes}) > 1 or not shapes[0]:
            self._refuse(input_shape)
        axis = self.axis % len(shapes[0])
        for i, sides in enumerate(zip(*shapes)):
            if i != axis and len({n for n in sides if n is not None}) > 1:
                self._refuse(input_shape)

    def _refuse(self, shapes):
        raise ValueError(
            f"Concatenate {self.name!r} requires inputs with matching shapes except for the "
            f"concatenation axis, {self.axis}. Received shapes: {[tuple(s) for s in shapes]}"
        )

    def call(self, inputs):
        """The inputs one after the other."""
        self._check_several(inputs, 1)
        return ops.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs, mask=None):
        """The masks one after the other; inputs without a mask count everywhere."""
        self._check_masks(inputs, mask)
        if mask is None or all(m is None for m in mask):
            return None
        masks = []
        for x, m in zip(inputs, mask):
            if m is None:
                m = ops.ones_like(x, dtype="bool")
            elif len(m.shape) < len(x.shape):
                m = ops.logical_or(ops.expand_dims(m, -1), ops.zeros_like(x, dtype="bool"))
            masks.append(m)
        return ops.any(ops.concatenate(masks, axis=self.axis), axis=-1)


class Dot(Merge):
    """The dot products of two inputs, sample by sample.

    Args:
        axes: the axis (or one axis of each input) to sum over; not the batch.
        normalize: whether to scale to unit length along the axes first, which gives cosines.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> a, b = keras.ops.array([[1.0, 2.0]]), keras.ops.array([[3.0, 4.0]])
    >>> keras.layers.Dot(axes=1)([a, b]).tolist()
    [[11.0]]
    """

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        is_pair = isinstance(axes, (list, tuple)) and len(axes) == 2
        if not isinstance(axes, int) and not (is_pair and all(isinstance(a, int) for a in axes)):
            raise ValueError(
                f"Dot {self.name!r}: axes must be an integer or a pair of them. Received: {axes!r}"
            )
        self.axes = axes
        self.normalize = normalize

    def build(self, input_shape):
        """Check that there are two inputs that agree in the axes."""
        self._check_several(input_shape)
        if len(input_shape) != 2:
            raise ValueError(f"Dot {self.name!r} takes exactly 2 inputs. Received: {input_shape}")
        first, second = input_shape
        axes = self._axes_for(len(first), len(second))
        if None not in (m := (first[axes[0]], second[axes[1]])) and m[0] != m[1]:
            raise ValueError(
                f"Dot {self.name!r}: the inputs differ in the axes {axes}. Received shapes: "
                f"{tuple(first)} and {tuple(second)}"
            )

    def _axes_for(self, *ranks):
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        axes = [axis % rank for axis, rank in zip(axes, ranks)]
        if 0 in axes:
            raise ValueError(f"Dot {self.name!r} cannot sum over the batch. Received: {self.axes}")
        return axes

    def call(self, inputs):
        """The dot products: the batch, then the other axes of the first and of the second."""
        self._check_several(inputs)
        x, y = inputs
        axes = self._axes_for(len(x.shape), len(y.shape))
        if self.normalize:
            x, y = (ops.normalize(v, axis=axis) for v, axis in zip((x, y), axes))
        letters = iter("bcdefghijklmnopqrstuvwxyz")
        x_letters = ["a"] + [next(letters) for _ in x.shape[1:]]
        y_letters = ["a"] + [next(letters) for _ in y.shape[1:]]
        y_letters[axes[1]] = x_letters[axes[0]]
        kept = [c for i, c in enumerate(x_letters) if i != axes[0]]
        kept += [c for i, c in enumerate(y_letters) if i not in (0, axes[1])]
        out = ops.einsum(f"{''.join(x_letters)},{''.join(y_letters)}->{''.join(kept)}", x, y)
        return ops.expand_dims(out, -1) if len(kept) == 1 else out

    def compute_mask(self, inputs, mask=None):
        """Sums have no masked steps left."""
        return


def add(inputs, **kwargs):
    """The sum of tensors; see `Add`.

    >>> import minikeras as keras
    >>> keras.layers.add([keras.ops.ones((1, 1)), keras.ops.ones((1, 1))]).tolist()
    [[2.0]]
    """
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """The difference of two tensors; see `Subtract`.

    >>> import minikeras as keras
    >>> keras.layers.subtract([keras.ops.ones((1, 1)), keras.ops.ones((1, 1))]).tolist()
    [[0.0]]
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """The product of tensors; see `Multiply`.

    >>> import minikeras as keras
    >>> keras.layers.multiply([keras.ops.ones((1, 1)), keras.ops.ones((1, 1))]).tolist()
    [[1.0]]
    """
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """The mean of tensors; see `Average`.

    >>> import minikeras as keras
    >>> keras.layers.average([keras.ops.ones((1, 1)), keras.ops.zeros((1, 1))]).tolist()
    [[0.5]]
    """
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """The largest of tensors; see `Maximum`.

    >>> import minikeras as keras
    >>> keras.layers.maximum([keras.ops.ones((1, 1)), keras.ops.zeros((1, 1))]).tolist()
    [[1.0]]
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """The smallest of tensors; see `Minimum`.

    >>> import minikeras as keras
    >>> keras.layers.minimum([keras.ops.ones((1, 1)), keras.ops.zeros((1, 1))]).tolist()
    [[0.0]]
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """Tensors one after the other; see `Concatenate`.

    >>> import minikeras as keras
    >>> keras.layers.concatenate([keras.ops.ones((1, 1)), keras.ops.zeros((1, 1))]).tolist()
    [[1.0, 0.0]]
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    """The dot products of two tensors; see `Dot`.

    >>> import minikeras as keras
    >>> keras.layers.dot([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).tolist()
    [[2.0]]
    """
    return Dot(axes=axes, **kwargs)(inputs)
