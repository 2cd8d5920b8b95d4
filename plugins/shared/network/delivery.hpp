// What a callback sends to a server: composed and kept on one thread, sent on another, tried again, kept in a spool while nobody
// answers and sent later. A dead server costs the run nothing but a bounded wait at its end.
#pragma once
#include <atomic>
#include <treino/kit/worker.hpp>

#include "shared/files/spool.hpp"

namespace treino {
inline namespace sdk0 {

/// What came of one attempt to send.
struct Attempt {
  enum Outcome { delivered, refused, unreachable };  // refused: this one, others may do better; unreachable: nobody takes any now
  Outcome outcome = delivered;
  std::string reason;  // without secrets
  bool again = true;   // unreachable: whether trying once more at once may help
};

/// 16 hexadecimal digits that are this run's and no other's, also after it was resumed: of its folder, and when that was made.
/// With an entry's number after them they name what is sent, so that who gets it twice can tell.
inline std::string run_key(const std::filesystem::path& folder) {
  struct stat facts {};
  ::stat((folder / "manifest.toml").c_str(), &facts);
  const std::string text =
      folder.string() + " " + std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec);
  std::uint64_t value = detail::hash(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

/// Item: what the training thread hands over (see Worker).
template <class Item>
class Delivery {
 public:
  using Milliseconds = std::chrono::milliseconds;
  struct Options {
    std::string to;            // for messages: "http://localhost:9000/publish"
    std::string items;         // for messages: "rows", whose last letter makes it many
    std::size_t queue = 1000;  // between the training thread and the spool
    std::uint64_t retries = 2;
    Milliseconds timeout{5000};  // of one attempt, and of the wait at the end
  };
  using Compose = std::function<Letter(const Item& item)>;                             // on a worker's thread
  using Send = std::function<Attempt(const Spool::Entry& entry, Milliseconds limit)>;  // on another one's, always the same

  /// In on_run_begin. Throws where the spool cannot be opened. What an earlier part of the run has left is sent at once.
  Delivery(const Host& host, Options options, const std::string& spool, Compose compose, Send send)
      : host_(host),
        options_(std::move(options)),
        compose_(std::move(compose)),
        send_(std::move(send)),
        spool_(spool),
        sender_(host, {1, Milliseconds(0), options_.items}, [this](Nudge*, Nudge*) { deliver(); }),
        keeper_(host, {options_.queue, Milliseconds(50), options_.items},
                [this](Item* first, Item* last) { keep(first, last); }) {
    if (spool_.size() == 0) return;
    host_.info("of an earlier part of the run, still to be sent to " + options_.to + ": " + counted(spool_.size()));
    nudge();
  }
  /// Of an instance that was put aside: what has not been sent stays in the spool.
  ~Delivery() {
    keeper_.close();
    sender_.close(Milliseconds(0));
  }

  /// Never waits. fill(item) sets an item's slot.
  template <class Fill>
  void offer(Fill&& fill) {
    keeper_.offer(fill);
  }

  /// In save(): everything that was offered is in the spool, so that a state is never ahead of it.
  void keep() { keeper_.wait(); }

  /// In on_run_end: waits for at most the timeout, keeps the rest. Throws where something neither was sent nor could be kept.
  void finish() {
    keeper_.close();
    nudge();
    sender_.close(options_.timeout);
    for (const std::string& failure : {keeper_.failure(), sender_.failure()})
      if (!failure.empty()) host_.error(failure);
    std::string fault;
    try {
      spool_.tidy();
    } catch (const std::exception& failure) {
      fault = failure.what();
    }
    if (const std::size_t lost = spool_.unkept(); lost > 0)
      throw std::runtime_error(counted(lost) + " for " + options_.to + " could neither be delivered nor kept: " + fault);
    if (spool_.size() > 0)
      host_.warn(counted(spool_.size()) + " could not be delivered to " + options_.to + " (" + reason_ + "): kept in " +
                 spool_.path() + " and sent when the run is resumed");
  }

 private:
  struct Nudge {};
  /// "1 row", "2 rows".
  std::string counted(std::size_t count) const {
    return std::to_string(count) + " " + (count == 1 ? options_.items.substr(0, options_.items.size() - 1) : options_.items);
  }
  void nudge() {
    sender_.try_offer([](Nudge&) {});
  }

  void keep(Item* first, Item* last) {
    std::vector<Letter> letters;
    for (Item* item = first; item != last; ++item) letters.push_back(compose_(*item));
    try {
      spool_.add(letters);
    } catch (const std::exception& failure) {
      if (!std::exchange(unkept_said_, true))
        host_.error(std::string(failure.what()) + "; until they are delivered, " + options_.items +
                    " are in memory alone (said once)");
    }
    nudge();
    if (spool_.size() >= options_.queue && !failing_ && !std::exchange(late_said_, true))
      host_.warn("falls behind: " + std::to_string(spool_.size()) + " " + options_.items + " wait for " + options_.to +
                 " (said once)");
  }

  /// All that waits, the oldest first.
  void deliver() {
    for (auto entry = spool_.next(); entry; entry = spool_.next(entry->number + 1)) {
      const Attempt attempt = try_to_send(*entry);
      if (attempt.outcome == Attempt::delivered) {
        mark(entry->number);
        if (failing_.exchange(false)) host_.info(options_.to + " takes " + options_.items + " again");
        continue;
      }
      if (attempt.reason.empty()) return;  // the run has ended
      reason_ = attempt.reason;
      if (!failing_.exchange(true))
        host_.warn(options_.to + ": " + attempt.reason + "; " + options_.items + " are kept in " + spool_.path() +
                   " and sent later");
      if (attempt.outcome == Attempt::unreachable) return;
    }
  }

  void mark(std::uint64_t number) {
    try {
      spool_.delivered(number);
    } catch (const std::exception& failure) {  // finish() writes it again
      if (!std::exchange(unmarked_said_, true))
        host_.error(std::string(failure.what()) + "; what is delivered now is delivered twice if the run is killed (said once)");
    }
  }

  Attempt try_to_send(const Spool::Entry& entry) {
    const std::uint64_t retries = failing_ ? 0 : options_.retries;
    Attempt attempt{Attempt::unreachable, ""};
    for (std::uint64_t again = 0;; ++again) {
      const Milliseconds limit = std::min(options_.timeout, sender_.left());
      if (limit.count() <= 0) return attempt;
      attempt = send_(entry, limit);
      if (attempt.outcome != Attempt::unreachable || !attempt.again || again == retries) return attempt;
      if (!sender_.pause(Milliseconds(250 << std::min<std::uint64_t>(again, 5)))) return attempt;
    }
  }

  const Host host_;
  const Options options_;
  const Compose compose_;
  const Send send_;
  Spool spool_;
  std::atomic<bool> failing_{false};
  bool late_said_ = false, unkept_said_ = false;  // the keeper's
  bool unmarked_said_ = false;                    // the sender's
  std::string reason_ = "no time was left";       // the sender's, then finish()'s
  Worker<Nudge> sender_;
  Worker<Item> keeper_;  // ends before the sender, which it nudges
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_CA_FILE_TOML).
#define TREINO_CA_FILE_TOML \
  "\n"                      \
  "[parameters.ca_file]\n"  \
  "type = \"input\"\n"      \
  "doc = \"certificates (PEM) to trust instead of the system's\"\n"
#define TREINO_TIMEOUT_TOML(seconds) \
  "\n"                               \
  "[parameters.timeout]\n"           \
  "type = \"float\"\n"               \
  "default = " seconds               \
  "\n"                               \
  "above = 0.0\n"                    \
  "max = 86400.0\n"                  \
  "doc = \"seconds, for one attempt and for the wait at the end of the run\"\n"
#define TREINO_RETRIES_TOML(item) \
  "\n"                            \
  "[parameters.retries]\n"        \
  "type = \"int\"\n"              \
  "default = 2\n"                 \
  "min = 0\n"                     \
  "doc = \"further attempts at once, before the " item " waits for the next one\"\n"
