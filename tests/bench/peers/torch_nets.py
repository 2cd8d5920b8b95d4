"""The networks of the workloads, and the shapes of their batches."""
import torch
from torch import nn
from torch.nn import functional


def perceptron(*sizes):
    layers = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.third, self.fourth = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x):
        # Pooling before relu is the same function and less work.
        x = functional.relu(functional.max_pool2d(self.second(functional.relu(self.first(x))), 2))
        return self.fourth(functional.relu(self.third(torch.flatten(x, 1))))


NETS = {
    "a": (lambda: perceptron(64, 32, 10), (32, 64)),
    "b": (lambda: perceptron(784, 512, 256, 10), (128, 784)),
    "c": (lambda: perceptron(1024, 4096, 4096, 10), (512, 1024)),
    "d": (Convolutional, (64, 1, 28, 28)),
}
