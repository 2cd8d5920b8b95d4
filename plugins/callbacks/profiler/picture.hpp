// A recording as a picture: the pieces of one batch over time.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "recording.hpp"
#include "shared/drawing/svg_timeline.hpp"

namespace profiler {

/// The batch that took as long as half of them did not, as a picture.
inline std::string picture(const Recording& recording, const std::vector<treino::trace::Piece>& pieces) {
  std::vector<const treino::trace::Piece*> batches;
  for (const treino::trace::Piece& piece : pieces)
    if (treino::trace::is_batch_of(recording.phase, piece.span)) batches.push_back(&piece);
  if (batches.empty()) return "";
  const auto length = [](const treino::trace::Piece* piece) { return piece->span.end - piece->span.begin; };
  std::sort(batches.begin(), batches.end(),
            [&](const treino::trace::Piece* a, const treino::trace::Piece* b) { return length(a) < length(b); });
  const treino::trace::Piece& median = *batches[batches.size() / 2];
  treino::svg::Timeline timeline{"A " + (recording.trains() ? "" : std::string(recording.phase.name) + " ") + "batch of " +
                                     recording.run + ": the median of " + std::to_string(batches.size()) + " from " +
                                     recording.first + " on",
                                 "microseconds",
                                 {"batch", "forward", "backward", "loss", "metric", "optimizer", "callback"},
                                 {}};
  for (const treino::trace::Piece& piece : pieces) {
    if (piece.span.begin < median.span.begin || piece.span.end > median.span.end) continue;
    const std::string subject = recording.subject(piece.span), category = treino::trace::category_name(piece.span.category);
    const auto kind = std::find(timeline.kinds.begin(), timeline.kinds.end(), category);
    const std::string event = piece.span.category == TREINO_SPAN_EVENT ? treino::trace::event_name(piece.span.event) : "";
    timeline.bars.push_back({static_cast<double>(piece.span.begin - median.span.begin) / 1e3,
                             static_cast<double>(piece.span.end - median.span.begin) / 1e3, piece.depth - median.depth,
                             static_cast<std::size_t>(kind - timeline.kinds.begin()),
                             (subject.empty() ? category : subject) + (event.empty() ? "" : " " + event)});
  }
  return treino::svg::sheet({timeline.panel()});
}

}  // namespace profiler
