// SHA-256 (FIPS 180-4): tells which bytes were meant, also against malice.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace treino::base {

/// 64 lower-case hex digits.
std::string sha256(std::span<const std::byte> bytes);

/// The same of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();
  void add(std::span<const std::byte> bytes);
  /// Of all that was added; once.
  std::string digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace treino::base
