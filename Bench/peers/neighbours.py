#!/usr/bin/env python3
"""scikit-learn's brute-force nearest neighbours on MNIST, for 'dotnet run -c Release --project Bench -- neighbours --peer Bench/peers/neighbours.py'.

  neighbours.py --data DIR [--threads N] [--k K]

Prints one line. Needs scikit-learn and OpenBLAS (on Debian: apt-get install python3-sklearn libopenblas0-pthread, then /usr/bin/python3). OpenBLAS
0.3.21 takes processors that it does not know for a Prescott of 2004, and is then 3.5 times slower: OPENBLAS_CORETYPE=SkylakeX names AVX-512's kernels.
"""
import argparse, gzip, os, time
import numpy as np
from sklearn import __version__
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_info

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--k", type=int, default=3)
arguments = parser.parse_args()


def read(name, header):
    folder = os.path.join(arguments.data, "mnist")
    path = os.path.join(folder if os.path.isdir(folder) else arguments.data, name)
    file = gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb")
    return np.frombuffer(file.read(), np.uint8, offset=header)


train = read("train-images-idx3-ubyte", 16).reshape(-1, 784).astype(np.float32)
test = read("t10k-images-idx3-ubyte", 16).reshape(-1, 784).astype(np.float32)
model = KNeighborsClassifier(arguments.k, algorithm="brute", n_jobs=arguments.threads).fit(train, read("train-labels-idx1-ubyte", 8))
clock, processors = time.perf_counter(), time.process_time()
labels = model.predict(test)
clock, processors = time.perf_counter() - clock, time.process_time() - processors
right = (labels == read("t10k-labels-idx1-ubyte", 8)).sum()
blas = [f"OpenBLAS {b['version']} for {b['architecture']}" for b in threadpool_info() if b["internal_api"] == "openblas"]
print(f"  scikit-learn {__version__}: {clock:.2f} s, {processors:.2f} s of processors, {right} of {len(test)} right; {', '.join(blas)}")
