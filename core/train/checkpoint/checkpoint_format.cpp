// The parts of the format that writer and reader share.
#include "train/checkpoint/checkpoint_format.hpp"

#include <fmt/format.h>

#include <bit>
#include <nlohmann/json.hpp>

#include "base/input_error.hpp"
#include "store/safetensors_read.hpp"

namespace treino::train::checkpoint {

using nlohmann::json;

std::string state_tensor(const host::Instance& instance) {
  return "treino.plugin/" + to_text(instance.component().kind) + "/" + instance.name();
}

std::string bits(double value) { return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value)); }

double from_bits(const std::string& text) { return std::bit_cast<double>(std::uint64_t{std::stoull(text, nullptr, 16)}); }

json to_json(const NamedScalars& scalars) {
  json result = json::array();
  for (const auto& [name, value] : scalars) result.push_back({name, bits(value)});
  return result;
}

NamedScalars scalars_from_json(const json& saved) {
  NamedScalars scalars;
  for (const json& each : saved) scalars.emplace_back(each.at(0).get<std::string>(), from_bits(each.at(1).get<std::string>()));
  return scalars;
}

json to_json(const host::LearningRate::Schedule& schedule) {
  json learning_rates = json::array();
  for (const double learning_rate : schedule.learning_rates) learning_rates.push_back(bits(learning_rate));
  return {{"step", schedule.step}, {"epoch", schedule.epoch}, {"learning_rates", learning_rates}, {"base", bits(schedule.base)}};
}

host::LearningRate::Schedule schedule_from_json(const json& saved) {
  host::LearningRate::Schedule schedule{saved.at("step").get<std::uint64_t>(),
                                        saved.at("epoch").get<std::uint64_t>(),
                                        from_bits(saved.at("base").get<std::string>()),
                                        {}};
  for (const json& learning_rate : saved.at("learning_rates"))
    schedule.learning_rates.push_back(from_bits(learning_rate.get<std::string>()));
  return schedule;
}

Position position_from_json(const json& state) {
  return {state.at("epoch").get<std::uint64_t>(),
          state.at("batch").get<std::uint64_t>(),
          state.at("in_epoch").get<bool>(),
          state.at("step").get<std::uint64_t>(),
          state.at("batches").get<std::uint64_t>(),
          state.value("refused_steps", std::uint64_t{0}),
          state.value("validated_step", std::uint64_t{0})};
}

bool is_unused_metric(const host::Instance& instance, const Position& position) {
  return !position.in_epoch && instance.component().kind == manifest::Kind::metric;
}

void copy_tensor(const store::TensorReader& file, const std::filesystem::path& path, const std::string& name,
                 const nn::Shape& shape, std::span<float> to) {
  const store::TensorReader::Entry* tensor = file.find(name);
  if (tensor == nullptr) throw base::InputError(path.string() + ": has no tensor '" + name + "'; it is of another model");
  if (tensor->type != store::DType::F32 || tensor->shape != shape)
    throw base::InputError(path.string() + ": tensor '" + name + "' has shape " + nn::to_text(tensor->shape) +
                           ", the model's has " + nn::to_text(shape));
  file.read(*tensor, std::as_writable_bytes(to));
}

void check_format(const store::TensorReader& file, const std::filesystem::path& path) {
  if (!file.metadata().contains(contents_key)) return;  // of another program
  const auto found = file.metadata().find(format_key);
  if (found != file.metadata().end() && found->second == format) return;
  throw base::InputError(path.string() + ": was written by another version of Treino (format " +
                         (found == file.metadata().end() ? "1" : found->second) + "; this one reads " + format +
                         "): train again with this version");
}

const std::string& metadata_of(const store::TensorReader& file, const std::filesystem::path& path, const char* key) {
  check_format(file, path);
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    throw base::InputError(path.string() + ": does not say what model it is of, nor how its data were prepared (no " + key +
                           " in its metadata); `treino run` writes files that do");
  return found->second;
}

std::optional<Position> position_in(const std::filesystem::path& path) {
  const store::TensorReader file(path);
  const auto text = file.metadata().find(state_key);
  if (text == file.metadata().end()) return std::nullopt;
  check_format(file, path);
  return position_from_json(json::parse(text->second));
}

}  // namespace treino::train::checkpoint
