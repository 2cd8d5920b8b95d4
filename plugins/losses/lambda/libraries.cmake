set(LIBRARIES treino_formula)
