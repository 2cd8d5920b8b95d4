# The target tensorboard_proto: tensorboard.proto as C++, built once for all plugins that write event files.
if(TARGET tensorboard_proto)
  return()
endif()
find_package(Protobuf REQUIRED)
set(tensorboard_folder ${CMAKE_BINARY_DIR}/proto)
file(MAKE_DIRECTORY ${tensorboard_folder})
add_custom_command(
  OUTPUT ${tensorboard_folder}/tensorboard.pb.cc ${tensorboard_folder}/tensorboard.pb.h
  COMMAND protobuf::protoc --cpp_out=${tensorboard_folder} --proto_path=${CMAKE_CURRENT_LIST_DIR} tensorboard.proto
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/tensorboard.proto
  VERBATIM)
add_library(tensorboard_proto STATIC ${tensorboard_folder}/tensorboard.pb.cc)
target_include_directories(tensorboard_proto SYSTEM PUBLIC ${tensorboard_folder})
target_link_libraries(tensorboard_proto PUBLIC protobuf::libprotobuf-lite)
set_target_properties(tensorboard_proto PROPERTIES
  CXX_STANDARD 17 POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
