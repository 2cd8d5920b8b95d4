// A reader that says of itself or does what its parameter `fault` names.
#include <limits>
#include <treino/reader.hpp>

namespace {

class Strange final : public treino::DataReader {
 public:
  explicit Strange(const treino::Setup& setup) : fault_(setup.get<std::string>("fault")) {
    if (fault_ == "create") throw std::runtime_error("does not want to");
  }

  treino::DataSchema open(const treino::DataSource& source) override {
    if (fault_ == "open") throw std::runtime_error(source.path() + ":3:7: here");
    if (fault_ == "foreign") throw 7;
    treino::DataSchema schema;
    schema.rows = 12;
    if (fault_ == "no fields") return schema;
    schema.column("class", treino::ReadType::int64, treino::FieldRole::target);
    schema.tensor("x", treino::ReadType::float32, {3});
    treino::DataSchema::Field& x = schema.fields.back();
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    if (fault_ == "rows") schema.rows = -2;
    if (fault_ == "many rows") schema.rows = huge;
    if (fault_ == "zero") x.shape = {3, 0};
    if (fault_ == "negative") x.shape = {-3};
    if (fault_ == "overflow") x.shape = {huge, huge};
    if (fault_ == "axes") x.shape.assign(33, 1);
    if (fault_ == "type") x.type = static_cast<treino::ReadType>(99);
    if (fault_ == "role") x.role = static_cast<treino::FieldRole>(9);
    if (fault_ == "text tensor") x.type = treino::ReadType::text;
    if (fault_ == "name") x.name = "\xff";
    for (int i = 0; i < 2 && fault_ == "wide"; ++i) schema.tensor("y", treino::ReadType::uint8, {1 << 16, 32767});
    if (fault_ == "text") schema.fields.front().type = treino::ReadType::text;
    if (fault_ == "class twice") schema.class_names = {"a", "a", "b"};
    if (fault_ == "class unnamed") schema.class_names = {"a", "", "b"};
    if (fault_ == "class odd") schema.class_names = {"a", "\xff", "b"};
    if (fault_ == "class beyond") schema.class_names = {"a", "b"};
    if (fault_ == "class named") schema.class_names = {"a", "b", "c"};
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    if (fault_ == "read") throw std::runtime_error("line 9 is odd");
    if (fault_ == "fewer") return to.end_after(rows.count() - 1);
    if (fault_ == "more") return to.end_after(rows.count() + 1);
    if (fault_ == "less than none") return to.end_after(-1);
    for (std::int64_t i = 0; i < rows.count(); ++i)
      for (std::size_t k = 0; k < to.size(); ++k) set(rows[i], i, to[k]);
  }

 private:
  void set(std::int64_t row, std::int64_t i, const treino::FieldDestination& to) const {
    const double infinity = std::numeric_limits<double>::infinity();
    if (to.type() == treino::ReadType::text) return void(*to.row<treino_read_text>(i) = {nullptr, ~std::uint64_t{0}});
    if (to.field() == 0) return to.set(i, row % 3);
    for (std::int64_t j = 0; j < 3; ++j) to.row<float>(i)[j] = static_cast<float>((row * 7 + j * 5) % 11);
    if (fault_ == "infinite" && row == 4) to.row<float>(i)[1] = static_cast<float>(infinity);
    if (fault_ == "missing" && row == 5) to.row<float>(i)[2] = std::numeric_limits<float>::quiet_NaN();
  }

  std::string fault_;
};

}  // namespace

TREINO_PLUGIN(Strange, R"toml(
kind = "reader"
draft = 1
id = "strange"
version = "1.2.0"
summary = "Twelve rows of numbers."
help = "A reader for tests."
[parameters.fault]
type = "string"
default = ""
doc = "what it does wrong"
)toml")
