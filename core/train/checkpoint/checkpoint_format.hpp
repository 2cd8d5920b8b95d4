// What a run is made of, as a file: weights, optimizer, counters, scalars and every plugin's state in one safetensors file.
//
//   <parameter>                    float32, as in a file of weights alone
//   treino.optimizer/<name>        float32
//   treino.remembered              float32, what control.remember() keeps
//   treino.own                     bytes, what the program of an own loop keeps beside its parameters; treino.own_remembered likewise
//   treino.weights/<set>           float32, parameter after parameter: a plugin's own set of weights, or, while that is in the model
//                                  (weights_in_model), those being trained
//   treino.plugin/<kind>/<name>    bytes, as the plugin wrote them
//   metadata: treino.format (a number), treino.contents ("weights" or "everything"), treino.chosen_weights (a name), treino.manifest (TOML:
//   layers, how a data file is read, loss and metrics), and as JSON treino.preparation, treino.outputs, treino.data, treino.state
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "host/session/instance.hpp"
#include "host/session/learning_rate.hpp"
#include "nn/spec.hpp"
#include "store/safetensors_read.hpp"
#include "train/best_epoch.hpp"
#include "train/progress.hpp"

namespace treino::train::checkpoint {

inline constexpr const char* format_key = "treino.format";
inline constexpr const char* format = "2";  // 1: the last that did not name itself
inline constexpr const char* manifest_key = "treino.manifest";
inline constexpr const char* outputs_key = "treino.outputs";
inline constexpr const char* contents_key = "treino.contents";
inline constexpr const char* preparation_key = "treino.preparation";
inline constexpr const char* data_key = "treino.data";
inline constexpr const char* state_key = "treino.state";
/// Of a file of everything that was kept because a scalar was the best: the set of weights that the scalar was measured with.
inline constexpr const char* chosen_key = "treino.chosen_weights";

inline std::string optimizer_tensor(const std::string& name) { return "treino.optimizer/" + name; }
inline std::string set_tensor(const std::string& name) { return "treino.weights/" + name; }
inline constexpr const char* remembered_tensor = "treino.remembered";
inline constexpr const char *own_tensor = "treino.own", *own_remembered_tensor = "treino.own_remembered";
std::string state_tensor(const host::Instance& instance);

/// The value of `key`; base::InputError where a file of ours is of another format, or has no such value.
const std::string& metadata_of(const store::TensorReader& file, const std::filesystem::path& path, const char* key);
/// Throws base::InputError for a file that another version has written.
void check_format(const store::TensorReader& file, const std::filesystem::path& path);

/// Doubles travel as their bits: JSON knows no NaN, and decimal text invites rounding.
std::string bits(double value);
double from_bits(const std::string& text);

nlohmann::json to_json(const NamedScalars& scalars);
NamedScalars scalars_from_json(const nlohmann::json& saved);
nlohmann::json to_json(const host::LearningRate::Schedule& schedule);
host::LearningRate::Schedule schedule_from_json(const nlohmann::json& saved);
Position position_from_json(const nlohmann::json& state);

/// Between epochs a metric holds what it has counted of the one before, all scores perhaps, and the next begins with a reset.
bool is_unused_metric(const host::Instance& instance, const Position& position);

/// Reads a float32 tensor of that shape. Throws base::InputError where there is none.
void copy_tensor(const store::TensorReader& file, const std::filesystem::path& path, const std::string& name,
                 const nn::Shape& shape, std::span<float> to);

/// Where the run stood that a file was saved from; empty for weights alone. Throws store::StoreError for a damaged file.
std::optional<Position> position_in(const std::filesystem::path& path);

}  // namespace treino::train::checkpoint
