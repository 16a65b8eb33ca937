"""GPTQ: weights rounded one input after another, each error made up for by the inputs after it.

Frantar et al. 2022, "GPTQ: accurate post-training quantization for generative pre-trained
transformers".
"""

from minikeras import ops
from minikeras.backend.xp import np
from minikeras.ops.arguments import on_host
from minikeras.quantizers.absolute_maximum import quantization_parameters
from minikeras.quantizers.configurations import QuantizationConfig


class GPTQConfig(QuantizationConfig):
    """How to quantize by GPTQ.

    Args:
        dataset: texts or sequences of integers to calibrate with, any iterable.
        tokenizer: an object whose method ``tokenize`` makes integers of a text.
        weight_bits: the number of bits of the weights: 2, 3, 4 or 8.
        num_samples: how many samples of the data are used.
        per_channel: whether each output has a scale of its own.
        sequence_length: the length of a sample.
        hessian_damping: what is added to the diagonal of the Hessian, as a share of its mean.
        group_size: how many inputs share a scale; -1 for all.
        symmetric: whether ranges of weights are made symmetric about zero.
        activation_order: whether the inputs that matter most are rounded first.
        quantization_layer_structure: a dict with the layers before the first block
            (``"pre_block_layers"``) and the blocks (``"sequential_blocks"``); by default the model
            is asked, see `Model.get_quantization_layer_structure`.

    >>> import minikeras as keras
    >>> keras.quantizers.GPTQConfig(None, None, group_size=64).dtype_policy_string()
    'gptq/4/64'
    """

    mode = "gptq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits=4,
        num_samples=128,
        per_channel=True,
        sequence_length=512,
        hessian_damping=0.01,
        group_size=128,
        symmetric=False,
        activation_order=False,
        quantization_layer_structure=None,
    ):
        super().__init__()
        if weight_bits not in (2, 3, 4, 8):
            raise ValueError(f"Unsupported weight_bits {weight_bits!r}: they must be 2, 3, 4 or 8.")
        check_calibration(num_samples, sequence_length, group_size)
        if not 0 <= hessian_damping <= 1:
            raise ValueError(
                f"hessian_damping must be between 0 and 1. Received: {hessian_damping!r}"
            )
        self.dataset = dataset
        self.tokenizer = tokenizer
        self.weight_bits = weight_bits
        self.num_samples = num_samples
        self.per_channel = per_channel
        self.sequence_length = sequence_length
        self.hessian_damping = hessian_damping
        self.group_size = group_size
        self.symmetric = symmetric
        self.activation_order = activation_order
        self.quantization_layer_structure = quantization_layer_structure

    def dtype_policy_string(self):
        """The first part of the name of the dtype policy: ``gptq/bits/group size``."""
        return f"gptq/{self.weight_bits}/{self.group_size}"

    def get_config(self):
        """The constructor's arguments as plain values, without the data."""
        names = (
            "weight_bits", "num_samples", "per_channel", "sequence_length", "hessian_damping",
            "group_size", "symmetric", "activation_order", "quantization_layer_structure",
        )  # fmt: skip
        return {"dataset": None, "tokenizer": None, **{n: getattr(self, n) for n in names}}


def check_calibration(num_samples, sequence_length, group_size):
    """Raise a ValueError for numbers that make no sense."""
    for name, value in (("num_samples", num_samples), ("sequence_length", sequence_length)):
        if value <= 0:
            raise ValueError(f"{name} must be a positive integer. Received: {value!r}")
    if group_size < -1 or group_size == 0:
        raise ValueError(
            f"Invalid group_size. It must be -1 or a positive integer. Received: {group_size!r}"
        )


def gptq_matrix(weights, hessian, config):
    """The matrix ``weights`` rounded by GPTQ.

    Args:
        weights: a NumPy array of shape ``(outputs, inputs)``.
        hessian: the mean of ``2 x x^T`` over the inputs ``x`` of the product.
        config: a `GPTQConfig`.

    Returns:
        NumPy arrays: the integers in the shape of ``weights``; scales and zero points
        ``(outputs, groups)``; the group of each input.
    """
    weights = weights.astype("float64")
    outputs, inputs = weights.shape
    size = inputs if config.group_size == -1 else config.group_size
    upper, order = _elimination(hessian.astype("float64"), config)
    weights = weights[:, order]
    integers = np.zeros((outputs, inputs), "uint8")
    scales, zeros = [], []
    for i in range(inputs):
        if i % size == 0:
            scale, zero, greatest = _parameters(weights[:, i : i + size], config)
            scales.append(scale)
            zeros.append(zero)
        # Eq. 2 and 3 of the paper, by the Cholesky factor as in its step 3.
        rounded = np.clip(np.round(weights[:, i] / scale + zero), 0, greatest)
        integers[:, i] = rounded
        error = (weights[:, i] - (rounded - zero) * scale) / upper[i, i]
        weights[:, i + 1 :] -= error[:, None] * upper[i, i + 1 :]
    groups = np.arange(inputs) // size
    back = np.argsort(order, kind="stable")
    return integers[:, back], np.stack(scales, 1), np.stack(zeros, 1), groups[back]


def _elimination(hessian, config):
    """The upper Cholesky factor of the inverse Hessian, and the order of the inputs."""
    diagonal = np.diag(hessian)
    is_dead = diagonal == 0  # an input that was always zero
    hessian = hessian + np.diag(is_dead.astype(hessian.dtype))
    damping = config.hessian_damping * np.diag(hessian).mean()
    hessian = hessian + damping * np.eye(len(hessian))
    order = np.arange(len(hessian))
    if config.activation_order:
        order = np.argsort(-np.diag(hessian), kind="stable")
        hessian = hessian[order][:, order]
    return np.linalg.cholesky(np.linalg.inv(hessian)).T, order


def _parameters(weights, config):
    """Scale and zero point of each output, and the greatest integer."""
    scale, zero, greatest = quantization_parameters(
        ops.convert_to_tensor(weights.astype("float32")),
        config.weight_bits,
        symmetric=config.symmetric,
        per_channel=config.per_channel,
    )
    return on_host(scale)[:, 0].astype("float64"), on_host(zero)[:, 0].astype("float64"), greatest
