"""How the peers in PyTorch are told what to time, and time it."""
import argparse, statistics, time
import torch


def options(batch, *flags):
    """The options that peers share, their own flags beside them, with PyTorch's threads set; and the layout of memory that is meant."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--contiguous", action="store_true")
    for name in flags:
        parser.add_argument(f"--{name}", action="store_true")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    return given, torch.contiguous_format if given.contiguous else torch.channels_last


def rate(step, batch, seconds):
    """Images per second, by the median over steps, after three that do not count."""
    for _ in range(3):
        step()
    times = []
    while sum(times) < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return batch / statistics.median(times)
