// remote_monitor against real web servers that are fast, slow, closing, failing, absent, and over TLS.
#include <csignal>
#include <set>
#include <thread>

#include "plugins/network/server.hpp"

using namespace treino::test;
using nlohmann::json;

namespace {

std::string monitor(const std::string& port, const std::string& more = "", const std::string& scheme = "http") {
  return "[[callback]]\nplugin = 'remote_monitor'\nroot = '" + scheme + "://127.0.0.1:" + port + "'\n" +
         (contains(more, "retries") ? "" : "retries = 0\n") + more;
}

std::vector<std::string> resume(const fs::path& run) { return {"resume", run}; }

void check_epochs(const std::vector<json>& rows, const std::vector<int>& epochs) {
  std::vector<int> found;
  for (const json& row : rows) found.push_back(row.at("epoch"));
  CHECK(found == epochs);
}

}  // namespace

TEST_CASE("a server gets Keras' form, one row per epoch, with all scalars and our headers") {
  const Server server("http_server.py", "fast");
  const Workshop workshop;
  const Finished finished =
      workshop.run(small_manifest(monitor(server.port(), "headers = { X-Lab = 'seven', X-Empty = '' }\n")), "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  const auto requests = server.noted("requests");
  REQUIRE(requests.size() == 3);
  std::set<std::string> keys;
  for (const json& request : requests) {
    CHECK(request["path"] == "/publish/epoch/end/");
    CHECK(request["headers"]["content-type"] == "application/x-www-form-urlencoded");
    CHECK(request["headers"]["x-lab"] == "seven");
    CHECK(request["headers"]["x-empty"] == "");
    CHECK(request["form"].size() == 1);
    keys.insert(request["headers"]["idempotency-key"].get<std::string>());
  }
  CHECK(keys.size() == 3);
  check_epochs(server.rows(), {0, 1, 2});
  const json last = server.rows().back();
  CHECK(last.size() == 5);
  for (const std::string name : {"loss", "accuracy", "val_loss", "val_accuracy"})
    CHECK(last[name] == json::parse(fact(workshop / "run", "/scalars/" + name)));
}

TEST_CASE("JSON, every event, NaN as null") {
  const Server server("http_server.py", "fast");
  const Workshop workshop;
  const std::string more =
      "send_as_json = true\non = ['epoch_end', 'validation_end', 'batch_end', 'run_end']\nevery_n_batches = 20\n"
      "path = '/hook?a=b'\nheaders = { Content-Type = 'application/json' }\n";
  const Finished finished =
      workshop.run(small_manifest(monitor(server.port(), more) + "[[metric]]\nplugin = 'nan_metric'\n"), "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(server.noted("requests").at(0)["path"] == "/hook?a=b");
  std::map<std::string, int> count;
  for (const json& row : server.rows()) {
    const std::string event = row.value("event", "epoch_end");
    ++count[event];
    if (event == "batch_end") {
      CHECK((row["batch"].get<int>() + 1) % 20 == 0);
      CHECK(row["step"] == row["epoch"].get<int>() * 40 + row["batch"].get<int>() + 1);
      CHECK(row["loss"].is_number());
      CHECK(row["learning_rate"] == 2e-3);
    } else {
      CHECK(row["nan_metric"].is_null());
      CHECK(row["val_loss"].is_number());
    }
  }
  CHECK(count == std::map<std::string, int>{{"epoch_end", 3}, {"validation_end", 3}, {"batch_end", 6}, {"run_end", 1}});
  const json end = server.rows().back();
  CHECK(end["outcome"] == "done");
  CHECK(end["run"] == "small");
  CHECK(end["reason"] == "all 3 epochs are done");
}

TEST_CASE(
    "a server that is slow, closes, fails, refuses, never ends or is not there costs no run, and gets each row once later") {
  const std::string mode = GENERATE("slow", "close", "500", "429", "403", "302", "endless", "absent");
  CAPTURE(mode);
  const Server server("http_server.py", mode);
  const Workshop workshop;
  const std::string port = mode == "absent" ? closed_port() : server.port();
  const Finished finished = workshop.run(small_manifest(monitor(port, "timeout = 0.3\n")), "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "warning: remote_monitor: http://127.0.0.1:" + port + "/publish/epoch/end/: "));
  CHECK(contains(finished.output, "rows are kept in " + (workshop / "run/remote_monitor.spool").string()));
  CHECK(contains(finished.output, "3 rows could not be delivered"));
  CHECK(server.rows().empty());
  if (mode == "403") CHECK(server.noted("requests").size() >= 3);  // one that is refused does not hold up the others
  if (mode == "500" || mode == "403" || mode == "302") CHECK(contains(finished.output, "answered with status " + mode));

  server.set_mode("fast");
  std::string manifest = read_text(workshop / "run/manifest.toml");
  manifest.replace(manifest.find(":" + port), port.size() + 1, ":" + server.port());
  write_text(workshop / "run/manifest.toml", manifest);
  for (int again = 0; again < 2; ++again) {
    const Finished resumed = workshop.treino(resume(workshop / "run"));
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
    CHECK(contains(resumed.output, "of an earlier part of the run, still to be sent to") == (again == 0));
    check_epochs(server.rows(), {0, 1, 2});
  }
}

TEST_CASE("a server that comes back during the run gets what it missed") {
  const Server server("http_server.py", "500");
  const Workshop workshop;
  const std::string slow = "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 5\n";
  Process process(workshop.command(
      {"run", workshop.write("run.toml", small_manifest(monitor(server.port()) + slow)), "--folder", workshop / "run"}));
  while (process.running() && server.noted("requests").empty()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  server.set_mode("fast");
  const Finished finished = process.wait();
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "takes rows again"));
  CHECK_FALSE(contains(finished.output, "could not be delivered"));
  check_epochs(server.rows(), {0, 1, 2});
}

TEST_CASE("a run killed at any moment sends each epoch once, whether the server responds or comes later") {
  const std::string mode = GENERATE("fast", "500");
  const Server server("http_server.py", mode);
  const Workshop workshop;
  const std::string more =
      monitor(server.port()) +
      "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'backup'\nsave_freq = 7\ndelete_checkpoint = false\n"
      "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 2\n";
  const std::string manifest = workshop.write("run.toml", small_manifest(more));
  for (const std::size_t requests : {1, 2, 3}) {
    Process process(workshop.command(requests == 1 ? std::vector<std::string>{"run", manifest, "--folder", workshop / "run"}
                                                   : resume(workshop / "run")));
    const std::size_t before = server.noted("requests").size();
    while (process.running() && server.noted("requests").size() <= before)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    process.send(SIGKILL);
    const Finished killed = process.wait();
    INFO(killed.output << killed.error);
    REQUIRE(fs::exists(workshop / "run"));
  }
  server.set_mode("fast");
  const Finished finished = workshop.treino(resume(workshop / "run"));
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  if (mode == "500") return check_epochs(server.rows(), {0, 1, 2});
  // Killed between the server's answer and the note of it, a row comes twice, under the same key: the server can tell.
  std::map<int, std::string> key;
  for (const json& request : server.noted("requests")) {
    const json row = json::parse(request["form"]["data"].get<std::string>());
    const std::string own = request["headers"]["idempotency-key"];
    CHECK(key.emplace(row["epoch"], own).first->second == own);
  }
  CHECK(key.size() == 3);
}

TEST_CASE("over TLS a certificate that is not trusted, or of another name, is refused, and a good one taken") {
  const TemporaryFolder folder;
  const Certificate good(folder.path(), "IP:127.0.0.1"), other(folder.path(), "DNS:example.org");
  const Server server("http_server.py", "fast", {good.certificate, good.key}),
      stranger("http_server.py", "fast", {other.certificate, other.key});
  const Workshop workshop;
  const auto run = [&](const std::string& name, const Server& who, const std::string& authority) {
    const Finished finished = workshop.run(small_manifest(monitor(who.port(), authority, "https")), name);
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kDone);
    return finished.output;
  };
  const std::string trust_good = "ca_file = '" + good.certificate.string() + "'\n",
                    trust_other = "ca_file = '" + other.certificate.string() + "'\n";
  CHECK(contains(run("unknown", server, ""), "SSL peer certificate or SSH remote key was not OK"));
  CHECK(server.rows().empty());
  CHECK(contains(run("name", stranger, trust_other), "SSL peer certificate or SSH remote key was not OK"));
  CHECK(stranger.rows().empty());
  CHECK_FALSE(contains(run("good", server, trust_good), "warning"));
  check_epochs(server.rows(), {0, 1, 2});
}

TEST_CASE("a secret of the environment reaches the server, and no log, spool or file of the run") {
  const std::string mode = GENERATE("fast", "403", "close");
  const Server server("http_server.py", mode);
  const Workshop workshop;
  const std::string secret = "s3cr3t-of-the-lab";
  const std::string root = "root = 'http://lab:${MONITOR_TOKEN}@127.0.0.1:" + server.port() + "'\n";
  const std::string more = "[[callback]]\nplugin = 'remote_monitor'\nretries = 0\n" + root +
                           "path = '/hook?token=${MONITOR_TOKEN}'\nheaders = { Authorization = 'Bearer ${MONITOR_TOKEN}' }\n";
  ProcessOptions command =
      workshop.command({"run", workshop.write("run.toml", small_manifest(more)), "--folder", workshop / "run"});
  command.environment["MONITOR_TOKEN"] = secret;
  const Finished finished = run_process(command);
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  for (const json& request : server.noted("requests")) {
    CHECK(request["headers"]["authorization"] == "Bearer " + secret);
    CHECK(request["path"] == "/hook?token=" + secret);
  }
  CHECK(server.noted("requests").size() >= 1);
  CHECK_FALSE(contains(finished.output + finished.error, secret));
  CHECK_FALSE(contains(everything(workshop / "run"), secret));
  CHECK(contains(everything(workshop / "run"), "Bearer ${MONITOR_TOKEN}"));
}

TEST_CASE("where the spool cannot be, on_error decides") {
  const Server server("http_server.py", "fast");
  const Workshop workshop;
  for (const std::string on_error : {"stop", "disable"}) {
    REQUIRE(workshop.run(small_manifest(monitor(server.port(), "on_error = '" + on_error + "'\n")), on_error).exit_code == kDone);
    const fs::path spool = workshop / (on_error + "/remote_monitor.spool");
    fs::remove(spool);
    fs::create_directory(spool);
    const Finished resumed = workshop.treino(resume(workshop / on_error));
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == (on_error == "stop" ? kFailed : kDone));
    CHECK(contains(resumed.output + resumed.error, spool.string() + ": expected a file, found a folder"));
  }
}
