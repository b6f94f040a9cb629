# find_package(planish 0.1 CONFIG): the targets planish::planish, the shared library, and planish::static.
include(${CMAKE_CURRENT_LIST_DIR}/planish-targets.cmake)
