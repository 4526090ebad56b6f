# SPDX-License-Identifier: BSD-2-Clause
# Finds libelf, elfutils' or elftoolchain's: Libelf::Libelf, Libelf_LIBRARY, Libelf_PC (pkg-config
# knows it). KVMSAFE_LIBELF_ROOT names another prefix, KVMSAFE_LIBELF_STATIC asks for libelf.a.
if(KVMSAFE_LIBELF_ROOT)
  set(only PATHS "${KVMSAFE_LIBELF_ROOT}" NO_DEFAULT_PATH)
endif()
set(name elf)
if(KVMSAFE_LIBELF_STATIC)
  set(name libelf.a)
endif()
find_path(Libelf_INCLUDE_DIR NAMES gelf.h PATH_SUFFIXES include ${only})
find_library(Libelf_LIBRARY NAMES ${name} PATH_SUFFIXES lib ${only})
mark_as_advanced(Libelf_INCLUDE_DIR Libelf_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libelf REQUIRED_VARS Libelf_LIBRARY Libelf_INCLUDE_DIR)

set(Libelf_PC FALSE)
if(Libelf_FOUND AND NOT KVMSAFE_LIBELF_ROOT)
  find_program(KVS_PKG_CONFIG NAMES pkg-config pkgconf)
  mark_as_advanced(KVS_PKG_CONFIG)
  if(KVS_PKG_CONFIG)
    execute_process(COMMAND ${KVS_PKG_CONFIG} --exists libelf RESULT_VARIABLE result ERROR_QUIET)
    if(result EQUAL 0)
      set(Libelf_PC TRUE)
    endif()
  endif()
endif()
if(Libelf_FOUND AND NOT TARGET Libelf::Libelf)
  add_library(Libelf::Libelf UNKNOWN IMPORTED)
  set_target_properties(Libelf::Libelf PROPERTIES IMPORTED_LOCATION "${Libelf_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Libelf_INCLUDE_DIR}")
  if(KVMSAFE_LIBELF_STATIC) # elfutils' uncompresses with zlib
    find_library(Libelf_ZLIB NAMES libz.a z)
    mark_as_advanced(Libelf_ZLIB)
    target_link_libraries(Libelf::Libelf INTERFACE $<$<BOOL:${Libelf_ZLIB}>:${Libelf_ZLIB}>)
  endif()
endif()
