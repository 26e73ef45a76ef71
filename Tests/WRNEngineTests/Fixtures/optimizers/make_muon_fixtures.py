#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what Muon makes of a small network, step by step. See README.md.

    python make_muon_fixtures.py [FOLDER]   # writes FOLDER/muon.safetensors, and prints how well-conditioned it is
    python make_muon_fixtures.py --check    # compares the stored file with what PyTorch computes here

Needs torch>=2.9 (CPU) and nothing else; the network is that of make_fixtures.py.
"""
import importlib.util
import pathlib
import sys

import torch
import torch.nn.functional as F
import torch.optim._muon

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("optimizers", HERE / "make_fixtures.py")
optimizers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(optimizers)
networks = optimizers.networks

STEPS = 12


def orthogonalise(gradient, ns_coefficients=(3.4445, -4.7750, 2.0315), ns_steps=5, eps=1e-7):
    """Newton and Schulz's iteration of Muon, in the precision of the gradient."""
    a, b, c = ns_coefficients
    x = gradient / (gradient.norm() + eps)
    if x.size(0) > x.size(1):
        x = x.T
    for _ in range(ns_steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if gradient.size(0) > gradient.size(1) else x


class Normalised:
    """The rule of airbench94: filters of the norm sqrt(outputs), and steps of one length for all."""

    def __init__(self, matrices, lr, momentum, nesterov):
        self.matrices, self.lr, self.momentum, self.nesterov = matrices, lr, momentum, nesterov
        self.velocities = [torch.zeros_like(matrix) for matrix in matrices]

    @torch.no_grad()
    def step(self):
        for matrix, velocity in zip(self.matrices, self.velocities):
            velocity.mul_(self.momentum).add_(matrix.grad)
            direction = matrix.grad + self.momentum * velocity if self.nesterov else velocity
            matrix.mul_(len(matrix) ** 0.5 / matrix.norm())
            matrix.sub_(self.lr * orthogonalise(direction))


def torch_muon(matrices, **constants):
    """PyTorch's own, but for its bfloat16 in the iteration."""
    torch.optim._muon._zeropower_via_newtonschulz = orthogonalise
    return torch.optim.Muon(matrices, **constants)


# name: the rule of the filters and its constants, and those of SGD for the rest.
CASES = {
    "normalised": (
        Normalised, dict(lr=0.02, momentum=0.6, nesterov=True),
        dict(lr=0.01, momentum=0.6, nesterov=True, weight_decay=5e-3)),
    "torch": (
        torch_muon, dict(lr=0.02, momentum=0.9, nesterov=False, weight_decay=0.1),
        dict(lr=0.005, momentum=0.9, weight_decay=0.1)),
    "torch-nesterov": (
        torch_muon, dict(lr=0.01, momentum=0.5, nesterov=True, weight_decay=0.0),
        dict(lr=0.005, momentum=0.5, nesterov=True)),
}


def train(case, dtype):
    """The losses of all steps, and the weights and statistics after the first and the last."""
    rule, constants, rest = case
    net, images, labels = optimizers.start(dtype)
    filters = [p for p in net.parameters() if p.dim() == 4]
    matrices = [torch.nn.Parameter(p.detach().reshape(len(p), -1).clone()) for p in filters]
    muon = rule(matrices, **constants)
    sgd = torch.optim.SGD([p for p in net.parameters() if p.dim() != 4], **rest)
    losses, tensors = [], {}
    for step in range(STEPS):
        net.zero_grad()
        loss = F.cross_entropy(net(images), labels.roll(-step))
        loss.backward()
        losses.append(loss.detach())
        for p, matrix in zip(filters, matrices):
            matrix.grad = p.grad.reshape(len(p), -1)
        muon.step()
        sgd.step()
        with torch.no_grad():
            for p, matrix in zip(filters, matrices):
                p.copy_(matrix.view_as(p))
        if step == 0:
            tensors.update({"first." + n: v.clone() for n, v in networks.state(net).items()})
    tensors["losses"] = torch.stack(losses)
    tensors.update({"after." + n: v for n, v in networks.state(net).items()})
    return tensors


def lookahead(dtype):
    """SGD whose weights return to slow ones every five steps, by the rule and the decay of airbench94."""
    net, images, labels = optimizers.start(dtype)
    sgd = torch.optim.SGD(net.parameters(), lr=0.005, momentum=0.9, nesterov=True)
    slow = {name: value.clone() for name, value in net.state_dict().items()}
    losses = []
    for step in range(STEPS):
        net.zero_grad()
        loss = F.cross_entropy(net(images), labels.roll(-step))
        loss.backward()
        losses.append(loss.detach())
        sgd.step()
        if (step + 1) % 5 == 0:
            decay = 0.95**5 * ((step + 1) / STEPS) ** 3
            for name, value in net.state_dict().items():
                if value.is_floating_point():
                    slow[name].lerp_(value, 1 - decay)
                    value.copy_(slow[name])
    tensors = {"losses": torch.stack(losses)}
    tensors.update({"after." + n: v for n, v in networks.state(net).items()})
    tensors.update({"slow." + n: slow[n] for n, v in networks.state(net).items()})
    return tensors


def orthogonalised(dtype):
    """Matrices of several shapes and conditions, and what the iteration makes of them."""
    generator = torch.Generator().manual_seed(optimizers.SEED)
    tensors = {}
    for rows, columns in ((4, 4), (16, 27), (20, 180), (48, 16), (33, 297), (10, 90)):
        matrix = torch.randn(rows, columns, generator=generator)
        if rows == 10:  # of rank 3
            matrix = torch.randn(rows, 3, generator=generator) @ matrix[:3]
        # Singular values over three orders of magnitude.
        if rows == 20:
            matrix *= torch.logspace(-3, 0, rows)[:, None]
        matrix = matrix.to(dtype)
        tensors[f"matrix.{rows}x{columns}"] = matrix
        tensors[f"orthogonal.{rows}x{columns}"] = orthogonalise(matrix)
    return tensors


def make(dtype):
    tensors = {f"{name}.{key}": v for name, case in CASES.items() for key, v in train(case, dtype).items()}
    tensors.update({f"lookahead.{key}": value for key, value in lookahead(dtype).items()})
    tensors.update(orthogonalised(dtype))
    return tensors


def main(arguments):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    check = arguments == ["--check"]
    path = (HERE if check or not arguments else pathlib.Path(arguments[0])) / "muon.safetensors"
    single, double = make(torch.float32), make(torch.float64)
    # What is stored is the float64 result.
    expected = {name: value.float().contiguous() for name, value in double.items()}
    if check:
        stored = networks.read(path)
        same = stored.keys() == expected.keys()
        worst = max(networks.difference(stored[k], expected[k]) for k in expected) if same else float("inf")
        print(f"{path.name}: largest relative difference {worst:.1e}")
        return 1 if worst > 1e-5 else 0
    path.write_bytes(networks.safetensors(expected, {"torch": torch.__version__}))
    print(f"{path.name}: {path.stat().st_size} bytes; float32 against float64, largest relative difference:")
    for case in list(CASES) + ["lookahead", "orthogonal"]:
        keys = [k for k in single if k.startswith(case + ".")]
        worst = max(keys, key=lambda k: networks.difference(single[k], double[k]))
        print(f"    {case:16} {networks.difference(single[worst], double[worst]):.1e}  ({worst})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
