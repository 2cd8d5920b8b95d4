include(${PROJECT_SOURCE_DIR}/sdk/proto/tensorboard_proto.cmake)
set(LIBRARIES tensorboard_proto)
