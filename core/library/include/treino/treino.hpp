// Treino as a library for C++ (17 and later): header-only, over treino.h. Link with treino::treino, or with what
// `pkg-config --libs treino` says.
//
//   treino::Run run("digits.toml", {"run.epochs=20"});
//   run.train_data(features, {64}, labels);
//   const treino::Result result = run.fit();
//   treino::Model model = run.model();
//   const std::vector<float> probabilities = model.predict(sample);
#pragma once
#include <treino/treino.h>

#include <treino/library/catalogue.hpp>
#include <treino/library/loop.hpp>
#include <treino/library/model.hpp>
#include <treino/library/process.hpp>
#include <treino/library/run.hpp>
#include <treino/library/trained.hpp>
