"""Functions of TensorFlow as they stand in the graphs of tf.keras 2.x files, by ops of today."""
