# Chooses how the CPU core goes from one predecoded op to the next, and says so.
#   tail: each handler jumps to the next one; needs guaranteed tail calls
#         (clang's musttail; preserve_none as well where the compiler has it).
#   loop: each handler returns the next op to a plain loop; any compiler.
include(CheckCXXSourceCompiles)

set(CMAKE_REQUIRED_FLAGS "-Werror")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # what is called need not exist
check_cxx_source_compiles("
  int g(int x);
  int f(int x) { [[clang::musttail]] return g(x); }
" VIREO_HAVE_MUSTTAIL)
check_cxx_source_compiles("
  __attribute__((preserve_none)) int g(int x);
  __attribute__((preserve_none)) int f(int x) { [[clang::musttail]] return g(x); }
" VIREO_HAVE_PRESERVE_NONE)
unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
unset(CMAKE_REQUIRED_FLAGS)

set(vireo_dispatch ${VIREO_DISPATCH})
if(vireo_dispatch STREQUAL "auto")
  # Sanitizers need the frames which tail calls drop.
  if(VIREO_HAVE_MUSTTAIL AND NOT VIREO_SANITIZE)
    set(vireo_dispatch tail)
  else()
    set(vireo_dispatch loop)
  endif()
endif()
if(vireo_dispatch STREQUAL "tail" AND NOT VIREO_HAVE_MUSTTAIL)
  message(FATAL_ERROR "VIREO_DISPATCH=tail needs a compiler with musttail (clang); use loop")
endif()

set(vireo_dispatch_note "")
if(vireo_dispatch STREQUAL "tail")
  add_compile_definitions( VIREO_DISPATCH_TAIL=1)
  if(VIREO_HAVE_PRESERVE_NONE)
    add_compile_definitions( VIREO_PRESERVE_NONE=1)
    set(vireo_dispatch_note " with preserve_none")
  endif()
endif()
message(STATUS "vireo: CPU dispatcher is '${vireo_dispatch}'${vireo_dispatch_note}")
