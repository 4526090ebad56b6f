# SPDX-License-Identifier: BSD-2-Clause
# Tests that are scripts: the generator's own, the tool's, real dumps, agreement, house rules. Those
# with the label house look at the source alone: another host would not answer otherwise.
set(python "${Python3_EXECUTABLE}")
set(here "${PROJECT_SOURCE_DIR}/tests")

# kvs_callable(VARIABLE TARGET): the path by which a script runs a program. Built for another host,
# that is a line of shell which runs it in the emulator.
function(kvs_callable variable target)
  set(path "$<TARGET_FILE:${target}>")
  if(CMAKE_CROSSCOMPILING_EMULATOR)
    list(TRANSFORM CMAKE_CROSSCOMPILING_EMULATOR REPLACE "(.+)" "'\\1'" OUTPUT_VARIABLE emulator)
    list(JOIN emulator " " emulator)
    set(wrapper "${CMAKE_CURRENT_BINARY_DIR}/emulated/${target}")
    file(GENERATE OUTPUT "${wrapper}" CONTENT "#!/bin/sh\nexec ${emulator} '${path}' \"$@\"\n"
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
    set(path "${wrapper}")
  endif()
  set(${variable} "${path}" PARENT_SCOPE)
endfunction()

kvs_script(generator house "${python}" "${PROJECT_SOURCE_DIR}/corpus/selftest.py")
kvs_script(seeds house "${python}" "${PROJECT_SOURCE_DIR}/fuzz/seeds" --check)

kvs_script(campaign house "${python}" -m unittest discover -v -s "${PROJECT_SOURCE_DIR}/tests/fuzz")

add_executable(agree_facts agree/facts.c)
target_link_libraries(agree_facts PRIVATE kvs_objects kvs_warnings)
kvs_callable(facts agree_facts)
kvs_script(agree corpus "${python}" "${here}/agree/agree.py" "${facts}"
  "${PROJECT_SOURCE_DIR}/corpus/generate.py")

if(TARGET kvmsafe_tool)
  kvs_callable(tool kvmsafe_tool)
  set(tool_env ${corpus_env} "KVMSAFE_TOOL=${tool}")
  kvs_script(tool tool "${python}" -m unittest discover -v -s "${here}/tool" -p "*.py")
  kvs_script(damaged tool "${python}" "${here}/damaged/run.py")
  kvs_script(real tool "${python}" "${here}/real/run.py")
  set_tests_properties(tool damaged real PROPERTIES ENVIRONMENT "${tool_env}"
    FIXTURES_REQUIRED corpus)
endif()

if(NOT KVS_SANITIZE AND NOT KVS_COVERAGE)
  kvs_script(floors house "${PROJECT_SOURCE_DIR}/ci/check-floors")
  kvs_script(house house "${PROJECT_SOURCE_DIR}/ci/check-house")
  kvs_script(guard_finder house "${python}" "${PROJECT_SOURCE_DIR}/ci/guards.d/selftest.py")
  kvs_script(coverage_gate house "${python}" "${PROJECT_SOURCE_DIR}/ci/coverage.d/selftest.py")
  kvs_script(canaries house "${python}" "${PROJECT_SOURCE_DIR}/ci/canaries" --check)
  kvs_script(canary_hunt house "${python}" "${PROJECT_SOURCE_DIR}/ci/canaries.d/selftest.py")
endif()
