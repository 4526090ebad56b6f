# SPDX-License-Identifier: BSD-2-Clause
# A big-endian host of 64 bits: clang compiles, binutils-s390x-linux-gnu links, qemu-s390x runs.
set(KVS_TRIPLET s390x-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/sysroot.cmake")
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET s390x-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-s390x -L "${CMAKE_SYSROOT}")
