from keras.models import Sequential
from keras.layers import Dense, InputLayer

model = Sequential()
model.add(InputLayer(input_shape=(None, 64)))
model.add(Dense(64, activation='relu'))
model.add(Dense(1))

model.compile(optimizer='adam', loss='mse', metrics=['mae'])

import numpy as np
model.fit(np.random.random((20, 64)), np.random.random((20, 1)), verbose=0)
print(model.count_params())

model = Sequential()
model.add(InputLayer(input_shape=(None, 64)))
model.add(Dense(32, kernel_initializer='uniform', activation='relu'))
model.add(Dense(16, kernel_initializer='uniform', activation='relu'))
model.add(Dense(1, kernel_initializer='uniform', activation='sigmoid'))

model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
print(model.count_params())

from keras.layers import Conv2D, MaxPooling2D, Flatten, Dropout

model = Sequential()
model.add(InputLayer(input_shape=(None, 28, 28, 3)))
model.add(Conv2D(32, (3,3), padding='same', activation='relu'))
model.add(Conv2D(32, (3,3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2,2)))
model.add(Dropout(0.25))
model.add(Conv2D(64,(3,3), padding='same', activation='relu'))
model.add(Conv2D(64 ,(3, 3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2,2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(512, activation='relu'))
model.add(Dropout(0.5))
model.add(Dense(10, activation='softmax'))
print(model.count_params())

from keras.layers import Embedding,LSTM

model = Sequential()
model.add(Embedding(10000, 100))
model.add(LSTM(128, dropout=0.2, recurrent_dropout=0.2))
model.add(Dense(1, activation='sigmoid'))

model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
x_train, y_train = np.random.randint(10000, size=(16, 12)), np.random.randint(2, size=(16, 1))
X_test, y_test = x_train[:4], y_train[:4]
from keras.callbacks import EarlyStopping

early_stopping_callback = EarlyStopping(patience=2)
model.fit(x_train, y_train,
  batch_size=16, epochs=2, verbose=0,
  validation_data=(X_test,y_test),
  callbacks=[early_stopping_callback]
)
print(model.predict(X_test, batch_size=16, verbose=0).shape)
print(model.predict_classes(X_test, batch_size=16).shape)
# Model output shape
model.output_shape

# Model summary representation
model.summary()

# Model configuration
model.get_config()

# Model weight tensors
model.get_weights()
from keras.models import load_model

expected = model.predict(X_test, verbose=0)
model.save('model_file.h5')
model = load_model('model_file.h5')
print(np.abs(model.predict(X_test, verbose=0) - expected).max())
from keras.utils import plot_model

plot_model(model, to_file='char-rnn.svg', show_shapes=True)
