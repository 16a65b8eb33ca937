"""keras.ops: functions on arrays, tracers and symbolic tensors alike."""
