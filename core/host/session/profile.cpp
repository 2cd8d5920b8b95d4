// Spans are recorded per plugin that asked, in memory that was reserved before.
#include "host/session/profile.hpp"

#include <algorithm>
#include <chrono>

namespace treino::host {

std::uint64_t Profile::now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

void Profile::add(unsigned category, std::uint32_t subject, std::uint32_t event, std::uint64_t begin, std::uint64_t end) {
  for (auto& [who, recording] : recordings_) {
    if ((recording.mask >> category & 1) == 0) continue;
    recording.totals[category].nanoseconds += end - begin;
    ++recording.totals[category].count;
    if (recording.spans.size() < recording.capacity)
      recording.spans.push_back({begin, end, category, subject, event, 0});
    else
      ++recording.dropped;
  }
}

void Profile::start(const void* who, std::uint64_t mask, std::uint64_t capacity) {
  Recording fresh;
  fresh.mask = mask & ((std::uint64_t{1} << TREINO_SPAN_COUNT) - 1);
  // Reserved at once, so that recording does not allocate; a request beyond reason costs nothing before it is used.
  fresh.capacity = capacity;
  fresh.spans.reserve(std::min<std::uint64_t>(capacity, std::uint64_t{1} << 22));
  recordings_[who] = std::move(fresh);
  update_mask();
}

void Profile::stop(const void* who) {
  if (const auto found = recordings_.find(who); found != recordings_.end()) found->second.mask = 0;
  update_mask();
}

const Profile::Recording* Profile::recording(const void* who) const {
  const auto found = recordings_.find(who);
  return found == recordings_.end() ? nullptr : &found->second;
}

void Profile::update_mask() {
  std::uint64_t mask = 0;
  for (const auto& [who, recording] : recordings_) mask |= recording.mask;
  if (mask == mask_) return;
  mask_ = mask;
  if (changed_) changed_(mask);
}

}  // namespace treino::host
