include(${PROJECT_SOURCE_DIR}/plugins/shared/tensorboard/tensorboard_proto.cmake)
find_package(PNG REQUIRED)
set(LIBRARIES tensorboard_proto PNG::PNG)
