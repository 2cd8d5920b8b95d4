# onnx.proto as C++, for this plugin alone.
find_package(Protobuf REQUIRED)
find_package(nlohmann_json REQUIRED)
if(NOT TARGET treino_onnx_proto)
  set(onnx_folder ${CMAKE_BINARY_DIR}/proto/onnx)
  file(MAKE_DIRECTORY ${onnx_folder})
  add_custom_command(
    OUTPUT ${onnx_folder}/onnx.pb.cc ${onnx_folder}/onnx.pb.h
    COMMAND protobuf::protoc --cpp_out=${onnx_folder} --proto_path=${CMAKE_CURRENT_LIST_DIR} onnx.proto
    DEPENDS ${CMAKE_CURRENT_LIST_DIR}/onnx.proto
    VERBATIM)
  add_library(treino_onnx_proto STATIC ${onnx_folder}/onnx.pb.cc)
  target_include_directories(treino_onnx_proto SYSTEM PUBLIC ${onnx_folder})
  target_link_libraries(treino_onnx_proto PUBLIC protobuf::libprotobuf-lite)
  set_target_properties(treino_onnx_proto PROPERTIES
    CXX_STANDARD 17 POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endif()
set(LIBRARIES treino_onnx_proto nlohmann_json::nlohmann_json)
