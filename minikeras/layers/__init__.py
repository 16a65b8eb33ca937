"""keras.layers: the layers that models are made of."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.layers.activation.activation import (
        ELU as ELU,
        Activation as Activation,
        LeakyReLU as LeakyReLU,
        PReLU as PReLU,
        ReLU as ReLU,
        Softmax as Softmax,
    )
    from minikeras.layers.attention.attention import (
        AdditiveAttention as AdditiveAttention,
        Attention as Attention,
    )
    from minikeras.layers.attention.grouped_query_attention import (
        GroupedQueryAttention as GroupQueryAttention,
    )
    from minikeras.layers.attention.multi_head_attention import (
        MultiHeadAttention as MultiHeadAttention,
    )
    from minikeras.layers.audio.mel_spectrogram import MelSpectrogram as MelSpectrogram
    from minikeras.layers.audio.stft_spectrogram import STFTSpectrogram as STFTSpectrogram
    from minikeras.layers.convolution.conv import (
        Conv1D as Conv1D,
        Conv1D as Convolution1D,
        Conv2D as Conv2D,
        Conv2D as Convolution2D,
        Conv3D as Conv3D,
        Conv3D as Convolution3D,
    )
    from minikeras.layers.convolution.conv_transpose import (
        Conv1DTranspose as Conv1DTranspose,
        Conv1DTranspose as Convolution1DTranspose,
        Conv2DTranspose as Conv2DTranspose,
        Conv2DTranspose as Convolution2DTranspose,
        Conv3DTranspose as Conv3DTranspose,
        Conv3DTranspose as Convolution3DTranspose,
    )
    from minikeras.layers.convolution.depthwise_conv import (
        DepthwiseConv1D as DepthwiseConv1D,
        DepthwiseConv2D as DepthwiseConv2D,
    )
    from minikeras.layers.convolution.separable_conv import (
        SeparableConv1D as SeparableConv1D,
        SeparableConv1D as SeparableConvolution1D,
        SeparableConv2D as SeparableConv2D,
        SeparableConv2D as SeparableConvolution2D,
    )
    from minikeras.layers.core.dense import Dense as Dense
    from minikeras.layers.core.einsum_dense import EinsumDense as EinsumDense
    from minikeras.layers.core.embedding import Embedding as Embedding
    from minikeras.layers.core.identity import Identity as Identity
    from minikeras.layers.core.input_layer import Input as Input, InputLayer as InputLayer
    from minikeras.layers.core.lambda_layer import Lambda as Lambda
    from minikeras.layers.core.masking import Masking as Masking
    from minikeras.layers.core.pipeline import Pipeline as Pipeline
    from minikeras.layers.core.reversible_embedding import (
        ReversibleEmbedding as ReversibleEmbedding,
    )
    from minikeras.layers.core.wrapper import Wrapper as Wrapper
    from minikeras.layers.image.aug_mix import AugMix as AugMix
    from minikeras.layers.image.auto_contrast import AutoContrast as AutoContrast
    from minikeras.layers.image.center_crop import CenterCrop as CenterCrop
    from minikeras.layers.image.contrast_limited_adaptive_histogram_equalization import (
        ContrastLimitedAdaptiveHistogramEqualization as ContrastLimitedAdaptiveHistogramEqualization,  # noqa: E501
    )
    from minikeras.layers.image.cut_mix import CutMix as CutMix
    from minikeras.layers.image.equalization import Equalization as Equalization
    from minikeras.layers.image.max_num_bounding_boxes import (
        MaxNumBoundingBoxes as MaxNumBoundingBoxes,
    )
    from minikeras.layers.image.mix_up import MixUp as MixUp
    from minikeras.layers.image.rand_augment import RandAugment as RandAugment
    from minikeras.layers.image.random_brightness import RandomBrightness as RandomBrightness
    from minikeras.layers.image.random_color_degeneration import (
        RandomColorDegeneration as RandomColorDegeneration,
    )
    from minikeras.layers.image.random_color_jitter import RandomColorJitter as RandomColorJitter
    from minikeras.layers.image.random_contrast import RandomContrast as RandomContrast
    from minikeras.layers.image.random_crop import RandomCrop as RandomCrop
    from minikeras.layers.image.random_elastic_transform import (
        RandomElasticTransform as RandomElasticTransform,
    )
    from minikeras.layers.image.random_erasing import RandomErasing as RandomErasing
    from minikeras.layers.image.random_flip import RandomFlip as RandomFlip
    from minikeras.layers.image.random_gaussian_blur import RandomGaussianBlur as RandomGaussianBlur
    from minikeras.layers.image.random_grayscale import RandomGrayscale as RandomGrayscale
    from minikeras.layers.image.random_hue import RandomHue as RandomHue
    from minikeras.layers.image.random_invert import RandomInvert as RandomInvert
    from minikeras.layers.image.random_perspective import RandomPerspective as RandomPerspective
    from minikeras.layers.image.random_posterization import (
        RandomPosterization as RandomPosterization,
    )
    from minikeras.layers.image.random_rotation import RandomRotation as RandomRotation
    from minikeras.layers.image.random_saturation import RandomSaturation as RandomSaturation
    from minikeras.layers.image.random_sharpness import RandomSharpness as RandomSharpness
    from minikeras.layers.image.random_shear import RandomShear as RandomShear
    from minikeras.layers.image.random_translation import RandomTranslation as RandomTranslation
    from minikeras.layers.image.random_zoom import RandomZoom as RandomZoom
    from minikeras.layers.image.rescaling import Rescaling as Rescaling
    from minikeras.layers.image.resizing import Resizing as Resizing
    from minikeras.layers.image.solarization import Solarization as Solarization
    from minikeras.layers.input_spec import InputSpec as InputSpec
    from minikeras.layers.layer import Layer as Layer
    from minikeras.layers.merging.merge import (
        Add as Add,
        Average as Average,
        Concatenate as Concatenate,
        Dot as Dot,
        Maximum as Maximum,
        Minimum as Minimum,
        Multiply as Multiply,
        Subtract as Subtract,
        add as add,
        average as average,
        concatenate as concatenate,
        dot as dot,
        maximum as maximum,
        minimum as minimum,
        multiply as multiply,
        subtract as subtract,
    )
    from minikeras.layers.normalization.batch_normalization import (
        BatchNormalization as BatchNormalization,
    )
    from minikeras.layers.normalization.group_normalization import (
        GroupNormalization as GroupNormalization,
    )
    from minikeras.layers.normalization.layer_normalization import (
        LayerNormalization as LayerNormalization,
    )
    from minikeras.layers.normalization.rms_normalization import (
        RMSNormalization as RMSNormalization,
    )
    from minikeras.layers.normalization.spectral_normalization import (
        SpectralNormalization as SpectralNormalization,
    )
    from minikeras.layers.normalization.unit_normalization import (
        UnitNormalization as UnitNormalization,
    )
    from minikeras.layers.pooling.adaptive_pooling import (
        AdaptiveAveragePooling1D as AdaptiveAveragePooling1D,
        AdaptiveAveragePooling2D as AdaptiveAveragePooling2D,
        AdaptiveAveragePooling3D as AdaptiveAveragePooling3D,
        AdaptiveMaxPooling1D as AdaptiveMaxPooling1D,
        AdaptiveMaxPooling2D as AdaptiveMaxPooling2D,
        AdaptiveMaxPooling3D as AdaptiveMaxPooling3D,
    )
    from minikeras.layers.pooling.global_pooling import (
        GlobalAveragePooling1D as GlobalAveragePooling1D,
        GlobalAveragePooling1D as GlobalAvgPool1D,
        GlobalAveragePooling2D as GlobalAveragePooling2D,
        GlobalAveragePooling2D as GlobalAvgPool2D,
        GlobalAveragePooling3D as GlobalAveragePooling3D,
        GlobalAveragePooling3D as GlobalAvgPool3D,
        GlobalMaxPooling1D as GlobalMaxPool1D,
        GlobalMaxPooling1D as GlobalMaxPooling1D,
        GlobalMaxPooling2D as GlobalMaxPool2D,
        GlobalMaxPooling2D as GlobalMaxPooling2D,
        GlobalMaxPooling3D as GlobalMaxPool3D,
        GlobalMaxPooling3D as GlobalMaxPooling3D,
    )
    from minikeras.layers.pooling.pooling import (
        AveragePooling1D as AveragePooling1D,
        AveragePooling1D as AvgPool1D,
        AveragePooling2D as AveragePooling2D,
        AveragePooling2D as AvgPool2D,
        AveragePooling3D as AveragePooling3D,
        AveragePooling3D as AvgPool3D,
        MaxPooling1D as MaxPool1D,
        MaxPooling1D as MaxPooling1D,
        MaxPooling2D as MaxPool2D,
        MaxPooling2D as MaxPooling2D,
        MaxPooling3D as MaxPool3D,
        MaxPooling3D as MaxPooling3D,
    )
    from minikeras.layers.preprocessing.category_encoding import (
        CategoryEncoding as CategoryEncoding,
    )
    from minikeras.layers.preprocessing.discretization import Discretization as Discretization
    from minikeras.layers.preprocessing.hashed_crossing import HashedCrossing as HashedCrossing
    from minikeras.layers.preprocessing.hashing import Hashing as Hashing
    from minikeras.layers.preprocessing.integer_lookup import IntegerLookup as IntegerLookup
    from minikeras.layers.preprocessing.normalization import Normalization as Normalization
    from minikeras.layers.preprocessing.string_lookup import StringLookup as StringLookup
    from minikeras.layers.preprocessing.text_vectorization import (
        TextVectorization as TextVectorization,
    )
    from minikeras.layers.recurrent.bidirectional import Bidirectional as Bidirectional
    from minikeras.layers.recurrent.conv_lstm import (
        ConvLSTM1D as ConvLSTM1D,
        ConvLSTM2D as ConvLSTM2D,
        ConvLSTM3D as ConvLSTM3D,
    )
    from minikeras.layers.recurrent.gru import GRU as GRU, GRUCell as GRUCell
    from minikeras.layers.recurrent.lstm import LSTM as LSTM, LSTMCell as LSTMCell
    from minikeras.layers.recurrent.rnn import RNN as RNN
    from minikeras.layers.recurrent.simple_rnn import (
        SimpleRNN as SimpleRNN,
        SimpleRNNCell as SimpleRNNCell,
    )
    from minikeras.layers.recurrent.stacked_rnn_cells import StackedRNNCells as StackedRNNCells
    from minikeras.layers.recurrent.time_distributed import TimeDistributed as TimeDistributed
    from minikeras.layers.regularization.dropout import (
        Dropout as Dropout,
        SpatialDropout1D as SpatialDropout1D,
        SpatialDropout2D as SpatialDropout2D,
        SpatialDropout3D as SpatialDropout3D,
    )
    from minikeras.layers.regularization.noise import (
        ActivityRegularization as ActivityRegularization,
        AlphaDropout as AlphaDropout,
        GaussianDropout as GaussianDropout,
        GaussianNoise as GaussianNoise,
    )
    from minikeras.layers.reshaping.border import (
        Cropping1D as Cropping1D,
        Cropping2D as Cropping2D,
        Cropping3D as Cropping3D,
        ZeroPadding1D as ZeroPadding1D,
        ZeroPadding2D as ZeroPadding2D,
        ZeroPadding3D as ZeroPadding3D,
    )
    from minikeras.layers.reshaping.shape import (
        Flatten as Flatten,
        Permute as Permute,
        RepeatVector as RepeatVector,
        Reshape as Reshape,
    )
    from minikeras.layers.reshaping.up_sampling import (
        UpSampling1D as UpSampling1D,
        UpSampling2D as UpSampling2D,
        UpSampling3D as UpSampling3D,
    )
    from minikeras.layers.serialization import deserialize as deserialize, serialize as serialize

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "layers.activation.activation": "Activation ELU LeakyReLU PReLU ReLU Softmax",
        "layers.attention.attention": "AdditiveAttention Attention",
        "layers.attention.grouped_query_attention": ("GroupQueryAttention=GroupedQueryAttention"),
        "layers.attention.multi_head_attention": "MultiHeadAttention",
        "layers.audio.mel_spectrogram": "MelSpectrogram",
        "layers.audio.stft_spectrogram": "STFTSpectrogram",
        "layers.convolution.conv": (
            "Conv1D Conv2D Conv3D Convolution1D=Conv1D Convolution2D=Conv2D Convolution3D=Conv3D"
        ),
        "layers.convolution.conv_transpose": (
            "Conv1DTranspose Conv2DTranspose Conv3DTranspose "
            "Convolution1DTranspose=Conv1DTranspose Convolution2DTranspose=Conv2DTranspose "
            "Convolution3DTranspose=Conv3DTranspose"
        ),
        "layers.convolution.depthwise_conv": "DepthwiseConv1D DepthwiseConv2D",
        "layers.convolution.separable_conv": (
            "SeparableConv1D SeparableConv2D SeparableConvolution1D=SeparableConv1D "
            "SeparableConvolution2D=SeparableConv2D"
        ),
        "layers.core.dense": "Dense",
        "layers.core.einsum_dense": "EinsumDense",
        "layers.core.embedding": "Embedding",
        "layers.core.identity": "Identity",
        "layers.core.input_layer": "Input InputLayer",
        "layers.core.lambda_layer": "Lambda",
        "layers.core.masking": "Masking",
        "layers.core.pipeline": "Pipeline",
        "layers.core.reversible_embedding": "ReversibleEmbedding",
        "layers.core.wrapper": "Wrapper",
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
        "layers.input_spec": "InputSpec",
        "layers.layer": "Layer",
        "layers.merging.merge": (
            "Add Average Concatenate Dot Maximum Minimum Multiply Subtract add average "
            "concatenate dot maximum minimum multiply subtract"
        ),
        "layers.normalization.batch_normalization": "BatchNormalization",
        "layers.normalization.group_normalization": "GroupNormalization",
        "layers.normalization.layer_normalization": "LayerNormalization",
        "layers.normalization.rms_normalization": "RMSNormalization",
        "layers.normalization.spectral_normalization": "SpectralNormalization",
        "layers.normalization.unit_normalization": "UnitNormalization",
        "layers.pooling.adaptive_pooling": (
            "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D "
            "AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D"
        ),
        "layers.pooling.global_pooling": (
            "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
            "GlobalAvgPool1D=GlobalAveragePooling1D GlobalAvgPool2D=GlobalAveragePooling2D "
            "GlobalAvgPool3D=GlobalAveragePooling3D GlobalMaxPool1D=GlobalMaxPooling1D "
            "GlobalMaxPool2D=GlobalMaxPooling2D GlobalMaxPool3D=GlobalMaxPooling3D "
            "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D"
        ),
        "layers.pooling.pooling": (
            "AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D=AveragePooling1D "
            "AvgPool2D=AveragePooling2D AvgPool3D=AveragePooling3D MaxPool1D=MaxPooling1D "
            "MaxPool2D=MaxPooling2D MaxPool3D=MaxPooling3D MaxPooling1D MaxPooling2D MaxPooling3D"
        ),
        "layers.preprocessing.category_encoding": "CategoryEncoding",
        "layers.preprocessing.discretization": "Discretization",
        "layers.preprocessing.hashed_crossing": "HashedCrossing",
        "layers.preprocessing.hashing": "Hashing",
        "layers.preprocessing.integer_lookup": "IntegerLookup",
        "layers.preprocessing.normalization": "Normalization",
        "layers.preprocessing.string_lookup": "StringLookup",
        "layers.preprocessing.text_vectorization": "TextVectorization",
        "layers.recurrent.bidirectional": "Bidirectional",
        "layers.recurrent.conv_lstm": "ConvLSTM1D ConvLSTM2D ConvLSTM3D",
        "layers.recurrent.gru": "GRU GRUCell",
        "layers.recurrent.lstm": "LSTM LSTMCell",
        "layers.recurrent.rnn": "RNN",
        "layers.recurrent.simple_rnn": "SimpleRNN SimpleRNNCell",
        "layers.recurrent.stacked_rnn_cells": "StackedRNNCells",
        "layers.recurrent.time_distributed": "TimeDistributed",
        "layers.regularization.dropout": (
            "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D"
        ),
        "layers.regularization.noise": (
            "ActivityRegularization AlphaDropout GaussianDropout GaussianNoise"
        ),
        "layers.reshaping.border": (
            "Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D"
        ),
        "layers.reshaping.shape": "Flatten Permute RepeatVector Reshape",
        "layers.reshaping.up_sampling": "UpSampling1D UpSampling2D UpSampling3D",
        "layers.serialization": "deserialize serialize",
    },
)
