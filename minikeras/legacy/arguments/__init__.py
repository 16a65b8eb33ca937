"""How constructors and methods were called in Keras 1 and 2, as tables, and calls as of today."""
