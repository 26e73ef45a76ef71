# SPDX-License-Identifier: Apache-2.0
"""One answer, as a person would write it: `python -m rivals.one_image FOLDER CIFAR_FILE`."""

import sys
from pathlib import Path

import numpy as np
import torch

from rivals import networks


def main() -> None:
    folder, images = sys.argv[1:]
    network = networks.load(Path(folder))
    # A record is a label and 3 x 32 x 32 bytes.
    record = np.fromfile(images, np.uint8, 3073)
    image = torch.from_numpy(record[1:].reshape(1, 3, 32, 32)).float() / 255
    with torch.inference_mode():
        probabilities = network(image).softmax(1)[0]
    print(int(probabilities.argmax()), float(probabilities.max()))


if __name__ == "__main__":
    main()
