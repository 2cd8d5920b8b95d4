// Eight bytes from each rank, and a text only where something was asked for.
#include "train/ranks/agreement.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "store/checksum.hpp"
#include "train/checkpoint/checkpoint_format.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

using nlohmann::json;

json optional_text(const std::optional<std::string>& text) { return text ? json(*text) : json(); }
std::optional<std::string> optional_text(const json& text) {
  return text.is_null() ? std::nullopt : std::optional(text.get<std::string>());
}

/// Whether every rank has the instance, so that each asks for the same itself.
bool is_everywhere(const host::Instance& instance) { return instance.component().description.all_ranks; }

}  // namespace

void Agreement::begin() {
  host::Ranks& ranks = run_.processes->ranks();
  for (const auto& instance : run_.session.instances())
    if (instance->component().kind == manifest::Kind::callback && !is_everywhere(*instance))
      own_events_ |= instance->component().callback.events;
  ranks.broadcast(&own_events_, sizeof own_events_);
  headings_.resize(ranks.count());
  heading_sizes_.assign(ranks.count(), sizeof(Heading));
}

int Agreement::agree() {
  host::Ranks& ranks = run_.processes->ranks();
  const bool validates = ranks.is_first() && run_.validation_schedule.is_time_over();
  if (ranks.is_alone()) {
    if (validates) run_.validation_schedule.tell_time_is_over();
    return run_.interrupted();
  }
  const std::uint64_t changes = run_.session.learning_rate().changes();
  const bool is_news = ranks.is_first() && (!told_ || run_.session.requests().any() || changes != told_learning_rate_);
  const Heading mine{run_.interrupted(), std::uint16_t{is_news}, std::uint16_t{validates}};
  ranks.all_gather(&mine, headings_.data(), heading_sizes_);
  if (headings_[0].validates != 0) run_.validation_schedule.tell_time_is_over();
  if (headings_[0].has_requests != 0) {
    std::string text = ranks.is_first() ? requests() : "";
    ranks.broadcast(text);
    if (!ranks.is_first()) take(text);
    told_ = true;
    told_learning_rate_ = changes;
  } else if (!ranks.is_first()) {
    run_.session.requests().replace({});
  }
  for (const Heading& heading : headings_)
    if (heading.signal != 0) return heading.signal;
  return 0;
}

void Agreement::agree_after(std::uint64_t events) {
  if (!run_.processes->are_one() && (own_events_ & events) != 0) agree();
}

std::string Agreement::requests() const {
  const host::Requests::Pending pending = run_.session.requests().pending();
  json text = {{"skip", optional_text(pending.skip)},
               {"roll_back", optional_text(pending.roll_back)},
               {"base", checkpoint::bits(run_.session.learning_rate().base())},
               {"factors", json::object()}};
  if (pending.stop)
    text["stop"] = {{"outcome", static_cast<std::uint32_t>(pending.stop->outcome)},
                    {"reason", pending.stop->reason},
                    {"who", pending.stop->who}};
  for (const host::LearningRate::Factor* factor : run_.session.learning_rate().factors())
    if (!is_everywhere(*factor->who))
      text["factors"][factor->name] = {checkpoint::bits(factor->factor), checkpoint::bits(factor->floor)};
  return text.dump(-1, ' ', false, json::error_handler_t::replace);
}

void Agreement::take(const std::string& requests) {
  const json text = json::parse(requests);
  host::Requests::Pending pending{{}, optional_text(text.at("skip")), optional_text(text.at("roll_back"))};
  if (text.contains("stop"))
    pending.stop = {static_cast<host::Outcome>(text["stop"].at("outcome").get<std::uint32_t>()),
                    text["stop"].at("reason").get<std::string>(), text["stop"].at("who").get<std::string>()};
  run_.session.requests().replace(std::move(pending));
  host::LearningRate& learning_rate = run_.session.learning_rate();
  learning_rate.set_base(checkpoint::from_bits(text.at("base").get<std::string>()));
  for (const auto& [name, factor] : text.at("factors").items())
    learning_rate.set_factor_elsewhere(name, checkpoint::from_bits(factor.at(0).get<std::string>()),
                                       checkpoint::from_bits(factor.at(1).get<std::string>()));
}

void Agreement::compare_weights() {
  host::Ranks& ranks = run_.processes->ranks();
  if (ranks.is_alone()) return;
  store::Checksum checksum;
  for (const nn::Parameter& parameter : run_.model.parameters()) checksum.add(std::as_bytes(parameter.value));
  const std::string mine = checksum.hex();
  std::string all(mine.size() * ranks.count(), ' ');
  ranks.all_gather(mine.data(), all.data(), std::vector<std::uint64_t>(ranks.count(), mine.size()));
  for (std::size_t rank = 1; rank < ranks.count(); ++rank)
    if (all.compare(rank * mine.size(), mine.size(), all, 0, mine.size()) != 0)
      throw std::runtime_error(
          fmt::format("the weights of rank {} differ from those of rank 0: a callback that changes the model has to run on all "
                      "ranks, with ranks = \"all\" in its description",
                      rank));
}

}  // namespace treino::train
