include(${PROJECT_SOURCE_DIR}/sdk/proto/tensorboard_proto.cmake)
find_package(PNG REQUIRED)
set(LIBRARIES tensorboard_proto PNG::PNG)
