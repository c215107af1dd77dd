#!/usr/bin/env python3
"""The classifier 'cnn' in PyTorch, to time beside 'fcn bench --model cnn': whole training steps (forward, backward, Adam) and inference, in images per second.

  cnn.py [--batch 64] [--threads N] [--seconds 6] [--contiguous]

Digits are random and made once, so that no loader is timed. Layers, order and dropout are those of Layers/Models/Classifiers.cs; memory is channels-last
unless --contiguous. Prints the median over steps. Needs torch (on Debian: apt-get install python3-torch libopenblas0-pthread, then /usr/bin/python3).
"""
import steps
import torch
from torch import nn
import torch.nn.functional as F


def network():
    layers, channels = [], 1
    for filters in (32, 64, 128):
        layers += [nn.Conv2d(channels, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01), nn.ReLU(),
                   nn.Conv2d(filters, filters, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01), nn.ReLU()]
        channels = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.4), nn.Linear(3 * 3 * 128, 256), nn.ReLU(), nn.Dropout(0.4), nn.Linear(256, 10))


def main():
    options, layout = steps.options(64)
    net = network().to(memory_format=layout)
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    x = torch.rand(options.batch, 1, 28, 28).to(memory_format=layout)
    y = torch.randint(0, 10, (options.batch,))

    def train():
        adam.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        adam.step()

    trained = steps.rate(train, options.batch, options.seconds)
    net.eval()
    with torch.no_grad():
        read = steps.rate(lambda: net(x), options.batch, options.seconds)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, batch {options.batch}: training {trained:.1f} images/s, inference {read:.1f} images/s")


main()
