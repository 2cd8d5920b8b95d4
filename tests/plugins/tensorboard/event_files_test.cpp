// The event files of `tensorboard` and `tensorboard_parameter_monitor`, read back with nothing of Treino's.
#include <sys/mount.h>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <thread>

#include "plugins/tensorboard/event_records.hpp"
#include "program/e2e/workshop.hpp"
#include "shared/tensorboard/tensorboard.hpp"

using namespace treino::test;

namespace {

const std::string tensorboard = "[[callback]]\nplugin = 'tensorboard'\n";
const std::string with_history = "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n";

/// The column of history.csv.
std::vector<double> column(const fs::path& file, const std::string& name) {
  const std::vector<std::string> rows = lines(read_text(file));
  std::vector<double> values;
  std::size_t place = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::istringstream stream(rows[i]);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    if (i == 0)
      place = static_cast<std::size_t>(std::find(cells.begin(), cells.end(), name) - cells.begin());
    else
      values.push_back(std::stod(cells.at(place)));
  }
  return values;
}

double simple_value(const Value& value) { return std::stod(field(value.text, "simple_value")); }

std::vector<std::int64_t> steps(const std::vector<Value>& values) {
  std::vector<std::int64_t> steps;
  for (const Value& value : values) steps.push_back(value.step);
  return steps;
}

void check_column(const std::vector<Value>& values, const std::vector<double>& expected) {
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(values[i].step == static_cast<std::int64_t>(i));
    CHECK(simple_value(values[i]) == Approx(expected[i]).epsilon(1e-6));
  }
}

/// The last number of all lines "<name>: <number>".
double total(const std::string& text, const std::string& name) {
  double sum = 0;
  for (const std::string& line : lines(text))
    if (const std::size_t at = line.find(name + ": "); at != std::string::npos && line[at - 1] == ' ')
      sum += std::stod(line.substr(at + name.size() + 2));
  return sum;
}

/// A small file system in `folder`. `ready` is false where this user may not mount one.
class Disk {
 public:
  Disk(const fs::path& folder, const std::string& options, unsigned long flags = 0) : folder_(folder) {
    fs::create_directory(folder);
    ready = mount("tmpfs", folder.c_str(), "tmpfs", flags, options.c_str()) == 0;
    if (!ready) WARN("not run: it takes the right to mount a file system");
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk() {
    if (ready) umount2(folder_.c_str(), MNT_DETACH);
  }
  bool ready = false;

 private:
  fs::path folder_;
};

/// All records but one that was being written are whole.
void check_whole(const fs::path& folder) {
  for (const fs::path& file : event_files(folder)) CHECK_NOTHROW(records_of(file));
}

}  // namespace

TEST_CASE("checksums are CRC-32C") {
  CHECK(crc32c_bit_by_bit("123456789") == 0xE3069283u);  // the check value of the catalogue of CRCs
  for (const std::string& bytes : {std::string(), std::string("a"), std::string(1000, '\xff'), std::string("\0\1\2", 3)})
    CHECK(treino::tensorboard::crc32c(bytes.data(), bytes.size()) == crc32c_bit_by_bit(bytes));
}

TEST_CASE("every record has its checksums and is a public Event; scalars are those of the run") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(tensorboard + with_history), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const fs::path logs = workshop / "run/logs";
  for (const char* part : {"train", "validation"}) {
    REQUIRE(event_files(logs / part).size() == 1);
    const std::vector<std::string> records = records_of(event_files(logs / part).front());
    CHECK(field(decoded(records.front()), "file_version") == "brain.Event:2");
    for (const std::string& record : records) CHECK(std::stod(field(decoded(record), "wall_time")) > 1.6e9);
  }
  const auto train = values_in(logs / "train"), validation = values_in(logs / "validation");
  const fs::path table = workshop / "run/history.csv";
  check_column(train.at("epoch_loss"), column(table, "loss"));
  check_column(train.at("epoch_accuracy"), column(table, "accuracy"));
  check_column(validation.at("epoch_loss"), column(table, "val_loss"));
  check_column(validation.at("epoch_accuracy"), column(table, "val_accuracy"));
  const std::int64_t epoch = train.at("learning_rate").front().step;
  CHECK(steps(train.at("learning_rate")) == std::vector<std::int64_t>{epoch, 2 * epoch, 3 * epoch});
  CHECK(simple_value(train.at("learning_rate").front()) == Approx(2e-3));
  CHECK(train.size() == 3);
  CHECK(validation.size() == 2);
}

TEST_CASE("scalars are written by step too, counted over the whole run") {
  const Workshop workshop;
  REQUIRE(
      workshop.run(small_manifest(tensorboard + "update_freq = 'batch'\nwrite_steps_per_second = true\n"), "batch").exit_code ==
      kDone);
  const auto every = values_in(workshop / "batch/logs/train");
  const std::size_t count = every.at("batch_loss").size();
  for (std::size_t i = 0; i < count; ++i) CHECK(every.at("batch_loss")[i].step == static_cast<std::int64_t>(i + 1));
  CHECK(count % 3 == 0);
  CHECK(every.at("learning_rate").size() == count);
  CHECK(every.at("batch_steps_per_second").size() == count);
  CHECK(every.at("epoch_steps_per_second").size() == 3);
  // The last value of an epoch by step is the epoch's.
  CHECK(simple_value(every.at("batch_loss")[count / 3 - 1]) == simple_value(every.at("epoch_loss").front()));

  REQUIRE(workshop.run(small_manifest(tensorboard + "update_freq = 10\n"), "tenth").exit_code == kDone);
  const auto tenth = values_in(workshop / "tenth/logs/train");
  for (std::size_t i = 0; i < tenth.at("batch_loss").size(); ++i)
    CHECK(tenth.at("batch_loss")[i].step == static_cast<std::int64_t>(10 * (i + 1)));
}

TEST_CASE("histograms count every weight and gradient, images are PNGs of their size, the graph names the layers") {
  const Workshop workshop;
  REQUIRE(workshop
              .run(small_manifest(tensorboard + "histogram_freq = 2\ngradients = true\nwrite_images = true\n"
                                                "[[callback]]\nplugin = 'tensorboard_parameter_monitor'\ngradients = true\n"),
                   "run")
              .exit_code == kDone);
  const auto train = values_in(workshop / "run/logs/train");
  const auto parameters = values_in(workshop / "run/logs/parameters");
  CHECK(steps(train.at("dense_1/weight/histogram")) == std::vector<std::int64_t>{0, 2});
  CHECK(steps(parameters.at("Parameters/dense_1/weight")) == std::vector<std::int64_t>{0, 1, 2});
  for (const auto& [values, tag, size] : {std::tuple(&train, "dense_1/weight/histogram", 64 * 24),
                                          {&train, "dense_2/bias/histogram", 10},
                                          {&train, "dense_1/weight/gradient/histogram", 64 * 24},
                                          {&parameters, "Parameters/dense_2/weight", 24 * 10},
                                          {&parameters, "Gradients/dense_1/bias", 24}}) {
    INFO(tag);
    const std::string& text = values->at(tag).back().text;
    CHECK(field(text, "num") == std::to_string(size));
    CHECK(total(text, "bucket") == size);
    const double min = std::stod(field(text, "min")), max = std::stod(field(text, "max")), squares = total(text, "sum_squares");
    CHECK(min < max);
    CHECK(squares <= size * std::max(min * min, max * max));
  }
  // Both have looked at the same weights.
  CHECK(field(train.at("dense_1/weight/histogram").back().text, "sum") ==
        field(parameters.at("Parameters/dense_1/weight").back().text, "sum"));

  const std::string& image = train.at("dense_1/weight/image").back().text;
  CHECK(field(image, "height") == "64");
  CHECK(field(image, "width") == "24");
  const std::string png = unescaped(field(image, "encoded_image_string"));
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(png.substr(12, 12) == std::string("IHDR\0\0\0\x18\0\0\0\x40", 12));  // width, height

  std::string graph;
  for (const std::string& record : records_of(event_files(workshop / "run/logs/train").front()))
    if (const std::string text = decoded(record); contains(text, "graph_def: "))
      graph = decoded(unescaped(field(text, "graph_def")), "tensorflow.GraphDef");
  for (const char* part : {"name: \"dense_1/dense\"", "op: \"relu\"", "input: \"dense_1/dense\"", "input: \"dense_2/weight\"",
                           "key: \"_output_shapes\"", "size: -1", "size: 24"}) {
    INFO(part);
    CHECK(contains(graph, part));
  }
}

TEST_CASE("TensorBoard's graph has an edge for every layer that a layer reads") {
  const Workshop workshop;
  std::string manifest = small_manifest(tensorboard);
  const std::size_t begin = manifest.find("layers = ["), end = manifest.find('\n', begin);
  manifest.replace(begin, end - begin,
                   "layers = [ { type = 'dense', units = 8, name = 'stem' }, { type = 'relu' }, { type = 'dense', units = 8 }, "
                   "{ type = 'add', inputs = ['stem', 'dense_1'] }, { type = 'dense', units = 10 } ]");
  const Finished finished = workshop.run(manifest, "run");
  INFO(manifest << finished.error);
  REQUIRE(finished.exit_code == kDone);
  std::string graph;
  for (const std::string& record : records_of(event_files(workshop / "run/logs/train").front()))
    if (const std::string text = decoded(record); contains(text, "graph_def: "))
      graph = decoded(unescaped(field(text, "graph_def")), "tensorflow.GraphDef");
  INFO(graph);
  CHECK(contains(graph, "name: \"add_1\"\n  op: \"add\"\n  input: \"stem/dense\"\n  input: \"dense_1/dense\"\n"));
  CHECK(contains(graph, "input: \"stem/dense\"\n  attr"));  // of the relu
}

TEST_CASE("a run that was killed continues in a new file, with the next step, and leaves the old one as it is") {
  const Workshop workshop;
  const std::string manifest = small_manifest(
      tensorboard + "update_freq = 'batch'\n" + with_history +
      "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'backup'\nsave_freq = 15\ndelete_checkpoint = false\n"
      "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 10\n");
  REQUIRE(workshop.run(manifest, "whole").exit_code == kDone);
  {
    Process process(workshop.command({"run", workshop / "whole.toml", "--folder", workshop / "run", "--quiet"}));
    wait_for_epochs(process, workshop / "run", 2);
    process.send(SIGKILL);
    REQUIRE(process.wait().signal == SIGKILL);
  }
  const fs::path train = workshop / "run/logs/train";
  REQUIRE(event_files(train).size() == 1);
  const std::string before = read_text(event_files(train).front());
  REQUIRE(workshop.treino({"resume", workshop / "run"}).exit_code == kDone);
  const std::vector<fs::path> files = event_files(train);
  REQUIRE(files.size() == 2);
  CHECK((read_text(files.front()) == before));

  const std::vector<std::string> records = records_of(files.back());
  CHECK(field(decoded(records.at(0)), "file_version") == "brain.Event:2");
  const std::string start = decoded(records.at(1));
  CHECK(field(start, "status") == "START");
  const std::int64_t resumed_at = std::stoll(field(start, "step"));
  CHECK(resumed_at > 1);
  CHECK(field(decoded(records_of(files.front()).at(1)), "status") == "START");  // a reader takes only further ones for restarts

  // What TensorBoard shows: of the first file what lies before the restart, then all of the second.
  const auto whole = values_in(workshop / "whole/logs/train"), both = values_in(train);
  std::vector<Value> shown;
  std::size_t first_count = 0;
  for (const std::string& record : records_of(files.front())) first_count += contains(decoded(record), "\"batch_loss\"");
  for (std::size_t i = 0; i < both.at("batch_loss").size(); ++i)
    if (i >= first_count || both.at("batch_loss")[i].step < resumed_at) shown.push_back(both.at("batch_loss")[i]);
  const std::vector<Value>& expected = whole.at("batch_loss");
  REQUIRE(shown.size() == expected.size());
  for (std::size_t i = 0; i < shown.size(); ++i) CHECK(shown[i].text == expected[i].text);
  // By epoch nothing is missing, and what is there twice is the same.
  for (const Value& value : whole.at("epoch_loss"))
    CHECK(std::any_of(both.at("epoch_loss").begin(), both.at("epoch_loss").end(),
                      [&](const Value& other) { return other.step == value.step && other.text == value.text; }));
  for (const Value& value : both.at("epoch_loss"))
    CHECK(value.text == whole.at("epoch_loss").at(static_cast<std::size_t>(value.step)).text);
}

TEST_CASE("a full disk is reported with the file, ends the run or the callback as on_error says, and leaves whole records") {
  const Workshop workshop;
  const Disk disk(workshop / "disk", "size=24k");
  if (!disk.ready) return;
  const std::string place = "log_dir = '" + (workshop / "disk/logs").string() + "'\nhistogram_freq = 1\nupdate_freq = 'batch'\n";
  const Finished stopped = workshop.run(small_manifest(tensorboard + place), "stopped");
  INFO(stopped.output << stopped.error);
  CHECK(stopped.exit_code == kFailed);
  CHECK(contains(stopped.output + stopped.error, "disk/logs/train/events.out.tfevents."));
  CHECK(contains(stopped.output + stopped.error, "No space left on device"));
  check_whole(workshop / "disk/logs/train");
  fs::remove_all(workshop / "disk/logs");
  const Finished without = workshop.run(small_manifest(tensorboard + "on_error = 'disable'\n" + place), "without");
  INFO(without.output << without.error);
  CHECK(without.exit_code == kDone);
  CHECK(contains(without.output + without.error, "No space left on device"));
  check_whole(workshop / "disk/logs/train");
}

TEST_CASE("a picture or page that finds no room is reported with its path, and leaves nothing half-written") {
  const Workshop workshop;
  const Disk disk(workshop / "disk", "size=4k");
  if (!disk.ready) return;
  for (const char* plugin : {"html_report", "gradient_monitor"}) {
    const std::string path = workshop / ("disk/" + std::string(plugin));
    const std::string section = "[[callback]]\nplugin = '" + std::string(plugin) + "'\nfilename = '" + path + "'\n";
    for (const auto& [on_error, code] : {std::pair("stop", kFailed), std::pair("disable", kDone)}) {
      const Finished finished =
          workshop.run(small_manifest(section + "on_error = '" + on_error + "'\n"), std::string(plugin) + "_" + on_error);
      INFO(finished.output << finished.error);
      CHECK(finished.exit_code == code);
      CHECK(contains(finished.output + finished.error, path));
      CHECK(contains(finished.output + finished.error, "No space left on device"));
      CHECK(fs::is_empty(workshop / "disk"));
    }
  }
}

TEST_CASE("a folder that is removed during the run is reported; one that cannot be written is refused before the first batch") {
  const Workshop workshop;
  {
    const fs::path manifest =
        workshop.write("removed.toml", small_manifest(tensorboard + "[[callback]]\nplugin = 'slow_sleeper'\n"));
    Process process(workshop.command({"run", manifest, "--folder", workshop / "removed", "--set", "run.epochs=100"}));
    wait_for_epochs(process, workshop / "removed", 1);
    fs::remove_all(workshop / "removed/logs");
    const Finished finished = process.wait();
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.output + finished.error, "has been removed"));
  }
  const Disk disk(workshop / "disk", "size=24k", MS_RDONLY);
  if (!disk.ready) return;
  for (const auto& [plugin, parameter] :
       {std::pair("tensorboard", "log_dir"), std::pair("tensorboard_parameter_monitor", "log_dir"), std::pair("profiler", "dir"),
        std::pair("html_report", "filename"), std::pair("gradient_monitor", "filename")}) {
    const Finished refused = workshop.run(small_manifest("[[callback]]\nplugin = '" + std::string(plugin) + "'\n" + parameter +
                                                         " = '" + (workshop / "disk/there").string() + "'\n"),
                                          plugin);
    INFO(plugin << refused.output << refused.error);
    CHECK(refused.exit_code == kFailed);
    CHECK(contains(refused.output + refused.error, "Read-only file system"));
    CHECK_FALSE(contains(refused.output, "Epoch"));
  }
}
