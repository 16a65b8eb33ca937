"""Files of Keras 1 and 2: architectures as JSON, weights and whole models as HDF5."""
