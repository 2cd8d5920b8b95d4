// A collective as the host loads it, called through the contract.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"

namespace treino::test {

inline std::shared_ptr<const host::Component> load_collective(const std::filesystem::path& library) {
  const host::Candidate candidate = host::inspect(library, true);
  if (!candidate.refusal.empty()) throw std::runtime_error(candidate.refusal);
  std::vector<std::string> warnings;
  const auto components = host::load(candidate, warnings);
  if (!warnings.empty()) throw std::runtime_error(warnings.front());
  return components.at(0);
}

/// Each function throws the plugin's error.
class CollectiveInstance {
 public:
  explicit CollectiveInstance(std::shared_ptr<const host::Component> component) : component_(std::move(component)) {
    static const treino_host host{sizeof(treino_host), TREINO_ABI_MINOR,
                                  [](const treino_host*, const char*) -> const void* { return nullptr; }};
    call([&](treino_error* error) { return component_->lifecycle.create(&host, nullptr, 0, &self_, error); });
  }
  CollectiveInstance(const CollectiveInstance&) = delete;
  CollectiveInstance& operator=(const CollectiveInstance&) = delete;
  ~CollectiveInstance() { component_->lifecycle.destroy(self_); }

  void open() {
    call([&](treino_error* error) { return table().open(self_, &rank, &ranks, error); });
  }
  /// function(self, arguments..., request, error) of the table begins an exchange.
  template <class Function, class... Arguments>
  std::uint64_t begin(Function function, Arguments... arguments) {
    std::uint64_t request = 0;
    call([&](treino_error* error) { return function(self_, arguments..., &request, error); });
    if (request == 0) throw std::runtime_error("an exchange without a number");
    return request;
  }
  bool test(std::uint64_t request) {
    std::uint32_t done = 2;
    call([&](treino_error* error) { return table().test(self_, request, &done, error); });
    return done == 1;
  }
  void finish(std::uint64_t request) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!test(request))
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("an exchange is not done after 60 s");
  }
  void leave(const char* why) {
    call([&](treino_error* error) { return table().leave(self_, why, error); });
  }
  std::vector<std::uint8_t> find_alive() {
    std::vector<std::uint8_t> alive(ranks, 2);
    call([&](treino_error* error) { return table().find_alive(self_, alive.data(), error); });
    return alive;
  }
  const treino_collective& table() const { return component_->collective; }

  std::uint32_t rank = 99, ranks = 99;

 private:
  template <class Call>
  static void call(Call function) {
    char text[2000] = "";
    treino_error error{sizeof(treino_error), sizeof text, text};
    if (function(&error) != TREINO_OK) throw std::runtime_error(text);
  }
  std::shared_ptr<const host::Component> component_;
  void* self_ = nullptr;
};

}  // namespace treino::test
