// A column is numbers or names throughout: a stray word among numbers is a fault of the file, unless classes were asked for.
#include "data/target_collector.hpp"

#include <fmt/format.h>

#include <utility>

#include "data/message.hpp"
#include "data/number.hpp"
#include "data/source.hpp"
#include "data/targets.hpp"

namespace treino::data {

TargetCollector::TargetCollector(const Source& source, std::size_t width) {
  if (width != 1 || source.target_kind == TargetKind::values) {
    keep_ = Keep::numbers;
  } else {
    keep_ = source.target_kind || !source.class_names.empty() ? Keep::texts : Keep::undecided;
  }
}

std::string TargetCollector::add(std::string_view text) {
  if (keep_ == Keep::numbers) return add_number(text);
  if (keep_ == Keep::undecided) return add_either(text);
  intern(text, static_cast<std::size_t>(INT32_MAX));
  return "";
}

void TargetCollector::add_placeholder() {
  if (keep_ != Keep::texts) numbers_.push_back(0.0);
  if (keep_ != Keep::numbers && few_kinds_) text_ids_.push_back(-1);
}

bool TargetCollector::intern(std::string_view text, std::size_t most) {
  const auto found = kinds_.find(text);
  if (found != kinds_.end()) {
    text_ids_.push_back(found->second);
    return true;
  }
  if (texts_.size() == most) return false;
  const auto id = static_cast<std::int32_t>(texts_.size());
  texts_.emplace_back(text);
  kinds_.emplace(texts_.back(), id);
  text_ids_.push_back(id);
  return true;
}

std::string TargetCollector::add_number(std::string_view text) {
  double value = 0.0;
  const NumberError fault = parse_number(text, value);
  if (fault == NumberError::none) numbers_.push_back(value);
  return describe(fault, text);
}

// Unless classes are asked for, a column is numbers or names throughout: a stray word among numbers is a fault of the file.
std::string TargetCollector::add_either(std::string_view text) {
  double value = 0.0;
  const NumberError fault = parse_number(text, value);
  if (fault == NumberError::none) {
    if (seen_ == Seen::texts) {
      return fmt::format(
          "expected the name of a class as in the rows before, found the number {}; if it is a class too, ask for classes",
          in_quotes(text));
    }
    seen_ = Seen::numbers;
    numbers_.push_back(value);
    few_kinds_ = few_kinds_ && intern(text, most_kinds);
    return "";
  }
  if (seen_ == Seen::numbers)
    return describe(fault, text) + "; the rows before hold numbers (if they are classes, ask for classes)";
  if (fault != NumberError::not_a_number && seen_ == Seen::nothing) return describe(fault, text);
  seen_ = Seen::texts;
  numbers_.clear();
  if (!intern(text, most_kinds)) {
    return fmt::format("more than {} different texts; if they are classes, ask for classes, else name another target",
                       most_kinds);
  }
  return "";
}

void TargetCollector::finish(RawTargets& targets) {
  if (seen_ != Seen::texts) targets.numbers = std::move(numbers_);
  if (!few_kinds_) return;
  targets.text_ids = std::move(text_ids_);
  targets.texts = std::move(texts_);
}

}  // namespace treino::data
