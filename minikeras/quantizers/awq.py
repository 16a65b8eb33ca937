"""AWQ: weights scaled by how large their inputs are before they are rounded.

Lin et al. 2023, "AWQ: activation-aware weight quantization for LLM compression and acceleration".
"""

from minikeras import ops
from minikeras.backend.xp import np
from minikeras.ops.arguments import on_host
from minikeras.quantizers.absolute_maximum import quantization_parameters
from minikeras.quantizers.configurations import QuantizationConfig
from minikeras.quantizers.gptq import check_calibration


class AWQConfig(QuantizationConfig):
    """How to quantize by AWQ.

    Args:
        dataset: texts or sequences of integers to calibrate with, any iterable.
        tokenizer: an object whose method ``tokenize`` makes integers of a text.
        weight_bits: the number of bits of the weights, 4.
        num_samples: how many samples of the data are used.
        sequence_length: the length of a sample.
        group_size: how many inputs share a scale; -1 for all.
        num_grid_points: how many exponents are tried.
        quantization_layer_structure: a dict with the layers before the first block
            (``"pre_block_layers"``) and the blocks (``"sequential_blocks"``); by default the model
            is asked, see `Model.get_quantization_layer_structure`.

    >>> import minikeras as keras
    >>> keras.quantizers.AWQConfig(None, None).dtype_policy_string()
    'awq/4/128'
    """

    mode = "awq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits=4,
        num_samples=128,
        sequence_length=512,
        group_size=128,
        num_grid_points=20,
        quantization_layer_structure=None,
    ):
        super().__init__()
        if weight_bits != 4:
            raise ValueError(
                f"AWQ only supports 4-bit weights. Received: weight_bits={weight_bits!r}"
            )
        check_calibration(num_samples, sequence_length, group_size)
        if num_grid_points <= 0:
            raise ValueError(
                f"num_grid_points must be a positive integer. Received: {num_grid_points!r}"
            )
        self.dataset = dataset
        self.tokenizer = tokenizer
        self.weight_bits = weight_bits
        self.num_samples = num_samples
        self.sequence_length = sequence_length
        self.group_size = group_size
        self.num_grid_points = num_grid_points
        self.quantization_layer_structure = quantization_layer_structure

    def dtype_policy_string(self):
        """The first part of the name of the dtype policy: ``awq/bits/group size``."""
        return f"awq/{self.weight_bits}/{self.group_size}"

    def get_config(self):
        """The constructor's arguments as plain values, without the data."""
        names = (
            "weight_bits", "num_samples", "sequence_length", "group_size", "num_grid_points",
            "quantization_layer_structure",
        )  # fmt: skip
        return {"dataset": None, "tokenizer": None, **{n: getattr(self, n) for n in names}}


def awq_matrix(weights, magnitudes, config):
    """The matrix ``weights`` rounded by AWQ.

    Eq. 4 and 5 of the paper: of the factors ``magnitude ** ratio`` of the inputs, with ratios
    between 0 and 1, those are taken with which the error of the outputs is least.

    Args:
        weights: a NumPy array of shape ``(outputs, inputs)``.
        magnitudes: the largest absolute value of each input of the product.
        config: an `AWQConfig`.

    Returns:
        NumPy arrays: the integers in the shape of ``weights``; scales and zero points
        ``(outputs, groups)``; the group of each input; the factor of each input.
    """
    magnitudes = np.where(magnitudes < 1e-8, 1.0, magnitudes).astype("float32")
    best = None
    for i in range(config.num_grid_points + 1):
        factors = np.maximum(magnitudes ** np.float32(i / config.num_grid_points), 1e-4)
        factors = factors / np.maximum(np.sqrt(factors.max() * factors.min()), 1e-8)
        found = _rounded(weights * factors, config.group_size)
        integers, scale, zero, groups = found
        restored = (integers - zero[:, groups]) * scale[:, groups] / factors
        error = np.mean(((weights - restored) * magnitudes) ** 2)
        if best is None or error < best[0]:
            best = error, (*found, factors)
    integers, scale, zero, groups, factors = best[1]
    return integers.astype("uint8"), scale, zero, groups, factors


def _rounded(weights, group_size):
    inputs = weights.shape[1]
    scale, zero, greatest = quantization_parameters(
        ops.convert_to_tensor(weights), 4, group_size=group_size
    )
    scale, zero = on_host(scale), on_host(zero).astype("float32")
    groups = np.zeros(inputs, int) if group_size == -1 else np.arange(inputs) // group_size
    integers = np.clip(np.round(weights / scale[:, groups] + zero[:, groups]), 0, greatest)
    return integers, scale, zero, groups
