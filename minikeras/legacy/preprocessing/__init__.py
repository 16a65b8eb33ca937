"""keras.preprocessing of Keras 1 and 2: texts, sequences and pictures made ready for training."""
