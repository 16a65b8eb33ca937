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
from minikeras.layers.attention.attention import AdditiveAttention, Attention
from minikeras.layers.attention.grouped_query_attention import (
    GroupedQueryAttention as GroupQueryAttention,
)
from minikeras.layers.attention.multi_head_attention import MultiHeadAttention
from minikeras.layers.convolution.conv import Conv1D, Conv2D, Conv3D
from minikeras.layers.convolution.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
from minikeras.layers.convolution.depthwise_conv import DepthwiseConv1D, DepthwiseConv2D
from minikeras.layers.convolution.separable_conv import SeparableConv1D, SeparableConv2D
from minikeras.layers.core.dense import Dense
from minikeras.layers.core.einsum_dense import EinsumDense
from minikeras.layers.core.embedding import Embedding
from minikeras.layers.core.identity import Identity
from minikeras.layers.core.input_layer import Input, InputLayer
from minikeras.layers.core.lambda_layer import Lambda
from minikeras.layers.core.masking import Masking
from minikeras.layers.core.pipeline import Pipeline
from minikeras.layers.core.reversible_embedding import ReversibleEmbedding
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
from minikeras.layers.normalization.group_normalization import GroupNormalization
from minikeras.layers.normalization.layer_normalization import LayerNormalization
from minikeras.layers.normalization.rms_normalization import RMSNormalization
from minikeras.layers.normalization.spectral_normalization import SpectralNormalization
from minikeras.layers.normalization.unit_normalization import UnitNormalization
from minikeras.layers.pooling.adaptive_pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from minikeras.layers.pooling.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from minikeras.layers.pooling.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from minikeras.layers.recurrent.bidirectional import Bidirectional
from minikeras.layers.recurrent.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
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
from minikeras.layers.reshaping.border import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from minikeras.layers.reshaping.shape import Flatten, Permute, RepeatVector, Reshape
from minikeras.layers.reshaping.up_sampling import UpSampling1D, UpSampling2D, UpSampling3D
from minikeras.layers.serialization import deserialize, serialize
from minikeras.lazy import later

AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
GlobalAvgPool1D, GlobalMaxPool1D = GlobalAveragePooling1D, GlobalMaxPooling1D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D
GlobalAvgPool3D, GlobalMaxPool3D = GlobalAveragePooling3D, GlobalMaxPooling3D
Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D

# Layers that many programs do without.
__getattr__, __dir__ = later(
    globals(),
    {
        "layers.audio.mel_spectrogram": "MelSpectrogram",
        "layers.audio.stft_spectrogram": "STFTSpectrogram",
        "layers.image.aug_mix": "AugMix",
        "layers.image.auto_contrast": "AutoContrast",
        "layers.image.center_crop": "CenterCrop",
        "layers.image.contrast_limited_adaptive_histogram_equalization": (
            "ContrastLimitedAdaptiveHistogramEqualization"
        ),
        "layers.image.cut_mix": "CutMix",
        "layers.image.equalization": "Equalization",
        "layers.image.max_num_bounding_boxes": "MaxNumBoundingBoxes",
        "layers.image.mix_up": "MixUp",
        "layers.image.rand_augment": "RandAugment",
        "layers.image.random_brightness": "RandomBrightness",
        "layers.image.random_color_degeneration": "RandomColorDegeneration",
        "layers.image.random_color_jitter": "RandomColorJitter",
        "layers.image.random_contrast": "RandomContrast",
        "layers.image.random_crop": "RandomCrop",
        "layers.image.random_elastic_transform": "RandomElasticTransform",
        "layers.image.random_erasing": "RandomErasing",
        "layers.image.random_flip": "RandomFlip",
        "layers.image.random_gaussian_blur": "RandomGaussianBlur",
        "layers.image.random_grayscale": "RandomGrayscale",
        "layers.image.random_hue": "RandomHue",
        "layers.image.random_invert": "RandomInvert",
        "layers.image.random_perspective": "RandomPerspective",
        "layers.image.random_posterization": "RandomPosterization",
        "layers.image.random_rotation": "RandomRotation",
        "layers.image.random_saturation": "RandomSaturation",
        "layers.image.random_sharpness": "RandomSharpness",
        "layers.image.random_shear": "RandomShear",
        "layers.image.random_translation": "RandomTranslation",
        "layers.image.random_zoom": "RandomZoom",
        "layers.image.rescaling": "Rescaling",
        "layers.image.resizing": "Resizing",
        "layers.image.solarization": "Solarization",
        "layers.preprocessing.category_encoding": "CategoryEncoding",
        "layers.preprocessing.discretization": "Discretization",
        "layers.preprocessing.hashed_crossing": "HashedCrossing",
        "layers.preprocessing.hashing": "Hashing",
        "layers.preprocessing.integer_lookup": "IntegerLookup",
        "layers.preprocessing.normalization": "Normalization",
        "layers.preprocessing.string_lookup": "StringLookup",
        "layers.preprocessing.text_vectorization": "TextVectorization",
    },
)
