# SPDX-License-Identifier: Apache-2.0
"""Learns few photographs in several ways, and measures each on the others; see Benchmarks/finetuning.

Of each class so many photographs are drawn, by another seed for each draw; all the others are for the measurement alone. `wrn` keeps a
tenth of the drawn ones for validation, and so do the rivals. Each way is a process of its own, of which the elapsed time and the time on
processors count, with whatever it starts.

- `wrn train`, `wrn finetune`: nothing but --data; and `wrn finetune` with as many epochs as fit in a minute.
- `wrn finetune` without a recipe: the rate 0.03, labels as they are, no average; and `wrn train` by hand: settings that were found by
  trying some on another draw.
- fastai: `Learner.fine_tune` with its own defaults (Adam, one cycle with the head alone, then with all at rates from a hundredth up),
  its augmentation (`aug_transforms`), and as many epochs as `wrn finetune` chooses.
- tutorial: PyTorch's "Transfer learning for computer vision": SGD at 0.001, a tenth of it every 7 epochs, 25 epochs in batches of 4,
  torchvision's random resized crops and flips.

Both rivals begin from the weights that wrn's bundled model has, at the size of image that it was trained on.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

# The mean and deviation that the bundled model was trained with.
MEAN, DEVIATION = (125.3 / 255, 123.0 / 255, 113.9 / 255), (63.0 / 255, 62.1 / 255, 66.7 / 255)
SIZE = 32
WAYS = {
    "wrn finetune": ["finetune"],
    "wrn finetune for a minute": ["finetune", "--minutes", "1"],
    "wrn finetune without a recipe": ["finetune", "--recipe", "none", "--epochs", "37"],
    "wrn train": ["train"],
    "wrn train by hand": ["train", "wrn-16-2", "--recipe", "modern", "--epochs", "100", "--batch", "32", "--image-size", "32"],
    "fastai fine_tune": "fastai",
    "PyTorch's tutorial": "tutorial",
}


def draw(source, place, seed, count):
    """Links to `count` photographs of each class in `photos`, and to the others in `rest/test`."""
    generator = random.Random(seed)
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        files = sorted(folder.iterdir())
        generator.shuffle(files)
        for name, chosen in (("photos", files[:count]), ("rest/test", files[count:])):
            target = place / name / folder.name
            target.mkdir(parents=True)
            for file in chosen:
                (target / file.name).symlink_to(file.resolve())


def timed(command, **options):
    """What a command writes, and its seconds: elapsed, and on processors."""
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True, **options)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: ended with {status}")
    return output, time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def ours(options, words, place, name):
    run = place / f"runs/{name}"
    _, seconds, work = timed(
        [options.wrn, *words, "--data", place / "photos", "--run", run, "--threads", options.threads, "--no-report", "--json"])
    answer, _, _ = timed([options.wrn, "evaluate", "--weights", run, "--data", place / "rest", "--json"], stderr=subprocess.DEVNULL)
    settings = json.loads((run / "config.json").read_text())
    model = settings["model"]
    shown = f"{model['architecture']}, {model['input_height']} pixels, {settings['epochs']} epochs of {settings['batch']}"
    return json.loads(answer)["accuracy"], seconds, work, shown


def rival(options, which, place, weights, epochs):
    output, seconds, work = timed(
        [sys.executable, __file__, "--wrn", options.wrn, "--rival", which, "--threads", options.threads, "--weights", weights,
         "--epochs", epochs, place])
    found = json.loads(output.splitlines()[-1])
    # The measurement on the other photographs does not count.
    return found["accuracy"], seconds - found["seconds"], work - found["work"], found["shown"]


def network(weights, classes):
    import torch
    from rivals import networks
    from rivals import weights as files

    net = networks.make(files.architecture(weights), classes)
    state = {name: torch.from_numpy(array) for name, array in files.read(weights).items() if not name.startswith("fc.")}
    missing, unexpected = net.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked") and not name.startswith("fc.")]
    if missing or unexpected:
        raise SystemExit(f"the weights do not fit: missing {missing}, unexpected {unexpected}")
    return net


def accuracy(net, place, transform):
    """The share of right answers on the other photographs, and the time that this took."""
    import torch
    from torchvision import datasets

    elapsed, work = time.perf_counter(), time.process_time()
    images = datasets.ImageFolder(place / "rest/test", transform)
    right = 0
    net.eval()
    with torch.no_grad():
        for batch, labels in torch.utils.data.DataLoader(images, 64):
            right += (net(batch).argmax(1) == labels).sum().item()
    return {"accuracy": right / len(images), "seconds": time.perf_counter() - elapsed, "work": time.process_time() - work}


def plain():
    """A photograph as the network is measured on it."""
    from torchvision import transforms

    return transforms.Compose(
        [transforms.Resize(SIZE), transforms.CenterCrop(SIZE), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)])


def fastai(options, place):
    from fastai.vision.all import (
        ImageDataLoaders, L, Learner, Normalize, Resize, aug_transforms, accuracy as share, params, set_seed)

    set_seed(1)
    loaders = ImageDataLoaders.from_folder(
        place / "photos", valid_pct=0.1, seed=1, bs=32, num_workers=0, item_tfms=Resize(3 * SIZE),
        batch_tfms=[*aug_transforms(size=SIZE, min_scale=0.75), Normalize.from_stats(MEAN, DEVIATION)])
    net = network(options.weights, loaders.c)

    def split(net):
        body = [net.conv0, net.group0]
        return L(params(body[0]) + params(body[1]), params(net.group1) + params(net.group2) + params(net.bn), params(net.fc))

    learner = Learner(loaders, net, splitter=split, metrics=share)
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(options.epochs)
    return net, f"1 + {options.epochs} epochs of 32"


def tutorial(options, place):
    import torch
    from torchvision import datasets, transforms

    torch.manual_seed(1)
    changed = transforms.Compose(
        [transforms.RandomResizedCrop(SIZE), transforms.RandomHorizontalFlip(), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)])
    images = datasets.ImageFolder(place / "photos", changed)
    kept = torch.randperm(len(images))[len(images) // 10:].tolist()
    loader = torch.utils.data.DataLoader(torch.utils.data.Subset(images, kept), 4, shuffle=True)
    net = network(options.weights, len(images.classes))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 7, 0.1)
    for _ in range(25):
        net.train()
        for batch, labels in loader:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(batch), labels).backward()
            optimizer.step()
        schedule.step()
    return net, "25 epochs of 4"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wrn", type=pathlib.Path, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--count", type=int, default=30, help="the photographs of each class")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ways", default=",".join(WAYS), help="which to run, with commas")
    parser.add_argument("--rival", choices=["fastai", "tutorial"], help=argparse.SUPPRESS)
    parser.add_argument("--weights", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--epochs", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.wrn = options.wrn.resolve()
    if options.rival:
        import torch
        from rivals import weights as files

        torch.set_num_threads(options.threads)
        net, shown = {"fastai": fastai, "tutorial": tutorial}[options.rival](options, options.folder)
        print(json.dumps(accuracy(net, options.folder, plain()) | {"shown": f"{files.architecture(options.weights)}, {SIZE} pixels, {shown}"}))
        return
    results = {}
    with tempfile.TemporaryDirectory() as name:
        weights = pathlib.Path(name) / "bundled.safetensors"
        subprocess.run([options.wrn, "convert", "bundled", weights], check=True, stdout=subprocess.DEVNULL)
        for seed in range(1, options.draws + 1):
            place = pathlib.Path(name) / str(seed)
            draw(options.folder, place, seed, options.count)
            images = sum(1 for _ in (place / "photos").glob("*/*"))
            epochs = min(max(round(20_000 / (0.9 * images)), 10), 80)
            for number, way in enumerate(options.ways.split(",")):
                words = WAYS[way]
                found = (rival(options, words, place, weights, epochs) if isinstance(words, str)
                         else ours(options, words, place, str(number)))
                results.setdefault(way, []).append(found)
                print(f"draw {seed}: {way}: {100 * found[0]:.1f} %, {found[1]:.0f} s, {found[2]:.0f} s on processors", file=sys.stderr)
    print("| way | settings | accuracy on the others | mean | seconds | on processors |\n|---|---|---|--:|--:|--:|")
    for way, found in results.items():
        shares = [100 * each[0] for each in found]
        print(
            f"| {way} | {found[0][3]} | {', '.join(f'{share:.1f} %' for share in shares)} | {statistics.mean(shares):.1f} % "
            f"| {statistics.median(each[1] for each in found):.0f} | {statistics.median(each[2] for each in found):.0f} |")


if __name__ == "__main__":
    main()
