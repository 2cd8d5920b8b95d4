// Posts the run's scalars to a server, on threads of its own: a server that is slow, dead or answers nonsense never slows the
// run, and what it did not take is sent later. Name, root, path, field, headers and send_as_json are Keras'. An epoch's row is,
// as there,
//   {"epoch":3,"loss":0.25,"val_loss":0.3}
// as JSON, or as the field "data" of a form.
#include <curl/curl.h>

#include <nlohmann/json.hpp>
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>

#include "http.hpp"
#include "shared/network/delivery.hpp"
#include "shared/training/scalar_values.hpp"

namespace remote_monitor {
namespace {

using treino::Event;
using Json = nlohmann::ordered_json;

/// What an event leaves behind for the thread that makes a row of it.
struct Seen {
  std::uint32_t type = 0, outcome = 0;
  std::uint64_t epoch = 0, batch = 0, step = 0;
  double loss = 0, learning_rate = 0;
  treino::ScalarValues scalars;
  std::string reason;
};

const char* outcome_name(std::uint32_t outcome) {
  static constexpr const char* names[] = {"running", "done", "early_stopped", "interrupted", "diverged", "failed"};
  return outcome < std::size(names) ? names[outcome] : "unknown";
}

class RemoteMonitor final : public treino::Callback {
 public:
  explicit RemoteMonitor(const treino::Setup& setup)
      : Callback(setup),
        started_(curl_global_init(CURL_GLOBAL_DEFAULT)),
        address_(setup.get<std::string>("root") + setup.get<std::string>("path")),
        on_(setup.get<std::vector<std::string>>("on")),
        every_(setup.get<std::uint64_t>("every_n_batches")),
        http_({address_.whole(), setup.get<bool>("send_as_json") ? "" : setup.get<std::string>("field"),
               setup.find<std::string>("ca_file").value_or(""), header_lines(setup)}) {
    if (started_ != CURLE_OK) throw std::runtime_error("libcurl cannot be started");
    if (!setup.get<bool>("send_as_json") && setup.get<std::string>("field").empty())
      throw std::invalid_argument("field must not be empty: it names the form's field");
    if (on_.empty())
      throw std::invalid_argument("on must name at least one event: epoch_end, validation_end, batch_end, run_end");
    if (const auto file = setup.find<std::string>("ca_file")) treino::read_file(*file);
    options_.to = address_.shown();
    options_.items = "rows";
    options_.queue = setup.get<std::size_t>("queue");
    options_.retries = setup.get<std::uint64_t>("retries");
    options_.timeout = Milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(1000 * setup.get<double>("timeout"))));
    host().claim_output(spool());
  }

  void on_run_begin(const Event&) override {
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number) names_.push_back(host().name(number));
    run_ = host().run().run;
    key_ = treino::run_key(host().run().folder);
    delivery_.emplace(
        host(), options_, spool(), [this](const Seen& seen) { return letter(seen); },
        [this](const treino::Spool::Entry& entry, Milliseconds limit) {
          return http_.post(entry.text, key_ + "-" + std::to_string(entry.number), limit);
        });
  }

  /// An epoch that was cut short is not told: it is run again when the run continues, and what is posted cannot be taken back.
  void on_epoch_end(const Event& event) override {
    if (treino::outcome_of(event) == treino::Outcome::running) tell(event, true);
  }
  void on_validation_end(const Event& event) override { tell(event, true); }
  void on_batch_end(const Event& event) override {
    if ((event.batch + 1) % every_ == 0) tell(event, false);
  }
  void on_run_end(const Event& event) override {
    if (!delivery_) return;
    if (listens_to("run_end")) tell(event, true);
    delivery_->finish();
    delivery_.reset();
  }

  std::uint64_t wanted() const override {
    std::uint64_t events = std::uint64_t{1} << TREINO_RUN_BEGIN | std::uint64_t{1} << TREINO_RUN_END;
    if (listens_to("epoch_end")) events |= std::uint64_t{1} << TREINO_EPOCH_END;
    if (listens_to("validation_end")) events |= std::uint64_t{1} << TREINO_VALIDATION_END;
    if (listens_to("batch_end")) events |= std::uint64_t{1} << TREINO_BATCH_END;
    return events;
  }

  /// Nothing to remember, but what was offered before a checkpoint is not offered again after it: it has to be kept by then.
  void save(treino::Writer&) const override {
    if (delivery_) delivery_->keep();
  }
  void load(treino::Reader& reader, std::uint32_t) override { reader.finish(); }

 private:
  std::string spool() const {
    return (std::filesystem::path(host().run().folder) / (std::string(host().run().instance) + ".spool")).string();
  }
  bool listens_to(const char* event) const { return std::find(on_.begin(), on_.end(), event) != on_.end(); }

  void tell(const Event& event, bool with_scalars) {
    delivery_->offer([&](Seen& seen) {
      seen.type = event.type;
      seen.outcome = event.outcome;
      seen.epoch = event.epoch;
      seen.batch = event.batch;
      seen.step = event.step;
      seen.loss = event.loss;
      seen.learning_rate = event.learning_rate;
      seen.reason = event.type == TREINO_RUN_END ? event.text : "";
      seen.scalars.take(host(), with_scalars ? names_.size() : 0);
    });
  }

  // On a thread of the delivery from here on.

  treino::Letter letter(const Seen& seen) const {
    static constexpr std::uint64_t last = ~std::uint64_t{0};
    Json row = Json::object();
    treino::Letter letter;
    switch (seen.type) {
      case TREINO_BATCH_END:
        row = {{"event", "batch_end"}, {"epoch", seen.epoch}, {"batch", seen.batch},
               {"step", seen.step},    {"loss", seen.loss},   {"learning_rate", seen.learning_rate}};
        letter.place = {seen.epoch, seen.batch, 0};
        break;
      case TREINO_VALIDATION_END:
        row = {{"event", "validation_end"}, {"epoch", seen.epoch}, {"step", seen.step}};
        letter.place = {seen.epoch, last, 0};
        break;
      case TREINO_EPOCH_END:
        row["epoch"] = seen.epoch;
        letter.place = {seen.epoch, last, 1};
        break;
      default:  // each part of a run has its own end
        row = {{"event", "run_end"},
               {"run", run_},
               {"outcome", outcome_name(seen.outcome)},
               {"reason", seen.reason},
               {"step", seen.step}};
    }
    for (std::size_t i = 0; i < seen.scalars.size(); ++i)
      if (seen.scalars.has(i) && !row.contains(names_[i])) row[names_[i]] = seen.scalars[i];
    letter.text = row.dump(-1, ' ', false, Json::error_handler_t::replace);
    return letter;
  }

  const CURLcode started_;
  const Address address_;
  const std::vector<std::string> on_;
  const std::uint64_t every_;
  Http http_;
  treino::Delivery<Seen>::Options options_;
  std::vector<std::string> names_;  // of the run's scalars
  std::string run_, key_;
  mutable std::optional<treino::Delivery<Seen>> delivery_;  // last: its threads use the others
};

}  // namespace
}  // namespace remote_monitor

TREINO_PLUGIN(remote_monitor::RemoteMonitor, R"toml(
kind = "callback"
id = "remote_monitor"
version = "1.0.0"
summary = "Posts the run's scalars to a web server."
phase = "report"
events = ["run_begin", "epoch_end", "validation_end", "batch_end", "run_end"]
help = """
A POST to root + path for each event of `on`: as JSON, or as the field of a form (application/x-www-form-urlencoded).
epoch_end is Keras' row, { "epoch": from 0, and every scalar that has a value }; epochs that were cut short are left out. The others say
which they are: { "event": "validation_end", "epoch", "step", scalars }, { "event": "batch_end", "epoch", "batch", "step", "loss", "learning_rate" },
{ "event": "run_end", "run", "outcome", "reason", "step", scalars }. NaN and infinities are null, since JSON has neither.
The training thread only puts scalars into a queue of `queue` rows (full: the row is dropped, counted and said). One thread keeps each
row in <name>.spool in the run's folder, another sends it: status 2xx is delivered; a connection that fails, 5xx, 408, 425 and 429 are tried
`retries` times more (after 0.25 s, 0.5 s, ...), then with the next row; other answers leave the row in the spool and continue with the next
one. Redirections are not followed. Certificates are verified.
At the end of the run at most `timeout` is waited; what is not delivered by then stays in the spool and is sent when the run is resumed.
A row that the server has acknowledged is not sent again, also when a killed run does a part again. One that it took without an
answer in time is; every attempt at one row has the same Idempotency-Key header.
Secrets belong into the environment: headers = { Authorization = "Bearer ${TOKEN}" }; they are in no log, spool or run folder.
State: none; a checkpoint waits until the rows before it are in the spool.
"""

[parameters]
root = { type = "string", default = "http://localhost:9000", doc = "the server: http:// or https://" }
path = { type = "string", default = "/publish/epoch/end/", doc = "comes after root" }
field = { type = "string", default = "data", doc = "the form's field that holds the row; without meaning for send_as_json" }
headers = { type = "table", doc = "further HTTP headers, { Name = \"value\" }" }
send_as_json = { type = "bool", default = false, doc = "the row itself as the body, application/json, instead of a form" }

[parameters.on]
type = "list"
items = "string"
scalar = true
choices = ["epoch_end", "validation_end", "batch_end", "run_end"]
default = ["epoch_end"]
doc = "the events that are posted"

[parameters.every_n_batches]
type = "int"
default = 100
min = 1
doc = "batch_end: each n-th batch of an epoch"
)toml" TREINO_TIMEOUT_TOML("5.0") TREINO_RETRIES_TOML("row") R"toml(
[parameters.queue]
type = "int"
default = 1000
min = 1
max = 1000000
doc = "rows between the training thread and the spool"
)toml" TREINO_CA_FILE_TOML)
