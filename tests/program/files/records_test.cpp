// What records of a run hold: all of it.
#include <set>

#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

/// A run of four rows whose epochs take microseconds.
std::string quick_manifest(int epochs, const std::string& more) {
  return "[run]\nname = 'quick'\nepochs = " + std::to_string(epochs) +
         "\nthreads = 1\n[data]\ntrain = { file = 'data.csv', target = 'y', target_kind = 'values' }\n"
         "[model]\nlayers = [ { type = 'dense', units = 1 } ]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 1e-3\n[loss]\nplugin "
         "= "
         "'mse'\n" +
         more;
}

/// The digits' file as text; it has no header.
std::string digits() {
  ProcessOptions options;
  options.arguments = {"gzip", "-dc", SOURCE_FOLDER "/examples/data/digits.csv.gz"};
  return run_process(options).output;
}

std::uintmax_t bytes_below(const fs::path& folder) {
  std::uintmax_t size = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) size += entry.file_size();
  return size;
}

}  // namespace

TEST_CASE("a recorder loses no row, however fast the epochs are") {
  const Workshop workshop;
  workshop.write("data.csv", "x,y\n0,1\n1,3\n2,5\n3,7\n");
  constexpr int epochs = 20000;
  const Finished finished = workshop.run(quick_manifest(epochs,
                                                        "[[callback]]\nplugin = 'csv_logger'\nfilename = 'h.csv'\n"
                                                        "[[callback]]\nplugin = 'jsonl_logger'\nfilename = 'h.jsonl'\n"
                                                        "[[callback]]\nplugin = 'tensorboard'\nwrite_graph = false\n"),
                                         "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK_FALSE(contains(finished.output, "falls behind"));
  CHECK(lines(read_text(workshop / "run/h.csv")).size() == epochs + 1);
  CHECK(lines(read_text(workshop / "run/h.jsonl")).size() == epochs);
  // Records of TensorBoard: a tag stands in each of its epochs once.
  std::size_t records = 0;
  for (const auto& entry : fs::directory_iterator(workshop / "run/logs/train")) {
    const std::string bytes = read_text(entry.path());
    for (std::size_t at = bytes.find("epoch_loss"); at != std::string::npos; at = bytes.find("epoch_loss", at + 1)) ++records;
  }
  CHECK(records == epochs);
}

TEST_CASE("a checkpoint of each epoch does not hold the list of all before it") {
  const Workshop workshop;
  workshop.write("data.csv", "x,y\n0,1\n1,3\n2,5\n3,7\n");
  REQUIRE(
      workshop.run(quick_manifest(300, "[[callback]]\nplugin = 'model_checkpoint'\nfilepath = 'w/{epoch}.safetensors'\n"), "run")
          .exit_code == kDone);
  const auto size = [&](int epoch) { return fs::file_size(workshop / ("run/w/" + std::to_string(epoch) + ".safetensors")); };
  CHECK(size(299) < size(100) + 64);  // numbers of more digits
  CHECK(bytes_below(workshop / "run/w") < 300 * 4096);
}

TEST_CASE("the report names the settings of its run, defaults as well") {
  const Workshop workshop;
  REQUIRE(workshop
              .run(small_manifest(
                       "[[scheduler]]\nplugin = 'exponential_decay'\ngamma = 0.75\n[[callback]]\nplugin = 'html_report'\n"),
                   "run")
              .exit_code == kDone);
  const std::string page = read_text(workshop / "run/report.html");
  CHECK(contains(page, "<h2>Settings</h2>"));
  for (const std::string row : {"<td class=\"left\">", "batch_size</td><td>32</td>", "seed</td><td>3</td>",
                                "gamma</td><td>0.75</td>", "plugin</td><td>&quot;adam&quot;</td>", "beta1", "units = 24"}) {
    INFO(row);
    if (row[0] != '<') CHECK(contains(page, row));
  }
}

TEST_CASE("the report shows a table's columns of different kinds each in its own colors, and whole numbers whole") {
  const Workshop workshop;
  REQUIRE(workshop
              .run(small_manifest("[[metric]]\nplugin = 'classification_report'\n[[metric]]\nplugin = 'confusion_matrix'\n"
                                  "[[callback]]\nplugin = 'html_report'\n"),
                   "run")
              .exit_code == kDone);
  const std::string page = read_text(workshop / "run/report.html");
  CHECK(contains(page, ">1258</text>"));  // all samples of the training, in the row of the means
  CHECK_FALSE(contains(page, "e+03</text>"));
  CHECK(contains(page, "rows: class; colors by column</text>"));
  CHECK(contains(page, "rows: class, columns: predicted as; 0 to 1"));  // the largest count of a class is of three digits
  CHECK(contains(page, "overflow-wrap: anywhere"));
}

TEST_CASE("csv_writer names columns as header_row says") {
  const Workshop workshop;
  REQUIRE(workshop
              .run(small_manifest("[[callback]]\nplugin = 'csv_writer'\nof = 'validation'\ncolumns = ['row', 'class']\n"
                                  "header_row = ['id', 'predicted as']\n"),
                   "run")
              .exit_code == kDone);
  const auto rows = lines(read_text(workshop / "run/predictions-validation.csv"));
  REQUIRE(rows.size() == 181);
  CHECK(rows.front() == "id,predicted as");
  // The rows are those of the file: most lie beyond the number of validation samples.
  std::set<std::string> ids;
  int largest = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string id = rows[i].substr(0, rows[i].find(','));
    ids.insert(id);
    largest = std::max(largest, std::stoi(id));
  }
  CHECK(ids.size() == 180);
  CHECK(largest > 180);
  CHECK(largest < 1797);
  // The digit in that row of the file, and the class that is predicted as it: over nine in ten are right.
  const auto data = lines(digits());
  int right = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::size_t comma = rows[i].find(',');
    const std::string& sample = data.at(std::stoul(rows[i].substr(0, comma)));
    right += sample.substr(sample.rfind(',') + 1) == rows[i].substr(comma + 1) ? 1 : 0;
  }
  CHECK(right / 180.0 == Approx(std::stod(fact(workshop / "run", "/scalars/val_accuracy"))));
}

TEST_CASE("a backup is there whenever the run is killed, though the run does not wait for it") {
  const Workshop workshop;
  const std::string backup =
      "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'backup'\n[[callback]]\nplugin = 'csv_logger'\nfilename = "
      "'h.csv'\n";
  workshop.write("data.csv", "x,y\n0,1\n1,3\n2,5\n3,7\n");
  const std::string text = quick_manifest(30000, backup);
  REQUIRE(workshop.run(text, "reference").exit_code == kDone);
  std::vector<std::string> command = {"run", workshop / "reference.toml", "--folder", workshop / "run"};
  int kills = 0;
  for (std::uintmax_t size : {1000u, 40000u, 200000u, 400000u}) {
    Process process(workshop.command(command));
    const bool there = wait_for(process, workshop / "run/h.csv", size);
    process.send(9);
    process.wait();
    if (!there) break;
    ++kills;
    command = {"resume", workshop / "run"};
  }
  CHECK(kills >= 1);
  const Finished finished = workshop.treino({"resume", workshop / "run"});
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK((read_text(workshop / "run/h.csv") == read_text(workshop / "reference/h.csv")));
  CHECK((read_text(workshop / "run/model.safetensors") == read_text(workshop / "reference/model.safetensors")));
  CHECK_FALSE(fs::exists(workshop / "run/backup/backup.safetensors"));
}
