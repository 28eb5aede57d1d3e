# Compiler and linker settings that every target shares (rs_flags), and the pool for the few units that
# are expensive to compile (Beast, CLI11): one of them at a time.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)

set_property(GLOBAL PROPERTY JOB_POOLS heavy=1)

add_library(rs_flags INTERFACE)
target_include_directories(rs_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/lib)
target_compile_options(rs_flags INTERFACE -Wall -Wextra -Werror -Wno-missing-field-initializers)
target_compile_definitions(rs_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED
  # Coroutines never change threads here, but a cached thread-local address has bitten clang before.
  BOOST_ASIO_DISABLE_THREAD_KEYWORD_EXTENSION)
# A program depends on the libraries that it calls, not on all that its rooms know.
target_link_options(rs_flags INTERFACE -Wl,--as-needed)
if(MOLD)
  target_link_options(rs_flags INTERFACE -fuse-ld=mold)
endif()

# What the sanitized presets add; rs_beast is built without it.
add_library(rs_sanitize INTERFACE)
if(RS_SANITIZE)
  target_compile_options(rs_sanitize INTERFACE
    -fsanitize=${RS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(rs_flags INTERFACE -fsanitize=${RS_SANITIZE})
endif()
