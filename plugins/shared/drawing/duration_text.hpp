// How long something took, as text: as people say it, and as the progress bars of Keras and tqdm write it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <treino/kit/text.hpp>

#include "shared/drawing/text_table.hpp"

namespace treino {
inline namespace sdk0 {

namespace detail {
inline std::uint64_t whole_seconds(double seconds) { return static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 1e9)); }
inline std::string two_digits(std::uint64_t value) { return right_aligned(std::to_string(value), 2, '0'); }
}  // namespace detail

/// "0:00:03", "1:00:05", "25:00:00"
inline std::string clock_text(std::uint64_t seconds) {
  return std::to_string(seconds / 3600) + ":" + detail::two_digits(seconds / 60 % 60) + ":" + detail::two_digits(seconds % 60);
}

/// "1:00:05", "1 day 1:00:05", "2 days 0:00:00"
inline std::string clock_text_with_days(std::uint64_t seconds) {
  const std::uint64_t days = seconds / 86400;
  return (days == 0 ? "" : std::to_string(days) + (days == 1 ? " day " : " days ")) + clock_text(seconds % 86400);
}

/// "4.2 s", "3 min 07 s", "1 h 02 min"
inline std::string duration_text(double seconds) {
  const std::uint64_t whole = detail::whole_seconds(seconds);
  if (whole >= 3600) return std::to_string(whole / 3600) + " h " + detail::two_digits(whole / 60 % 60) + " min";
  if (whole >= 60) return std::to_string(whole / 60) + " min " + detail::two_digits(whole % 60) + " s";
  return fixed_text(seconds, 1) + " s";
}

/// "12s", "1:02", "1:00:05"
inline std::string keras_duration(double seconds) {
  const std::uint64_t whole = detail::whole_seconds(seconds);
  if (whole >= 3600) return clock_text(whole);
  if (whole >= 60) return std::to_string(whole / 60) + ":" + detail::two_digits(whole % 60);
  return std::to_string(whole) + "s";
}

/// "00:03", "01:02", "1:00:05"
inline std::string tqdm_duration(double seconds) {
  const std::uint64_t whole = detail::whole_seconds(seconds);
  if (whole >= 3600) return clock_text(whole);
  return detail::two_digits(whole / 60) + ":" + detail::two_digits(whole % 60);
}

}  // namespace sdk0
}  // namespace treino
