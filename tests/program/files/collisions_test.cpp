// An output is never an input of the run, a file of the run itself, or another output.
#include <sys/stat.h>

#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

/// One dense layer on ten rows in data.csv; `more` is added at the end.
std::string manifest(const std::string& more) {
  return "[run]\nname = 'small'\nepochs = 2\n[data]\ntrain = { file = 'data.csv', target = 'y', target_kind = 'values' }\n"
         "[model]\nlayers = [ { type = 'dense', units = 1 } ]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.01\n[loss]\nplugin "
         "= "
         "'mse'\n" +
         more;
}

std::string csv_logger(const std::string& file, const std::string& more = "") {
  return "[[callback]]\nplugin = 'csv_logger'\nfilename = '" + file + "'\n" + more;
}

const std::string data = "x,y\n0,1\n1,3\n2,5\n3,7\n4,9\n5,11\n6,13\n7,15\n8,17\n9,19\n";

struct Place : Workshop {
  Place() { write("data.csv", data); }
};

/// What `check` says against the manifest; "" where nothing.
std::string fault_of(const Workshop& workshop, const std::string& more) {
  const Finished finished = workshop.treino({"check", workshop.write("checked.toml", manifest(more))});
  CHECK(finished.exit_code == (finished.error.empty() ? kDone : kBadInput));
  return finished.error;
}

}  // namespace

TEST_CASE("an output onto the training data is refused under each name that the file has, and the data stay") {
  const Place workshop;
  fs::create_symlink("data.csv", workshop / "link.csv");
  fs::create_hard_link(workshop / "data.csv", workshop / "hard.csv");
  fs::create_directory_symlink(".", workshop / "here");
  for (const std::string name : {"data.csv", "./data.csv", "here/data.csv", "link.csv", "hard.csv"}) {
    INFO(name);
    const std::string fault = fault_of(workshop, csv_logger((workshop / "").string() + name));
    CHECK(contains(fault, "checked.toml:15:12: filename of csv_logger: expected a file of its own to write, but the string "));
    CHECK(contains(fault, " is the training data ("));
    CHECK(contains(fault, "checked.toml:5:"));
  }
  // Relative outputs lie in the run's folder.
  CHECK(contains(fault_of(workshop, csv_logger("../../data.csv")), "is the training data"));
  const Finished finished = workshop.run(manifest(csv_logger("../data.csv")), "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "is the training data"));
  CHECK_FALSE(fs::exists(workshop / "run"));
  CHECK(read_text(workshop / "data.csv") == data);
}

TEST_CASE("an output onto another input is refused: a script, the manifest, a plugin") {
  const Place workshop;
  workshop.write("hooks.lua", "function on_epoch_end() end\n");
  const std::string lambda = "[[callback]]\nplugin = 'lambda'\nscript = 'hooks.lua'\n";
  CHECK(contains(fault_of(workshop, lambda + csv_logger(workshop / "hooks.lua")), "is the input script of lambda ("));
  CHECK(contains(fault_of(workshop, csv_logger(workshop / "checked.toml")), "is the run's manifest"));
  CHECK(read_text(workshop / "hooks.lua") == "function on_epoch_end() end\n");
}

TEST_CASE("an output onto a file of the run itself is refused") {
  const Place workshop;
  for (const std::string name : {"manifest.toml", "plugins.json", "log.jsonl", "summary.json", "model.safetensors",
                                 "checkpoint.safetensors", "lock", "./x/../log.jsonl"}) {
    INFO(name);
    CHECK(contains(fault_of(workshop, csv_logger(name)), "filename of csv_logger: expected a file of its own to write, but"));
    CHECK(contains(fault_of(workshop, "[[callback]]\nplugin = 'model_checkpoint'\nfilepath = '" + name + "'\n"),
                   "is a file of the run itself"));
  }
}

TEST_CASE("two outputs on one file are refused, also by their defaults; a folder may be shared") {
  const Place workshop;
  const std::string fault = fault_of(workshop, csv_logger("h.csv") + csv_logger("./h.csv", "name = 'b'\n"));
  CHECK(contains(fault,
                 "checked.toml:18:12: filename of b: expected a file of its own to write, but the string \"./h.csv\" is the "
                 "output filename of csv_logger ("));
  CHECK(contains(fault, "checked.toml:15:12"));
  const std::string report = "[[callback]]\nplugin = 'html_report'\n";
  CHECK(contains(fault_of(workshop, report + report), "is the output filename of html_report ("));
  CHECK(fault_of(workshop, "[[callback]]\nplugin = 'tensorboard'\n[[callback]]\nplugin = 'tensorboard_parameter_monitor'\n")
            .empty());
  CHECK(fault_of(workshop, csv_logger("a.csv") + csv_logger("b.csv")).empty());
}

TEST_CASE("files that plugins name themselves collide too, before the run begins") {
  const Place workshop;
  const auto checkpoint = [](const std::string& name) {
    return "[[callback]]\nplugin = 'model_checkpoint'\nname = '" + name + "'\nfilepath = 'w/" + name +
           "{epoch}.safetensors'\nsave_last = true\n";
  };
  const std::string backup = "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'b'\n";
  const std::string snapshots = "[[callback]]\nplugin = 'snapshot_saver'\ndirpath = 's'\nsave_every_n_epochs = 1\n";
  const std::string rows = "[[callback]]\nplugin = 'csv_writer'\n";
  const std::string board = "[[callback]]\nplugin = 'tensorboard'\n";
  const std::pair<std::string, std::string> clashes[] = {
      {checkpoint("a") + checkpoint("b"), "run/w/last.safetensors is an output of a"},
      {backup + backup, "run/b/backup.safetensors is an output of backup_and_restore"},
      {snapshots + snapshots, "is an output of snapshot_saver"},
      {rows + rows, "run/predictions.csv is an output of csv_writer"},
      {board + board, "run/logs/train is an output of tensorboard"},
      {"[[callback]]\nplugin = 'lr_finder'\nfilename = 'a.csv'\n[[callback]]\nplugin = 'html_report'\nfilename = 'a.svg'\n",
       "run/a.svg is the output filename of html_report"},
      {"[[callback]]\nplugin = 'profiler'\n[[callback]]\nplugin = 'html_report'\nfilename = 'profile/trace_step_{step}.svg'\n",
       "run/profile/trace_step_{step}.svg is the output filename of html_report"},
      {"[[callback]]\nplugin = 'remote_monitor'\nroot = 'http://127.0.0.1:9'\n" + csv_logger("remote_monitor.spool"),
       "run/remote_monitor.spool is the output filename of csv_logger"},
      {"[[callback]]\nplugin = 'email'\nhost = '127.0.0.1'\nport = 9\ntls = 'none'\nfrom = 'a@b.example'\nto = 'c@d.example'\n" +
           csv_logger("email.spool"),
       "run/email.spool is the output filename of csv_logger"},
  };
  for (const auto& [sections, text] : clashes) {
    INFO(sections);
    const Finished finished = workshop.run(manifest(sections), "run");
    CHECK(finished.exit_code == kBadInput);
    INFO(finished.error);
    CHECK(contains(finished.error, text));
    CHECK_FALSE(fs::exists(workshop / "run"));
  }
  CHECK(workshop.run(manifest(checkpoint("a") + backup + snapshots + rows + board), "run").exit_code == kDone);
}

TEST_CASE("files that tables become collide before the run begins, those of validation and test too") {
  const Workshop workshop;
  const std::string matrix = "[[metric]]\nplugin = 'confusion_matrix'\n";
  for (const std::string name : {"confusion_matrix.csv", "val_confusion_matrix.csv", "test_confusion_matrix.csv"}) {
    INFO(name);
    const Finished finished = workshop.run(small_manifest(matrix + csv_logger(name)), "run");
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, "run.toml:21:10: confusion_matrix writes its table to \"" + name +
                                       "\" in the run's folder, but that is the output filename of csv_logger ("));
    CHECK(contains(finished.error, "run.toml:24:12"));
    CHECK_FALSE(fs::exists(workshop / "run"));
  }
  CHECK(workshop.run(small_manifest(matrix + csv_logger("confusion.csv")), "run").exit_code == kDone);
  for (const std::string name :
       {"confusion_matrix.csv", "val_confusion_matrix.csv", "test_confusion_matrix.csv", "confusion.csv"})
    CHECK(fs::exists(workshop / "run" / name));
}

TEST_CASE("devices and FIFOs among outputs and inputs are refused, and stay what they are") {
  const Place workshop;
  const std::string fifo = workshop / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  fs::create_symlink("/dev/null", workshop / "null");
  for (const std::string plugin : {"csv_logger", "jsonl_logger", "html_report", "gradient_monitor", "lr_finder"})
    for (const auto& [name, kind] : {std::pair<std::string, std::string>{fifo, "a FIFO"}, {workshop / "null", "a device"}}) {
      INFO(plugin << " " << kind);
      const Finished finished =
          workshop.run(manifest("[[callback]]\nplugin = '" + plugin + "'\nfilename = '" + name + "'\n"), "run");
      CHECK(finished.exit_code == kBadInput);
      CHECK(contains(finished.error, "filename of " + plugin + ": expected a file, found " + kind));
    }
  CHECK(fs::is_fifo(fifo));
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(contains(fault_of(workshop, "[[callback]]\nplugin = 'lambda'\nscript = 'fifo'\n"),
                 "script of lambda: expected a file, found a FIFO"));
  CHECK(contains(fault_of(workshop, "[[callback]]\nplugin = 'lambda'\nscript = '/dev/zero'\n"),
                 "script of lambda: expected a file, found a device"));
  const std::string monitor = "[[callback]]\nplugin = 'remote_monitor'\nroot = 'https://127.0.0.1:9'\nca_file = ";
  CHECK(contains(fault_of(workshop, monitor + "'fifo'\n"), "ca_file of remote_monitor: expected a file, found a FIFO"));
  CHECK(contains(fault_of(workshop, monitor + "'/dev/zero'\n"), "ca_file of remote_monitor: expected a file, found a device"));
  const std::string mail = "[[callback]]\nplugin = 'email'\nhost = 'h'\nfrom = 'a@b.example'\nto = 'c@d.example'\nca_file = ";
  CHECK(contains(fault_of(workshop, mail + "'fifo'\n"), "ca_file of email: expected a file, found a FIFO"));
  CHECK(contains(fault_of(workshop, mail + "'/dev/zero'\n"), "ca_file of email: expected a file, found a device"));
}
