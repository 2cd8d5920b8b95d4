// The files that the program itself keeps in a run's folder.
#pragma once

namespace treino::train {

/// What the program itself writes into a run's folder: no plugin's output may be one of these.
inline constexpr const char* run_files[] = {"manifest.toml", "plugins.json",      "log.jsonl",
                                            "summary.json",  "model.safetensors", "checkpoint.safetensors",
                                            "lock",          "signature",         "kernels.txt"};

}  // namespace treino::train
