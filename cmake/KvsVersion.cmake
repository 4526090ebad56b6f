# SPDX-License-Identifier: BSD-2-Clause
# Stops when the symbol map or the public header is of another version than the project.
set(KVS_MAP "${PROJECT_SOURCE_DIR}/lib/libkvmsafe.map")
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${KVS_MAP}")

file(STRINGS "${KVS_MAP}" nodes REGEX "^KVMSAFE_[0-9.]+ {$")
list(POP_BACK nodes last)
if(NOT last STREQUAL "KVMSAFE_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} {")
  message(FATAL_ERROR "lib/libkvmsafe.map: last node "
    "KVMSAFE_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} expected, found '${last}'")
endif()

file(STRINGS "${PROJECT_SOURCE_DIR}/include/kvmsafe/kvmsafe.h" header REGEX "define KVMSAFE_VERSION")
string(REPLACE "." ", " numbers "${PROJECT_VERSION}")
if(NOT header STREQUAL "#define KVMSAFE_VERSION KVMSAFE_MKVER(${numbers})")
  message(FATAL_ERROR "kvmsafe.h: KVMSAFE_VERSION (${numbers}) expected, found '${header}'")
endif()
