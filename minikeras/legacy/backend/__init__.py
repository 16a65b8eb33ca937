"""The functions of ``keras.backend`` of Keras 1 and 2, on the ops of today.

They take arrays, variables, and symbolic tensors: nodes of a graph that `function` runs.
"""
