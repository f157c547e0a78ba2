# Every library we stand on, each as one imported target. All are Debian 12 packages: scripts/install-dependencies.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)

function(duws_pkg_config target module)
  pkg_check_modules(${target} REQUIRED IMPORTED_TARGET GLOBAL ${module})
  # Their headers are not ours to mend: no warnings from them.
  get_target_property(includes PkgConfig::${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(includes)
    set_target_properties(PkgConfig::${target} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${includes}")
  endif()
endfunction()

duws_pkg_config(pistache libpistache)
duws_pkg_config(pugixml pugixml)
duws_pkg_config(curl libcurl)
duws_pkg_config(yaml yaml-cpp)
duws_pkg_config(sqlite sqlite3)
duws_pkg_config(pq libpq)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

find_library(ARGON2_LIBRARY argon2 REQUIRED)

# Debian's SOCI ships no pkg-config file.
find_library(SOCI_CORE_LIBRARY soci_core REQUIRED)
find_library(SOCI_SQLITE_LIBRARY soci_sqlite3 REQUIRED)
find_library(SOCI_POSTGRESQL_LIBRARY soci_postgresql REQUIRED)
find_path(SOCI_INCLUDE_DIR soci/soci.h REQUIRED)
add_library(soci INTERFACE)
target_include_directories(soci SYSTEM INTERFACE ${SOCI_INCLUDE_DIR})
target_link_libraries(soci INTERFACE ${SOCI_CORE_LIBRARY} ${SOCI_SQLITE_LIBRARY} ${SOCI_POSTGRESQL_LIBRARY}
                                     PkgConfig::sqlite PkgConfig::pq)
if(DUWS_SANITIZE)
  # It exports no type information, which UBSan's vptr check wants of every class that it meets.
  target_compile_options(soci INTERFACE -fno-sanitize=vptr)
endif()
