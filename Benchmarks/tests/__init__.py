# SPDX-License-Identifier: Apache-2.0
"""What the harness computes from times, without any engine."""
