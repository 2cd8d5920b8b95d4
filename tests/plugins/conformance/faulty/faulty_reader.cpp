// Bytes as a column of their own, with the fault that FAULT names.
#include <fstream>
#include <string_view>
#include <treino/reader.hpp>

namespace {

constexpr std::string_view fault = FAULT;
std::int64_t shared_position = 0;

class FaultyReader final : public treino::DataReader {
 public:
  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    file_.open(path_, std::ios::binary | std::ios::ate);
    if (!file_) fail(fault == "placeless" ? "cannot be read" : path_ + ": cannot be read");
    treino::DataSchema schema;
    schema.rows = std::max<std::int64_t>(file_.tellg(), 0);
    if (schema.rows == 0) fail(path_ + ": is empty");
    rows_ = schema.rows;
    schema.column("byte", treino::ReadType::uint8);
    if (fault == "short") schema.rows += 1;
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      const std::int64_t row = fault == "ordered" && !rows.are_in_order() ? (rows[0] + i) % rows_
                               : fault == "shares"                        ? rows[i] + shared_position
                                                                          : rows[i];
      if (row >= rows_ && fault == "silent") fail("");
      if (row >= rows_ && fault != "endless") fail(path_ + ": there is no row " + std::to_string(row + 1));
      char byte = 0;
      file_.clear();
      if (!file_.seekg(row).get(byte) && fault != "endless") fail(path_ + ": row " + std::to_string(row + 1) + " is gone");
      to[0].set(i, static_cast<unsigned char>(byte));
      if (fault == "wide") to[0].row<unsigned char>(i)[1] = 0;
    }
    if (fault == "shares") shared_position = rows[0] % 2;
  }

 private:
  [[noreturn]] static void fail(const std::string& text) { throw std::runtime_error(text); }
  std::string path_;
  std::ifstream file_;
  std::int64_t rows_ = 0;
};

}  // namespace

TREINO_PLUGIN(FaultyReader, R"toml(
kind = "reader"
draft = 1
id = "faulty_reader"
version = "1.0.0"
summary = "Bytes."
help = "Each byte is a row."
)toml")
