# SPDX-License-Identifier: Apache-2.0
"""Times the preparation of training images by `wrn data bench` and by torchvision, turn by turn; see Benchmarks/loading.

Both decode JPEG files of 500 x 375 pixels, cut a random part, resize it to 224 x 224, flip, and normalise; and both flip,
shift and normalise arrays of 32 x 32 pixels in the layout of CIFAR-10. Both use two threads, or processes.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import torch
from PIL import Image
from torchvision import datasets, transforms

WORKERS = 2
PHOTOGRAPHS = 256
ARRAYS = 10_000


def make_photographs(folder):
    """Pictures with smooth areas, edges and noise, so that their files have a photograph's size: about 100 kB at quality 90."""
    generator = np.random.default_rng(1)
    for index in range(PHOTOGRAPHS):
        place = folder / f"class {index % 8}"
        place.mkdir(parents=True, exist_ok=True)
        small = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(small).resize((500, 375), Image.BICUBIC)).astype(np.float32)
        coarse = generator.integers(0, 256, (188, 250, 3), dtype=np.uint8)
        noise = np.asarray(Image.fromarray(coarse).resize((500, 375), Image.BICUBIC)).astype(np.float32)
        picture = np.clip(smooth + 0.3 * (noise - 127), 0, 255).astype(np.uint8)
        Image.fromarray(picture).save(place / f"{index:04}.jpg", quality=90)


def make_arrays(folder):
    """Files in the binary layout of CIFAR-10, with random pixels."""
    generator = np.random.default_rng(2)
    folder.mkdir()
    for name in [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]:
        records = generator.integers(0, 256, (ARRAYS, 3073), dtype=np.uint8)
        records[:, 0] = np.arange(ARRAYS) % 10
        records.tofile(folder / name)
    (folder / "batches.meta.txt").write_text("".join(f"class {number}\n" for number in range(10)))


class Arrays(torch.utils.data.Dataset):
    """The images of torchvision's CIFAR10 class: arrays that become Pillow images one by one."""

    def __init__(self, folder, transform):
        records = [np.fromfile(folder / f"data_batch_{n}.bin", dtype=np.uint8).reshape(-1, 3073) for n in range(1, 6)]
        pixels = np.concatenate([record[:, 1:] for record in records])
        self.pixels = pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self.labels = np.concatenate([record[:, 0] for record in records])
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.pixels[index])), int(self.labels[index])


def torchvision_rate(dataset, batch):
    """Images a second of the second pass: the first one starts the processes."""
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=batch, shuffle=True, num_workers=WORKERS, persistent_workers=True)
    for _ in range(2):
        start, count = time.perf_counter(), 0
        for images, _ in loader:
            count += len(images)
        rate = count / (time.perf_counter() - start)
    return rate


def own_rate(wrn, arguments):
    """Images a second of the second pass."""
    command = [wrn, "data", "bench", *arguments, "--passes", "2", "--threads", str(WORKERS), "--json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    last = report["passes"][-1]
    return last["images"] / last["seconds"]


def compare(title, rounds, ours, theirs):
    rates = [(ours(), theirs()) for _ in range(rounds)]
    ratio = statistics.median(own / other for own, other in rates)
    own, other = (statistics.median(column) for column in zip(*rates))
    spread = f"{min(a / b for a, b in rates):.2f} to {max(a / b for a, b in rates):.2f}"
    print(f"{title:<28} wrn {own:>9,.0f}/s   torchvision {other:>7,.0f}/s   {ratio:.2f}x ({spread})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrn", required=True, help="the program")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        photographs, arrays = pathlib.Path(folder) / "photographs" / "train", pathlib.Path(folder) / "arrays"
        make_photographs(photographs)
        (photographs.parent / "val").symlink_to("train")
        make_arrays(arrays)
        mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
        files = datasets.ImageFolder(photographs, transforms.Compose([
            transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
            transforms.Normalize(mean, deviation)]))
        small = Arrays(arrays, transforms.Compose([
            transforms.RandomCrop(32, padding=4, padding_mode="reflect"), transforms.RandomHorizontalFlip(),
            transforms.ToTensor(), transforms.Normalize(mean, deviation)]))
        # Read once, so that neither finds the other's files in memory.
        for file in photographs.rglob("*.jpg"):
            file.read_bytes()
        compare("JPEG 500x375 to 224x224", arguments.rounds,
                lambda: own_rate(arguments.wrn, [str(photographs.parent), "--image-size", "224", "--augment", "crop",
                                                 "--crop-scale", "0.08", "--batch", "64"]),
                lambda: torchvision_rate(files, 64))
        compare("arrays 32x32, flip and shift", arguments.rounds,
                lambda: own_rate(arguments.wrn, [str(arrays), "--batch", "128"]),
                lambda: torchvision_rate(small, 128))


if __name__ == "__main__":
    main()
