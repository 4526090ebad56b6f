# SPDX-License-Identifier: BSD-2-Clause
"""Synthetic kernel dumps: the framework, and one module a machine."""
