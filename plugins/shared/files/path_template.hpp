// Filling the placeholders of an output parameter whose description says `placeholders = true`.
#pragma once
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

namespace treino {
inline namespace sdk0 {

/// A path with {epoch:03d}, {batch}, {step} and {val_loss:.2f}; the host has checked its form and its names.
class PathTemplate {
 public:
  explicit PathTemplate(const std::string& text) {
    std::size_t at = 0;
    for (std::size_t open; (open = text.find('{', at)) != std::string::npos;) {
      const std::size_t close = text.find('}', open);
      if (close == std::string::npos) throw std::invalid_argument("'{' without its '}' in \"" + text + "\"");
      const std::string inside = text.substr(open + 1, close - open - 1);
      const std::size_t colon = inside.find(':');
      pieces_.push_back(
          {text.substr(at, open - at), inside.substr(0, colon), colon == std::string::npos ? "" : inside.substr(colon + 1), 0});
      at = close + 1;
    }
    end_ = text.substr(at);
  }

  /// Whether there is a placeholder.
  bool varies() const { return !pieces_.empty(); }
  /// Whether it asks for more than counters.
  bool has_numbers() const {
    for (const Piece& piece : pieces_)
      if (!piece.counts()) return true;
    return false;
  }
  /// The folder that is the same for all paths, as far as it can be told: that of what stands before the first placeholder.
  std::filesystem::path folder() const {
    return std::filesystem::path(pieces_.empty() ? end_ : pieces_.front().before).parent_path();
  }
  /// ".safetensors", or nothing.
  std::string extension() const { return std::filesystem::path("x" + end_).extension().string(); }

  /// In on_run_begin, before fill(). Throws with the nearest right name where the run has no such scalar.
  void find(const Host& host) {
    for (Piece& piece : pieces_)
      if (!piece.counts()) piece.number = host.find(piece.name);
  }

  /// Epochs and batches count from 0, as everywhere in files; steps are those that were taken; "none" stands for a scalar without a
  /// value.
  std::string fill(const Host& host, const Event& event) const {
    std::string text;
    for (const Piece& piece : pieces_) {
      text += piece.before;
      if (piece.counts()) {
        text += padded(std::to_string(count(piece.name, event)), piece.format);
      } else {
        const std::optional<double> value = host.value(piece.number);
        text += value ? formatted(*value, piece.format) : "none";
      }
    }
    return text + end_;
  }

  /// A number as [0][width][.digits][e|f|g] says; without digits and letter with as few digits as identify it.
  static std::string formatted(double value, const std::string& format) {
    const std::size_t point = format.find('.');
    const bool letter = !format.empty() && std::strchr("efg", format.back()) != nullptr;
    if (!std::isfinite(value) || (point == std::string::npos && !letter)) return padded(exact_text(value), format);
    const int digits = point == std::string::npos ? 6 : std::atoi(format.c_str() + point + 1);
    const auto form = format.back() == 'f'   ? std::chars_format::fixed
                      : format.back() == 'e' ? std::chars_format::scientific
                                             : std::chars_format::general;
    return padded(number_text(value, form, digits), format);
  }

 private:
  struct Piece {
    std::string before, name, format;
    Scalar number;
    bool counts() const { return name == "epoch" || name == "batch" || name == "step"; }
  };

  static std::uint64_t count(const std::string& name, const Event& event) {
    if (name == "epoch") return event.epoch;
    if (name == "step") return event.step;
    // The last one that was trained: outside a batch the event counts them.
    return event.samples > 0 || event.batch == 0 ? event.batch : event.batch - 1;
  }

  /// Filled up to the width of "08.3f", with zeros after the sign or with spaces.
  static std::string padded(std::string digits, const std::string& format) {
    const bool zeros = !format.empty() && format.front() == '0';
    const auto width = static_cast<std::size_t>(std::atoi(format.c_str()));
    if (digits.size() < width) digits.insert(zeros && digits.front() == '-' ? 1 : 0, width - digits.size(), zeros ? '0' : ' ');
    return digits;
  }

  std::vector<Piece> pieces_;
  std::string end_;
};

}  // namespace sdk0
}  // namespace treino
