// How a run is told of when it begins and when it has ended: on the screen and in summary.json.
#pragma once
#include <string>

#include "host/session/log.hpp"
#include "train/result.hpp"
#include "train/run/run.hpp"
#include "train/run/run_folder.hpp"

namespace treino::library {

/// Name, samples, parameters, folder.
void introduce(host::Screen& screen, const train::Run& run, const train::RunFolder& folder);

/// The first few, name and value; all of them are in the summary.
std::string figures(const train::NamedScalars& scalars);

/// The last epoch and the best one.
void show_epochs(host::Screen& screen, const train::Run& run, const train::Result& result);

/// Writes summary.json. Throws store::StoreError.
void write_summary(const train::RunFolder& folder, const train::Run& run, const train::Result& result, double seconds);

}  // namespace treino::library
