"""keras.activations: activation functions by name."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.activations.functions import (
        TABLE as TABLE,
        deserialize as deserialize,
        exponential as exponential,
        gelu as gelu,
        get as get,
        linear as linear,
        mish as mish,
        relu as relu,
        serialize as serialize,
        softmax as softmax,
        tanh as tanh,
    )
    from minikeras.ops.activations import (
        celu as celu,
        elu as elu,
        glu as glu,
        hard_shrink as hard_shrink,
        hard_sigmoid as hard_sigmoid,
        hard_silu as hard_silu,
        hard_swish as hard_swish,
        hard_tanh as hard_tanh,
        leaky_relu as leaky_relu,
        log_sigmoid as log_sigmoid,
        log_softmax as log_softmax,
        relu6 as relu6,
        selu as selu,
        sigmoid as sigmoid,
        silu as silu,
        soft_shrink as soft_shrink,
        softplus as softplus,
        softsign as softsign,
        sparse_plus as sparse_plus,
        sparse_sigmoid as sparse_sigmoid,
        sparsemax as sparsemax,
        squareplus as squareplus,
        swish as swish,
        tanh_shrink as tanh_shrink,
        threshold as threshold,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "activations.functions": (
            "TABLE deserialize exponential gelu get linear mish relu serialize softmax tanh"
        ),
        "ops.activations": (
            "celu elu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu "
            "log_sigmoid log_softmax relu6 selu sigmoid silu soft_shrink softplus softsign "
            "sparse_plus sparse_sigmoid sparsemax squareplus swish tanh_shrink threshold"
        ),
    },
)
