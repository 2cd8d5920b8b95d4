set(LIBRARIES treino_reader_sources)
