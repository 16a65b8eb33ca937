"""Loss: the base class, and how values per sample become one number under weights and masks."""

import math

from minikeras import config, dtype_policies, ops, tree
from minikeras.backend.masks import get_mask
from minikeras.serialization import Configurable
from minikeras.symbolic.operation import auto_name

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
_MEANS = ("sum_over_batch_size", "mean")


def computation_dtype(dtype):
    """The name of the dtype to compute in, for a dtype, a dtype policy, its name, or None.

    >>> computation_dtype(None), computation_dtype("mixed_float16"), computation_dtype("int")
    ('float32', 'float16', 'int32')
    """
    if dtype is None:
        return config.floatx()  # whatever the global policy of layers is
    return dtype_policies.get("int32" if dtype in ("int", int) else dtype).compute_dtype


def standardize_reduction(reduction):
    """``reduction`` itself, if it is one of `REDUCTIONS`.

    Raises:
        ValueError: for any other value.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"Invalid value for argument `reduction`. Expected one of {REDUCTIONS}. "
            f"Received: {reduction!r}"
        )
    return reduction


def squeeze_or_expand_to_same_rank(x1, x2, expand_rank_1=True):
    """``x1`` and ``x2``, a last axis of length 1 dropped or added where their ranks differ by 1.

    Args:
        x1, x2: tensors.
        expand_rank_1: whether a tensor of rank 1 is given a last axis rather than the other one
            losing its own.

    Returns:
        The pair, unchanged where there is nothing to mend.
    """
    rank_1, rank_2 = len(x1.shape), len(x2.shape)
    if rank_1 == rank_2 + 1 and x1.shape[-1] == 1:
        if rank_2 == 1 and expand_rank_1:
            return x1, ops.expand_dims(x2, axis=-1)
        return ops.squeeze(x1, axis=-1), x2
    if rank_2 == rank_1 + 1 and x2.shape[-1] == 1:
        if rank_1 == 1 and expand_rank_1:
            return ops.expand_dims(x1, axis=-1), x2
        return x1, ops.squeeze(x2, axis=-1)
    return x1, x2


def apply_mask(sample_weight, mask, dtype, reduction):
    """``sample_weight`` with 0 where ``mask`` is False.

    Under a mean the weights of valid entries grow by ``entries / valid entries``: a later division
    by the number of all entries then divides by that of the valid ones.
    """
    if mask is None:
        return sample_weight
    weight = ops.cast(mask, dtype)
    if reduction in _MEANS:
        total = ops.cast(ops.size(mask), dtype)
        scale = ops.divide_no_nan(total, ops.sum(weight))  # no entry may be valid
        weight = ops.multiply(weight, scale)
    if sample_weight is None:
        return weight
    weight, sample_weight = squeeze_or_expand_to_same_rank(weight, ops.cast(sample_weight, dtype))
    return ops.multiply(sample_weight, weight)


def reduce_values(values, sample_weight=None, reduction="sum_over_batch_size"):
    """``values``, already weighted, summed or averaged as ``reduction`` says."""
    shape = tuple(values.shape)
    if reduction in ("none", None) or shape in ((), (0,)):
        return values
    if reduction == "sum":
        return ops.sum(values)
    by_weights = reduction == "mean_with_sample_weight" and sample_weight is not None
    if not by_weights and None not in shape and math.prod(shape) > 0:
        return ops.mean(values)
    divisor = ops.sum(sample_weight) if by_weights else ops.size(values)
    return ops.divide_no_nan(ops.sum(values), ops.cast(divisor, values.dtype))


def reduce_weighted_values(
    values, sample_weight=None, mask=None, reduction="sum_over_batch_size", dtype=None
):
    """``values`` under weights and mask, summed or averaged.

    Args:
        values: losses, of shape ``(batch, ...)``.
        sample_weight: None, a number, or a tensor that broadcasts against ``values``, a last axis
            of length 1 aside.
        mask: None, or a boolean tensor: which entries count.
        reduction: one of `REDUCTIONS`.
        dtype: the dtype of the result.

    Returns:
        A scalar, or a tensor of the shape of ``values`` if nothing is reduced.
    """
    reduction = standardize_reduction(reduction)
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=values.dtype)
    sample_weight = apply_mask(sample_weight, mask, values.dtype, reduction)
    if sample_weight is not None:
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        values = ops.multiply(values, sample_weight)
    return reduce_values(values, sample_weight, reduction)


def joined_masks(first, second):
    """Where both masks are True; a mask that is None says nothing."""
    if first is None or second is None:
        return second if first is None else first
    return ops.logical_and(first, second)


def check_labels(y_true, classes, ignore_class=None, name="y_true"):
    """Raise unless ``y_true`` holds class indices from 0 to ``classes - 1``.

    On the device such labels would silently give a wrong loss, so they are looked at on the host,
    before they are sent there.

    Args:
        y_true: a NumPy array of integers, or of floats that are whole numbers.
        classes: how many classes there are.
        ignore_class: a label that is allowed beside them, or None.
        name: what to call the labels in the message.

    Raises:
        ValueError: if a label is out of range or no whole number.

    >>> import numpy as np
    >>> check_labels(np.array([0, 2]), classes=3)
    >>> check_labels(np.array([0, 3]), classes=3)
    Traceback (most recent call last):
    ValueError: y_true holds the label 3; with 3 classes, labels go from 0 to 2. ...
    """
    if not y_true.size:
        return
    check_no_nan(y_true, name)
    wrong = (y_true < 0) | (y_true >= classes)
    if y_true.dtype.kind == "f":
        wrong |= y_true != y_true.round()
    if ignore_class is not None:
        wrong &= y_true != ignore_class
    if wrong.any():
        found = y_true[wrong]
        shown = found.max() if found.max() >= classes else found.min()
        raise ValueError(
            f"{name} holds the label {shown.item()}; with {classes} classes, labels go from 0 to "
            f"{classes - 1}. Make the last layer as wide as there are classes, number the classes "
            "from 0, or name a label to be skipped with "
            "SparseCategoricalCrossentropy(ignore_class=...). For one-hot labels use "
            "CategoricalCrossentropy."
        )


def check_no_nan(y_true, name="y_true"):
    """Raise ValueError if ``y_true``, a NumPy array, contains NaN."""
    if y_true.dtype.kind == "f" and (y_true != y_true).any():
        first = tuple(int(positions[0]) for positions in (y_true != y_true).nonzero())
        raise ValueError(
            f"{name} contains NaN, first at index {first}, so the loss would be NaN. Remove these "
            "samples, or fill them in."
        )


class Loss(Configurable):
    """How far predictions are from the truth. Subclasses define ``call(y_true, y_pred)``.

    Args:
        name: a string; made up from the class name if not given.
        reduction: how the losses of the samples become one number. ``"sum_over_batch_size"`` and
            ``"mean"`` (the same): their mean; ``"sum"``: their sum; ``"mean_with_sample_weight"``:
            their sum by that of the sample weights; ``"none"`` or None: they are returned as they
            are.
        dtype: the dtype, or dtype policy, to compute in; floatx by default.

    Raises:
        ValueError: if ``reduction`` is none of these.

    >>> import minikeras as keras
    >>> class Gap(keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return keras.ops.max(keras.ops.abs(y_true - y_pred), axis=-1)
    >>> float(Gap()([[0.0, 0.0]], [[1.0, 3.0]]))
    3.0
    """

    config_omits = frozenset({"dtype"})

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name or auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self._given_dtype = dtype
        self._dtype = computation_dtype(dtype)

    @property
    def dtype(self):
        """The name of the dtype that the loss is computed in."""
        return self._dtype

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of a batch.

        Args:
            y_true: what was wanted: a tensor or a structure of tensors.
            y_pred: what the model gave, in the form that `call` expects beside it. Its mask, if
                it has one, says which entries count.
            sample_weight: None, or weights that broadcast against the losses of the samples.

        Returns:
            A scalar, or one loss per sample if there is no reduction.
        """
        mask = get_mask(y_pred)
        y_true, y_pred = self._as_tensors(y_true), self._as_tensors(y_pred)
        losses = self.call(y_true, y_pred)
        return reduce_weighted_values(
            losses,
            sample_weight=sample_weight,
            mask=joined_masks(mask, get_mask(losses)),
            reduction=self.reduction,
            dtype=self.dtype,
        )

    def _as_tensors(self, structure):
        """Tensors of the loss's dtype; lists of numbers count as one tensor."""
        is_tensor = not tree.is_nested(structure) or all(
            isinstance(leaf, (bool, int, float)) for leaf in tree.flatten(structure)
        )
        if is_tensor:
            return ops.convert_to_tensor(structure, dtype=self.dtype)
        return tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=self.dtype), structure)

    def call(self, y_true, y_pred):
        """The loss of each sample, of shape ``(batch, ...)``; subclasses define it."""
        raise TypeError(
            f"{type(self).__name__} defines no method call(y_true, y_pred); a Loss needs one"
        )

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        return self._given_dtype if name == "dtype" else super().config_value(name)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


class WrapsFunction(Configurable):
    """A mixin: the configuration of an object that calls ``fn(y_true, y_pred, **settings)``.

    ``_fn_kwargs`` holds the settings. They are attributes, and those given as ``**kwargs`` go into
    the configuration.
    """

    # Arguments that Keras does not write to files; here they are written if they are not these.
    unwritten = {}

    def __getattr__(self, name):
        settings = self.__dict__.get("_fn_kwargs", {})
        if name in settings:
            return settings[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_config(self):
        """The constructor's arguments as plain values."""
        config = super().get_config()
        for name, default in self.unwritten.items():
            if name in config and config[name] == default:
                del config[name]
        return config

    def _config_names(self):
        names = super()._config_names()
        return [*names, *self._fn_kwargs] if "fn" in names else names

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        if name in self._fn_kwargs:
            return self._fn_kwargs[name]
        return super().config_value(name)


class LossFunctionWrapper(WrapsFunction, Loss):
    """A `Loss` made of a function.

    Args:
        fn: a function of ``(y_true, y_pred, **kwargs)`` that returns one loss per sample.
        reduction, name, dtype: see `Loss`.
        **kwargs: more arguments of ``fn``.

    >>> import minikeras as keras
    >>> loss = LossFunctionWrapper(keras.losses.huber, delta=0.5)
    >>> float(loss([[0.0]], [[1.0]]))
    0.375
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        """The loss of each sample: ``fn`` on the arguments brought to the same rank."""
        if not tree.is_nested(y_true) and not tree.is_nested(y_pred):
            y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        else:
            tree.assert_same_structure(y_true, y_pred)
            pairs = [
                squeeze_or_expand_to_same_rank(t, p)
                for t, p in zip(tree.flatten(y_true), tree.flatten(y_pred))
            ]
            y_true = tree.pack_sequence_as(y_true, [t for t, _ in pairs])
            y_pred = tree.pack_sequence_as(y_pred, [p for _, p in pairs])
        return self.fn(y_true, y_pred, **self._fn_kwargs)
