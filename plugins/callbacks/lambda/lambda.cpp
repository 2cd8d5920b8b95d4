// A callback of your own in the manifest: a few lines of Lua for each event, or a script with a function for each.
// As LambdaCallback of Keras and Lambda of TorchTNT. Parameters: on_<event> = "...", script, scalars, unsafe.
#include <algorithm>
#include <array>
#include <cstring>
#include <treino/callback.hpp>

#include "globals.hpp"
#include "hooks.hpp"
#include "shared/lua/lua.hpp"
#include "state_table.hpp"

namespace lambda {
namespace {

using treino::Event;
using treino::Lua;

class Lambda final : public treino::Callback {
 public:
  explicit Lambda(const treino::Setup& setup)
      : Callback(setup), lua_(limits(setup)), globals_(host(), lua_, setup.get<std::vector<std::string>>("scalars")) {
    functions_.fill(LUA_NOREF);
    if (const auto script = setup.find<std::string>("script")) take_script(*script);
    for (const Hook& hook : hooks) {
      const auto text = setup.find<std::string>(hook.name);
      if (!text) continue;
      if (functions_[hook.event] != LUA_NOREF)
        throw std::invalid_argument(std::string(hook.name) +
                                    " is both a parameter and a function of the script: drop one of them");
      functions_[hook.event] = lua_.compile(*text, hook.name);
    }
    if (wanted() == 0)
      throw std::invalid_argument("it has nothing to do: give a hook, on_epoch_end say, or a script that has one");
  }

  void on_run_begin(const Event& event) override { call(event); }
  void on_run_end(const Event& event) override { call(event); }
  void on_epoch_begin(const Event& event) override { call(event); }
  void on_epoch_end(const Event& event) override { call(event); }
  void on_batch_begin(const Event& event) override { call(event); }
  void on_batch_end(const Event& event) override { call(event); }
  void on_backward_end(const Event& event) override { call(event); }
  void on_step_begin(const Event& event) override { call(event); }
  void on_step_end(const Event& event) override { call(event); }
  void on_validation_begin(const Event& event) override { call(event); }
  void on_validation_end(const Event& event) override { call(event); }
  void on_validation_batch_begin(const Event& event) override { call(event); }
  void on_validation_batch_end(const Event& event) override { call(event); }
  void on_test_begin(const Event& event) override { call(event); }
  void on_test_end(const Event& event) override { call(event); }
  void on_test_batch_begin(const Event& event) override { call(event); }
  void on_test_batch_end(const Event& event) override { call(event); }
  void on_predict_begin(const Event& event) override { call(event); }
  void on_predict_end(const Event& event) override { call(event); }
  void on_predict_batch_begin(const Event& event) override { call(event); }
  void on_predict_batch_end(const Event& event) override { call(event); }
  void on_exception(const Event& event) override { call(event); }
  void on_fetch_begin(const Event& event) override { call(event); }
  void on_fetch_end(const Event& event) override { call(event); }
  void on_validation_fetch_begin(const Event& event) override { call(event); }
  void on_validation_fetch_end(const Event& event) override { call(event); }
  void on_test_fetch_begin(const Event& event) override { call(event); }
  void on_test_fetch_end(const Event& event) override { call(event); }
  void on_predict_fetch_begin(const Event& event) override { call(event); }
  void on_predict_fetch_end(const Event& event) override { call(event); }

  std::uint64_t wanted() const override {
    std::uint64_t events = 0;
    for (const Hook& hook : hooks)
      if (functions_[hook.event] != LUA_NOREF) events |= std::uint64_t{1} << hook.event;
    return events;
  }

  std::uint64_t collect_garbage() override { return lua_.collect_garbage(); }

  void save(treino::Writer& writer) const override { writer.write(state_.text()); }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto text = reader.get<std::string>();
    reader.finish();
    state_.restore(text);
  }

 private:
  static treino::LuaLimits limits(const treino::Setup& setup) {
    treino::LuaLimits limits;
    limits.unsafe = setup.get<bool>("unsafe");
    return limits;
  }

  void take_script(const std::string& path) {
    lua_.run_file(path);
    char misspelt[64] = "";
    lua_.protect([&](lua_State* state) noexcept {
      lua_pushglobaltable(state);
      for (lua_pushnil(state); lua_next(state, -2) != 0; lua_pop(state, 1)) {
        if (lua_type(state, -2) != LUA_TSTRING || !lua_isfunction(state, -1)) continue;
        const char* name = lua_tostring(state, -2);
        if (std::strncmp(name, "on_", 3) != 0) continue;
        if (const Hook* hook = find_hook(name)) {
          lua_pushvalue(state, -1);
          functions_[hook->event] = luaL_ref(state, LUA_REGISTRYINDEX);
        } else {
          std::strncpy(misspelt, name, sizeof misspelt - 1);
        }
      }
    });
    if (misspelt[0] != '\0')
      throw std::invalid_argument("script: there is no event for the function " + std::string(misspelt) + ". Did you mean " +
                                  nearest_hook(misspelt) + "?");
  }
  void call(const Event& event) {
    globals_.look_at_numbers();
    lua_.protect([&](lua_State* state) noexcept {
      globals_.show(state, event);
      lua_rawgeti(state, LUA_REGISTRYINDEX, functions_[event.type]);
      lua_call(state, 0, 0);
    });
    // What cannot be saved is told the first time, not at night by the first checkpoint.
    const std::uint64_t bit = std::uint64_t{1} << event.type;
    if ((tried_ & bit) == 0) state_.text();
    tried_ |= bit;
  }
  mutable Lua lua_;
  Globals globals_;
  StateTable state_{lua_};
  std::array<Lua::Reference, TREINO_EVENT_COUNT> functions_;
  std::uint64_t tried_ = 0;
};

}  // namespace
}  // namespace lambda

TREINO_PLUGIN(lambda::Lambda, R"toml(
kind = "callback"
id = "lambda"
version = "1.0.0"
summary = "Runs Lua code of your own at any event."
phase = "measure"
events = ["run_begin", "run_end", "epoch_begin", "epoch_end", "batch_begin", "batch_end", "backward_end", "step_begin",
  "step_end", "validation_begin", "validation_end", "validation_batch_begin", "validation_batch_end", "test_begin", "test_end",
  "test_batch_begin", "test_batch_end", "predict_begin", "predict_end", "predict_batch_begin", "predict_batch_end", "exception",
  "fetch_begin", "fetch_end", "validation_fetch_begin", "validation_fetch_end", "test_fetch_begin", "test_fetch_end",
  "predict_fetch_begin", "predict_fetch_end"]
scalars = ["{scalars}"]
no_direction = true
help = """
Each hook is a piece of Lua 5.4, or, with script, a function of that name in a file:
  on_epoch_end = "if logs.val_loss < 0.1 then stop('good enough') end"
There are
  logs                       the run's scalars by name; nil where there is no value yet, an error where there is no such scalar
  epoch, batch, step         from 0; epochs and batches are how many are planned, samples how many are in the batch
  loss, lr                   of the batch, and of the step
  outcome, reason, resumed   at the end and in on_exception: how the run ended and why; at the beginning: whether it continues from
                             a checkpoint
  event                      the name of the hook
  stop(reason)               ends the run as early_stopped, when all callbacks have received the event
  log_scalar(name, value)    gives a scalar that `scalars` lists its value for this epoch; every recorder and monitor sees it
  log(text)                  a line in the run's log (the logarithm is math.log)
  state                      a table that is saved with the run, and back when it is resumed: numbers, texts, booleans and tables of them
Other globals and a script's locals are not saved. A hook may take ten million instructions and 64 MiB. There are no files, no other
programs, no patterns and no random numbers, unless unsafe = true. Syntax errors are told before the run, with their line; an error
during it is handled as on_error says. TorchTNT's hooks around the creation of a data loader's iterator have no counterpart: nothing is
created for a pass, so that on_epoch_begin, on_validation_begin, on_test_begin and on_predict_begin are the same place.
State: the table `state`."""
[parameters]
on_run_begin = { type = "string", doc = "before the first batch, also of a resumed run (resumed is true)" }
on_run_end = { type = "string", doc = "at the end; outcome and reason say how the run ended" }
on_epoch_begin = { type = "string", doc = "before an epoch" }
on_epoch_end = { type = "string", doc = "after an epoch; logs has its scalars" }
on_batch_begin = { type = "string", doc = "before a batch" }
on_batch_end = { type = "string", doc = "after a batch; loss is its own" }
on_backward_end = { type = "string", doc = "when the gradients of a step are complete" }
on_step_begin = { type = "string", doc = "right before the optimizer" }
on_step_end = { type = "string", doc = "after the optimizer; step counts it" }
on_validation_begin = { type = "string", doc = "before the validation" }
on_validation_end = { type = "string", doc = "after the validation" }
on_validation_batch_begin = { type = "string", doc = "before a batch of it" }
on_validation_batch_end = { type = "string", doc = "after a batch of it" }
on_test_begin = { type = "string", doc = "before the test" }
on_test_end = { type = "string", doc = "after the test" }
on_test_batch_begin = { type = "string", doc = "before a batch of it" }
on_test_batch_end = { type = "string", doc = "after a batch of it" }
on_predict_begin = { type = "string", doc = "before a prediction" }
on_predict_end = { type = "string", doc = "after a prediction" }
on_predict_batch_begin = { type = "string", doc = "before a batch of it" }
on_predict_batch_end = { type = "string", doc = "after a batch of it" }
on_exception = { type = "string", doc = "when the run, a test or a prediction fails, before its end; reason says why" }
on_fetch_begin = { type = "string", doc = "before the wait for a batch to train on" }
on_fetch_end = { type = "string", doc = "after it; samples says how many have come" }
on_validation_fetch_begin = { type = "string", doc = "before the wait for a batch of the validation" }
on_validation_fetch_end = { type = "string", doc = "after it" }
on_test_fetch_begin = { type = "string", doc = "before the wait for a batch of the test" }
on_test_fetch_end = { type = "string", doc = "after it" }
on_predict_fetch_begin = { type = "string", doc = "before the wait for a batch of the prediction" }
on_predict_fetch_end = { type = "string", doc = "after it" }
[parameters.script]
type = "input"
doc = "a file with functions of the hooks' names, relative to the manifest"
[parameters.scalars]
type = "list"
items = "string"
default = []
doc = "names of the scalars that it logs"
[parameters.unsafe]
type = "bool"
default = false
needs_trust = true
doc = "true: with io, os and all of Lua's library; where only a run's folder says so, it takes --trust"
)toml")
