# AArch64 Linux from any other machine: Debian's cross compiler for C, Swift's Embedded target, and an emulator for tests.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(aarch64_root /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${aarch64_root})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${aarch64_root})

# Swift brings its Embedded library for bare AArch64 alone. Nothing in it is of an operating system's, so that its objects
# link on Linux as well; the headers of the C library are Linux's.
set(PLANISH_SWIFT_TARGET_FLAGS -target aarch64-none-none-elf -Xcc -isystem${aarch64_root}/include)
