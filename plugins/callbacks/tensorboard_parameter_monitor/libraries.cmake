treino_proto(tensorboard_proto ${PROJECT_SOURCE_DIR}/plugins/shared/tensorboard/tensorboard.proto)
set(LIBRARIES tensorboard_proto)
