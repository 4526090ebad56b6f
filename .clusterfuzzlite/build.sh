#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
# One script for OSS-Fuzz and ClusterFuzzLite.
exec bash -eu "$SRC/libkvmsafe/fuzz/oss-fuzz/build.sh"
