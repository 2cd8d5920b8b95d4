// Datasets of a HDF5 file, of one number of samples, as h5py writes them.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <treino/reader.hpp>

#include "library_process.hpp"
#include "shared/readers/byte_source.hpp"
#include "shared/readers/message.hpp"

namespace {

using namespace treino::readers;

class Hdf5 final : public treino::DataReader {
 public:
  explicit Hdf5(const treino::Setup& setup)
      : feature_key_(plain(setup.get<std::string>("feature_key"))), target_key_(plain(setup.get<std::string>("target_key"))) {}

  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    file_.emplace(path_);
    library_.emplace(path_);
    const std::vector<std::string> features = source.feature_names(), targets = source.target_names();
    std::vector<std::string> asked = features.empty() ? std::vector<std::string>{feature_key_} : features;
    asked.insert(asked.end(), targets.begin(), targets.end());
    if (source.wants_targets() && targets.empty() && features.empty() && !target_key_.empty()) asked.push_back(target_key_);
    treino::DataSchema schema;
    for (const std::string& key : asked) add(key, schema);
    const std::vector<Hdf5Dataset>& all = library_->datasets();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!is_there(i) && all[i].fault.empty() && all[i].rows() == schema.rows) add(i, schema);
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    // HDF5 gives zeros for what would lie after the end of a file.
    char last = 0;
    if (file_->read_at(file_->size() - 1, {&last, 1}) == 0)
      throw std::runtime_error(path_ + ": has become shorter since it was opened");
    for (std::size_t i = 0; i < to.size(); ++i) read_field(rows, to[i]);
  }

 private:
  static constexpr std::int64_t part_bytes = std::int64_t{16} << 20;

  /// As HDF5 lists them, "group/images" for "/group/images".
  static std::string plain(const std::string& key) { return key.starts_with('/') ? key.substr(1) : key; }

  bool is_there(std::size_t dataset) const { return std::find(fields_.begin(), fields_.end(), dataset) != fields_.end(); }

  void add(const std::string& key, treino::DataSchema& schema) {
    std::vector<std::string> names;
    for (const Hdf5Dataset& each : library_->datasets()) names.push_back(each.name);
    const auto found = std::find(names.begin(), names.end(), plain(key));
    if (found == names.end())
      throw std::runtime_error(fmt::format("{}: no dataset {}.{} It holds: {}", path_, in_quotes(key), nearest_hint(key, names),
                                           names.empty() ? "none" : listed(names)));
    add(static_cast<std::size_t>(found - names.begin()), schema);
  }
  void add(std::size_t number, treino::DataSchema& schema) {
    const Hdf5Dataset& dataset = library_->datasets()[number];
    if (is_there(number)) return;
    const std::string name = fmt::format("{}: {}", path_, in_quotes(dataset.name));
    if (!dataset.fault.empty()) throw std::runtime_error(fmt::format("{}: {}", name, dataset.fault));
    if (dataset.rows() > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
      throw std::runtime_error(name + ": more samples than 32 bits can number");
    if (schema.rows >= 0 && dataset.rows() != schema.rows)
      throw std::runtime_error(
          fmt::format("{}: {} rows, but {} has {}", name, dataset.rows(), in_quotes(schema.fields.front().name), schema.rows));
    schema.rows = dataset.rows();
    const std::vector<std::int64_t> shape =
        dataset.shape.size() == 1 ? std::vector<std::int64_t>{1} : std::vector(dataset.shape.begin() + 1, dataset.shape.end());
    const treino::FieldRole role = dataset.name == target_key_    ? treino::FieldRole::target
                                   : dataset.name == feature_key_ ? treino::FieldRole::feature
                                                                  : treino::FieldRole::other;
    schema.tensor(dataset.name, dataset.type, shape, role);
    fields_.push_back(number);
  }

  void read_field(const treino::Rows& rows, const treino::FieldDestination& to) {
    const std::size_t number = fields_[to.field()];
    const auto bytes = static_cast<std::int64_t>(library_->datasets()[number].row_bytes());
    const std::int64_t most = std::max<std::int64_t>(part_bytes / bytes, 1), total = library_->datasets()[number].rows();
    for (std::int64_t i = 0; i < rows.count();) {
      const std::int64_t first = rows[i];
      std::int64_t count = 1;  // of rows that follow each other
      while (count < most && i + count < rows.count() && rows[i + count] == first + count) ++count;
      if (first < 0 || first > total - count)
        throw std::runtime_error(fmt::format("{}: there is no row {}; it has {}", path_, first + count, total));
      if (to.stride() == bytes) {
        library_->read(number, first, count, to.row<char>(i));
      } else {
        buffer_.resize(static_cast<std::size_t>(count * bytes));
        library_->read(number, first, count, buffer_.data());
        for (std::int64_t k = 0; k < count; ++k) to.copy(i + k, buffer_.data() + k * bytes, static_cast<std::size_t>(bytes));
      }
      i += count;
    }
  }

  const std::string feature_key_, target_key_;
  std::string path_;
  std::optional<InputFile> file_;
  std::optional<LibraryProcess> library_;
  std::vector<std::size_t> fields_;  // which dataset each field is
  std::vector<char> buffer_;
};

}  // namespace

TREINO_PLUGIN(Hdf5, R"toml(
kind = "reader"
draft = 1
id = "hdf5"
version = "1.0.0"
summary = "Datasets of a HDF5 file, one for the features and one for the targets."
help = """
The first axis of a dataset counts the samples. Booleans, integers and floats of up to 64 bits, contiguous or in chunks, with HDF5's own filters;
16-bit floats become 32-bit ones. Other datasets of as many rows are read where `inputs` of [data] or a [[loss]] names them. Data that lie in other files, and
filters that are code, are refused. Rows are read from the file when they are asked for; a chunk that is compressed is inflated for each row, or kept
in a cache of 64 MiB. libhdf5 runs in a process of its own, so that a damaged file cannot crash the run."""
files = ["*.h5", "*.hdf5"]
magic = ["89 48 44 46 0d 0a 1a 0a"]
[parameters.feature_key]
type = "string"
default = "x"
doc = "the dataset of features, \"group/images\" for one in a group"
[parameters.target_key]
type = "string"
default = "y"
doc = "the dataset of targets; empty: there is none"
)toml")
