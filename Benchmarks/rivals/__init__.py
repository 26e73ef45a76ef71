# SPDX-License-Identifier: Apache-2.0
"""The other engines, each in a process of its own, on the weights and images that ours reads."""
