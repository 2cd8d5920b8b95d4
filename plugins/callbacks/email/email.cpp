// Mails how the run goes: its end, a failure, a new best value, every so many epochs, with a table of the scalars, a picture of
// the curves and, if asked, all values as CSV. Sent over SMTP by a thread of its own; what no server takes is kept and sent
// later.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "letter.hpp"
#include "shared/network/delivery.hpp"
#include "smtp.hpp"

namespace email {
namespace {

using treino::Event;
using Milliseconds = std::chrono::milliseconds;

class Email final : public treino::Callback {
 public:
  explicit Email(const treino::Setup& setup)
      : Callback(setup),
        server_(server_of(setup)),
        events_(setup.get<std::vector<std::string>>("events")),
        every_(setup.find<std::uint64_t>("every_n_epochs").value_or(0)),
        form_{"", "", setup.get<bool>("picture"), setup.get<bool>("attach_csv")} {
    initialize();
    if (const auto monitor = setup.find<std::string>("monitor"))
      monitor_.emplace(setup.host(), *monitor, setup.get<std::string>("mode"));
    if (listens_to("new_best") && !monitor_) throw std::invalid_argument("events: new_best needs a monitor");
    if (events_.empty() && every_ == 0)
      throw std::invalid_argument("events is empty and every_n_epochs is not given: no mail would ever be sent");
    options_.to = server_.shown;
    options_.items = "mails";
    options_.queue = 100;
    options_.retries = setup.get<std::uint64_t>("retries");
    options_.timeout = Milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(1000 * setup.get<double>("timeout"))));
    host().claim_output(spool());
  }

  void on_run_begin(const Event&) override {
    if (monitor_) monitor_->find();
    curves_.match(host());
    form_.run = host().run().run;
    form_.folder = host().run().folder;
    key_ = treino::run_key(form_.folder);
    delivery_.emplace(
        host(), options_, spool(), [this](const News& news) { return letter(news); },
        [this](const treino::Spool::Entry& entry, Milliseconds limit) {
          return send(server_, Mail::unpacked(entry.text), key_ + "." + std::to_string(entry.number), limit);
        });
  }

  void on_epoch_end(const Event& event) override {
    if (treino::outcome_of(event) != treino::Outcome::running) return;
    curves_.remember(host(), event.epoch);
    std::string subject;
    const std::string epoch = std::to_string(event.epoch + 1);
    if (every_ > 0 && (event.epoch + 1) % every_ == 0) subject = "epoch " + epoch + " of " + std::to_string(event.epochs);
    if (const std::string best = new_best(); !best.empty() && listens_to("new_best")) subject = best + " in epoch " + epoch;
    if (!subject.empty()) tell(event, subject, false);
  }

  void on_run_end(const Event& event) override {
    if (!delivery_) return;
    const bool failed =
        treino::outcome_of(event) == treino::Outcome::failed || treino::outcome_of(event) == treino::Outcome::diverged;
    if (listens_to("train_end") || (failed && listens_to("failed")) ||
        (treino::outcome_of(event) == treino::Outcome::early_stopped && listens_to("early_stop")))
      tell(event, text_of(treino::outcome_of(event)), true);
    delivery_->finish();
    delivery_.reset();
  }

  void save(treino::Writer& writer) const override {
    if (delivery_) delivery_->keep();
    writer.write(monitor_.has_value());
    if (monitor_) monitor_->save(writer);
    write_optional(writer, best_);
    curves_.save(writer);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const bool monitored = reader.get<bool>();
    const std::string name = monitored ? reader.get<std::string>() : "", mode = monitored ? reader.get<std::string>() : "";
    const auto best = treino::read_optional(reader);
    treino::LearningCurves curves = treino::LearningCurves::load(reader);
    reader.finish();
    if (monitor_ && monitored && name == monitor_->name()) best_ = best;
    curves_ = std::move(curves);
  }

 private:
  std::string spool() const {
    return (std::filesystem::path(host().run().folder) / (std::string(host().run().instance) + ".spool")).string();
  }
  bool listens_to(const char* event) const { return std::find(events_.begin(), events_.end(), event) != events_.end(); }

  /// "val_loss 0.25 is the best yet", or nothing.
  std::string new_best() {
    const std::optional<double> value = monitor_ ? monitor_->value() : std::nullopt;
    if (!value || !monitor_->better(*value, best_)) return "";
    best_ = value;
    return monitor_->name() + " " + treino::short_text(*value) + " is the best yet";
  }

  void tell(const Event& event, const std::string& subject, bool end) {
    delivery_->offer([&](News& news) {
      news.subject = "[treino] " + std::string(host().run().run) + ": " + subject;
      news.reason = end ? std::string("Ended: ") + subject + (*event.text == '\0' ? "" : std::string(", ") + event.text) : "";
      news.epoch = end ? event.epoch : event.epoch + 1;
      news.epochs = event.epochs;
      news.step = event.step;
      news.end = end;
      news.curves = curves_;
    });
  }

  /// On a thread of the delivery. Each part of a run has its own end, so that this mail belongs to no place.
  treino::Letter letter(const News& news) const {
    const Mail mail = mail_about(news, form_);
    if (news.end) return {mail.packed(), std::nullopt};
    return {mail.packed(), treino::Place{news.epoch, 0, 0}};
  }

  const Server server_;
  const std::vector<std::string> events_;
  const std::uint64_t every_;
  Form form_;
  std::optional<treino::Monitor> monitor_;
  treino::Delivery<News>::Options options_;
  std::string key_;

  std::optional<double> best_;  // of the monitor
  treino::LearningCurves curves_;
  mutable std::optional<treino::Delivery<News>> delivery_;  // last: its threads use the others
};

}  // namespace
}  // namespace email

TREINO_PLUGIN(email::Email, R"toml(
kind = "callback"
id = "email"
version = "1.0.0"
summary = "Sends mail when the run begins, ends or fails."
phase = "report"
events = ["run_begin", "epoch_end", "run_end"]
help = """
events: train_end, any end of the run or of a part of it; failed, an end as failed or diverged; early_stop, an end before the planned
epochs; new_best, each epoch in which `monitor` is better than ever before. every_n_epochs adds each n-th epoch. One mail an epoch and
one an end at most. Epochs that were cut short are not counted.
The mail: run, epoch, reason and folder; each scalar's last value and its best one with the epoch; with picture = true, in the HTML part,
the curves of the first four scalars, training in blue, validation in orange; with attach_csv = true the scalars of all epochs.
Sent over SMTP by a thread of its own. tls = "starttls" insists on encryption; certificates are verified. `user` needs password_env, the
name of an environment variable: the password is in no manifest, log, spool or run folder.
Each mail is kept in <name>.spool in the run's folder until the server has taken it; a server that does not answer is tried `retries`
times more (after 0.25 s, 0.5 s, ...), then with the next mail. At the end of the run at most `timeout` is waited (and once more where a
server takes the mail and then does not answer the goodbye); what is not delivered by then stays in the spool and is sent when the run is
resumed. A mail keeps its Message-ID, however often it is tried.
State: the monitor's best value, and the scalars of all epochs. With another monitor than the saved one the best starts from nothing.
"""

[parameters.host]
type = "string"
required = true
doc = "the mail server, such as \"smtp.example.org\""

[parameters.port]
type = "int"
min = 1
max = 65535
doc = "587 for starttls, 465 for implicit, 25 for none where it is not given"

[parameters.tls]
type = "string"
default = "starttls"
choices = ["starttls", "implicit", "none"]
doc = "starttls: encrypted after a greeting; implicit: from the first byte; none: for servers on this machine"
)toml" TREINO_CA_FILE_TOML R"toml(
[parameters.user]
type = "string"
doc = "for the login; without it there is none"

[parameters.password_env]
type = "string"
doc = "the name of the environment variable that holds the password"

[parameters.from]
type = "string"
required = true
doc = "\"a@example.org\" or \"Name <a@example.org>\""

[parameters.to]
type = "list"
items = "string"
scalar = true
required = true
doc = "the receivers"

[parameters.events]
type = "list"
items = "string"
scalar = true
choices = ["train_end", "failed", "early_stop", "new_best"]
default = ["train_end", "failed"]
doc = "when a mail is sent"

[parameters.every_n_epochs]
type = "int"
min = 1
doc = "also after each n-th epoch"

[parameters.monitor]
type = "monitor"
doc = "the metric that new_best looks at"
)toml" TREINO_MODE_TOML R"toml(
[parameters.picture]
type = "bool"
default = true
doc = "the curves as pictures in the mail"

[parameters.attach_csv]
type = "bool"
default = false
doc = "the scalars of all epochs as history.csv"
)toml" TREINO_TIMEOUT_TOML("10.0") TREINO_RETRIES_TOML("mail"))
