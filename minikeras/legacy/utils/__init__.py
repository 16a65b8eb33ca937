"""Names of ``keras.utils`` that Keras 1 and 2 had."""
