# SPDX-License-Identifier: BSD-2-Clause
# A little-endian host of 32 bits: the 64-bit host's gcc compiles and links with -m32.
set(KVS_TRIPLET i386-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/sysroot.cmake")
set(CMAKE_SYSTEM_PROCESSOR i386)
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT -m32)
# The sysroot's own loader runs a program where the kernel does; a kernel may lack 32-bit calls.
set(loader "${CMAKE_SYSROOT}/lib/ld-linux.so.2")
execute_process(COMMAND "${loader}" --version RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(result EQUAL 0)
  set(libraries "${CMAKE_SYSROOT}/lib/${KVS_TRIPLET}:${CMAKE_SYSROOT}/usr/lib/${KVS_TRIPLET}")
  set(CMAKE_CROSSCOMPILING_EMULATOR "${loader}" --library-path "${libraries}")
else()
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-i386 -L "${CMAKE_SYSROOT}")
endif()
