# What most files include, compiled once a build: halves its time. A file must still include what it uses.
set(DUWS_COMMON_HEADERS <algorithm> <chrono> <functional> <map> <memory> <mutex> <optional> <set> <string> <string_view>
                        <thread> <unordered_map> <utility> <variant> <vector>)
file(WRITE ${PROJECT_BINARY_DIR}/empty.cpp "")
add_library(duws_headers OBJECT ${PROJECT_BINARY_DIR}/empty.cpp)
target_link_libraries(duws_headers PRIVATE soci)
target_precompile_headers(duws_headers PRIVATE ${DUWS_COMMON_HEADERS} <soci/soci.h>)

if(DUWS_TESTS)
  find_package(GTest REQUIRED)
  add_library(duws_test_headers OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/empty.cpp)
  target_link_libraries(duws_test_headers PRIVATE soci GTest::gmock)
  target_precompile_headers(duws_test_headers PRIVATE ${DUWS_COMMON_HEADERS} <soci/soci.h> <gmock/gmock.h>
                                                      <gtest/gtest.h>)
endif()

# A room is one folder of src/: a static library whose headers are included as "room/header.h".
#   duws_room(http SOURCES a.cpp b.cpp LINKS util PkgConfig::pistache)
function(duws_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${ROOM_LINKS})
  target_precompile_headers(${name} REUSE_FROM duws_headers)
endfunction()

# All unit tests and what they need, and nothing else: what the sanitizer builds make.
add_custom_target(unit_tests)

# The unit tests of a room: one program, run by ctest as "unit.<room>".
# POSTGRES runs it with a PostgreSQL server of its own, whose address is DUWS_TEST_POSTGRES.
# ONE_THREAD says that nothing in it runs beside anything else: ThreadSanitizer has nothing to look at.
#   duws_unit_test(http SOURCES form_test.cpp LINKS http)
function(duws_unit_test room)
  cmake_parse_arguments(TEST "POSTGRES;ONE_THREAD" "" "SOURCES;LINKS" ${ARGN})
  if(TEST_ONE_THREAD AND DUWS_SANITIZE STREQUAL "thread")
    return()
  endif()
  string(REPLACE "/" "_" program "${room}_test")
  add_executable(${program} ${TEST_SOURCES})
  target_precompile_headers(${program} REUSE_FROM duws_test_headers)
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${program} PRIVATE DUWS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${program} PRIVATE ${TEST_LINKS} GTest::gmock GTest::gtest_main)
  add_dependencies(unit_tests ${program})
  set(command ${program})
  if(TEST_POSTGRES)
    set(command ${PROJECT_SOURCE_DIR}/scripts/with-postgres $<TARGET_FILE:${program}>)
  endif()
  add_test(NAME unit.${room} COMMAND ${command})
  list(LENGTH TEST_SOURCES cost)  # the large ones begin first
  set_tests_properties(unit.${room} PROPERTIES LABELS unit TIMEOUT 300 COST ${cost})
endfunction()
