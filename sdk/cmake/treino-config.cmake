# find_package(treino): for programs, the target treino::treino (where the library is installed); for authors of plugins, treino::sdk and the
# function treino_add_plugin.
if(NOT TARGET treino::sdk)
  add_library(treino::sdk INTERFACE IMPORTED)
  get_filename_component(treino_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  set_target_properties(treino::sdk PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${treino_prefix}/include" INTERFACE_COMPILE_FEATURES cxx_std_17)
  unset(treino_prefix)
endif()
include("${CMAKE_CURRENT_LIST_DIR}/TreinoPlugin.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/treino-library.cmake" OPTIONAL)
