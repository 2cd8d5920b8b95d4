// Plays a script of events for one callback, as a run would fire them.
#include "plugins/conformance/callback_play.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

namespace treino::conformance {
namespace {

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

Play::Play(const PluginUnderTest& plugin, const Script& script, const std::filesystem::path& folder, const std::string& withheld)
    : plugin_(plugin),
      script_(script),
      parameters_(script.parameters),
      host_(std::make_unique<ScriptedHost>(folder, static_cast<std::uint32_t>(script.columns.front()), script.epochs,
                                           script.batches, (script.batches + script.accumulate - 1) / script.accumulate)) {
  for (const auto& [name, content] : script.files) write_file(folder / name, content);
  for (const Script::Series& series : script.numbers)
    host_->world().numbers.push_back({series.name, series.direction, std::nullopt});
  for (std::uint64_t epoch = 0; epoch < script.epochs; ++epoch) {
    steps_.push_back({Piece::epoch_begin, epoch, 0});
    for (std::uint64_t batch = 0; batch < script.batches; ++batch) steps_.push_back({Piece::batch, epoch, batch});
    steps_.push_back({Piece::validation, epoch, script.batches});
    steps_.push_back({Piece::epoch_end, epoch, script.batches});
  }
  host_->set_schedule(script.rates.front());
  host_->withhold(withheld.empty() ? script.without : withheld);
  create();
}

Play::~Play() { destroy(); }

void Play::create() {
  ErrorBuffer error;
  host_->enter();
  error.check(plugin_.lifecycle->create(host_->handle(), parameters_.data(), parameters_.count(), &self_, error.get()));
  wanted_ = plugin_.callback->events;
  if (plugin_.callback->wanted != nullptr) wanted_ &= plugin_.callback->wanted(self_);
}

void Play::destroy() {
  if (self_ != nullptr) plugin_.lifecycle->destroy(self_);
  self_ = nullptr;
}

void Play::fire(std::uint32_t event, treino_event_info info) {
  if ((wanted_ >> event & 1) == 0) return;
  info.type = event;
  host_->enter();
  ErrorBuffer error;
  error.check(plugin_.callback->on(self_, &info, error.get()));
}

treino_event_info Play::info(std::uint64_t epoch, std::uint64_t batch) const {
  treino_event_info event{};
  event.size = sizeof event;
  event.epoch = epoch;
  event.epochs = script_.epochs;
  event.batch = batch;
  event.batches = script_.batches;
  event.step = host_->world().steps;
  event.loss = std::numeric_limits<double>::quiet_NaN();
  event.learning_rate = host_->rate();
  event.outcome = record_.outcome;
  event.text = "";
  return event;
}

void Play::begin() {
  if (script_.untrained)
    next_ = steps_.size();
  else
    start(false);
}

void Play::start(bool resumed) {
  const Step& at = next_ < steps_.size() ? steps_[next_] : Step{Piece::epoch_begin, script_.epochs, 0};
  host_->set_resumed(resumed);
  treino_event_info now = info(at.epoch, at.batch);
  now.resumed = resumed ? 1 : 0;
  fire(TREINO_RUN_BEGIN, now);
  begun_ = true;
  act();
}

bool Play::advance() {
  if (record_.outcome != TREINO_RUNNING || next_ == steps_.size()) return false;
  const Step step = steps_[next_++];
  at_checkpoint_ = step.piece == Piece::batch || step.piece == Piece::epoch_end;
  switch (step.piece) {
    case Piece::epoch_begin:
      begin_epoch(step.epoch);
      break;
    case Piece::batch:
      train(step.epoch, step.batch);
      break;
    case Piece::validation:
      validate(step.epoch);
      break;
    case Piece::epoch_end:
      fire(TREINO_EPOCH_END, info(step.epoch, step.batch));
      write_down(script_.watched_epochs, record_.at_epochs);
      break;
  }
  return true;
}

void Play::begin_epoch(std::uint64_t epoch) {
  for (ScriptedNumber& number : host_->world().numbers) number.value.reset();
  host_->set_columns(static_cast<std::uint32_t>(script_.columns[std::min<std::size_t>(epoch, script_.columns.size() - 1)]));
  host_->set_schedule(script_.rates[std::min<std::size_t>(epoch, script_.rates.size() - 1)]);
  record_.epochs = epoch + 1;
  record_.rates.push_back(host_->rate());
  fire(TREINO_EPOCH_BEGIN, info(epoch, 0));
}

void Play::train(std::uint64_t epoch, std::uint64_t batch) {
  const std::uint64_t number = epoch * script_.batches + batch;
  treino_event_info now = info(epoch, batch);
  fire(TREINO_FETCH_BEGIN, now);
  host_->wait_for_data(script_.data_seconds);
  now.samples = 8;
  fire(TREINO_FETCH_END, now);
  fire(TREINO_BATCH_BEGIN, now);
  host_->lock_weights(true);
  host_->pass_time(script_.batch_seconds[std::min<std::size_t>(number, script_.batch_seconds.size() - 1)]);
  show_numbers(epoch, "");
  const auto special = script_.losses.find(number);
  now.loss = special != script_.losses.end() ? special->second : host_->world().numbers.front().value.value_or(0.5);
  if ((batch + 1) % script_.accumulate == 0 || batch + 1 == script_.batches) step(now, number);
  host_->lock_weights(false);
  fire(TREINO_BATCH_END, now);
  write_down(script_.watched_batches, record_.at_batches);
}

void Play::write_down(const std::set<std::string>& names, Record::Values& values) {
  for (const std::string& name : names) {
    const auto& numbers = host_->world().numbers;
    const auto found =
        std::find_if(numbers.begin(), numbers.end(), [&](const ScriptedNumber& number) { return number.name == name; });
    if (found == numbers.end()) throw std::runtime_error("nobody declares the number " + name);
    values[name].push_back(found->value);
  }
}

void Play::step(treino_event_info& event, std::uint64_t number) {
  host_->make_gradients(script_.bad_gradients.count(number) > 0);
  fire(TREINO_BACKWARD_END, event);
  if (script_.vetoed.count(number) > 0 && !host_->skip) host_->skip = "another callback refuses the step";
  if (host_->back) {
    host_->roll_back();
    record_.returned.push_back(number);
  }
  if (host_->back || host_->skip) {
    record_.skipped.push_back(number);
    host_->back.reset();
    host_->skip.reset();
    return;
  }
  fire(TREINO_STEP_BEGIN, event);
  World& world = host_->world();
  event.step = ++world.steps;
  const World before = world;
  host_->set_weights_of(world.steps);
  if (!host_->trainable(0)) world.weight = before.weight;
  if (!host_->trainable(1)) world.bias = before.bias;
  if (script_.bad_weights.count(number) > 0) world.bias[1] = std::numeric_limits<float>::infinity();
  host_->lock_weights(false);
  fire(TREINO_STEP_END, event);
}

void Play::validate(std::uint64_t epoch) {
  treino_event_info now = info(epoch, 0);
  std::vector<bool> swapped;
  for (const World::WeightSet& set : host_->world().sets) swapped.push_back(set.in_model);
  pass(TREINO_VALIDATION_BEGIN, now, script_.validation_batches, "val_");
  for (std::size_t i = 0; i < swapped.size(); ++i)
    if (World::WeightSet& set = host_->world().sets[i]; set.in_model != swapped[i]) host_->swap(set);
}

/// The batches of validation, test or prediction data, with the numbers that begin with `prefix`.
void Play::pass(std::uint32_t begin_event, treino_event_info now, std::uint64_t batches, const char* prefix) {
  now.batches = batches;
  fire(begin_event, now);
  const std::uint32_t fetch_begin = begin_event == TREINO_VALIDATION_BEGIN ? TREINO_VALIDATION_FETCH_BEGIN
                                    : begin_event == TREINO_TEST_BEGIN     ? TREINO_TEST_FETCH_BEGIN
                                                                           : TREINO_PREDICT_FETCH_BEGIN;
  for (now.batch = 0; now.batch < batches; ++now.batch) {
    now.samples = 0;
    fire(fetch_begin, now);
    now.samples = 8;
    fire(fetch_begin + 1, now);
    fire(begin_event + 2, now);
    host_->pass_time(script_.pass_seconds);
    show_numbers(now.epoch, prefix);
    fire(begin_event + 3, now);
  }
  now.samples = 0;
  fire(begin_event + 1, now);
}

void Play::pass_after_training() {
  if (script_.test_batches > 0) pass(TREINO_TEST_BEGIN, info(0, 0), script_.test_batches, "test_");
  if (script_.predict_batches > 0) pass(TREINO_PREDICT_BEGIN, info(0, 0), script_.predict_batches, "predict_");
}

void Play::show_numbers(std::uint64_t epoch, const std::string& prefix) {
  const auto prefix_of = [](const std::string& name) {
    return name.substr(0, 4) == "val_" ? "val_" : name.substr(0, 5) == "test_" ? "test_" : "";
  };
  for (const Script::Series& series : script_.numbers)
    for (ScriptedNumber& number : host_->world().numbers)
      if (number.name == series.name && prefix_of(series.name) == prefix) number.value = series.at(epoch);
}

void Play::act() {
  const Step last = next_ > 0 ? steps_[next_ - 1] : Step{Piece::epoch_begin, 0, 0};
  const bool may_stop = record_.outcome == TREINO_RUNNING;
  if (may_stop && host_->stop) {
    record_.outcome = host_->stop->outcome;
    record_.reason = host_->stop->reason;
  }
  const bool cut = last.piece == Piece::batch && script_.end_after == last.epoch * script_.batches + last.batch;
  if (may_stop && cut && !host_->stop) record_.outcome = script_.end_outcome;
  if (std::exchange(host_->back, std::nullopt)) {  // before anything is saved
    host_->roll_back();
    record_.returned.push_back(last.epoch * script_.batches + last.batch);
  }
  for (const ScriptedHost::Save& wanted : std::exchange(host_->saves, {})) save(wanted);
}

void Play::save(const ScriptedHost::Save& wanted) {
  const bool fails = script_.failing_saves.count(saves_++) > 0;
  const std::string contents =
      (wanted.everything ? "everything" : "weights") + (wanted.weights.empty() ? "" : " " + wanted.weights);
  std::string bytes = contents + " of step " + std::to_string(host_->world().steps) + ":";
  for (const float value : host_->all_weights()) bytes += " " + std::to_string(value);
  if (!fails) write_file(wanted.path, bytes + "\n");
  record_.saved.push_back((fails ? "failed: " : "") + contents + " " +
                          std::filesystem::path(wanted.path).lexically_relative(host_->folder()).string());
  const Step last = next_ > 0 ? steps_[next_ - 1] : Step{Piece::epoch_begin, 0, 0};
  treino_event_info now = info(last.epoch, last.batch);
  now.outcome = fails ? TREINO_RUN_FAILED : TREINO_DONE;
  now.text = fails ? "no space left on the scripted disk" : wanted.path.c_str();
  fire(TREINO_CHECKPOINT_SAVED, now);
}

void Play::end() {
  if (script_.untrained) {
    record_.outcome = TREINO_DONE;
    return pass_after_training();
  }
  const Step last = next_ > 0 ? steps_[next_ - 1] : Step{Piece::epoch_end, 0, 0};
  if (record_.outcome == TREINO_RUN_FAILED) {
    treino_event_info failed = info(last.epoch, last.batch);
    failed.text = record_.reason.c_str();
    fire(TREINO_EXCEPTION, failed);
  }
  if (last.piece != Piece::epoch_end) fire(TREINO_EPOCH_END, info(last.epoch, next_ > 0 ? last.batch + 1 : 0));  // cut short
  if (record_.outcome == TREINO_RUNNING) record_.outcome = TREINO_DONE;
  treino_event_info now = info(last.epoch, 0);
  now.text = record_.reason.c_str();
  fire(TREINO_RUN_END, now);
  act();
  pass_after_training();
}

Bytes Play::state() const {
  Bytes bytes;
  if (plugin_.lifecycle->save == nullptr) return bytes;
  const treino_sink sink{sizeof(treino_sink), 0, &bytes,
                         [](void* context, const void* from, std::uint64_t count) -> treino_status {
                           const auto* begin = static_cast<const unsigned char*>(from);
                           static_cast<Bytes*>(context)->insert(static_cast<Bytes*>(context)->end(), begin, begin + count);
                           return TREINO_OK;
                         }};
  ErrorBuffer error;
  host_->enter();
  error.check(plugin_.lifecycle->save(self_, &sink, error.get()));
  return bytes;
}

Snapshot Play::snapshot() const { return {next_, host_->world(), state(), record_, saves_}; }

void Play::resume(const Snapshot& from) {
  destroy();
  host_->world() = from.world;
  host_->saves.clear();
  host_->stop.reset();
  host_->skip.reset();
  host_->back.reset();
  host_->forget_factor();
  host_->pass_time(1000);  // nobody trained meanwhile
  next_ = from.next;
  record_ = from.record;
  saves_ = from.saves;
  create();
  if (plugin_.lifecycle->load != nullptr) {
    const ByteSource source(from.state);
    ErrorBuffer error;
    error.check(plugin_.lifecycle->load(self_, source.get(), plugin_.lifecycle->state_version, error.get()));
  }
  start(true);
}

}  // namespace treino::conformance
