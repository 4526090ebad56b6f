# SPDX-License-Identifier: BSD-2-Clause
# What the toolchains share: headers and libraries of KVS_TRIPLET come from a folder, not from here.
set(KVS_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../../build-sysroot/${KVS_TRIPLET}"
  CACHE PATH "root of the other host: ci/foreign unpacks one")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES KVS_SYSROOT)
if(NOT IS_DIRECTORY "${KVS_SYSROOT}/usr/include")
  message(FATAL_ERROR "no headers in ${KVS_SYSROOT}: ci/foreign unpacks them, or set KVS_SYSROOT")
endif()
cmake_path(NORMAL_PATH KVS_SYSROOT OUTPUT_VARIABLE CMAKE_SYSROOT)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_LIBRARY_ARCHITECTURE "${KVS_TRIPLET}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
