"""What the configurations of layers held in Keras 2.3 and, behind ``|``, in tf.keras 2 alone."""

_CONV = "filters kernel_size strides padding data_format dilation_rate "
_ACTIVE = "activation use_bias "
_KERNEL = (
    "kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
    "activity_regularizer kernel_constraint bias_constraint "
)
_DEPTHWISE = (
    "depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer "
    "activity_regularizer depthwise_constraint bias_constraint "
)
_SEPARABLE = (
    _CONV + "depth_multiplier " + _ACTIVE + _DEPTHWISE
    + "pointwise_initializer pointwise_regularizer pointwise_constraint "
)  # fmt: skip
_DEPTHWISE_CONV = (
    "kernel_size strides padding depth_multiplier data_format dilation_rate "
    + _ACTIVE + _DEPTHWISE
)  # fmt: skip
_TRANSPOSED = "filters kernel_size strides padding output_padding data_format "
_CELL = (
    "use_bias activation kernel_initializer recurrent_initializer bias_initializer "
    "kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint "
    "recurrent_constraint bias_constraint dropout recurrent_dropout "
)
_RETURNED = "return_sequences return_state go_backwards stateful unroll | zero_output_for_mask"
_SEQUENCE = "activity_regularizer " + _RETURNED
_CONV_LSTM = (
    _CONV + _CELL + "recurrent_activation unit_forget_bias activity_regularizer return_sequences "
    "go_backwards stateful "
)
# Of layers of Keras 1 that Keras 2.3 could still read.
_OF_1 = "init W_regularizer b_regularizer activity_regularizer W_constraint b_constraint bias"
_POOL = "pool_size strides padding data_format"
_NORM = (
    "axis epsilon center scale beta_initializer gamma_initializer beta_regularizer "
    "gamma_regularizer beta_constraint gamma_constraint "
)
_IMAGE = "height_factor width_factor fill_mode interpolation seed fill_value"

ARGUMENTS = {
    "Activation": "activation",
    "ActivityRegularization": "l1 l2",
    "Add": "",
    "AdditiveAttention": "| use_scale dropout",
    "AlphaDropout": "rate noise_shape seed",
    "Attention": "| use_scale score_mode dropout",
    "Average": "",
    "AveragePooling1D": _POOL,
    "AveragePooling2D": _POOL,
    "AveragePooling3D": _POOL,
    "BatchNormalization": (
        _NORM + "momentum moving_mean_initializer moving_variance_initializer | synchronized"
    ),
    "Bidirectional": "layer merge_mode | backward_layer",
    "CategoryEncoding": "| num_tokens output_mode",
    "CenterCrop": "| height width",
    "Concatenate": "axis",
    "Conv1D": _CONV + _ACTIVE + _KERNEL + "| groups",
    "Conv1DTranspose": "| " + _TRANSPOSED + "dilation_rate " + _ACTIVE + _KERNEL,
    "Conv2D": _CONV + _ACTIVE + _KERNEL + "| groups",
    "Conv2DTranspose": _TRANSPOSED + "dilation_rate " + _ACTIVE + _KERNEL,
    "Conv3D": _CONV + _ACTIVE + _KERNEL + "| groups",
    "Conv3DTranspose": _TRANSPOSED + _ACTIVE + _KERNEL + "| dilation_rate",
    "ConvLSTM1D": "| " + _CONV_LSTM + "return_state",
    "ConvLSTM2D": _CONV_LSTM + "| return_state",
    "ConvLSTM3D": "| " + _CONV_LSTM + "return_state",
    "Cropping1D": "cropping",
    "Cropping2D": "cropping data_format",
    "Cropping3D": "cropping data_format",
    "Dense": "units " + _ACTIVE + _KERNEL,
    "DepthwiseConv1D": "| " + _DEPTHWISE_CONV,
    "DepthwiseConv2D": _DEPTHWISE_CONV,
    "Discretization": "| bin_boundaries num_bins epsilon output_mode",
    "Dot": "axes normalize",
    "Dropout": "rate noise_shape seed",
    "ELU": "alpha",
    "EinsumDense": "| equation output_shape activation bias_axes " + _KERNEL,
    "Embedding": (
        "input_dim output_dim embeddings_initializer embeddings_regularizer activity_regularizer "
        "embeddings_constraint mask_zero input_length"
    ),
    "Flatten": "data_format",
    "GRU": "units recurrent_activation reset_after " + _CELL + _SEQUENCE,
    "GRUCell": "units recurrent_activation reset_after " + _CELL,
    "GaussianDropout": "rate | seed",
    "GaussianNoise": "stddev | seed",
    "GlobalAveragePooling1D": "data_format | keepdims",
    "GlobalAveragePooling2D": "data_format | keepdims",
    "GlobalAveragePooling3D": "data_format | keepdims",
    "GlobalMaxPooling1D": "data_format | keepdims",
    "GlobalMaxPooling2D": "data_format | keepdims",
    "GlobalMaxPooling3D": "data_format | keepdims",
    "GroupNormalization": "| groups " + _NORM,
    "HashedCrossing": "| num_bins output_mode",
    "Hashing": "| num_bins mask_value salt output_mode",
    "Highway": "activation input_dim " + _OF_1,
    "Identity": "|",
    "LSTM": "units recurrent_activation unit_forget_bias " + _CELL + _SEQUENCE,
    "LSTMCell": "units recurrent_activation unit_forget_bias " + _CELL,
    "Lambda": "function output_shape mask arguments",
    "LayerNormalization": "| " + _NORM,
    "LeakyReLU": "alpha",
    "LocallyConnected1D": _CONV + _ACTIVE + _KERNEL,
    "LocallyConnected2D": _CONV + _ACTIVE + _KERNEL,
    "Masking": "mask_value",
    "MaxoutDense": "output_dim nb_feature input_dim " + _OF_1,
    "MaxPooling1D": _POOL,
    "MaxPooling2D": _POOL,
    "MaxPooling3D": _POOL,
    "Maximum": "",
    "Minimum": "",
    "MultiHeadAttention": (
        "| num_heads key_dim value_dim dropout use_bias output_shape attention_axes " + _KERNEL
    ),
    "Multiply": "",
    "Normalization": "| axis mean variance invert",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "Permute": "dims",
    "RNN": "cell " + _RETURNED,
    "RandomContrast": "| factor seed",
    "RandomCrop": "| height width seed",
    "RandomFlip": "| mode seed",
    "RandomRotation": "| factor fill_mode interpolation seed fill_value",
    "RandomTranslation": "| " + _IMAGE,
    "RandomZoom": "| " + _IMAGE,
    "ReLU": "max_value negative_slope threshold",
    "RepeatVector": "n",
    "Rescaling": "| scale offset",
    "Reshape": "target_shape",
    "Resizing": "| height width interpolation crop_to_aspect_ratio",
    "SeparableConv1D": _SEPARABLE,
    "SeparableConv2D": _SEPARABLE,
    "SimpleRNN": "units " + _CELL + _SEQUENCE,
    "SimpleRNNCell": "units " + _CELL,
    "Softmax": "axis",
    "SpatialDropout1D": "rate",
    "SpatialDropout2D": "rate data_format",
    "SpatialDropout3D": "rate data_format",
    "SpectralNormalization": "| layer power_iterations",
    "StackedRNNCells": "cells",
    "Subtract": "",
    "ThresholdedReLU": "theta",
    "TimeDistributed": "layer",
    "UnitNormalization": "| axis",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "UpSampling3D": "size data_format",
    "ZeroPadding1D": "padding",
    "ZeroPadding2D": "padding data_format",
    "ZeroPadding3D": "padding data_format",
}  # fmt: skip
# Arguments that have another name today.
RENAMED = {"LeakyReLU": {"negative_slope": "alpha"}}
ACTIVATIONS = {
    "elu", "exponential", "gelu", "linear", "mish", "relu", "selu", "sigmoid", "silu", "softmax",
    "softplus", "softsign", "tanh",
}  # fmt: skip
# Initializers as Keras 2 wrote them: what scales by the numbers of inputs and outputs has one name.
SCALING = {
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "GlorotNormal": (1.0, "fan_avg", "truncated_normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "HeNormal": (2.0, "fan_in", "truncated_normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "truncated_normal"),
}
INITIALIZERS = {
    "Constant": "value", "Identity": "gain", "Ones": "", "Orthogonal": "gain seed",
    "RandomNormal": "mean stddev seed", "RandomUniform": "minval maxval seed",
    "TruncatedNormal": "mean stddev seed", "VarianceScaling": "scale mode distribution seed",
    "Zeros": "",
}  # fmt: skip


def in_keras_2(class_name):
    """``(in all, in tf.keras alone)``: the arguments of a layer, or None if it was not there."""
    if class_name not in ARGUMENTS:
        return None
    everywhere, _, later = ARGUMENTS[class_name].partition("|")
    return everywhere.split(), later.split()
