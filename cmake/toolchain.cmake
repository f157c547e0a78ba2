# Warnings, sanitizers, compiler cache and linker: what every target is built with.
find_program(DUWS_CCACHE ccache)
if(DUWS_CCACHE)
  # What precompiled headers need of it: https://ccache.dev/manual/latest.html#_precompiled_headers
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${DUWS_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

find_program(DUWS_MOLD mold)
if(DUWS_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_UNITY_BUILD)
  # Several files compiled as one: half the time of a build from nothing. The dev build sees each alone, and warns of
  # these.
  add_compile_options(-Wno-shadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-subobject-linkage)
  endif()
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-g1)
  add_compile_definitions(DUWS_FAILPOINTS)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR DUWS_SANITIZE)
  # The standard library looks at what it is called with: an index beyond the end, front() of what is empty.
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

if(DUWS_SANITIZE)
  add_compile_options(-fsanitize=${DUWS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DUWS_SANITIZE})
endif()

if(DUWS_FUZZ)
  # What the code covers guides the fuzzer.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(DUWS_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

if(DUWS_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC 12 takes the length of a text that std::string joins for one below zero (its bug 105329).
    add_link_options(-Wno-stringop-overflow)
  endif()
endif()
