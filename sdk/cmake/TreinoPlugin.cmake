# treino_add_plugin(<target> SOURCES <file>... [NAMESPACE <name>] [NAME <library stem>] [LIBRARIES <library>...] [FOLDER <output folder>])
#
# Builds a Treino plugin: a shared library <stem>.so without a prefix that exports the plugin's symbol and nothing else. A plugin whose id is
# acme/notify says NAMESPACE acme NAME notify, and its library is called acme.notify.so.
set(TREINO_EXPORT_MAP ${CMAKE_CURRENT_LIST_DIR}/treino-plugin.map CACHE INTERNAL "Linker's export map of plugins")

function(treino_add_plugin target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "NAMESPACE;NAME;FOLDER" "SOURCES;LIBRARIES")
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "treino_add_plugin(${target}): SOURCES is missing")
  endif()
  if(NOT ARG_NAME)
    set(ARG_NAME ${target})
  endif()
  if(ARG_NAMESPACE)
    set(ARG_NAME ${ARG_NAMESPACE}.${ARG_NAME})
  endif()
  add_library(${target} MODULE ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE treino::sdk ${ARG_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${ARG_NAME}
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${TREINO_EXPORT_MAP})
  if(ARG_FOLDER)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${ARG_FOLDER})
  endif()
  target_link_options(${target} PRIVATE -Wl,--version-script=${TREINO_EXPORT_MAP} -Wl,--gc-sections)
endfunction()
