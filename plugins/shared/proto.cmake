# treino_proto(<target> <file>): a static library of what protoc makes of the file, for plugins that write such messages; made once, however
# many ask for it.
function(treino_proto target file)
  if(TARGET ${target})
    return()
  endif()
  find_package(Protobuf REQUIRED)
  get_filename_component(name ${file} NAME_WE)
  get_filename_component(folder ${file} DIRECTORY)
  set(made ${CMAKE_BINARY_DIR}/proto/${name})
  file(MAKE_DIRECTORY ${made})
  add_custom_command(
    OUTPUT ${made}/${name}.pb.cc ${made}/${name}.pb.h
    COMMAND protobuf::protoc --cpp_out=${made} --proto_path=${folder} ${name}.proto
    DEPENDS ${file}
    VERBATIM)
  add_library(${target} STATIC ${made}/${name}.pb.cc)
  target_include_directories(${target} SYSTEM PUBLIC ${made})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf-lite)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 17 POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()
