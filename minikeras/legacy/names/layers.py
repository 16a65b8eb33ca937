"""Names of old in ``keras.layers``."""

# ruff: noqa: F401
from minikeras.layers import (
    Conv2DTranspose,
    Conv3DTranspose,
    SeparableConv1D,
    SeparableConv2D,
)
from minikeras.legacy.layers.activation import ParametricSoftplus, SReLU, ThresholdedReLU
from minikeras.legacy.layers.convolution import AtrousConvolution1D, AtrousConvolution2D
from minikeras.legacy.layers.convolutional_recurrent import ConvLSTM2DCell, ConvRNN2D
from minikeras.legacy.layers.dense import Highway, MaxoutDense, TimeDistributedDense
from minikeras.legacy.layers.local import LocallyConnected1D, LocallyConnected2D
from minikeras.legacy.layers.merge import Merge, merge
from minikeras.legacy.layers.recurrent import CuDNNGRU, CuDNNLSTM
from minikeras.legacy.layers.recurrent_base import ConvRecurrent2D, Recurrent

Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Deconv3D = Conv3DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
AtrousConv1D, AtrousConv2D = AtrousConvolution1D, AtrousConvolution2D
