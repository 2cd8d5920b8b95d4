// One instance of the plugin under test, whose failures become exceptions.
#include "plugins/conformance/instance.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include "host/session/parameters.hpp"

namespace treino::conformance {
namespace {

constexpr char guard = 0x5a;

treino_status append_bytes(void* context, const void* bytes, std::uint64_t count) {
  const auto* begin = static_cast<const unsigned char*>(bytes);
  static_cast<Bytes*>(context)->insert(static_cast<Bytes*>(context)->end(), begin, begin + count);
  return TREINO_OK;
}

}  // namespace

ErrorBuffer::ErrorBuffer() : text_(capacity + 64, guard), error_{sizeof(treino_error), capacity, text_.data()} {
  text_[0] = '\0';
}

void ErrorBuffer::check(treino_status status) const {
  const auto past_end = text_.begin() + capacity;
  if (std::any_of(past_end, text_.end(), [](char c) { return c != guard; }))
    throw std::logic_error("the plugin wrote beyond the error's buffer");
  if (std::find(text_.begin(), past_end, '\0') == past_end) throw std::logic_error("the error's text is not zero-terminated");
  if (status == TREINO_OK) return;
  if (text_[0] == '\0') throw std::logic_error("the plugin failed without a text that says why");
  throw Refusal(text_.data());
}

ByteSource::ByteSource(const Bytes& bytes)
    : next_(bytes.data()), left_(bytes.size()), source_{sizeof(treino_source), 0, this, read, bytes.size()} {}

std::uint64_t ByteSource::read(void* context, void* bytes, std::uint64_t count) {
  auto& self = *static_cast<ByteSource*>(context);
  count = std::min<std::uint64_t>(std::min<std::uint64_t>(count, 1), self.left_);  // as little as the contract allows
  if (count == 0) return 0;
  std::memcpy(bytes, self.next_, count);
  self.next_ += count;
  self.left_ -= count;
  return count;
}

Instance::Instance(const PluginUnderTest& plugin, const manifest::Table& completed) : plugin_(plugin), children_(plugin) {
  // The parameters are borrowed for the call: a plugin that kept pointers into them reads freed memory, which the sanitizers see.
  const host::ParameterPack parameters(completed);
  ErrorBuffer error;
  error.check(plugin.lifecycle->create(children_.host(), parameters.data(), parameters.count(), &self_, error.get()));
}

Instance::~Instance() { plugin_.lifecycle->destroy(self_); }

Bytes Instance::save() const {
  Bytes bytes;
  const treino_sink sink{sizeof(treino_sink), 0, &bytes, append_bytes};
  ErrorBuffer error;
  error.check(plugin_.lifecycle->save(self_, &sink, error.get()));
  return bytes;
}

void Instance::load(const Bytes& bytes) {
  const ByteSource source(bytes);
  ErrorBuffer error;
  error.check(plugin_.lifecycle->load(self_, source.get(), plugin_.lifecycle->state_version, error.get()));
}

std::vector<Bytes> foreign_states(const Bytes& state) {
  std::vector<Bytes> foreign;
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{7}, state.size() / 2, state.size() - 1})
    if (length < state.size()) foreign.emplace_back(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(length));
  foreign.push_back(state);
  foreign.back().push_back(0);
  foreign.push_back(state);
  foreign.back().insert(foreign.back().end(), state.begin(), state.end());
  std::mt19937 random(7);
  for (const std::size_t length : {std::size_t{8}, std::size_t{24}, std::size_t{1000}, state.size()}) {
    foreign.emplace_back(length);
    for (unsigned char& byte : foreign.back()) byte = static_cast<unsigned char>(random());
  }
  return foreign;
}

}  // namespace treino::conformance
