// Several arrays of one number of samples, as numpy.savez writes them.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <treino/reader.hpp>

#include "shared/readers/array_rows.hpp"
#include "shared/readers/message.hpp"
#include "shared/readers/npy_head.hpp"
#include "zip_archive.hpp"

namespace {

using namespace treino::readers;

class Npz final : public treino::DataReader {
 public:
  explicit Npz(const treino::Setup& setup)
      : feature_key_(setup.get<std::string>("feature_key")), target_key_(setup.get<std::string>("target_key")) {}

  treino::DataSchema open(const treino::DataSource& source) override {
    archive_.emplace(std::make_shared<const InputFile>(source.path()));
    std::vector<std::string> keys = keys_of(*archive_);
    const auto names = source.feature_names();
    const bool other_features = !names.empty();  // inputs that name their arrays
    if (!other_features) require(feature_key_, keys, source.path());
    const bool target = source.wants_targets() && !target_key_.empty() && source.target_names().empty();
    if (target && !other_features) require(target_key_, keys, source.path());
    const auto is_asked = [&](const std::string& key) {
      return key == feature_key_ || key == target_key_ || contains(names, key) || contains(source.target_names(), key);
    };
    const auto others = std::stable_partition(keys.begin(), keys.end(), is_asked);
    treino::DataSchema schema;
    for (auto key = keys.begin(); key != others; ++key) add(*key, source.path(), schema);
    for (auto key = others; key != keys.end(); ++key) add_if_it_fits(*key, source.path(), schema);
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    for (std::size_t i = 0; i < to.size(); ++i) arrays_[to[i].field()].read(rows, to[i]);
  }

 private:
  static bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  static std::vector<std::string> keys_of(const ZipArchive& archive) {
    std::vector<std::string> keys;
    for (const std::string& name : archive.names())
      keys.push_back(name.ends_with(".npy") ? name.substr(0, name.size() - 4) : name);
    return keys;
  }
  static void require(const std::string& key, const std::vector<std::string>& keys, const std::string& path) {
    if (contains(keys, key)) return;
    throw std::runtime_error(
        fmt::format("{}: no array {}.{} It holds: {}", path, in_quotes(key), nearest_hint(key, keys), listed(keys)));
  }

  /// Of arrays that nobody has asked for: they can be named, and may be anything else.
  void add_if_it_fits(const std::string& key, const std::string& path, treino::DataSchema& schema) {
    const std::size_t before = arrays_.size();
    try {
      add(key, path, schema);
    } catch (const std::runtime_error&) {
      while (arrays_.size() > before) arrays_.pop_back();
    }
  }

  void add(const std::string& key, const std::string& path, treino::DataSchema& schema) {
    const std::string member = archive_->contains(key + ".npy") ? key + ".npy" : key;
    const std::string name = fmt::format("{}: {}", path, in_quotes(key));
    arrays_.emplace_back([this, member] { return archive_->open(member); }, read_npy_head, name);
    const ArrayRows& array = arrays_.back();
    if (schema.rows >= 0 && array.rows() != schema.rows)
      throw std::runtime_error(
          fmt::format("{}: {} rows, but {} has {}", name, array.rows(), in_quotes(schema.fields.front().name), schema.rows));
    schema.rows = array.rows();
    const treino::FieldRole role = key == target_key_    ? treino::FieldRole::target
                                   : key == feature_key_ ? treino::FieldRole::feature
                                                         : treino::FieldRole::other;
    schema.tensor(key, array.element(), array.row_shape(), role);
  }

  const std::string feature_key_, target_key_;
  std::optional<ZipArchive> archive_;
  std::deque<ArrayRows> arrays_;
};

}  // namespace

TREINO_PLUGIN(Npz, R"toml(
kind = "reader"
draft = 1
id = "npz"
version = "1.0.0"
summary = "Several arrays in one file, as numpy.savez and numpy.savez_compressed write them."
help = """
An archive below 4 GiB whose members are NPY files, one for the features and one for the targets; others are read where `inputs` of [data] or a
[[loss]] names them. An array is kept in memory in its own type once it is read."""
files = ["*.npz"]
magic = ["50 4b 03 04"]
[parameters.feature_key]
type = "string"
default = "x"
doc = "the array of features"
[parameters.target_key]
type = "string"
default = "y"
doc = "the array of targets; empty: there is none"
)toml")
