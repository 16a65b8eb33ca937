import numpy as np
from keras.models import Sequential
from keras.layers import Dense, InputLayer

# prepare a dataset
features = np.random.random((1000, 10))
labels = np.random.randint(2, size=(1000, 1))

# create a model
model = Sequential([
  InputLayer(input_shape=(None, 10)),
  Dense(20, activation='relu'),
  Dense(1, activation='sigmoid')
])

# train the model
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
model.fit(features, labels, epochs=2, batch_size=10)

# run predictions
predictions = model.predict(features)
