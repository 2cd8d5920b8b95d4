// The small plugins that tests/sdk builds, loaded as the host loads them.
#pragma once
#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"

namespace treino::test {

/// `name` is "good/plain.so", for example.
inline std::filesystem::path sample_path(const std::string& name) { return std::filesystem::path(SAMPLES) / name; }

inline host::Candidate sample(const std::string& name) { return host::inspect(sample_path(name), true); }

/// A copy of it at `to`.
inline std::filesystem::path put_sample(const std::string& name, const std::filesystem::path& to) {
  std::filesystem::create_directories(to.parent_path());
  std::filesystem::copy(sample_path(name), to);
  return to;
}

/// A component of a sample by its id (empty: the only one), and one instance of it that knows no host.
class SampleInstance {
 public:
  explicit SampleInstance(const std::string& name, const std::string& id = "",
                          const std::vector<treino_parameter>& parameters = {}) {
    for (const auto& component : host::load(sample(name), warnings_))
      if (id.empty() || component->description.id == id) component_ = component;
    treino_error error{sizeof error, sizeof text_, text_};
    if (component_->lifecycle.create(nullptr, parameters.data(), static_cast<std::uint32_t>(parameters.size()), &self_, &error) !=
        TREINO_OK)
      throw std::runtime_error(text_);
  }
  SampleInstance(const SampleInstance&) = delete;
  SampleInstance& operator=(const SampleInstance&) = delete;
  ~SampleInstance() { component_->lifecycle.destroy(self_); }

  const host::Component& operator*() const { return *component_; }
  const host::Component* operator->() const { return component_.get(); }
  void* self() const { return self_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

  std::vector<unsigned char> save() const {
    std::vector<unsigned char> bytes;
    const treino_sink sink{sizeof sink, 0, &bytes, [](void* context, const void* from, std::uint64_t count) -> treino_status {
                             const auto* begin = static_cast<const unsigned char*>(from);
                             auto& to = *static_cast<std::vector<unsigned char>*>(context);
                             to.insert(to.end(), begin, begin + count);
                             return TREINO_OK;
                           }};
    if (component_->lifecycle.save(self_, &sink, nullptr) != TREINO_OK) throw std::runtime_error("save failed");
    return bytes;
  }

 private:
  std::vector<std::string> warnings_;
  std::shared_ptr<const host::Component> component_;
  char text_[256] = {};
  void* self_ = nullptr;
};

/// A source over bytes that it owns.
class Bytes {
 public:
  explicit Bytes(std::vector<unsigned char> bytes) : bytes_(std::move(bytes)) {}
  treino_source source() {
    return {sizeof(treino_source), 0, this,
            [](void* context, void* to, std::uint64_t count) -> std::uint64_t {
              auto& self = *static_cast<Bytes*>(context);
              const std::uint64_t given = std::min<std::uint64_t>(count, self.bytes_.size() - self.at_);
              std::copy_n(self.bytes_.begin() + static_cast<std::ptrdiff_t>(self.at_), given, static_cast<unsigned char*>(to));
              self.at_ += given;
              return given;
            },
            bytes_.size()};
  }

 private:
  std::vector<unsigned char> bytes_;
  std::uint64_t at_ = 0;
};

}  // namespace treino::test
