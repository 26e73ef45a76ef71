# SPDX-License-Identifier: Apache-2.0
"""Steps of PyTorch's DistributedDataParallel over gloo, for Scripts/bench-workers.

    workers.py NETWORK BATCH REPEATS    as one of WORLD_SIZE processes, of the number RANK

BATCH is that of one process. Process 0 prints the median time of a step.
"""

import os
import re
import statistics
import sys
import time

import torch
import torch.distributed as distributed
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from rivals.networks import WideResNet


def main(name: str, batch: int, repeats: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    distributed.init_process_group("gloo")
    depth, width = (int(number) for number in re.findall(r"\d+", name))
    network = WideResNet(depth, width, 10).train().to(memory_format=torch.channels_last)
    shared = DistributedDataParallel(network)
    images = torch.randn(batch, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch) * 7 % 10
    optimizer = torch.optim.SGD(network.parameters(), 1e-4, momentum=0.9, nesterov=True)
    seconds = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(shared(images), labels).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    if distributed.get_rank() == 0:
        processes = distributed.get_world_size()
        # The first step allocates.
        median = statistics.median(seconds[1:])
        print(f"torch       {processes} x {batch} images: {median:.3f} s a step", flush=True)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
