"""GroupNormalization: mean 0 and variance 1 over groups of features of each sample."""

from minikeras import ops
from minikeras.backend.dtypes import result_type
from minikeras.backend.normalization import standardize
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.normalization.affine import AffineNormalization


class GroupNormalization(AffineNormalization):
    """Normalizes over groups of features of each sample (Wu and He 2018, equations 1 to 6).

    The features are cut into equal groups of neighbours. Each group of each sample has its own
    mean and variance, taken over its features and all other axes but the batch. The size of the
    batch does not matter, and training and inference compute the same.

    Args:
        groups: how many groups; it divides the number of features. -1 makes a group of every
            feature (instance normalization).
        axis: the axis of the features, not that of the batch.
        epsilon: keeps the division finite.
        center, scale: whether to learn beta and gamma, one value per feature.
        beta_initializer, gamma_initializer: how the weights begin.
        beta_regularizer, gamma_regularizer: what losses they add.
        beta_constraint, gamma_constraint: what they are projected by after each update.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.GroupNormalization(groups=2, epsilon=0.0)
    >>> layer(keras.ops.array([[1.0, 3.0, 10.0, 30.0]])).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(
        self,
        groups=32,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        if not isinstance(groups, int) or (groups < 1 and groups != -1):
            raise ValueError(
                f"GroupNormalization {self.name!r}: groups must be a positive integer, or -1 for "
                f"one group per feature. Received: {groups!r}"
            )
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self.autocast = False

    def build(self, input_shape):
        """Make gamma and beta, one value per feature."""
        features = self._features(tuple(input_shape))
        if self.groups == -1:
            self.groups = features
        if features % self.groups:
            raise ValueError(
                f"GroupNormalization {self.name!r}: {features} features cannot be cut into "
                f"{self.groups} equal groups. Choose a value of groups that divides {features}."
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: features})
        self.add_affine((features,))

    def _features(self, shape):
        rank = len(shape)
        is_axis = isinstance(self.axis, int) and -rank <= self.axis < rank and self.axis % rank != 0
        if not is_axis:
            raise ValueError(
                f"GroupNormalization {self.name!r}: axis must be an axis of the inputs other than "
                f"the batch. Received: axis={self.axis!r}, inputs of shape {shape}"
            )
        if shape[self.axis] is None:
            raise ValueError(
                f"GroupNormalization {self.name!r}: the length of axis {self.axis} must be known. "
                f"Received inputs of shape {shape}"
            )
        return shape[self.axis]

    def call(self, inputs):
        """The normalized inputs, computed in float32 at least."""
        shape = tuple(inputs.shape)
        axis = self.axis % len(shape)
        x = ops.cast(inputs, result_type(inputs.dtype, "float32"))
        # (batch, ..., groups, features of a group, ...)
        split = (self.groups, shape[axis] // self.groups)
        x = ops.reshape(x, (*shape[:axis], *split, *shape[axis + 1 :]))
        others = tuple(i for i in range(1, len(x.shape)) if i != axis)
        per_feature = [1] * len(x.shape)
        per_feature[axis : axis + 2] = split
        gamma, beta = (
            None if w is None else ops.reshape(ops.cast(w, x.dtype), per_feature)
            for w in (self.gamma, self.beta)
        )
        outputs = standardize(x, gamma, beta, axes=others, epsilon=self.epsilon)[0]
        return ops.cast(ops.reshape(outputs, shape), self.compute_dtype)
