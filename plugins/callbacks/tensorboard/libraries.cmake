treino_proto(tensorboard_proto ${PROJECT_SOURCE_DIR}/plugins/shared/tensorboard/tensorboard.proto)
find_package(PNG REQUIRED)
set(LIBRARIES tensorboard_proto PNG::PNG)
