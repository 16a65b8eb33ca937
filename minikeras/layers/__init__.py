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
from minikeras.layers.audio.mel_spectrogram import MelSpectrogram
from minikeras.layers.audio.stft_spectrogram import STFTSpectrogram
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
from minikeras.layers.image.aug_mix import AugMix
from minikeras.layers.image.auto_contrast import AutoContrast
from minikeras.layers.image.center_crop import CenterCrop
from minikeras.layers.image.contrast_limited_adaptive_histogram_equalization import (
    ContrastLimitedAdaptiveHistogramEqualization,
)
from minikeras.layers.image.cut_mix import CutMix
from minikeras.layers.image.equalization import Equalization
from minikeras.layers.image.max_num_bounding_boxes import MaxNumBoundingBoxes
from minikeras.layers.image.mix_up import MixUp
from minikeras.layers.image.rand_augment import RandAugment
from minikeras.layers.image.random_brightness import RandomBrightness
from minikeras.layers.image.random_color_degeneration import RandomColorDegeneration
from minikeras.layers.image.random_color_jitter import RandomColorJitter
from minikeras.layers.image.random_contrast import RandomContrast
from minikeras.layers.image.random_crop import RandomCrop
from minikeras.layers.image.random_elastic_transform import RandomElasticTransform
from minikeras.layers.image.random_erasing import RandomErasing
from minikeras.layers.image.random_flip import RandomFlip
from minikeras.layers.image.random_gaussian_blur import RandomGaussianBlur
from minikeras.layers.image.random_grayscale import RandomGrayscale
from minikeras.layers.image.random_hue import RandomHue
from minikeras.layers.image.random_invert import RandomInvert
from minikeras.layers.image.random_perspective import RandomPerspective
from minikeras.layers.image.random_posterization import RandomPosterization
from minikeras.layers.image.random_rotation import RandomRotation
from minikeras.layers.image.random_saturation import RandomSaturation
from minikeras.layers.image.random_sharpness import RandomSharpness
from minikeras.layers.image.random_shear import RandomShear
from minikeras.layers.image.random_translation import RandomTranslation
from minikeras.layers.image.random_zoom import RandomZoom
from minikeras.layers.image.rescaling import Rescaling
from minikeras.layers.image.resizing import Resizing
from minikeras.layers.image.solarization import Solarization
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
from minikeras.layers.preprocessing.category_encoding import CategoryEncoding
from minikeras.layers.preprocessing.discretization import Discretization
from minikeras.layers.preprocessing.hashed_crossing import HashedCrossing
from minikeras.layers.preprocessing.hashing import Hashing
from minikeras.layers.preprocessing.integer_lookup import IntegerLookup
from minikeras.layers.preprocessing.normalization import Normalization
from minikeras.layers.preprocessing.string_lookup import StringLookup
from minikeras.layers.preprocessing.text_vectorization import TextVectorization
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

AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
GlobalAvgPool1D, GlobalMaxPool1D = GlobalAveragePooling1D, GlobalMaxPooling1D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D
GlobalAvgPool3D, GlobalMaxPool3D = GlobalAveragePooling3D, GlobalMaxPooling3D
Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
