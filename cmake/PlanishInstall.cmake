# What `cmake --install` puts into a prefix: the header, both libraries, a CMake package and a pkg-config file. None of
# it names the prefix, so the whole may be moved.

include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/planish)
set(generated ${CMAKE_CURRENT_BINARY_DIR}/package)

install(FILES include/planish.h TYPE INCLUDE)
install(FILES LICENSE TYPE DOC)
install(TARGETS planish planish_static EXPORT planish-targets)
set_target_properties(planish_static PROPERTIES EXPORT_NAME static)

# ---- find_package(planish CONFIG) ----

install(EXPORT planish-targets NAMESPACE planish:: DESTINATION ${package})
# The ABI is kept within a major number, as the header says.
write_basic_package_version_file(${generated}/planish-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${generated}/planish-config-version.cmake cmake/planish-config.cmake DESTINATION ${package})

# ---- pkg-config ----

cmake_path(APPEND CMAKE_INSTALL_LIBDIR pkgconfig OUTPUT_VARIABLE pkgconfig)
set(prefix_path /prefix)
cmake_path(ABSOLUTE_PATH pkgconfig BASE_DIRECTORY ${prefix_path})
cmake_path(RELATIVE_PATH prefix_path BASE_DIRECTORY ${pkgconfig} OUTPUT_VARIABLE up)
configure_file(cmake/planish.pc.in ${generated}/planish.pc @ONLY)
install(FILES ${generated}/planish.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
