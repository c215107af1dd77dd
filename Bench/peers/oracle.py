#!/usr/bin/env python3
"""An independent repetition of the first training steps of FCN-8: the same weights, batches and optimizer in PyTorch.

  ./fcn train segment --model fcn8 --epochs 0 --dropout 0 --out RUN0           writes the initial weights
  ./fcn train segment --model fcn8 --init RUN0/weights/last.safetensors --order sequential --dropout 0 \
        --schedule constant --lr 0.001 --batch 8 --steps 20 --out RUN          trains 20 steps
  oracle.py RUN0/weights/last.safetensors RUN --data DIR                       repeats them and compares
  oracle.py RUN0/weights/last.safetensors --time                               times training and inference steps of batch 32, as 'fcn bench --model' does

Needs torch and numpy (on Debian: apt-get install python3-torch, then /usr/bin/python3). DIR holds m2nist/combined.npy[.gz] and classmap.npy[.gz].
Exit code 0 if the first loss agrees within 1e-5 relative and all within 1e-3.
"""
import argparse, csv, gzip, json, os, statistics, struct, sys, time
import numpy as np
import torch
import torch.nn.functional as F


def safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    return {name: torch.from_numpy(np.frombuffer(data[slice(*t["data_offsets"])], np.float32).reshape(t["shape"]).copy())
            for name, t in header.items() if name != "__metadata__" and not name.startswith("optimizer.")}


def array(folder, name):
    path = os.path.join(folder, "m2nist", name)
    return np.load(gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb"))


class Net:
    """FCN-8 in functions over a dictionary of leaf tensors in our layout: conv [kh, kw, in, out], transposed [kh, kw, out, in]."""

    def __init__(self, weights):
        self.w, self.training = weights, True
        self.leaves = [t.requires_grad_() for name, t in weights.items() if "running" not in name]

    def conv(self, x, name, act=None):
        w = self.w[name + ".weight"]
        top, left = (w.shape[0] - 1) // 2, (w.shape[1] - 1) // 2
        x = F.pad(x, (left, w.shape[1] - 1 - left, top, w.shape[0] - 1 - top))
        x = F.conv2d(x, w.permute(3, 2, 0, 1), self.w[name + ".bias"])
        return act(x) if act else x

    def up(self, x, name, stride, crop):
        return F.conv_transpose2d(x, self.w[name + ".weight"].permute(3, 2, 0, 1), self.w.get(name + ".bias"), stride, crop)

    def __call__(self, x):
        width, features = x.shape[-1], []
        x = F.pad(x, (0, -width % 32))
        leaky = lambda t: F.leaky_relu(t, 0.3)
        for i in range(1, 6):
            x = self.conv(self.conv(x, f"block{i}.conv1", leaky), f"block{i}.conv2", leaky)
            x = F.max_pool2d(x, 2)
            n = f"block{i}.norm."
            x = F.batch_norm(x, self.w[n + "running_mean"], self.w[n + "running_var"], self.w[n + "weight"], self.w[n + "bias"],
                             training=self.training, momentum=0.01, eps=1e-3)
            features.append(x)
        if "conv6.weight" in self.w:
            x = self.conv(self.conv(self.conv(x, "conv6", F.relu), "conv7", F.relu), "score5")
        x = self.up(x, "up2a", 2, 1) + self.conv(features[3], "score4")
        x = self.up(x, "up2b", 2, 1) + self.conv(features[2], "score3")
        return self.up(x, "up8", 8, 0)[..., :width]


def measure(net, batch=32, seconds=6):
    """Images per second by the median step on random pictures: forward, backward and Adam; then forward alone, with the moving averages."""
    torch.set_num_threads(os.cpu_count())
    x, labels = torch.rand(batch, 1, 64, 84), torch.randint(11, (batch, 64, 84))
    adam = torch.optim.Adam(net.leaves, 1e-3)

    def train():
        adam.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        adam.step()

    def infer():
        with torch.no_grad():
            net(x)

    for name, step in ("training", train), ("inference", infer):
        net.training = name == "training"
        times = []
        for _ in range(3):
            step()
        while sum(times) < seconds:
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, batch {batch}: {name} {batch / statistics.median(times):.1f} images/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("run", nargs="?")
    parser.add_argument("--data")
    parser.add_argument("--time", action="store_true")
    options = parser.parse_args()
    if options.time:
        return measure(Net(safetensors(options.weights)))
    if not (options.run and options.data):
        parser.error("name a run and --data DIR, or --time")

    args = json.load(open(os.path.join(options.run, "args.json")))
    train = json.load(open(os.path.join(options.run, "report.json")))["split"]["train"]
    ours = [(float(r["loss"]), float(r["lr"])) for r in csv.DictReader(open(os.path.join(options.run, "steps.csv")))]
    images, labels = array(options.data, "combined.npy"), array(options.data, "classmap.npy")

    net, batch = Net(safetensors(options.weights)), int(args["batch"])
    adam = torch.optim.Adam(net.leaves, ours[0][1], eps=1e-8)
    worst, good = 0.0, True
    print("step        ours       torch    relative")
    for step, (loss, _) in enumerate(ours):
        chosen = train[step * batch:(step + 1) * batch]
        x = torch.from_numpy(images[chosen].astype(np.float32) / 127.5 - 1)[:, None]
        value = F.cross_entropy(net(x), torch.from_numpy(labels[chosen].astype(np.int64)))
        adam.zero_grad()
        value.backward()
        adam.step()
        difference = abs(loss - value.item()) / abs(value.item())
        good &= difference <= (1e-5 if step == 0 else 1e-3)
        worst = max(worst, difference)
        print(f"{step + 1:4} {loss:11.7f} {value.item():11.7f} {difference:11.2e}")
    print(f"worst {worst:.2e}: {'agrees' if good else 'DIFFERS'}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
