#!/usr/bin/env python3
"""Ten training steps of a tiny FCN-8 in PyTorch: the losses that Kernels.Tests/Training/OracleTests.cs holds every device against.

Weights and batches come from formulas that the test repeats, so no file is shared:
  parameter i of tensor t:   mean + scale * sin(1 + 0.7 i + 3.1 t), t counting the tensors in the order below
  pixel p:                   sin(0.37 p),  label p: (7 p + p // 13) mod 11,  p counting through the batch of step 0; the same batch each step
Prints one loss a line. Needs torch (on Debian: apt-get install python3-torch, then /usr/bin/python3).
"""
import numpy as np
import torch
import torch.nn.functional as F
from oracle import Net

FILTERS, HEAD, CLASSES, BATCH, HEIGHT, WIDTH = [4, 6, 8, 8, 8], 8, 11, 2, 32, 52


def shapes():
    channels = 1
    for i, filters in enumerate(FILTERS, 1):
        yield f"block{i}.conv1.weight", (3, 3, channels, filters)
        yield f"block{i}.conv1.bias", (filters,)
        yield f"block{i}.conv2.weight", (3, 3, filters, filters)
        yield f"block{i}.conv2.bias", (filters,)
        yield f"block{i}.norm.weight", (filters,)
        yield f"block{i}.norm.bias", (filters,)
        channels = filters
    for name, kernel, inputs, outputs in (("conv6", 7, FILTERS[4], HEAD), ("conv7", 1, HEAD, HEAD), ("score5", 1, HEAD, CLASSES)):
        yield f"{name}.weight", (kernel, kernel, inputs, outputs)
        yield f"{name}.bias", (outputs,)
    yield "up2a.weight", (4, 4, CLASSES, CLASSES)
    yield "score4.weight", (1, 1, FILTERS[3], CLASSES)
    yield "score4.bias", (CLASSES,)
    yield "up2b.weight", (4, 4, CLASSES, CLASSES)
    yield "score3.weight", (1, 1, FILTERS[2], CLASSES)
    yield "score3.bias", (CLASSES,)
    yield "up8.weight", (8, 8, CLASSES, CLASSES)


weights = {}
for t, (name, shape) in enumerate(shapes()):
    count = int(np.prod(shape))
    scale = 0.1 if len(shape) == 1 else np.sqrt(2 / np.prod(shape[:-1]))
    mean = 1.0 if name.endswith("norm.weight") else 0.0
    values = mean + scale * np.sin(1 + 0.7 * np.arange(count) + 3.1 * t)
    weights[name] = torch.from_numpy(values.astype(np.float32).reshape(shape))
for i, filters in enumerate(FILTERS, 1):
    weights[f"block{i}.norm.running_mean"], weights[f"block{i}.norm.running_var"] = torch.zeros(filters), torch.ones(filters)

p = np.arange(BATCH * HEIGHT * WIDTH)
x = torch.from_numpy(np.sin(0.37 * p).astype(np.float32).reshape(BATCH, 1, HEIGHT, WIDTH))
y = torch.from_numpy(((7 * p + p // 13) % 11).reshape(BATCH, HEIGHT, WIDTH))
net = Net(weights)
# With the usual epsilon of 1e-8 a gradient that is nothing but rounding noise moves its weight by a full step; 1e-3 keeps ten steps comparable.
adam = torch.optim.Adam(net.leaves, 1e-3, eps=1e-3)
for step in range(10):
    loss = F.cross_entropy(net(x), y)
    adam.zero_grad()
    loss.backward()
    adam.step()
    print(f"{loss.item():.7f}")
