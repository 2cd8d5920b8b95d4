// Arrays as NumPy saves them: numpy.lib.format, versions 1 to 3.
#include <treino/reader.hpp>

#include "shared/readers/array_rows.hpp"
#include "shared/readers/npy_head.hpp"

namespace {

using namespace treino::readers;

class Npy final : public treino::DataReader {
 public:
  treino::DataSchema open(const treino::DataSource& source) override {
    rows_.emplace(open_array_file(source.path(), read_npy_head));
    treino::DataSchema schema;
    schema.rows = rows_->rows();
    schema.tensor("", rows_->element(), rows_->row_shape());
    return schema;
  }
  void read(const treino::Rows& rows, const treino::Destination& to) override {
    for (std::size_t i = 0; i < to.size(); ++i) rows_->read(rows, to[i]);
  }

 private:
  std::optional<ArrayRows> rows_;
};

}  // namespace

TREINO_PLUGIN(Npy, R"toml(
kind = "reader"
draft = 1
id = "npy"
version = "1.0.0"
summary = "An array as NumPy saves it; compressed by gzip or not."
help = """
The first axis counts the samples. Booleans, integers and floats of up to 64 bits, in C or Fortran order, of any byte order. Rows are read from the
file when they are asked for, in their own type; an array in Fortran order, or a compressed one, is kept in memory in its own type."""
files = ["*.npy"]
magic = ["93 4e 55 4d 50 59"]
)toml")
