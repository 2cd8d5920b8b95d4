find_package(nlohmann_json REQUIRED)
treino_proto(onnx_proto ${CMAKE_CURRENT_LIST_DIR}/onnx.proto)
set(LIBRARIES onnx_proto nlohmann_json::nlohmann_json)
