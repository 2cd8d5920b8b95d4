// Images in the binary format of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): records of a byte for the class and the pixels,
// one channel after the other, row by row.
#include <fstream>
#include <treino/reader.hpp>

namespace {
class Cifar final : public treino::DataReader {
 public:
  explicit Cifar(const treino::Setup& setup) : shape_(setup.get<std::vector<std::int64_t>>("image")) {
    for (const std::int64_t size : shape_) record_.resize(record_.size() * static_cast<std::size_t>(size));
    record_.resize(record_.size() + 1);
  }

  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    file_.open(path_, std::ios::binary | std::ios::ate);
    const std::streamoff size = file_.tellg(), record = static_cast<std::streamoff>(record_.size());
    if (!file_ || size < 0) throw std::runtime_error(path_ + ": cannot be read");
    if (size == 0 || size % record != 0)
      throw std::runtime_error(path_ + ": has " + std::to_string(size) + " bytes, no records of " + std::to_string(record));
    treino::DataSchema schema;
    schema.rows = size / record;
    schema.column("class", treino::ReadType::uint8, treino::FieldRole::target);
    schema.tensor("image", treino::ReadType::uint8, shape_);
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      file_.seekg(rows[i] * static_cast<std::streamoff>(record_.size()));
      if (!file_.read(record_.data(), static_cast<std::streamsize>(record_.size())))
        throw std::runtime_error(path_ + ": record " + std::to_string(rows[i] + 1) + " cannot be read: has the file changed?");
      for (std::size_t k = 0; k < to.size(); ++k)
        to[k].copy(i, record_.data() + to[k].field(), to[k].field() == 0 ? 1 : record_.size() - 1);
    }
  }

 private:
  std::vector<std::int64_t> shape_;
  std::vector<char> record_{0};
  std::string path_;
  std::ifstream file_;
};
}  // namespace

TREINO_PLUGIN(Cifar, R"toml(
kind = "reader"
draft = 1
id = "cifar"
version = "1.0.0"
summary = "Images with their classes, as the binary version of CIFAR-10 has them."
help = "A record is a byte for the class, and the pixels, a byte each."
[parameters.image]
type = "list"
items = "int"
default = [3, 32, 32]
min = 1
doc = "channels, height and width"
)toml")
