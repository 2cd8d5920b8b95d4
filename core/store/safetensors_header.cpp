// The header comes from anywhere: it is read token by token into what the format knows, and refused at the first thing it does not.
#include "store/safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace treino::store {
namespace {

std::string quoted(const std::string& text, std::string_view what) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw FormatError(fmt::format("{} is not UTF-8", what));
  }
}

/// Receives the JSON's tokens and keeps only what the format knows: no tree is built, so a hostile header costs no more than its
/// length.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<TensorEntry> tensors;
  Metadata metadata;

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) return enter(Place::top);
    if (place_ != Place::top) misplaced("an object");
    if (key_ == metadata_key) return enter(Place::metadata);
    tensors.emplace_back().name = key_;
    fields_.clear();
    return enter(Place::tensor);
  }
  bool key(std::string& key) override {
    key_ = key;
    if (place_ == Place::top && !names_.insert(key).second) throw FormatError(fmt::format("names \"{}\" twice", key));
    if (place_ == Place::metadata && metadata.contains(key)) throw FormatError(fmt::format("has metadata \"{}\" twice", key));
    if (place_ != Place::tensor) return true;
    if (key != "dtype" && key != "shape" && key != "data_offsets") misplaced(fmt::format("a field \"{}\"", key));
    if (!fields_.insert(key).second) misplaced(fmt::format("a second \"{}\"", key));
    return true;
  }
  bool end_object() override {
    if (place_ == Place::top) return enter(Place::outside);
    if (place_ == Place::tensor) finish_tensor();
    return enter(Place::top);
  }
  bool string(std::string& text) override {
    if (place_ == Place::metadata) return metadata.emplace(key_, text).second;
    if (place_ != Place::tensor || key_ != "dtype") misplaced("a text");
    const auto type = dtype_named(text);
    if (!type)
      throw FormatError(
          fmt::format("gives tensor \"{}\" the element type \"{}\", which this reader does not know", name(), text));
    tensors.back().type = *type;
    return true;
  }
  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || key_ == "dtype") misplaced("a list");
    offsets_seen_ = 0;
    return enter(key_ == "shape" ? Place::shape : Place::offsets);
  }
  bool end_array() override {
    if (place_ == Place::offsets && offsets_seen_ != 2) misplaced("data_offsets that are not two");
    return enter(Place::tensor);
  }
  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::shape) return add_dimension(value);
    if (place_ != Place::offsets) misplaced("a number");
    if (offsets_seen_ == 0) tensors.back().begin = value;
    if (offsets_seen_ == 1) tensors.back().end = value;
    ++offsets_seen_;
    return true;
  }
  bool number_integer(std::int64_t) override { misplaced("a negative number"); }
  bool number_float(double, const std::string&) override { misplaced("a number that is no whole one, or too large"); }
  bool boolean(bool) override { misplaced("a boolean"); }
  bool null() override { misplaced("a null"); }
  bool binary(nlohmann::json::binary_t&) override { misplaced("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    throw FormatError(fmt::format("is not valid JSON near byte {}", position));
  }

 private:
  enum class Place { outside, top, metadata, tensor, shape, offsets };

  bool enter(Place place) {
    place_ = place;
    return true;
  }
  const std::string& name() const { return tensors.back().name; }
  [[noreturn]] void misplaced(std::string_view what) const {
    if (place_ == Place::outside || place_ == Place::top)
      throw FormatError(fmt::format("has {} where a tensor's description belongs", what));
    if (place_ == Place::metadata) throw FormatError(fmt::format("has {} in its metadata, where only texts belong", what));
    throw FormatError(fmt::format("has {} in the description of tensor \"{}\"", what, name()));
  }
  bool add_dimension(std::uint64_t value) {
    if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) misplaced("a dimension too large");
    tensors.back().shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }
  void finish_tensor() const {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (!fields_.contains(field)) throw FormatError(fmt::format("gives tensor \"{}\" no {}", name(), field));
    }
  }

  Place place_ = Place::outside;
  std::string key_;
  std::set<std::string> names_, fields_;
  int offsets_seen_ = 0;
};

void validate_layout(std::span<const TensorEntry> tensors) {
  std::uint64_t expected = 0;
  for (const TensorEntry& tensor : tensors) {
    if (tensor.end < tensor.begin) throw FormatError(fmt::format("lets tensor \"{}\" end before it begins", tensor.name));
    if (tensor.begin > expected) throw FormatError(fmt::format("leaves a hole before tensor \"{}\"", tensor.name));
    if (tensor.begin < expected) throw FormatError(fmt::format("lets tensor \"{}\" overlap another", tensor.name));
    const auto size = tensor_size(tensor.type, tensor.shape);
    if (!size || *size != tensor.end - tensor.begin) {
      throw FormatError(fmt::format("gives tensor \"{}\" {} bytes, which do not fit its shape [{}] of {}", tensor.name,
                                    tensor.end - tensor.begin, fmt::join(tensor.shape, ", "), name_of(tensor.type)));
    }
    expected = tensor.end;
  }
}

}  // namespace

std::string encode_length(std::uint64_t length) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(length >> shift & 0xff);
  return bytes;
}

std::uint64_t decode_length(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) length |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

std::string format_header(std::span<const TensorEntry> tensors, const Metadata& metadata) {
  std::string text(checksum_prefix);
  text += fmt::format(R"({:0<{}}","{}":"{}")", "", checksum_digits, checksum_type_key, checksum_type);
  for (const auto& [key, value] : metadata) {
    text += fmt::format(",{}:{}", quoted(key, "a key of the metadata"), quoted(value, "metadata \"" + key + "\""));
  }
  text += '}';
  for (const TensorEntry& tensor : tensors) {
    text += fmt::format(R"(,{}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", quoted(tensor.name, "a tensor's name"),
                        name_of(tensor.type), fmt::join(tensor.shape, ","), tensor.begin, tensor.end);
  }
  text += '}';
  const std::size_t over = (sizeof(std::uint64_t) + text.size()) % data_alignment;
  return text.append(over == 0 ? 0 : data_alignment - over, ' ');
}

Header parse_header(std::string_view text) {
  // The JSON reader takes a NUL for the end and would not look at what follows.
  if (text.find('\0') != std::string_view::npos) throw FormatError("is not valid JSON: it has a NUL");
  HeaderReader reader;
  nlohmann::json::sax_parse(text, &reader);
  std::sort(reader.tensors.begin(), reader.tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  validate_layout(reader.tensors);
  return {std::move(reader.tensors), std::move(reader.metadata)};
}

Checksum begin_checksum(std::string text) {
  text.replace(checksum_prefix.size(), checksum_digits, checksum_digits, '0');
  Checksum checksum;
  checksum.add(encode_length(text.size()));
  checksum.add(text);
  return checksum;
}

}  // namespace treino::store
