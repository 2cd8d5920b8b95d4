// The table of a recording on the screen: the time of a batch by layers and other pieces.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <treino/host.hpp>
#include <treino/kit/text.hpp>
#include <utility>
#include <vector>

#include "recording.hpp"
#include "shared/drawing/text_table.hpp"

namespace profiler {

using treino::trace::Piece;

class Table {
 public:
  Table(const Recording& recording, const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) add(recording, piece);
  }

  void print(const treino::Host& host, const Recording& recording) const {
    if (batches_ == 0) return;
    const bool trains = recording.trains(), memory = !recording.memory.empty();
    const std::size_t room = std::clamp<std::size_t>(host.columns(), 40, 80) - 26 - (memory ? 10 : 0);
    std::size_t wide = 12;
    for (const auto* rows : {&layers_, &others_})
      for (const auto& [name, time] : *rows) wide = std::max(wide, name.size());
    wide = std::clamp<std::size_t>(wide, 9, std::max<std::size_t>(room, 9));
    const double total = batch_time_ + data_time_;
    const std::string kind = trains ? "" : std::string(recording.phase.name) + " ";
    host.print(std::to_string(batches_) + " " + kind + "batches from " + recording.first + ", " + milliseconds(total) +
               " ms each");
    host.print(cell("ms a batch", wide) + treino::right_aligned("forward", 9) +
               treino::right_aligned(trains ? "backward" : "", 9) + treino::right_aligned("share", 8) +
               (memory ? treino::right_aligned("memory", 10) : ""));
    for (const auto& [name, time] : layers_) {
      const auto back = backward_.find(name);
      const double backward = back == backward_.end() ? 0 : back->second;
      const auto bytes = recording.memory.find(name);
      host.print(cell(name, wide) + treino::right_aligned(milliseconds(time), 9) +
                 treino::right_aligned(trains ? milliseconds(backward) : "", 9) + share(time + backward, total) +
                 (bytes == recording.memory.end() ? "" : treino::right_aligned(size(bytes->second), 10)));
    }
    for (const auto& [name, time] : others_)
      host.print(cell(name, wide) + treino::right_aligned(milliseconds(time), 18) + share(time, total));
    host.print(cell("data wait", wide) + treino::right_aligned(milliseconds(data_time_), 18) + share(data_time_, total));
    host.print(cell("the loop", wide) + treino::right_aligned(milliseconds(loop_time_), 18) + share(loop_time_, total));
    if (recording.dropped > 0)
      host.print(std::to_string(recording.dropped) + " further spans found no room: choose fewer `active` batches");
  }

 private:
  using Row = std::pair<std::string, double>;  // nanoseconds, over all batches

  void add(const Recording& recording, const Piece& piece) {
    const auto own = static_cast<double>(piece.own);
    const std::uint32_t category = piece.span.category;
    if (category == TREINO_SPAN_DATA) data_time_ += own;
    if (!piece.in_batch) return;
    const std::string name = recording.subject(piece.span);
    if (treino::trace::is_batch_of(recording.phase, piece.span)) {
      ++batches_;
      batch_time_ += static_cast<double>(piece.span.end - piece.span.begin);
      loop_time_ += own;
      return;
    }
    switch (category) {
      case TREINO_SPAN_FORWARD:
        row(layers_, name) += own;
        break;
      case TREINO_SPAN_BACKWARD:
        row(layers_, name);
        backward_[name] += own;
        break;
      default:
        if (category < TREINO_SPAN_COUNT) row(others_, name.empty() ? treino::trace::category_name(category) : name) += own;
    }
  }
  static double& row(std::vector<Row>& rows, const std::string& name) {
    for (Row& each : rows)
      if (each.first == name) return each.second;
    return rows.emplace_back(name, 0).second;
  }

  /// Of nanoseconds over all batches, those of one.
  std::string milliseconds(double nanoseconds) const {
    return treino::fixed_text(nanoseconds / 1e6 / static_cast<double>(batches_), 3);
  }
  /// "812 B", "1.5 kB", "20.3 MB"
  static std::string size(std::uint64_t bytes) {
    if (bytes < 1000) return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes);
    const char* const units[] = {"kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    for (value /= 1000; value >= 999.95 && unit < 3; value /= 1000) ++unit;
    return treino::fixed_text(value, 1) + " " + units[unit];
  }
  static std::string share(double part, double total) {
    return treino::right_aligned(treino::fixed_text(100 * part / total, 1) + " %", 8);
  }
  static std::string cell(const std::string& text, std::size_t width) {
    return treino::left_aligned(text, width).substr(0, width);
  }

  std::vector<Row> layers_, others_;
  std::map<std::string, double> backward_;
  std::uint64_t batches_ = 0;
  double batch_time_ = 0, data_time_ = 0, loop_time_ = 0;
};

}  // namespace profiler
