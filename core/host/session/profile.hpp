// Where the time goes, for the plugins that ask. While none does, every place that could be measured costs one test of a bit.
#pragma once
#include <treino/abi.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace treino::host {

class Profile {
 public:
  bool wants(unsigned category) const { return (mask_ >> category & 1) != 0; }
  void add(unsigned category, std::uint32_t subject, std::uint32_t event, std::uint64_t begin, std::uint64_t end);
  static std::uint64_t now();  // nanoseconds of a steady clock

  /// One recording for each that asks; `who` is only compared.
  void start(const void* who, std::uint64_t mask, std::uint64_t capacity);
  void stop(const void* who);
  struct Recording {
    std::uint64_t mask = 0, capacity = 0, dropped = 0;
    std::vector<treino_span> spans;
    std::array<treino_span_total, TREINO_SPAN_COUNT> totals{};
  };
  /// Null where `who` has never started one.
  const Recording* recording(const void* who) const;

  /// Told of the categories that anybody wants whenever these change.
  void on_change(std::function<void(std::uint64_t)> changed) { changed_ = std::move(changed); }

  /// Measures from here to the end of its block.
  class Span {
   public:
    Span(Profile& profile, unsigned category, std::uint32_t subject = 0, std::uint32_t event = 0)
        : profile_(profile), category_(category), subject_(subject), event_(event) {
      if (profile.wants(category)) [[unlikely]]
        begin_ = now();
    }
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;
    ~Span() {
      if (begin_ != 0) [[unlikely]]
        profile_.add(category_, subject_, event_, begin_, now());
    }

   private:
    Profile& profile_;
    unsigned category_;
    std::uint32_t subject_, event_;
    std::uint64_t begin_ = 0;
  };

 private:
  void update_mask();

  std::uint64_t mask_ = 0;
  std::map<const void*, Recording> recordings_;
  std::function<void(std::uint64_t)> changed_;
};

}  // namespace treino::host
