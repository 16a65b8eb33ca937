"""BatchNormalization: mean 0 and variance 1 over each batch, remembered for inference."""

from minikeras import config, initializers, ops
from minikeras.backend.dtypes import result_type
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.normalization.affine import AffineNormalization
from minikeras.ops.normalization import standardized_features


class BatchNormalization(AffineNormalization):
    """Normalizes each feature over the batch (Ioffe and Szegedy 2015, algorithm 1).

    In training ``(x - mean) / sqrt(variance + epsilon) * gamma + beta`` with the mean and variance
    of the batch (masked steps left out), which also enter moving averages:
    ``moving = moving * momentum + batch * (1 - momentum)``. In inference, and while the layer is
    not trainable, the moving averages take their place.

    Args:
        axis: the axis of the features.
        momentum: of the moving averages.
        epsilon: keeps the division finite.
        center, scale: whether to learn beta and gamma.
        beta_initializer, gamma_initializer: how the weights begin.
        moving_mean_initializer, moving_variance_initializer: how the moving averages begin.
        beta_regularizer, gamma_regularizer: what losses the weights add.
        beta_constraint, gamma_constraint: what they are projected by after each update.
        renorm: whether to correct each batch towards slower averages (Ioffe 2017).
        renorm_clipping: a dict of bounds of that correction: ``rmin``, ``rmax``, ``dmax``.
        renorm_momentum: of those averages.
        synchronized: whether replicas share statistics; there is one replica, so only False.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.BatchNormalization(epsilon=0.0)
    >>> layer(keras.ops.array([[1.0], [3.0]]), training=True).tolist()
    [[-1.0], [1.0]]
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
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
        if synchronized:
            raise ValueError(
                f"BatchNormalization {self.name!r}: synchronized=True needs several replicas; "
                "minikeras has one"
            )
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = renorm
        self.renorm_clipping = self._checked_clipping(renorm_clipping)
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized

    def _checked_clipping(self, clipping):
        if not self.renorm:
            return clipping
        clipping = dict(clipping or {})
        unknown = set(clipping) - {"rmin", "rmax", "dmax"}
        if unknown:
            raise ValueError(
                f"BatchNormalization {self.name!r}: Received invalid keys in renorm_clipping: "
                f"{sorted(unknown)}. Expected 'rmin', 'rmax' and 'dmax'."
            )
        lowest, highest = clipping.get("rmin"), clipping.get("rmax")
        if lowest is not None and highest is not None and highest < lowest:
            raise ValueError(
                f"BatchNormalization {self.name!r}: rmax must not be less than rmin. "
                f"Received: {clipping}"
            )
        if clipping.get("dmax") is not None and clipping["dmax"] < 0:
            raise ValueError(
                f"BatchNormalization {self.name!r}: dmax must not be negative. Received: {clipping}"
            )
        return clipping

    def build(self, input_shape):
        """Make gamma, beta and the moving averages, one value per feature."""
        shape = (input_shape[self.axis],)
        self.add_affine(shape)
        self.moving_mean = self._average("moving_mean", shape, self.moving_mean_initializer)
        variance = self.moving_variance_initializer
        self.moving_variance = self._average("moving_variance", shape, variance)
        if self.renorm:
            deviation = lambda shape, dtype=None: ops.sqrt(variance(shape, dtype=dtype))
            self.moving_stddev = self._average("moving_stddev", shape, deviation)
            self.renorm_mean = self._average("renorm_mean", shape, self.moving_mean_initializer)
            self.renorm_stddev = self._average("renorm_stddev", shape, deviation)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: input_shape[self.axis]})

    def _average(self, name, shape, initializer):
        return self.add_weight(
            name=name, shape=shape, initializer=initializer, trainable=False, autocast=False
        )

    def call(self, inputs, training=None, mask=None):
        """The normalized inputs, computed in float32 at least."""
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                f"BatchNormalization {self.name!r}: a mask has one axis less than the inputs. "
                f"Received: mask {tuple(mask.shape)}, inputs {tuple(inputs.shape)}"
            )
        x = ops.cast(inputs, result_type(inputs.dtype, "float32"))
        as_x = lambda v: None if v is None else ops.cast(v, x.dtype)
        gamma, beta = as_x(self.gamma), as_x(self.beta)
        options = {"offset": beta, "scale": gamma, "epsilon": self.epsilon}
        if not (training and self.trainable):
            mean, variance = as_x(self.moving_mean), as_x(self.moving_variance)
        elif mask is None and not self.renorm:
            outputs, mean, variance = standardized_features(x, self.axis, **options)
            self._remember(mean, variance)
            return ops.cast(outputs, self.compute_dtype)
        else:
            mean, variance = self._moments(x, mask)
            if self.renorm:
                options["scale"], options["offset"] = self._renormalized(
                    mean, variance, gamma, beta
                )
            else:
                self._remember(mean, variance)
        outputs = ops.batch_normalization(x, mean, variance, self.axis, **options)
        return ops.cast(outputs, self.compute_dtype)

    def _remember(self, mean, variance):
        _approach(self.moving_mean, mean, self.momentum)
        _approach(self.moving_variance, variance, self.momentum)

    def _moments(self, x, mask):
        """Mean and variance of each feature over the steps that count."""
        rank = len(x.shape)
        axes = [i for i in range(rank) if i != self.axis % rank]
        if mask is None:
            return ops.moments(x, axes)
        counted = ops.broadcast_to(ops.cast(ops.expand_dims(mask, -1), x.dtype), x.shape)
        total = ops.sum(counted, axis=axes, keepdims=True) + config.epsilon()
        mean = ops.sum(x * counted, axis=axes, keepdims=True) / total
        variance = ops.sum(ops.square((x - mean) * counted), axis=axes, keepdims=True) / total
        features = (x.shape[self.axis],)
        return ops.reshape(mean, features), ops.reshape(variance, features)

    def _renormalized(self, mean, variance, gamma, beta):
        """The scale and shift of batch renormalization, and new moving averages (Ioffe 2017).

        With corrections r and d (constants to the gradient): ``(x_hat * r + d) * gamma + beta``.
        """
        stddev = ops.sqrt(variance + self.epsilon)
        slow_mean = ops.cast(self.renorm_mean, mean.dtype)
        slow = ops.maximum(ops.cast(self.renorm_stddev, mean.dtype), self.epsilon**0.5)
        r, d = stddev / slow, (mean - slow_mean) / slow
        clipping = self.renorm_clipping
        if clipping.get("rmin") is not None:
            r = ops.maximum(r, clipping["rmin"])
        if clipping.get("rmax") is not None:
            r = ops.minimum(r, clipping["rmax"])
        if clipping.get("dmax") is not None:
            d = ops.clip(d, -clipping["dmax"], clipping["dmax"])
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        _approach(self.renorm_mean, mean, self.renorm_momentum)
        _approach(self.renorm_stddev, stddev, self.renorm_momentum)
        _approach(self.moving_mean, mean, self.momentum)
        _approach(self.moving_stddev, stddev, self.momentum)
        # Rounding may take the square below epsilon.
        moving = self.moving_stddev.value
        self.moving_variance.assign(ops.relu(moving * moving - self.epsilon))
        if gamma is not None:
            r, d = r * gamma, d * gamma
        return r, d if beta is None else d + beta


def _approach(average, value, momentum):
    """Move a moving average towards ``value``."""
    known = ops.cast(average, value.dtype)
    average.assign(known * momentum + value * (1.0 - momentum))
