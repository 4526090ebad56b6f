# SPDX-License-Identifier: BSD-2-Clause
"""A fuzzing campaign: builds, workers of two engines, supervision, merging, triage, report."""
