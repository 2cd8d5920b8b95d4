// Texts that a reader lends until its next call: they are gathered first, since the memory that holds them moves while it grows.
#pragma once
#include <treino/abi/draft/reader.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace treino::readers {

class LentTexts {
 public:
  void clear() {
    texts_.clear();
    lent_.clear();
  }
  void add(treino_read_text* to, std::string_view text) {
    lent_.push_back({to, texts_.size(), text.size()});
    texts_ += text;
  }
  /// Sets all of them, which are good until clear().
  void lend() const {
    for (const Lent& each : lent_) *each.to = {texts_.data() + each.begin, each.size};
  }

 private:
  struct Lent {
    treino_read_text* to;
    std::size_t begin, size;
  };
  std::string texts_;
  std::vector<Lent> lent_;
};

}  // namespace treino::readers
