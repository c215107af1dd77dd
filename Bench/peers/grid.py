#!/usr/bin/env python3
"""The detector 'grid' in PyTorch, to time beside 'fcn bench --model grid': whole training steps (forward, assignment, losses, backward, Adam) and inference.

  grid.py [--batch 16] [--threads N] [--seconds 6] [--contiguous] [--bf16]

Pictures are random and made once, with ten boxes each, so that no loader is timed. Layers and order are those of Layers/Models/Detectors.cs, losses those of
docs/ops/detection.md; memory is channels-last unless --contiguous, and --bf16 computes under autocast. Prints medians over steps, in images per second.
Needs torch (on Debian: apt-get install python3-torch libopenblas0-pthread, then /usr/bin/python3).
"""
import contextlib, math
import steps
import torch
from torch import nn
import torch.nn.functional as F

CELL, RADIUS, CLASSES, HEAD, OBJECTS = 4, 1.5, 10, 48, 10


def convolved(channels, filters):
    return nn.Conv2d(channels, filters, 3, padding=1, bias=False)


def norm(filters):
    return nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)


def block(channels, filters):
    return nn.Sequential(convolved(channels, filters), norm(filters), nn.ReLU(inplace=True), convolved(filters, filters), nn.MaxPool2d(2), norm(filters), nn.ReLU(inplace=True))


class Down(nn.Module):
    def __init__(self, far, near):
        super().__init__()
        self.up = nn.ConvTranspose2d(far, HEAD, 4, 2, 1, bias=False)
        self.across = nn.Conv2d(near, HEAD, 1, bias=False)
        self.norm = norm(HEAD)

    def forward(self, far, near):
        across = self.across(near)
        return F.relu(self.norm(self.up(far)[:, :, :across.shape[2], :across.shape[3]] + across), inplace=True)


class Grid(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(convolved(1, 16), nn.MaxPool2d(2), norm(16), nn.ReLU(inplace=True))
        self.block2, self.block3, self.block4 = block(16, 32), block(32, 64), block(64, 128)
        self.down3, self.down2 = Down(128, 64), Down(HEAD, 32)
        self.head = nn.Sequential(convolved(HEAD, HEAD), norm(HEAD), nn.ReLU(inplace=True), convolved(HEAD, HEAD), norm(HEAD), nn.ReLU(inplace=True))
        self.answers = nn.Conv2d(HEAD, 4 + CLASSES, 1)
        with torch.no_grad():
            self.answers.bias[:4], self.answers.bias[4:] = 2.41, -math.log(99)

    def forward(self, x):
        rows, columns = -(-x.shape[2] // CELL), -(-x.shape[3] // CELL)
        x = F.pad(x, (0, -x.shape[3] % 8, 0, -x.shape[2] % 8))
        two = self.block2(self.stem(x))
        three = self.block3(two)
        four = self.block4(F.pad(three, (0, three.shape[3] % 2, 0, three.shape[2] % 2)))
        return self.answers(self.head(self.down2(self.down3(four, three), two)))[:, :, :rows, :columns]


def centres(rows, columns):
    y, x = torch.meshgrid((torch.arange(rows) + 0.5) * CELL, (torch.arange(columns) + 0.5) * CELL, indexing="ij")
    return x, y


def assigned(boxes, x, y):
    """Of each cell the number of its object or −1: the nearest of those whose middle or home it may answer for. boxes [N, M, 4] → [N, H, W]."""
    left, top, right, bottom = (side[:, :, None, None] for side in boxes.unbind(2))
    dx, dy = (left + right) / 2 - x, (top + bottom) / 2 - y
    inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    home = (dx.abs() <= CELL / 2) & (dy.abs() <= CELL / 2)
    may = home | inside & (dx.abs() <= RADIUS * CELL) & (dy.abs() <= RADIUS * CELL)
    distance = torch.where(may, dx * dx + dy * dy + 1e6 * inside, torch.full_like(dx, math.inf))
    nearest = distance.min(1)
    return torch.where(nearest.values.isinf(), torch.full_like(nearest.indices, -1), nearest.indices)


def loss(answers, boxes, classes, x, y):
    n, _, h, w = answers.shape
    number = assigned(boxes, x, y)
    positive = number >= 0
    count = positive.sum().clamp(min=1)
    picture, row, column = positive.nonzero(as_tuple=True)
    truth = boxes[picture, number[positive]]
    d = CELL * F.softplus(answers[picture, :4, row, column])
    cx, cy = x[row, column], y[row, column]
    found = torch.stack([cx - d[:, 0], cy - d[:, 1], cx + d[:, 2], cy + d[:, 3]], 1)

    size, true_size = found[:, 2:] - found[:, :2], truth[:, 2:] - truth[:, :2]
    both = (torch.minimum(found[:, 2:], truth[:, 2:]) - torch.maximum(found[:, :2], truth[:, :2])).clamp(min=0).prod(1)
    iou = both / (size.prod(1) + true_size.prod(1) - both)
    around = torch.maximum(found[:, 2:], truth[:, 2:]) - torch.minimum(found[:, :2], truth[:, :2])
    apart = ((found[:, :2] + found[:, 2:] - truth[:, :2] - truth[:, 2:]) / 2).square().sum(1) / around.square().sum(1)
    v = 4 / math.pi ** 2 * (torch.atan2(true_size[:, 0], true_size[:, 1]) - torch.atan2(size[:, 0], size[:, 1])).square()
    with torch.no_grad():
        alpha = v / (1 - iou + v + 1e-9)
    places = 2 * (1 - iou + apart + alpha * v).sum() / count

    logits = answers[:, 4:].float()
    quality = torch.zeros_like(logits)
    quality[picture, classes[picture, number[positive]], row, column] = iou.detach().float()
    with torch.no_grad():
        weight = torch.where(quality > 0, quality, 0.75 * logits.sigmoid().square())
    # The weight of a negative has a gradient of its own in ours; a constant here, which is less work.
    kinds = F.binary_cross_entropy_with_logits(logits, quality, weight, reduction="sum") / count
    return places + kinds


def main():
    options, layout = steps.options(16, "bf16")
    under = (lambda: torch.autocast("cpu", torch.bfloat16)) if options.bf16 else contextlib.nullcontext
    net = Grid().to(memory_format=layout)
    adam = torch.optim.Adam(net.parameters(), 2e-3)
    pictures = torch.rand(options.batch, 1, 100, 100).to(memory_format=layout)
    corner, size = torch.rand(options.batch, OBJECTS, 2) * 72, 12 + 16 * torch.rand(options.batch, OBJECTS, 2)
    boxes = torch.cat([corner, corner + size], 2)
    classes = torch.randint(0, CLASSES, (options.batch, OBJECTS))
    x, y = centres(25, 25)

    def train():
        adam.zero_grad(set_to_none=True)
        with under():
            answers = net(pictures)
        loss(answers.float(), boxes, classes, x, y).backward()
        adam.step()

    trained = steps.rate(train, options.batch, options.seconds)
    net.eval()

    def infer():
        with torch.no_grad(), under():
            net(pictures)

    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, batch {options.batch}, {sum(p.numel() for p in net.parameters())} parameters: "
          f"training {trained:.1f} images/s, inference {steps.rate(infer, options.batch, options.seconds):.1f} images/s")


main()
