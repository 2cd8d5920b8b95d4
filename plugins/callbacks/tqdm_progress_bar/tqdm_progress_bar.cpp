// A bar on the terminal as Python's tqdm draws it (ASCII style), and plain lines elsewhere. Name and refresh_rate are TorchTNT's,
// mininterval is tqdm's. Prints
//   Epoch 1/3:  45%|####5     | 450/1000 [00:03<00:04, 130.13it/s, loss=0.3, accuracy=0.912]
#include <charconv>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/drawing/duration_text.hpp"
#include "shared/drawing/text_table.hpp"
#include "shared/training/progress.hpp"

namespace {

constexpr std::size_t smallest_bar = 10;

/// "130.13it/s", " 2.50s/it", "?it/s" before there is one.
std::string rate(double seconds_a_batch) {
  if (seconds_a_batch <= 0) return "?it/s";
  const bool slow = seconds_a_batch > 1;
  return treino::right_aligned(treino::fixed_text(slow ? seconds_a_batch : 1 / seconds_a_batch, 2), 5) + (slow ? "s/it" : "it/s");
}

/// Three digits, or all where that is no longer: "0.3", "1234.5", "1e-5"
std::string number(double value) {
  std::string text = treino::number_text(value, std::chars_format::general, 3);
  for (const char* zero : {"e+0", "e-0"})
    if (const std::size_t at = text.find(zero); at != std::string::npos) text.erase(at + 2, 1);
  const std::string exact = treino::exact_text(value);
  return exact.size() <= text.size() ? exact : text;
}

using treino::Event;

class TqdmProgressBar final : public treino::ProgressBar {
 public:
  explicit TqdmProgressBar(const treino::Setup& setup)
      : ProgressBar(setup, {setup.get<std::uint64_t>("refresh_rate"), setup.get<double>("mininterval"), true}),
        file_(setup.find<std::string>("file")) {}

  void on_run_begin(const Event& event) override {
    if (file_) {
      treino::expect_writable(*file_);
      // Lines of what runs again go.
      if (event.resumed == 0 || !std::filesystem::exists(*file_))
        treino::begin_file(*file_);
      else if (treino::DurableFile file(*file_, O_WRONLY); file.size() > size_)
        file.cut(size_);
    }
    ProgressBar::on_run_begin(event);
  }

  void save(treino::Writer& writer) const override { writer.write(size_); }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto size = reader.get<std::uint64_t>();
    reader.finish();
    size_ = size;
  }

 private:
  bool draws() const override { return !file_ && ProgressBar::draws(); }
  void put(const std::string& line) override {
    if (!file_) return ProgressBar::put(line);
    treino::DurableFile file(*file_, O_WRONLY | O_CREAT | O_APPEND);
    file.append(line + "\n", false);
    size_ = file.size();
  }

  /// Fills the line. Where there is too little room scalars go, but for the first, then the pass's name, the rate, the bar.
  std::string bar(const Pass& pass, std::size_t columns) const override {
    const std::vector<Field> shown = fields(pass);
    const std::vector<std::string> texts = texts_of(shown);
    const std::string first = shown.empty() ? "" : joined(shown, texts, least(shown, texts));
    for (const std::string& label : {name(pass) + ": ", std::string()}) {
      const std::string head = label + percent(pass) + "|", middle = "| " + counts(pass) + " [" + timing(pass, true);
      const std::size_t used = head.size() + middle.size() + 1;
      if (used + smallest_bar + treino::width_of(first) > columns) continue;
      const std::string numbers = joined(shown, texts, columns - used - smallest_bar);
      return head + drawn(pass, columns - used - treino::width_of(numbers)) + middle + numbers + "]";
    }
    const std::string bare = percent(pass) + " " + counts(pass) + " [" + timing(pass, false);
    return cut(bare + joined(shown, texts, columns - std::min(columns, bare.size() + 1)) + "]", columns);
  }

  std::string line(const Pass& pass) const override {
    const std::vector<Field> shown = fields(pass);
    return name(pass) + ": " + percent(pass) + " " + counts(pass) + " [" + timing(pass, true) +
           joined(shown, texts_of(shown), std::string::npos) + "]";
  }

  static double share(const Pass& pass) {
    return pass.total == 0 ? 1 : static_cast<double>(std::min(pass.done, pass.total)) / static_cast<double>(pass.total);
  }
  static std::string percent(const Pass& pass) {
    return treino::right_aligned(treino::fixed_text(100 * share(pass), 0), 3) + "%";
  }
  static std::string counts(const Pass& pass) { return std::to_string(pass.done) + "/" + std::to_string(pass.total); }

  /// "00:03<00:04, 130.13it/s"; the time until the last batch, so that it goes with the rate.
  static std::string timing(const Pass& pass, bool with_rate) {
    const std::string left = pass.seconds_a_batch() > 0 ? treino::tqdm_duration(pass.seconds_left()) : "?";
    return treino::tqdm_duration(pass.worked) + "<" + left + (with_rate ? ", " + rate(pass.seconds_a_batch()) : "");
  }

  /// "####5     ": the digit is tenths of a character.
  static std::string drawn(const Pass& pass, std::size_t width) {
    const auto tenths = static_cast<std::size_t>(share(pass) * static_cast<double>(10 * width));
    std::string text(width, ' ');
    std::fill_n(text.begin(), tenths / 10, '#');
    if (tenths % 10 > 0 && tenths / 10 < width) text[tenths / 10] = static_cast<char>('0' + tenths % 10);
    return text;
  }

  /// ", loss=0.3", one each field.
  static std::vector<std::string> texts_of(const std::vector<Field>& fields) {
    std::vector<std::string> texts;
    for (const Field& field : fields) texts.push_back(", " + field.name + "=" + number(field.value));
    return texts;
  }
  /// Room for the most important field.
  static std::size_t least(const std::vector<Field>& fields, const std::vector<std::string>& texts) {
    const auto rank = [](const Field& a, const Field& b) { return a.rank < b.rank; };
    const auto at = std::min_element(fields.begin(), fields.end(), rank) - fields.begin();
    return treino::width_of(texts[static_cast<std::size_t>(at)]);
  }

  std::optional<std::string> file_;
  std::uint64_t size_ = 0;  // of the file
};

}  // namespace

TREINO_PLUGIN(TqdmProgressBar, R"toml(
kind = "callback"
id = "tqdm_progress_bar"
version = "1.1.0"
summary = "Shows a progress bar in the style of tqdm."
phase = "report"
events = ["run_begin", "epoch_begin", "batch_end", "epoch_end", "run_end", "validation_begin", "validation_batch_end", "validation_end",
          "test_begin", "test_batch_end", "test_end", "predict_begin", "predict_batch_end", "predict_end"]
help = """
On a terminal: one bar as wide as the terminal for each epoch, test and prediction, which stays when it is full, and one for each
validation, which makes room for the epoch's: share done, batches, time<time left, batches per second, and the run's scalars with three
digits or more. The width is asked for again each time; where it does not suffice, scalars but for the first go, then the name in front, the
rate and the bar. Times and rates are means over the pass (tqdm smooths them); after a resume within an epoch the bar continues where it
was, and they are of the batches since. Elsewhere (a pipe, a file): one line without a bar an epoch, a test or a prediction, and one
each minute within. No colors, with or without NO_COLOR. file = "progress.txt" writes these lines to a file instead; those of epochs that run
again after a resume are replaced. State: how long that file is.
"""
)toml" TREINO_SHOW_TOML R"toml(
[parameters.refresh_rate]
type = "int"
default = 1
min = 1
doc = "batches between two redraws, at least"

[parameters.file]
type = "output"
doc = "a file for the lines, which then do not go to the screen"

[parameters.mininterval]
type = "float"
default = 0.1
min = 0.0
doc = "seconds between two redraws, at least"
)toml")
