"""Three small networks for the shipped digits, each of a kind that the shipped networks are not."""

import torch
from torch import nn

CLASSES = 10


class DepthwiseBlock(nn.Module):
    """A depthwise 3x3 and a pointwise convolution, both normalised and clipped at 6."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.spatial = nn.Conv2d(
            inputs, inputs, 3, stride=stride, padding=1, groups=inputs, bias=False
        )
        self.spatial_norm = nn.BatchNorm2d(inputs)
        self.mix = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.mix_norm = nn.BatchNorm2d(outputs)
        self.clip = nn.ReLU6()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.clip(self.spatial_norm(self.spatial(x)))
        return self.clip(self.mix_norm(self.mix(x)))


class Depthwise(nn.Module):
    """Depthwise-separable, as the MobileNets are."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU6()
        )
        self.blocks = nn.Sequential(
            DepthwiseBlock(12, 16, 1), DepthwiseBlock(16, 24, 2), DepthwiseBlock(24, 32, 1)
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(32, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which has a convolution where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


class Residual(nn.Module):
    """A small ResNet with batch norms."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU()
        )
        self.blocks = nn.Sequential(ResidualBlock(12, 12, 1), ResidualBlock(12, 24, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(24, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


class Perceptron(nn.Module):
    """Fully connected layers only, with a batch norm between two of them and dropout."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, 96),
            nn.BatchNorm1d(96),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(96, 48),
            nn.ReLU(),
            nn.Linear(48, CLASSES),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


NETWORKS = {"depthwise": Depthwise, "residual": Residual, "perceptron": Perceptron}
