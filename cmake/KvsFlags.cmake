# SPDX-License-Identifier: BSD-2-Clause
# kvs_warnings, kvs_frames, kvs_hardening: how we compile. None reaches who links the library.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

add_library(kvs_warnings INTERFACE)
target_compile_options(kvs_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion
  -Wsign-conversion -Wshadow -Wcast-qual -Wcast-align -Wvla -Walloca -Wundef -Wswitch-enum
  -Wformat=2 -Wnull-dereference -Wimplicit-fallthrough
  -Wstrict-prototypes -Wmissing-prototypes $<$<BOOL:${KVS_WERROR}>:-Werror>)

# Of what is shipped. A sanitizer adds red zones, and without optimiser frames say little.
add_library(kvs_frames INTERFACE)
if(NOT KVS_SANITIZE AND NOT KVS_COVERAGE)
  target_compile_options(kvs_frames INTERFACE -Wframe-larger-than=2048)
endif()

add_library(kvs_hardening INTERFACE)
target_compile_options(kvs_hardening INTERFACE -fstack-protector-strong
  $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE> # some compilers preset it
  $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-D_FORTIFY_SOURCE=3>) # an error without -O
foreach(flag -fstack-clash-protection -fcf-protection=full)
  string(MAKE_C_IDENTIFIER "KVS_HAS${flag}" has)
  check_c_compiler_flag(-Werror\ ${flag} ${has})
  if(${has})
    target_compile_options(kvs_hardening INTERFACE ${flag})
  endif()
endforeach()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU") # clang 14 wants a second flag; else it would hide bugs
  target_compile_options(kvs_hardening INTERFACE
    $<$<CONFIG:Release>:-ftrivial-auto-var-init=zero>)
endif()
# Where clang's sanitizers are, the run-time library is the program's: no defs in a shared library.
set(link_flags -Wl,-z,relro -Wl,-z,now)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" OR
    NOT (KVS_SANITIZE OR KVS_FUZZ_ENGINE OR CMAKE_C_FLAGS MATCHES "-fsanitize"))
  list(APPEND link_flags -Wl,-z,defs)
endif()
foreach(flag IN LISTS link_flags)
  string(MAKE_C_IDENTIFIER "KVS_LINKS${flag}" has)
  check_linker_flag(C ${flag} ${has})
  if(${has})
    target_link_options(kvs_hardening INTERFACE ${flag})
  endif()
endforeach()

if(KVS_SANITIZE)
  # Wraps and narrowing are defined in C: what is shipped does without, tests and models need not.
  string(REPLACE "," ";" everywhere "${KVS_SANITIZE}")
  set(shipped ${everywhere})
  list(FILTER shipped INCLUDE REGEX "^(integer|unsigned-|implicit-)")
  list(FILTER everywhere EXCLUDE REGEX "^(integer|unsigned-|implicit-)")
  list(JOIN everywhere "," everywhere)
  if(shipped AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "KVS_SANITIZE: ${KVS_SANITIZE}: clang expected, found ${CMAKE_C_COMPILER_ID}")
  endif()
  foreach(check IN LISTS shipped)
    target_compile_options(kvs_frames INTERFACE -fsanitize=${check} -fno-sanitize-recover=${check}
      "-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/wraps.ignorelist")
  endforeach()
  if(everywhere)
    add_compile_options(-fsanitize=${everywhere} -fno-sanitize-recover=all)
  endif()
  add_compile_options(-fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KVS_SANITIZE})
endif()
if(KVS_COVERAGE AND CMAKE_C_COMPILER_ID MATCHES "Clang")
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc)
  add_link_options(-fprofile-instr-generate)
elseif(KVS_COVERAGE)
  add_compile_options(--coverage -fprofile-abs-path -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
