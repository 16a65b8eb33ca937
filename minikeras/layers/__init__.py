"""keras.layers."""

# ruff: noqa: F401
from minikeras.layers.activation.activation import (
    ELU,
    Activation,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
)
from minikeras.layers.attention.multi_head_attention import MultiHeadAttention
from minikeras.layers.core.dense import Dense
from minikeras.layers.core.einsum_dense import EinsumDense
from minikeras.layers.core.embedding import Embedding
from minikeras.layers.core.identity import Identity
from minikeras.layers.core.input_layer import Input, InputLayer
from minikeras.layers.core.lambda_layer import Lambda
from minikeras.layers.core.masking import Masking
from minikeras.layers.core.wrapper import Wrapper
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.merging.merge import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from minikeras.layers.normalization.batch_normalization import BatchNormalization
from minikeras.layers.normalization.layer_normalization import LayerNormalization
from minikeras.layers.normalization.rms_normalization import RMSNormalization
from minikeras.layers.recurrent.bidirectional import Bidirectional
from minikeras.layers.recurrent.gru import GRU, GRUCell
from minikeras.layers.recurrent.lstm import LSTM, LSTMCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.layers.recurrent.simple_rnn import SimpleRNN, SimpleRNNCell
from minikeras.layers.recurrent.stacked_rnn_cells import StackedRNNCells
from minikeras.layers.recurrent.time_distributed import TimeDistributed
from minikeras.layers.regularization.dropout import (
    Dropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from minikeras.layers.regularization.noise import (
    ActivityRegularization,
    AlphaDropout,
    GaussianDropout,
    GaussianNoise,
)
