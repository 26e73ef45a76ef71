# SPDX-License-Identifier: Apache-2.0
"""Lets engines take turns and writes down what they need; the standard library is all it uses."""
