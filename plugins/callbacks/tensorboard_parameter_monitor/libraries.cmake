include(${PROJECT_SOURCE_DIR}/plugins/shared/tensorboard/tensorboard_proto.cmake)
set(LIBRARIES tensorboard_proto)
