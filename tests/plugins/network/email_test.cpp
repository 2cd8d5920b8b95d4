// email against a real mail server, with STARTTLS and a login, implicit TLS, and none.
#include <csignal>
#include <thread>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "plugins/network/server.hpp"

using namespace treino::test;
using nlohmann::json;

namespace {

const std::string password = "correct horse battery staple";

/// A server with a certificate and a login, and the manifest for it.
struct Office {
  TemporaryFolder folder;
  Certificate certificate{folder.path(), "IP:127.0.0.1"};
  Server server;
  Workshop workshop;

  explicit Office(const std::string& kind = "starttls", const std::string& mode = "fast")
      : server("smtp_server.py", mode, {kind, certificate.certificate, certificate.key}, {{"LOGIN_PASSWORD", password}}) {}

  std::string manifest(const std::string& more, const std::string& name = "") const {
    const std::string text =
        small_manifest("[[callback]]\nplugin = 'email'\nhost = '127.0.0.1'\nport = " + server.port() +
                       "\nuser = 'treino'\npassword_env = 'MAIL_PASSWORD'\nfrom = 'Treino <runs@example.org>'\n"
                       "retries = 0\nca_file = '" +
                       certificate.certificate.string() + "'\n" + more);
    return name.empty() ? text : std::string(text).replace(text.find("name = 'small'"), 14, "name = \"" + name + "\"");
  }
  ProcessOptions command(std::vector<std::string> arguments, const std::string& secret = password) const {
    ProcessOptions options = workshop.command(std::move(arguments));
    options.environment["MAIL_PASSWORD"] = secret;
    return options;
  }
  Finished run(const std::string& text, const std::string& secret = password) const {
    return run_process(command({"run", workshop.write("run.toml", text), "--folder", workshop / "run"}, secret));
  }
};

std::vector<std::string> subjects(const Server& server) {
  std::vector<std::string> found;
  for (const json& mail : server.noted("mails"))
    if (mail["mode"] == "fast") found.push_back(mail["headers"]["subject"]);
  return found;
}

const json& part(const json& mail, const std::string& type) {
  for (const json& part : mail["parts"])
    if (part["type"] == type) return part;
  throw std::runtime_error("no part of type " + type);
}

}  // namespace

TEST_CASE("the end of a run is mailed over STARTTLS with a login: table, picture, CSV, proper headers, no secret anywhere") {
  const Office office;
  const Finished finished =
      office.run(office.manifest("to = ['you@example.org', 'Group of Zoë <they@example.org>']\nattach_csv = true\n"));
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  const auto mails = office.server.noted("mails");
  REQUIRE(mails.size() == 1);
  const json& mail = mails[0];
  CHECK(mail["tls"] == true);
  CHECK(mail["user"] == "treino");
  CHECK(mail["sender"] == "runs@example.org");
  CHECK(mail["receivers"] == json({"you@example.org", "they@example.org"}));
  CHECK(mail["defects"].empty());
  const json& headers = mail["headers"];
  CHECK(headers["subject"] == "[treino] small: done");
  CHECK(headers["from"] == "Treino <runs@example.org>");
  CHECK(headers["to"] == "you@example.org, Group of Zoë <they@example.org>");
  CHECK(contains(headers["message-id"], "@example.org>"));
  CHECK(contains(headers["date"], "+0000"));
  CHECK(headers["mime-version"] == "1.0");

  std::vector<std::string> types;
  for (const json& one : mail["parts"]) types.push_back(one["type"]);
  CHECK(types == std::vector<std::string>{"multipart/mixed", "multipart/alternative", "text/plain", "multipart/related",
                                          "text/html", "image/png", "image/png", "text/csv"});
  const std::string text = part(mail, "text/plain")["text"], html = part(mail, "text/html")["text"];
  CHECK(contains(text, "Run small: epoch 3 of 3, 120 steps\r\nEnded: done, all 3 epochs are done\r\n"));
  CHECK(contains(text, "Folder: " + (office.workshop / "run").string()));
  for (const std::string name : {"loss", "accuracy", "val_loss", "val_accuracy"}) {
    const std::string value = treino::short_text(std::stod(fact(office.workshop / "run", "/scalars/" + name)));
    CHECK(contains(text, name + " "));
    CHECK(contains(text, value));
    CHECK(contains(html, "<td>" + name + "</td><td>" + value));
  }
  for (const json& one : mail["parts"])
    if (one["type"] == "image/png") {
      CHECK(contains(html, "cid:" + one["id"].get<std::string>().substr(1, one["id"].get<std::string>().size() - 2)));
      CHECK(one["disposition"] == "inline");
      // The signature of PNG, the chunk IHDR, 480 x 180.
      CHECK(one["head"] == "89504e470d0a1a0a0000000d49484452000001e0000000b4");
    }
  const json csv = part(mail, "text/csv");
  CHECK(csv["filename"] == "history.csv");
  CHECK(lines(csv["text"]).size() == 4);
  CHECK(lines(csv["text"])[0] == "epoch,loss,accuracy,val_loss,val_accuracy\r");
  // As numbers: the summary's JSON may write a digit more of the same double.
  const std::string last = lines(csv["text"])[3];
  CHECK(last.starts_with("2,"));
  CHECK(std::stod(last.substr(2)) == std::stod(fact(office.workshop / "run", "/scalars/loss")));

  CHECK_FALSE(contains(finished.output + finished.error, password));
  CHECK_FALSE(contains(everything(office.workshop / "run"), password));
}

TEST_CASE("a wrong password is tried once per attempt and reported without it; the mail waits for the right one") {
  const Office office;
  const Finished finished = office.run(office.manifest("to = 'you@example.org'\n"), "hunter2-is-wrong");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "warning: email: 127.0.0.1:" + office.server.port() + ": Login denied"));
  CHECK(contains(finished.output, "1 mail could not be delivered"));
  CHECK(office.server.noted("mails").empty());
  CHECK_FALSE(contains(finished.output + everything(office.workshop / "run"), "hunter2"));

  const Finished resumed = run_process(office.command({"resume", office.workshop / "run"}));
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
  CHECK(subjects(office.server) ==
        std::vector<std::string>{"[treino] small: done", "[treino] small: done"});  // the end of each part
  const auto mails = office.server.noted("mails");
  CHECK(mails[0]["headers"]["message-id"] != mails[1]["headers"]["message-id"]);
}

TEST_CASE(
    "a mail server that is slow, refuses or is not there costs no run, and gets the mail once later, under the same Message-ID") {
  const std::string mode = GENERATE("slow", "451", "554", "absent");
  CAPTURE(mode);
  const Office office("starttls", mode == "absent" ? "fast" : mode);
  std::string manifest = office.manifest("to = 'you@example.org'\ntimeout = 0.5\nevents = []\nevery_n_epochs = 3\n");
  const std::string port = closed_port();
  if (mode == "absent") manifest.replace(manifest.find("port = "), 7 + office.server.port().size(), "port = " + port);
  const Finished finished = office.run(manifest);
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "1 mail could not be delivered"));
  if (mode == "451" || mode == "554") CHECK(contains(finished.output, "answered with " + mode));

  office.server.set_mode("fast");
  if (mode == "absent") {
    std::string resolved = read_text(office.workshop / "run/manifest.toml");
    resolved.replace(resolved.find(port), port.size(), office.server.port());
    write_text(office.workshop / "run/manifest.toml", resolved);
  }
  for (int again = 0; again < 2; ++again) {
    const Finished resumed = run_process(office.command({"resume", office.workshop / "run"}));
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
    CHECK(subjects(office.server) == std::vector<std::string>{"[treino] small: epoch 3 of 3"});
  }
  const auto mails = office.server.noted("mails");
  for (const json& mail : mails) CHECK(mail["headers"]["message-id"] == mails[0]["headers"]["message-id"]);
}

TEST_CASE("mails are encrypted from the first byte with tls = implicit, and a certificate that is not trusted is refused") {
  const Office office("implicit");
  std::string manifest = office.manifest("to = 'you@example.org'\ntls = 'implicit'\npicture = false\n");
  CHECK(office.run(manifest).exit_code == kDone);
  REQUIRE(office.server.noted("mails").size() == 1);
  CHECK(office.server.noted("mails")[0]["tls"] == true);
  CHECK(office.server.noted("mails")[0]["parts"].size() == 5);  // no picture, no CSV

  const std::size_t trust = manifest.find("ca_file");
  manifest.erase(trust, manifest.find('\n', trust) + 1 - trust);
  fs::remove_all(office.workshop / "run");
  const Finished finished = office.run(manifest);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "SSL peer certificate or SSH remote key was not OK"));
  CHECK(office.server.noted("mails").size() == 1);
}

TEST_CASE("a server without STARTTLS gets no mail where encryption is asked for, and one where it is not") {
  const Server server("smtp_server.py", "fast", {"open"});
  const Workshop workshop;
  const std::string more = "[[callback]]\nplugin = 'email'\nhost = '127.0.0.1'\nport = " + server.port() +
                           "\nfrom = 'runs@example.org'\nto = 'you@example.org'\nretries = 0\n";
  const Finished refused = workshop.run(small_manifest(more), "encrypted");
  CHECK(refused.exit_code == kDone);
  CHECK(contains(refused.output, "1 mail could not be delivered"));
  CHECK(server.noted("mails").empty());
  CHECK(workshop.run(small_manifest(more + "tls = 'none'\n"), "open").exit_code == kDone);
  CHECK(subjects(server) == std::vector<std::string>{"[treino] small: done"});
}

TEST_CASE("best values, every few epochs, an early stop, a failure, an interruption: each has its mail") {
  const Server server("smtp_server.py", "fast", {"open"});
  const Workshop workshop;
  const std::string email = "[[callback]]\nplugin = 'email'\nhost = '127.0.0.1'\ntls = 'none'\nport = " + server.port() +
                            "\nfrom = 'runs@example.org'\nto = 'you@example.org'\n";
  CHECK(workshop.run(small_manifest(email + "events = 'new_best'\nmonitor = 'loss'\nevery_n_epochs = 2\n"), "best").exit_code ==
        kDone);
  const auto best = subjects(server);
  REQUIRE(best.size() == 3);  // the second epoch's two reasons make one mail
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(contains(best[i], "[treino] small: loss "));
    CHECK(contains(best[i], "is the best yet in epoch " + std::to_string(i + 1)));
  }
  const std::string stop = "[[callback]]\nplugin = 'early_stopping'\nmonitor = 'loss'\nstopping_threshold = 100.0\n";
  CHECK(workshop.run(small_manifest(email + "events = 'early_stop'\n" + stop), "early").exit_code == kEarlyStopped);
  CHECK(subjects(server).size() == 4);
  CHECK(subjects(server).back() == "[treino] small: early stopped");

  const std::string thrower = "[[callback]]\nplugin = 'thrower'\nevent = 'epoch_end'\n";
  CHECK(workshop.run(small_manifest(email + thrower), "failed").exit_code == kFailed);
  CHECK(subjects(server).size() == 5);
  CHECK(subjects(server).back() == "[treino] small: failed");
  CHECK(contains(part(server.noted("mails").back(), "text/plain")["text"], "Ended: failed, thrower: "));
}

TEST_CASE("after kills and resumes the mail has the scalars of every epoch once") {
  const Server server("smtp_server.py", "fast", {"open"});
  const Workshop workshop;
  const std::string more =
      "[[callback]]\nplugin = 'email'\nhost = '127.0.0.1'\ntls = 'none'\nport = " + server.port() +
      "\nfrom = 'runs@example.org'\nto = 'you@example.org'\nattach_csv = true\nevery_n_epochs = 1\n"
      "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"
      "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'backup'\nsave_freq = 7\ndelete_checkpoint = false\n"
      "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 3\n";
  std::vector<std::string> command = {"run", workshop.write("run.toml", small_manifest(more)), "--folder", workshop / "run"};
  for (const std::size_t mails : {1, 2}) {
    Process process(workshop.command(command));
    while (process.running() && server.noted("mails").size() < mails) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    process.send(SIGKILL);
    process.wait();
    command = {"resume", workshop / "run"};
  }
  const Finished finished = workshop.treino(command);
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  std::string csv = part(server.noted("mails").back(), "text/csv")["text"];
  csv.erase(std::remove(csv.begin(), csv.end(), '\r'), csv.end());
  CHECK(csv == read_text(workshop / "run/history.csv"));
  CHECK(lines(csv).size() == 4);
  std::map<std::string, std::string> ids;  // one mail an event; killed before its answer was noted, one comes again as the same
  for (const json& mail : server.noted("mails")) ids.emplace(mail["headers"]["subject"], mail["headers"]["message-id"]);
  for (const json& mail : server.noted("mails"))
    CHECK(ids.at(mail["headers"]["subject"]) == mail["headers"]["message-id"].get<std::string>());
  CHECK(ids.size() == 4);
}

TEST_CASE("a run's name in any script, and one that would be markup, arrives as it is") {
  const Office office;
  const std::string name = "Übung <b> & 'c' — 手書き数字の認識 für Anfängerinnen und Anfänger";
  CHECK(office.run(office.manifest("to = 'you@example.org'\n", name)).exit_code == kDone);
  REQUIRE(office.server.noted("mails").size() == 1);
  const json mail = office.server.noted("mails")[0];
  CHECK(mail["defects"].empty());
  CHECK(mail["headers"]["subject"] == "[treino] " + name + ": done");
  CHECK(contains(part(mail, "text/plain")["text"], "Run " + name + ": epoch 3"));
  CHECK(contains(part(mail, "text/html")["text"], "Run Übung &lt;b&gt; &amp; 'c' — 手書き数字の認識"));
}
