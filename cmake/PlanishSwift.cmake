# Swift sources to object files that the C linker takes like any other: no Swift runtime, no weak symbols, and nothing
# visible but the symbols that are named.

find_program(PLANISH_SWIFTC swiftc REQUIRED)
file(REAL_PATH ${PLANISH_SWIFTC} swiftc_path)
cmake_path(GET swiftc_path PARENT_PATH swift_bin)
# The toolchain's own, so that nothing beyond it is needed.
find_program(PLANISH_LD NAMES ld.lld ld.bfd ld HINTS ${swift_bin} REQUIRED)
find_program(PLANISH_OBJCOPY NAMES llvm-objcopy objcopy HINTS ${swift_bin} REQUIRED)
find_program(PLANISH_NM NAMES llvm-nm nm HINTS ${swift_bin} REQUIRED)
find_program(PLANISH_CLANG NAMES clang HINTS ${swift_bin} REQUIRED)

set(PLANISH_KERNELS_FROM "" CACHE PATH "The folder swift/ of another build, whose kernels are to be taken as they are")

set(PLANISH_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/Sources)
set(PLANISH_OBJECT_DIR ${CMAKE_CURRENT_BINARY_DIR}/swift)
file(MAKE_DIRECTORY ${PLANISH_OBJECT_DIR})

file(GLOB PLANISH_HEADERS CONFIGURE_DEPENDS ${PLANISH_SOURCES}/CPlanish*/*.h ${PLANISH_SOURCES}/CPlanish*/include/*.h
     ${PLANISH_SOURCES}/CPlanish*/*.modulemap ${PLANISH_SOURCES}/CPlanish*/include/*.modulemap)
list(APPEND PLANISH_HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/include/planish.h)

# The C functions, as the linker's version script lists them.
set(PLANISH_EXPORTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/planish.exports)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PLANISH_EXPORTS})
file(STRINGS ${PLANISH_EXPORTS} PLANISH_EXPORTED REGEX "^ *planish_[a-z0-9_]+;$")
list(TRANSFORM PLANISH_EXPORTED REPLACE "[ ;]" "")

set(PLANISH_SWIFT_FLAGS
    -wmo -parse-as-library -warnings-as-errors -swift-version 6 -package-name planish
    -enable-experimental-feature Embedded -Xfrontend -function-sections
    -Xcc -ffp-contract=off
    -I ${PLANISH_SOURCES}/CPlanishKernels
    -I ${PLANISH_SOURCES}/CPlanishSystem/include -Xcc -I${CMAKE_CURRENT_SOURCE_DIR}/include
    -I ${CMAKE_CURRENT_SOURCE_DIR}/include
    ${PLANISH_SWIFT_TARGET_FLAGS}) # from the toolchain file, where the target is another machine

# Objects to one object in which only the symbols of the list `keep` are global, and nothing is that they do not need.
# Grouped sections are merged first: the linker would otherwise pick one of several copies of a library function, perhaps
# one for a CPU that is not here.
function(planish_isolate output keep)
  list(TRANSFORM keep PREPEND --undefined= OUTPUT_VARIABLE roots)
  list(TRANSFORM keep PREPEND --keep-global-symbol= OUTPUT_VARIABLE globals)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${PLANISH_LD} -r --force-group-allocation --gc-sections ${roots} ${ARGN} -o ${output}.joined
    COMMAND ${PLANISH_OBJCOPY} --discard-all ${globals} ${output}.joined ${output}
    COMMAND ${CMAKE_COMMAND} -DNM=${PLANISH_NM} -DOBJECT=${output} -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/check_object.cmake
    DEPENDS ${ARGN} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/check_object.cmake
    COMMENT "Isolating ${output}"
    COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties(${output} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
endfunction()

# The kernels for one CPU level.
function(planish_kernels_object level condition march)
  if(PLANISH_KERNELS_FROM)
    set(output ${PLANISH_KERNELS_FROM}/kernels_${level}.o)
    set_source_files_properties(${output} PROPERTIES EXTERNAL_OBJECT TRUE)
    set(PLANISH_SWIFT_OBJECTS ${PLANISH_SWIFT_OBJECTS} ${output} PARENT_SCOPE)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${PLANISH_SOURCES}/PlanishKernels/*.swift)
  set(compiled ${PLANISH_OBJECT_DIR}/kernels_${level}.swift.o)
  if(march MATCHES x86)
    # Whole vectors also where the compiler chooses: it prefers half of AVX-512's, and then what was written to memory in
    # halves is waited for when it is read as a whole.
    set(march -Xcc -march=${march} -Xcc -Xclang -Xcc -target-feature -Xcc -Xclang -Xcc -prefer-256-bit)
  elseif(march)
    set(march -Xcc -march=${march})
  endif()
  add_custom_command(
    OUTPUT ${compiled}
    COMMAND ${PLANISH_SWIFTC} ${PLANISH_SWIFT_FLAGS} -Ounchecked -no-allocations ${march} -D PLANISH_${condition}
            -module-name PlanishKernels -emit-object ${sources} -o ${compiled}
    DEPENDS ${sources} ${PLANISH_HEADERS}
    COMMENT "Compiling the kernels for ${level}"
    VERBATIM)
  set(output ${PLANISH_OBJECT_DIR}/kernels_${level}.o)
  planish_isolate(${output} planish_kernels_${level} ${compiled})
  set(PLANISH_SWIFT_OBJECTS ${PLANISH_SWIFT_OBJECTS} ${output} PARENT_SCOPE)
endfunction()

# The core and the exports, and the check that planish.h declares what is exported: Swift's own header for the exports,
# compiled behind planish.h, conflicts where they differ.
function(planish_abi_object)
  file(GLOB core CONFIGURE_DEPENDS ${PLANISH_SOURCES}/PlanishCore/*.swift)
  file(GLOB abi CONFIGURE_DEPENDS ${PLANISH_SOURCES}/PlanishABI/*.swift)
  set(modules ${PLANISH_OBJECT_DIR}/modules)
  set(checks ${CMAKE_CURRENT_SOURCE_DIR}/cmake/abi_check)
  file(MAKE_DIRECTORY ${modules})
  add_custom_command(
    OUTPUT ${PLANISH_OBJECT_DIR}/core.swift.o ${modules}/PlanishCore.swiftmodule
    COMMAND ${PLANISH_SWIFTC} ${PLANISH_SWIFT_FLAGS} -O -module-name PlanishCore
            -emit-module -emit-module-path ${modules}/PlanishCore.swiftmodule
            -emit-object ${core} -o ${PLANISH_OBJECT_DIR}/core.swift.o
    DEPENDS ${core} ${PLANISH_HEADERS}
    COMMENT "Compiling the core"
    VERBATIM)
  add_custom_command(
    OUTPUT ${PLANISH_OBJECT_DIR}/abi.swift.o ${PLANISH_OBJECT_DIR}/exports.h
    COMMAND ${PLANISH_SWIFTC} ${PLANISH_SWIFT_FLAGS} -O -module-name PlanishABI -I ${modules}
            -emit-module-path ${modules}/PlanishABI.swiftmodule
            -emit-clang-header-path ${PLANISH_OBJECT_DIR}/exports.h
            -emit-object ${abi} -o ${PLANISH_OBJECT_DIR}/abi.swift.o
    COMMAND ${PLANISH_CLANG} -x objective-c -fsyntax-only -fmodules -Wno-everything -Werror=implicit
            -I ${checks} -I ${CMAKE_CURRENT_SOURCE_DIR}/include -include planish.h ${PLANISH_OBJECT_DIR}/exports.h
    DEPENDS ${abi} ${PLANISH_HEADERS} ${modules}/PlanishCore.swiftmodule
    COMMENT "Compiling the exports and checking them against planish.h"
    VERBATIM)
  set(output ${PLANISH_OBJECT_DIR}/planish.o)
  planish_isolate(${output} "${PLANISH_EXPORTED}" ${PLANISH_OBJECT_DIR}/abi.swift.o ${PLANISH_OBJECT_DIR}/core.swift.o)
  set(PLANISH_SWIFT_OBJECTS ${PLANISH_SWIFT_OBJECTS} ${output} PARENT_SCOPE)
endfunction()
