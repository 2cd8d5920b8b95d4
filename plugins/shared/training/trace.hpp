// A trace of where a run's time went, as Perfetto (ui.perfetto.dev) and chrome://tracing open it, out of the spans that the host's
// treino.profile/1 has kept. Format: Chrome's trace events (complete events, microseconds).
#pragma once
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <treino/host.hpp>
#include <treino/kit/text.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace trace {

constexpr std::uint64_t every_category = (std::uint64_t{1} << TREINO_SPAN_COUNT) - 1;
constexpr std::uint64_t spans_kept = 200000;  // 8 MB

constexpr const char* categories[] = {"forward", "backward", "loss",  "metric", "optimizer",
                                      "data",    "callback", "batch", "save",   "batch"};

static_assert(std::size(categories) == TREINO_SPAN_COUNT, "each has its name");

inline std::string category_name(std::uint32_t category) {
  return category < std::size(categories) ? categories[category] : "other";
}
inline std::string event_name(std::uint32_t event) {
  switch (event) {
#define TREINO_NAME_OF(NAME, name, number) \
  case number:                             \
    return #name;
    TREINO_EACH_EVENT(TREINO_NAME_OF)
#undef TREINO_NAME_OF
    default:
      return "";
  }
}

/// Whose batches are recorded, and the event that begins one.
struct Phase {
  const char* name;
  std::uint32_t batch_begin;
};
constexpr Phase phases[] = {{"train", TREINO_BATCH_BEGIN},
                            {"validation", TREINO_VALIDATION_BATCH_BEGIN},
                            {"test", TREINO_TEST_BATCH_BEGIN},
                            {"predict", TREINO_PREDICT_BATCH_BEGIN}};

inline bool is_batch_of(const Phase& phase, const treino_span& span) {
  return phase.batch_begin == TREINO_BATCH_BEGIN ? span.category == TREINO_SPAN_BATCH
                                                 : span.category == TREINO_SPAN_PASS_BATCH && span.event == phase.batch_begin;
}

/// "batch", "validation batch"
inline std::string batch_name(const treino_span& span) {
  for (const Phase& phase : phases)
    if (span.category == TREINO_SPAN_PASS_BATCH && span.event == phase.batch_begin) return std::string(phase.name) + " batch";
  return "batch";
}

/// What was recorded from one batch to another.
struct Recording {
  std::vector<treino_span> spans;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> subjects;  // by category and number
  std::uint64_t step = 0, first_batch = 1, dropped = 0;                     // step: of the first batch
  std::string path, run;
  Phase phase = phases[0];

  std::string subject(const treino_span& span) const {
    const auto found = subjects.find({span.category, span.subject});
    return found == subjects.end() ? "" : found->second;
  }
};

/// The clock that spans are measured with, in nanoseconds.
inline std::uint64_t now(const Host& host) {
  TREINO_USES_SERVICE(TREINO_PROFILE_SERVICE);
  return static_cast<const treino_profile*>(host.handle()->service(host.handle(), TREINO_PROFILE_SERVICE))->now();
}

/// The spans that the host keeps for this instance now, of those that began at `begin` or later and before `end`.
inline Recording recorded(const Host& host, std::uint64_t begin, std::uint64_t end = ~std::uint64_t{0}) {
  const Host::Spans spans = host.profile_spans();
  Recording recording;
  for (std::uint64_t i = 0; i < spans.count; ++i)
    if (spans.data[i].begin >= begin && spans.data[i].begin < end) recording.spans.push_back(spans.data[i]);
  for (const treino_span& span : recording.spans) {
    std::string& name = recording.subjects[{span.category, span.subject}];
    if (name.empty()) name = host.profile_subject(span.category, span.subject);
  }
  recording.dropped = spans.dropped;
  recording.run = host.run().run;
  return recording;
}

/// A measured piece of time.
struct Piece {
  treino_span span;
  std::uint64_t own = 0;  // nanoseconds without those of the pieces within it
  bool in_batch = false;
  int depth = 0;  // 0: within nothing
};

/// In the order in which they began, those that contain others before them.
inline std::vector<Piece> nested(const std::vector<treino_span>& spans, const Phase& phase = phases[0]) {
  std::vector<Piece> pieces;
  for (const treino_span& span : spans) pieces.push_back({span, span.end - span.begin, false, 0});
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.span.end > b.span.end;
  });
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    while (!open.empty() && pieces[open.back()].span.end <= pieces[i].span.begin) open.pop_back();
    if (!open.empty()) {
      // Two clock readings apart: what sticks out is cut, so that pieces lie within each other or beside each other.
      Piece& around = pieces[open.back()];
      pieces[i].span.end = std::min(pieces[i].span.end, around.span.end);
      pieces[i].own = pieces[i].span.end - pieces[i].span.begin;
      around.own -= std::min(around.own, pieces[i].own);
      pieces[i].in_batch = around.in_batch;
    }
    pieces[i].in_batch |= is_batch_of(phase, pieces[i].span);
    pieces[i].depth = static_cast<int>(open.size());
    open.push_back(i);
  }
  return pieces;
}

namespace detail {

inline std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20)
      result += std::string("\\u00") + "0123456789abcdef"[code >> 4] + "0123456789abcdef"[code & 15];
    else
      result += letter;
  }
  return result + "\"";
}

inline std::string microseconds(std::uint64_t nanoseconds) { return fixed_text(static_cast<double>(nanoseconds) / 1e3, 3); }

inline std::string name_of_row(const char* what, const std::string& name) {
  return std::string("{\"name\":\"") + what + R"(","ph":"M","pid":1,"tid":1,"args":{"name":)" + quoted(name) + "}}";
}

}  // namespace detail

/// The whole file. Batches of the recording's phase are named "batch 1", "batch 2", ... from its first_batch on.
inline std::string text(const Recording& recording, const std::vector<Piece>& pieces) {
  std::uint64_t batch = recording.first_batch;
  std::string list =
      detail::name_of_row("process_name", "treino " + recording.run) + ",\n" + detail::name_of_row("thread_name", "training");
  const std::uint64_t origin = pieces.empty() ? 0 : pieces.front().span.begin;
  for (const Piece& piece : pieces) {
    const treino_span& span = piece.span;
    const std::string category = category_name(span.category), subject = recording.subject(span);
    std::string name = subject.empty() ? category : subject;
    if (is_batch_of(recording.phase, span))
      name = batch_name(span) + " " + std::to_string(batch++);
    else if (span.category == TREINO_SPAN_BATCH || span.category == TREINO_SPAN_PASS_BATCH)
      name = batch_name(span);
    if (span.category == TREINO_SPAN_FORWARD || span.category == TREINO_SPAN_BACKWARD) name = subject + " " + category;
    list += ",\n{\"name\":" + detail::quoted(name) + ",\"cat\":\"" + category + R"(","ph":"X","pid":1,"tid":1,"ts":)" +
            detail::microseconds(span.begin - origin) + ",\"dur\":" + detail::microseconds(span.end - span.begin);
    if (span.category == TREINO_SPAN_EVENT && !event_name(span.event).empty())
      list += ",\"args\":{\"event\":\"" + event_name(span.event) + "\"}";
    list += "}";
  }
  return "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"run\":" + detail::quoted(recording.run) +
         ",\"first_step\":" + std::to_string(recording.step) + ",\"dropped_spans\":" + std::to_string(recording.dropped) +
         "},\"traceEvents\":[\n" + list + "]}\n";
}

}  // namespace trace
}  // namespace sdk0
}  // namespace treino
