"""Arrays, kernels, gradients. Knows nothing of layers."""
