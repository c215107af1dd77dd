#!/usr/bin/env python3
"""Pictures of a hand that nobody has: MNIST's test digits slanted by 45 degrees and narrowed to 0.7, dark on light, as docs/own_digits.md measured.

  slanted_hand.py --data DIR --out DIR [--slant S] [--width W]

Writes folders that 'fcn train classify --data' and 'fcn val --data' take: test/ with 1500 pictures, and t50/, t100/, t300/ and t17/ (sixty of the digits 1
and 7) with others to train on. Needs numpy.
"""
import argparse, gzip, os, sys
import numpy as np

SIDE, SCALE, PAPER, INK = 112, 4, 245, 0.85

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--slant", type=float, default=1.0)
parser.add_argument("--width", type=float, default=0.7)
arguments = parser.parse_args()


def read(name, header):
    folder = os.path.join(arguments.data, "mnist")
    path = os.path.join(folder if os.path.isdir(folder) else arguments.data, name)
    file = gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb")
    return np.frombuffer(file.read(), np.uint8, offset=header)


def written(image):
    """The digit in that hand, between its pixels by their bilinear mean."""
    row, column = (np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2) / SCALE
    x, y = (column + arguments.slant * row) / arguments.width + 13.5, row + 13.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    wide = np.pad(image.astype(float), 60)
    at = lambda dy, dx: wide[np.clip(top + dy + 60, 0, 147), np.clip(left + dx + 60, 0, 147)]
    right, below = x - left, y - top
    ink = (1 - below) * ((1 - right) * at(0, 0) + right * at(0, 1)) + below * ((1 - right) * at(1, 0) + right * at(1, 1))
    return (PAPER - INK * ink).clip(0, 255).astype(np.uint8)


def write(name, chosen):
    for i in chosen:
        folder = os.path.join(arguments.out, name, str(labels[i]))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{i:05d}.pgm"), "wb") as file:
            file.write(b"P5 %d %d 255\n" % (SIDE, SIDE) + written(images[i]).tobytes())


if os.path.exists(arguments.out):
    sys.exit(f"slanted_hand.py: '{arguments.out}' is there already; name a folder that is not")
images = read("t10k-images-idx3-ubyte", 16).reshape(-1, 28, 28)
labels = read("t10k-labels-idx1-ubyte", 8)
order = np.random.default_rng(1).permutation(len(images))
write("test", order[:1500])
for count in (50, 100, 300):
    write(f"t{count}", order[2000:2000 + count])
write("t17", [i for i in order[2000:3000] if labels[i] in (1, 7)][:60])
