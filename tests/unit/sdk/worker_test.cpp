// Workers, spools and deliveries directly: their threads are met at chosen moments, which no manifest could do.
#include "shared/network/delivery.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

using std::chrono::milliseconds;
using treino::Attempt;
using treino::Spool;
using treino::test::read_text;
using treino::test::TemporaryFolder;
using treino::test::write_text;

namespace {

/// A host with nothing but a log.
struct Listener {
  struct Handle {
    treino_host host;
    Listener* self;
  };
  Handle handle{{sizeof(treino_host), TREINO_ABI_MINOR, &service}, this};
  std::mutex mutex;
  std::vector<std::string> heard;

  static const void* service(const treino_host*, const char* name) {
    static const treino_log log{sizeof(treino_log), 0, [](const treino_host* host, std::uint32_t, const char* text) {
                                  Listener& self = *reinterpret_cast<const Handle*>(host)->self;
                                  const std::lock_guard<std::mutex> lock(self.mutex);
                                  self.heard.emplace_back(text);
                                }};
    return std::string(name) == TREINO_LOG_SERVICE ? &log : nullptr;
  }
  treino::Host host() const { return treino::Host(&handle.host); }
  bool heard_of(const std::string& part) {
    const std::lock_guard<std::mutex> lock(mutex);
    return std::any_of(heard.begin(), heard.end(), [&](const std::string& line) { return line.find(part) != line.npos; });
  }
};

/// A door that work waits behind.
class Gate {
 public:
  void open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// Called by the work.
  void pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void wait_until_reached() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return reached_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false, reached_ = false;
};

/// Whether the text was taken.
bool add(Spool& spool, const std::string& text, const std::optional<treino::Place>& place = std::nullopt) {
  return spool.add({{text, place}}) == 1;
}

auto set(int value) {
  return [value](int& slot) { slot = value; };
}

}  // namespace

TEST_CASE("a worker does everything in order, and wait() waits for all of it") {
  Listener listener;
  std::vector<int> done;
  treino::Worker<int> worker(listener.host(), {}, [&](int* first, int* last) { done.insert(done.end(), first, last); });
  std::vector<int> expected;
  for (int i = 0; i < 500; ++i) {
    CHECK(worker.offer(set(i)));
    expected.push_back(i);
  }
  worker.wait();
  CHECK(done == expected);
  worker.wait();
  CHECK(worker.close() == 0);
  CHECK_FALSE(worker.offer(set(1)));
  CHECK_FALSE(worker.put(set(1)));
  CHECK_FALSE(worker.replace(set(1)));
  CHECK(done == expected);
}

TEST_CASE("a lingering worker is hurried by wait() and by the end") {
  Listener listener;
  std::vector<int> done;
  treino::Worker<int>::Options options;
  options.linger = std::chrono::hours(1);
  treino::Worker<int> worker(listener.host(), options, [&](int* first, int* last) { done.insert(done.end(), first, last); });
  worker.offer(set(1));
  worker.wait();
  CHECK(done == std::vector<int>{1});
  worker.offer(set(2));
  worker.close();
  CHECK(done == std::vector<int>{1, 2});
}

TEST_CASE("flush() waits for what was handed over, begins what is done after a rest, and does not wait for that") {
  Listener listener;
  Gate gate;
  std::vector<int> done;
  int rests = 0;
  treino::Worker<int>::Options options;
  options.rest = std::chrono::hours(1);
  treino::Worker<int> worker(listener.host(), options, [&](int* first, int* last) {
    done.insert(done.end(), first, last);
    if (first != last) return;
    ++rests;
    gate.pass();
  });
  worker.flush();  // nothing was done since it rested
  CHECK(worker.put(set(1)));
  worker.flush();
  CHECK(done == std::vector<int>{1});
  gate.wait_until_reached();
  CHECK(rests == 1);
  worker.flush();  // at it still: nothing more to be begun or waited for
  CHECK(worker.put(set(2)));
  gate.open();
  worker.wait();
  CHECK(done == std::vector<int>{1, 2});
  CHECK(rests == 1);
  worker.flush();
  worker.wait();
  CHECK(rests == 2);
  worker.flush();
  worker.close();
  CHECK(rests == 2);
}

TEST_CASE("of several workers that are flushed in turn all are at their rest when the last one is") {
  Listener listener;
  Gate gates[3];
  treino::Worker<int>::Options options;
  options.rest = std::chrono::hours(1);
  std::vector<std::unique_ptr<treino::Worker<int>>> workers;
  for (Gate& gate : gates)
    workers.push_back(std::make_unique<treino::Worker<int>>(listener.host(), options, [&](int* first, int* last) {
      if (first == last) gate.pass();
    }));
  for (auto& worker : workers) CHECK(worker->put(set(1)));
  for (auto& worker : workers) worker->flush();
  for (Gate& gate : gates) gate.wait_until_reached();  // none of them has come to its end
  for (Gate& gate : gates) gate.open();
  for (auto& worker : workers) worker->wait();
}

TEST_CASE("flush() and finish() do the waiting work themselves, and never while the worker does it") {
  Listener listener;
  Gate gate;
  std::vector<std::pair<int, bool>> done;  // item, and whether the one who hands over did it
  int rests = 0;
  treino::Worker<int>::Options options;
  options.linger = options.rest = std::chrono::hours(1);
  options.capacity = 4;
  const std::thread::id here = std::this_thread::get_id();
  treino::Worker<int> worker(listener.host(), options, [&](int* first, int* last) {
    if (first == last) ++rests;
    for (; first != last; ++first) {
      if (*first == 2) gate.pass();
      done.emplace_back(*first, std::this_thread::get_id() == here);
    }
  });
  CHECK(worker.put(set(1)));
  worker.flush();
  CHECK(done == std::vector<std::pair<int, bool>>{{1, true}});
  worker.wait();
  CHECK(rests == 1);
  CHECK(worker.put(set(2)));
  CHECK(worker.put(set(2)));  // half of the queue: the worker begins
  gate.wait_until_reached();
  CHECK(worker.put(set(3)));
  gate.open();
  worker.flush();
  REQUIRE(done.size() == 4);
  CHECK(done[1] == std::pair<int, bool>{2, false});
  CHECK(done[2] == std::pair<int, bool>{2, false});
  CHECK(done[3].first == 3);  // by whoever was sooner
  CHECK(worker.put(set(4)));
  worker.finish();
  CHECK(done.back().first == 4);
  CHECK(rests == 2);  // what flush() had begun
  CHECK_FALSE(worker.put(set(5)));
  worker.flush();
  worker.finish();
  worker.wait();
  CHECK(worker.close() == 0);
  CHECK(done.size() == 5);
}

TEST_CASE("what flush() has begun is done before finish() returns, whenever the worker wakes") {
  Listener listener;
  treino::Worker<int>::Options options;
  options.linger = milliseconds(1);
  options.rest = std::chrono::hours(1);
  for (int round = 0; round < 500; ++round) {
    int rests = 0, sum = 0;
    treino::Worker<int> worker(listener.host(), options, [&](int* first, int* last) {
      if (first == last) ++rests;
      for (; first != last; ++first) sum += *first;
    });
    CHECK(worker.put(set(1)));
    worker.flush();
    worker.finish();
    REQUIRE(rests == 1);
    REQUIRE(sum == 1);
  }
}

TEST_CASE("a full queue drops, counts, and says so once and at the end; offer() never waits") {
  Listener listener;
  Gate gate;
  std::vector<int> done;
  treino::Worker<int>::Options options;
  options.capacity = 2;
  options.items = "letters";
  treino::Worker<int> worker(listener.host(), options, [&](int* first, int* last) {
    gate.pass();
    done.insert(done.end(), first, last);
  });
  worker.offer(set(0));
  gate.wait_until_reached();
  CHECK(worker.offer(set(1)));
  CHECK(worker.offer(set(2)));
  CHECK_FALSE(worker.offer(set(3)));
  CHECK_FALSE(worker.offer(set(4)));
  CHECK_FALSE(worker.try_offer(set(5)));
  CHECK(worker.dropped() == 2);
  CHECK(listener.heard.size() == 1);
  CHECK(listener.heard_of("falls behind: 2 letters wait"));
  CHECK(worker.replace(set(6)));
  gate.open();
  worker.close();
  CHECK(done == std::vector<int>{0, 1, 6});
  CHECK(listener.heard.size() == 2);
  CHECK(listener.heard_of("2 letters were dropped"));
}

TEST_CASE("put() waits for room and loses nothing") {
  Listener listener;
  int sum = 0;
  treino::Worker<int>::Options options;
  options.capacity = 1;
  treino::Worker<int> worker(listener.host(), options, [&](int* first, int* last) {
    for (; first != last; ++first) sum += *first;
  });
  for (int i = 1; i <= 100; ++i) CHECK(worker.put(set(i)));
  worker.close();
  CHECK(sum == 5050);
}

TEST_CASE("the first exception of the work is kept, and the worker continues") {
  Listener listener;
  std::vector<int> done;
  treino::Worker<int> worker(listener.host(), {}, [&](int* first, int* last) {
    for (; first != last; ++first) {
      if (*first < 0) throw std::runtime_error("cannot do " + std::to_string(*first));
      if (*first == 0) throw 0;
      done.push_back(*first);
    }
  });
  for (const int item : {-1, -2, 3}) {
    worker.offer(set(item));
    worker.wait();
  }
  CHECK(worker.failure() == "cannot do -1");
  CHECK(worker.failure().empty());
  worker.offer(set(0));
  worker.wait();
  CHECK(worker.failure() == "threw something that is not a std::exception");
  CHECK(done == std::vector<int>{3});
}

TEST_CASE("at the end a worker has the time that it is given, and its pauses end with that") {
  Listener listener;
  Gate gate;
  bool in_time = true;
  treino::Worker<int> worker(listener.host(), {}, [&](int*, int*) {
    gate.pass();
    in_time = worker.pause(std::chrono::hours(1));
  });
  worker.offer(set(1));
  gate.wait_until_reached();
  worker.offer(set(2));
  CHECK(worker.left() == worker.forever());
  gate.open();
  CHECK(worker.close(milliseconds(20)) == 1);  // the second was left undone
  CHECK_FALSE(in_time);
  CHECK(worker.left() == milliseconds(0));
  CHECK(worker.close() == 0);
}

TEST_CASE("a spool keeps the order, and what is delivered is gone for good") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.spool";
  {
    Spool spool(path);
    CHECK(spool.size() == 0);
    CHECK(add(spool, "one", treino::Place{0, 1, 0}));
    CHECK(add(spool, std::string("two\n\0", 5), treino::Place{0, 2, 0}));
    CHECK(add(spool, "end"));
    CHECK(spool.next()->text == "one");
    spool.delivered(0);
    CHECK(spool.next()->number == 1);
  }
  for (int again = 0; again < 2; ++again) {
    Spool spool(path);
    REQUIRE(spool.size() == 2);
    CHECK(spool.next()->text == std::string("two\n\0", 5));
    CHECK(spool.next(2)->text == "end");
    CHECK_FALSE(spool.next(3));
    CHECK_FALSE(add(spool, "one", treino::Place{0, 1, 0}));
    CHECK_FALSE(add(spool, "two", treino::Place{0, 2, 0}));
    CHECK(spool.size() == 2);
  }
  Spool spool(path);
  spool.delivered(1);
  spool.delivered(2);
  spool.tidy();
  CHECK_FALSE(spool.next());
  CHECK_FALSE(add(spool, "two", treino::Place{0, 2, 0}));
  CHECK(add(spool, "three", treino::Place{1, 0, 0}));
  CHECK(spool.next()->number == 3);
}

TEST_CASE("a spool that was cut off anywhere holds what was whole") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.spool";
  std::vector<std::uintmax_t> sizes;
  {
    Spool spool(path);
    for (const std::uint64_t i : {0, 1, 2}) {
      add(spool, "text " + std::to_string(i), treino::Place{i, 0, 0});
      sizes.push_back(std::filesystem::file_size(path));
    }
  }
  const std::string whole = read_text(path);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_text(path, whole.substr(0, size));
    Spool spool(path);
    const auto texts = static_cast<std::size_t>(std::count_if(sizes.begin(), sizes.end(), [&](auto end) { return end <= size; }));
    REQUIRE(spool.size() == texts);
    CHECK(add(spool, "text again", treino::Place{texts, 0, 0}));
    CHECK_FALSE(add(spool, "known", treino::Place{texts, 0, 0}));
    CHECK(Spool(path).size() == texts + 1);
  }
}

TEST_CASE("a damaged spool gives what stands before the damage and reads no byte after its end") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.spool";
  {
    Spool spool(path);
    for (const std::uint64_t i : {0, 1, 2}) add(spool, "text", treino::Place{i, 0, 0});
  }
  const std::string whole = read_text(path);
  for (std::size_t at = 8; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    write_text(path, damaged);
    CHECK(Spool(path).size() <= 2);
  }
}

TEST_CASE("a file that is not a spool is left alone") {
  const TemporaryFolder folder;
  for (const std::string text : {"x", "a table of somebody else's", "TrSpool2"}) {
    write_text(folder / "a.spool", text);
    CHECK_THROWS_WITH(Spool(folder / "a.spool"), ContainsSubstring("holds something else than undelivered texts"));
    CHECK(read_text(folder / "a.spool") == text);
  }
  CHECK_THROWS_WITH(Spool(folder / "nowhere/a.spool"), ContainsSubstring("nowhere/a.spool: No such file or directory"));
}

namespace {

/// A server that one can switch on and off, and a delivery to it.
struct Office {
  using Delivery = treino::Delivery<int>;
  Listener listener;
  std::mutex mutex;
  std::vector<std::string> taken;
  std::atomic<int> answer{Attempt::unreachable};
  std::atomic<int> attempts{0};
  TemporaryFolder folder;

  std::unique_ptr<Delivery> open(std::uint64_t retries = 0) {
    Delivery::Options options{"the office", "letters", 10, retries, milliseconds(10000)};
    return std::make_unique<Delivery>(
        listener.host(), options, folder / "a.spool",
        [](const int& number) {
          return treino::Letter{"letter " + std::to_string(number), treino::Place{static_cast<std::uint64_t>(number), 0, 0}};
        },
        [this](const Spool::Entry& entry, milliseconds) {
          ++attempts;
          const auto outcome = static_cast<Attempt::Outcome>(answer.load());
          const std::lock_guard<std::mutex> lock(mutex);
          if (outcome == Attempt::delivered) taken.push_back(entry.text);
          return Attempt{outcome, outcome == Attempt::delivered ? "" : "closed on Mondays"};
        });
  }
};

}  // namespace

TEST_CASE("letters that are not accepted are kept and sent by the run's next part, each once, also when a part is repeated") {
  Office office;
  auto first = office.open();
  for (const int i : {0, 1, 2}) first->offer(set(i));
  first->keep();
  first->finish();
  CHECK(office.taken.empty());
  CHECK(office.listener.heard_of("the office: closed on Mondays; letters are kept in"));
  CHECK(office.listener.heard_of("3 letters could not be delivered to the office (closed on Mondays)"));

  office.answer = Attempt::delivered;
  auto second = office.open();
  for (const int i : {1, 2, 3}) second->offer(set(i));
  second->finish();
  CHECK(office.taken == std::vector<std::string>{"letter 0", "letter 1", "letter 2", "letter 3"});
  CHECK(Spool(office.folder / "a.spool").size() == 0);
  CHECK(office.listener.heard_of("of an earlier part of the run, still to be sent to the office: 3 letters"));
}

TEST_CASE("a letter that is refused does not hold up the others, and is kept") {
  Office office;
  office.answer = Attempt::refused;
  auto delivery = office.open(5);
  delivery->offer(set(0));
  delivery->finish();
  CHECK(office.attempts <= 2);  // when it came, and at the end: no retries
  CHECK(Spool(office.folder / "a.spool").size() == 1);
}

TEST_CASE("an instance that is destroyed without its end keeps what it has") {
  Office office;
  office.open()->offer(set(7));
  CHECK(Spool(office.folder / "a.spool").next()->text == "letter 7");
}
