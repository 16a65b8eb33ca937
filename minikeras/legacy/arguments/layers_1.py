"""Constructors of layers in Keras 1: their arguments in order, and what each is called today.

An argument whose name stayed is written once, ``old=new`` tells a name that changed, ``old=`` one
that `special` turns into others.
"""

_WEIGHT = "init=kernel_initializer activation weights "
_TAIL = (
    "W_regularizer=kernel_regularizer b_regularizer=bias_regularizer activity_regularizer "
    "W_constraint=kernel_constraint b_constraint=bias_constraint bias=use_bias "
)
_ORDER = "dim_ordering=data_format "
_CONV_2D = "nb_filter=filters nb_row= nb_col= " + _WEIGHT + "border_mode=padding subsample=strides "
_CONV_1D = (
    "nb_filter=filters filter_length=kernel_size " + _WEIGHT
    + "border_mode=padding subsample_length=strides "
)  # fmt: skip
_LENGTH = "input_dim= input_length= "
_POOL_1D = "pool_length=pool_size stride=strides border_mode=padding"
_POOL = "pool_size strides border_mode=padding dim_ordering=data_format"
# What the bases of recurrent layers took, by keyword alone.
_RECURRENT = (
    " | weights return_sequences go_backwards stateful unroll consume_less=implementation "
    "input_dim= input_length="
)
_GATED = (
    "activation inner_activation=recurrent_activation W_regularizer=kernel_regularizer "
    "U_regularizer=recurrent_regularizer b_regularizer=bias_regularizer dropout_W=dropout "
    "dropout_U=recurrent_dropout"
)
_INITS = "output_dim=units init=kernel_initializer inner_init=recurrent_initializer "

ARGUMENTS = {
    "Activation": "activation",
    "AtrousConvolution1D": _CONV_1D + "atrous_rate=dilation_rate " + _TAIL,
    "AtrousConvolution2D": _CONV_2D + "atrous_rate=dilation_rate " + _ORDER + _TAIL,
    "AveragePooling1D": _POOL_1D,
    "AveragePooling2D": _POOL,
    "AveragePooling3D": _POOL,
    "BatchNormalization": (
        "epsilon mode= axis momentum weights beta_init=beta_initializer "
        "gamma_init=gamma_initializer gamma_regularizer beta_regularizer"
    ),
    "Bidirectional": "layer merge_mode weights",
    "Conv1D": _CONV_1D + _TAIL + _LENGTH,
    "Conv2D": _CONV_2D + _ORDER + _TAIL,
    "Conv2DTranspose": (
        "nb_filter=filters nb_row= nb_col= output_shape= " + _WEIGHT
        + "border_mode=padding subsample=strides " + _ORDER + _TAIL
    ),
    "Conv3D": (
        "nb_filter=filters kernel_dim1= kernel_dim2= kernel_dim3= " + _WEIGHT
        + "border_mode=padding subsample=strides " + _ORDER + _TAIL
    ),
    "ConvLSTM2D": (
        "nb_filter=filters nb_row= nb_col= init=kernel_initializer "
        "inner_init=recurrent_initializer forget_bias_init= activation "
        "inner_activation=recurrent_activation dim_ordering=data_format border_mode=padding "
        "subsample=strides W_regularizer=kernel_regularizer U_regularizer=recurrent_regularizer "
        "b_regularizer=bias_regularizer dropout_W=dropout dropout_U=recurrent_dropout "
        "| weights return_sequences go_backwards stateful"
    ),
    "Cropping2D": "cropping dim_ordering=data_format",
    "Cropping3D": "cropping dim_ordering=data_format",
    "Dense": "output_dim=units " + _WEIGHT + _TAIL + "input_dim=",
    "Dropout": "p=rate noise_shape seed",
    "Embedding": (
        "input_dim output_dim init=embeddings_initializer input_length "
        "W_regularizer=embeddings_regularizer activity_regularizer "
        "W_constraint=embeddings_constraint mask_zero weights dropout="
    ),
    "GRU": _INITS + _GATED + _RECURRENT,
    "GaussianDropout": "p=rate",
    "GaussianNoise": "sigma=stddev",
    "GlobalAveragePooling2D": "dim_ordering=data_format",
    "GlobalAveragePooling3D": "dim_ordering=data_format",
    "GlobalMaxPooling2D": "dim_ordering=data_format",
    "GlobalMaxPooling3D": "dim_ordering=data_format",
    "LSTM": _INITS + "forget_bias_init= " + _GATED + _RECURRENT,
    "LeakyReLU": "alpha=negative_slope",
    "LocallyConnected1D": _CONV_1D + _TAIL + _LENGTH,
    "LocallyConnected2D": _CONV_2D + _ORDER + _TAIL,
    "MaxPooling1D": _POOL_1D,
    "MaxPooling2D": _POOL,
    "MaxPooling3D": _POOL,
    "PReLU": "init=alpha_initializer weights shared_axes",
    "SeparableConv2D": (
        "nb_filter=filters nb_row= nb_col= init= activation weights border_mode=padding "
        "subsample=strides depth_multiplier dim_ordering=data_format depthwise_regularizer "
        "pointwise_regularizer b_regularizer=bias_regularizer activity_regularizer "
        "depthwise_constraint pointwise_constraint b_constraint=bias_constraint bias=use_bias"
    ),
    "SimpleRNN": _INITS + _GATED.replace("inner_activation=recurrent_activation ", "") + _RECURRENT,
    "SpatialDropout1D": "p=rate",
    "SpatialDropout2D": "p=rate dim_ordering=data_format",
    "SpatialDropout3D": "p=rate dim_ordering=data_format",
    "UpSampling1D": "length=size",
    "UpSampling2D": "size dim_ordering=data_format",
    "UpSampling3D": "size dim_ordering=data_format",
    "ZeroPadding2D": "padding dim_ordering=data_format",
    "ZeroPadding3D": "padding dim_ordering=data_format",
}  # fmt: skip
