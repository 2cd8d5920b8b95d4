// The state of a plugin inside a plugin, as a part of its parent's: for LossChild, SchedulerChild, and whoever holds a child of
// another kind.
#pragma once
#include <algorithm>
#include <cstring>
#include <treino/host.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace detail {

/// Bytes that a child writes to, and is given back.
struct ChildBytes {
  std::vector<unsigned char> bytes;
  std::size_t taken = 0;

  static treino_status append(void* context, const void* data, std::uint64_t count) {
    return guarded(nullptr, [&] {
      auto& all = *static_cast<ChildBytes*>(context);
      const auto* begin = static_cast<const unsigned char*>(data);
      all.bytes.insert(all.bytes.end(), begin, begin + count);
    });
  }
  static std::uint64_t take(void* context, void* data, std::uint64_t count) {
    auto& all = *static_cast<ChildBytes*>(context);
    const std::size_t here = std::min<std::size_t>(static_cast<std::size_t>(count), all.bytes.size() - all.taken);
    if (here > 0) std::memcpy(data, all.bytes.data() + all.taken, here);
    all.taken += here;
    return here;
  }
};

}  // namespace detail

/// Returns a child's state; empty where it has none. Throws where the child fails.
inline std::vector<unsigned char> state_of(const Child& child) {
  detail::ChildBytes all;
  if (child.lifecycle->save == nullptr) return {};
  const treino_sink sink{sizeof(treino_sink), 0, &all, detail::ChildBytes::append};
  detail::ErrorText text;
  text.check(child.lifecycle->save(child.self, &sink, &text.error));
  return std::move(all.bytes);
}

/// Gives a child the state that state_of returned, of the version that the child had then. Throws where the child does not take it.
inline void set_state(const Child& child, std::vector<unsigned char> state, std::uint32_t version) {
  detail::ChildBytes all{std::move(state)};
  const treino_source source{sizeof(treino_source), 0, &all, detail::ChildBytes::take, all.bytes.size()};
  detail::ErrorText text;
  text.check(child.lifecycle->load(child.self, &source, version, &text.error));
}

}  // namespace sdk0
}  // namespace treino
