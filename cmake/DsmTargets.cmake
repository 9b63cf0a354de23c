# How a room of the house becomes a target.
#
#   dsm_library(NAME rt DEPENDS dsm_base Boost::headers)      all *.cpp of the folder but *_test.cpp
#   dsm_unit_tests(NAME rt DEPENDS dsm_rt)                    all *_test.cpp of the folder, one program
#
# The link lines are the dependency rule: a room may include only what it links (tools/style checks
# the includes). Every target shares one precompiled header, so a file costs about a second.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(DSM_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize, comma separated; empty for none")

add_library(dsm_flags INTERFACE)
target_include_directories(dsm_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(dsm_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion
  -Wno-missing-field-initializers -Wno-missing-designated-field-initializers
  -fno-omit-frame-pointer "SHELL:-Xclang -fno-pch-timestamp")
target_compile_definitions(dsm_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_HAS_CO_AWAIT=1 BOOST_ASIO_HAS_STD_COROUTINE=1)
target_link_options(dsm_flags INTERFACE -fuse-ld=lld)
if(DSM_SANITIZE)
  # Not vptr: it needs the type information of SOCI's classes, which Debian's library keeps to itself.
  target_compile_options(dsm_flags INTERFACE
    "-fsanitize=${DSM_SANITIZE}" -fno-sanitize-recover=all -fno-sanitize=vptr)
  target_link_options(dsm_flags INTERFACE "-fsanitize=${DSM_SANITIZE}")
endif()
option(DSM_FAILPOINTS "Compile in the points at which tests make the program fail" OFF)
if(DSM_FAILPOINTS)
  target_compile_definitions(dsm_flags INTERFACE DSM_FAILPOINTS)
endif()
find_package(Threads REQUIRED)
target_link_libraries(dsm_flags INTERFACE Threads::Threads)

# The precompiled header is compiled once, here, and used by every other target.
add_library(dsm_pch OBJECT "${CMAKE_SOURCE_DIR}/cmake/pch.cpp")
target_link_libraries(dsm_pch PUBLIC dsm_flags)
target_precompile_headers(dsm_pch PRIVATE "${CMAKE_SOURCE_DIR}/cmake/pch.hpp")
set(dsm_pch_file "${CMAKE_BINARY_DIR}/CMakeFiles/dsm_pch.dir/cmake_pch.hxx.pch")

# ccache takes this checksum for the precompiled header, whose own bytes name the checkout's folder:
# so a second checkout finds what the first one compiled.
file(SHA256 "${CMAKE_SOURCE_DIR}/cmake/pch.hpp" dsm_pch_checksum)
execute_process(COMMAND dpkg-query -W -f "\${Package} \${Version}\\n"
  libboost1.81-dev libfmt-dev libstdc++-12-dev clang-19
  OUTPUT_VARIABLE dsm_pch_versions ERROR_QUIET)
string(SHA256 dsm_pch_checksum "${dsm_pch_checksum} ${dsm_pch_versions} ${CMAKE_CXX_COMPILER_VERSION}")
file(CONFIGURE OUTPUT "${dsm_pch_file}.sum" CONTENT "${dsm_pch_checksum}\n")

# Like target_precompile_headers(… REUSE_FROM dsm_pch), but with a flag that ccache understands.
function(dsm_use_pch target)
  get_target_property(sources ${target} SOURCES)
  set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS "${dsm_pch_file}")
  target_compile_options(${target} PRIVATE "SHELL:-include-pch ${dsm_pch_file}")
endfunction()

function(dsm_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
    list(FILTER ARG_SOURCES EXCLUDE REGEX "_test\\.cpp$")
  endif()
  if(NOT ARG_SOURCES)  # a room of headers only
    add_library(dsm_${ARG_NAME} INTERFACE)
    target_link_libraries(dsm_${ARG_NAME} INTERFACE dsm_flags ${ARG_DEPENDS})
    return()
  endif()
  add_library(dsm_${ARG_NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(dsm_${ARG_NAME} PUBLIC dsm_flags ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
  dsm_use_pch(dsm_${ARG_NAME})
endfunction()

# Runs a program of unit tests a second time, on a PostgreSQL server of its own.
function(dsm_tests_on_postgresql name)
  add_test(NAME "OnPostgresql.${name}"
    COMMAND "${CMAKE_SOURCE_DIR}/tests/postgresql/with_server" $<TARGET_FILE:dsm_${name}_test>)
  set_tests_properties("OnPostgresql.${name}" PROPERTIES LABELS integration TIMEOUT 900)
endfunction()

# The same, where the server takes nobody without TLS.
function(dsm_tests_on_postgresql_over_tls name)
  add_test(NAME "OnPostgresqlOverTls.${name}"
    COMMAND "${CMAKE_SOURCE_DIR}/tests/postgresql/with_server" --tls $<TARGET_FILE:dsm_${name}_test>)
  set_tests_properties("OnPostgresqlOverTls.${name}" PROPERTIES LABELS integration TIMEOUT 300)
endfunction()

# Those of its tests that cut the network, in one of their own. Skipped where nobody may have that.
function(dsm_tests_on_postgresql_cut_off name filter)
  add_test(NAME "OnPostgresqlCutOff.${name}"
    COMMAND "${CMAKE_SOURCE_DIR}/tests/postgresql/with_network"
      "${CMAKE_SOURCE_DIR}/tests/postgresql/with_server" $<TARGET_FILE:dsm_${name}_test>
      "--gtest_filter=${filter}")
  set_tests_properties("OnPostgresqlCutOff.${name}" PROPERTIES
    LABELS integration TIMEOUT 120 SKIP_RETURN_CODE 77)
endfunction()

# Builds every test program that carries the label `unit` (the sanitizer run builds only these).
add_custom_target(unit_tests)

function(dsm_unit_tests)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp")
  endif()
  if(NOT ARG_SOURCES)
    return()
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(dsm_${ARG_NAME}_test ${ARG_SOURCES})
  target_link_libraries(dsm_${ARG_NAME}_test PRIVATE dsm_flags ${ARG_DEPENDS} GTest::gtest GTest::gtest_main)
  dsm_use_pch(dsm_${ARG_NAME}_test)
  target_compile_definitions(dsm_${ARG_NAME}_test PRIVATE DSM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if("unit" IN_LIST ARG_LABELS)
    add_dependencies(unit_tests dsm_${ARG_NAME}_test)
    # The list from which deploy/images/unit-test-root takes what goes into the unit-test image.
    file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/unit_tests/${ARG_NAME}" CONTENT "$<TARGET_FILE:dsm_${ARG_NAME}_test>\n")
  endif()
  # A program's first start may wait for a disk that others keep busy.
  gtest_discover_tests(dsm_${ARG_NAME}_test DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900)
endfunction()
