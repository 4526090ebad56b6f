# SPDX-License-Identifier: BSD-2-Clause
# Installs libraries, headers, kvmsafe.pc and the relocatable CMake package.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/kvmsafe")
if(KVMSAFE_SHARED)
  install(TARGETS kvmsafe EXPORT kvmsafeTargets)
  install(EXPORT kvmsafeTargets NAMESPACE kvmsafe:: DESTINATION "${package_dir}")
endif()
install(TARGETS kvmsafe_static EXPORT kvmsafeStaticTargets)
install(DIRECTORY include/kvmsafe DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")
install(EXPORT kvmsafeStaticTargets NAMESPACE kvmsafe:: DESTINATION "${package_dir}")

configure_package_config_file(cmake/kvmsafeConfig.cmake.in kvmsafeConfig.cmake
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(kvmsafeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/kvmsafeConfig.cmake"
  "${PROJECT_BINARY_DIR}/kvmsafeConfigVersion.cmake" cmake/FindLibelf.cmake
  DESTINATION "${package_dir}")

# The prefix is found from where kvmsafe.pc lies, so that the tree can be moved.
file(RELATIVE_PATH pc_up "/x/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/x")
string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  set(pc_prefix "\${pcfiledir}/${pc_up}")
endif()
cmake_path(APPEND pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
set(pc_private "Libs.private: ${Libelf_LIBRARY}")
if(Libelf_PC)
  set(pc_private "Requires.private: libelf")
endif()
configure_file(cmake/kvmsafe.pc.in kvmsafe.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/kvmsafe.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
