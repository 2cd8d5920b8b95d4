// A bar on the terminal as Keras draws it, and plain lines elsewhere. Prints
//   Epoch 3/30
//   45/45 [====================] - 1s 12ms/step - loss: 0.1234 - accuracy: 0.9650 - val_loss: 0.1301
#include <charconv>
#include <treino/kit/text.hpp>

#include "shared/drawing/duration_text.hpp"
#include "shared/drawing/text_table.hpp"
#include "shared/training/progress.hpp"

namespace {

/// "2s/step", "12ms/step", "340us/step"
std::string pace(double seconds) {
  if (seconds >= 1) return std::to_string(std::llround(seconds)) + "s/step";
  if (seconds >= 1e-3) return std::to_string(std::llround(seconds * 1e3)) + "ms/step";
  return std::to_string(std::llround(seconds * 1e6)) + "us/step";
}

/// Four decimals, or an exponent where these would show nothing.
std::string number(double value) {
  const double size = std::abs(value);
  const bool plain = size == 0 || (size > 1e-3 && size < 1e9) || std::isinf(size);
  return treino::number_text(value, plain ? std::chars_format::fixed : std::chars_format::scientific, 4);
}

class ProgbarLogger final : public treino::ProgressBar {
 public:
  explicit ProgbarLogger(const treino::Setup& setup)
      : ProgressBar(setup, {setup.get<std::uint64_t>("every"), seconds_between_redraws, false}),
        width_(setup.get<std::size_t>("width")) {}

 private:
  static constexpr double seconds_between_redraws = 0.05;  // faster than the eye, slow enough to cost nothing

  std::string title(const Pass& pass) const override { return pass.kind == Pass::training ? name(pass) : ""; }

  /// What does not fit goes: the learning rate first, then the time, half of the bar, and scalars.
  std::string bar(const Pass& pass, std::size_t columns) const override {
    const std::vector<Field> shown = fields(pass);
    const std::vector<std::string> texts = texts_of(shown);
    const std::string label = pass.kind == Pass::training ? "" : name(pass) + " ", all = joined(shown, texts, std::string::npos);
    const std::string most =
        pass.kind == Pass::training && !texts.empty() ? all.substr(0, all.size() - texts.back().size()) : all;
    const std::string whole = label + drawn(pass, width_);
    for (const std::string& text : {whole + timing(pass) + all, whole + timing(pass) + most, whole + most})
      if (treino::width_of(text) <= columns) return text;
    const std::string half = label + drawn(pass, (width_ + 1) / 2);
    return cut(half + joined(shown, texts, columns - std::min(columns, half.size())), columns);
  }

  std::string line(const Pass& pass) const override {
    const std::vector<Field> shown = fields(pass);
    return name(pass) + " - " + counts(pass) + timing(pass) + joined(shown, texts_of(shown), std::string::npos);
  }

  static std::string timing(const Pass& pass) {
    return pass.over ? " - " + treino::keras_duration(pass.seconds) + " " + pace(pass.seconds_a_batch())
                     : " - ETA: " + treino::keras_duration(pass.seconds_left());
  }

  /// " 7/45"
  static std::string counts(const Pass& pass) {
    const std::string total = std::to_string(pass.total), done = std::to_string(pass.done);
    return treino::right_aligned(done, total.size()) + "/" + total;
  }

  static std::string drawn(const Pass& pass, std::size_t width) {
    const std::uint64_t share = pass.total == 0 ? width : width * std::min(pass.done, pass.total) / pass.total;
    std::string text(width, '.');
    std::fill_n(text.begin(), share, '=');
    if (share > 0 && pass.done < pass.total) text[share - 1] = '>';
    return counts(pass) + " [" + text + "]";
  }

  /// " - loss: 0.1234", one each field.
  static std::vector<std::string> texts_of(const std::vector<Field>& fields) {
    std::vector<std::string> texts;
    for (const Field& field : fields) texts.push_back(" - " + field.name + ": " + number(field.value));
    return texts;
  }

  std::size_t width_;
};

}  // namespace

TREINO_PLUGIN(ProgbarLogger, R"toml(
kind = "callback"
id = "progbar_logger"
version = "1.1.0"
summary = "Shows a progress bar in the style of Keras."
phase = "report"
events = ["run_begin", "epoch_begin", "batch_end", "epoch_end", "run_end", "validation_begin", "validation_batch_end", "validation_end",
          "test_begin", "test_batch_end", "test_end", "predict_begin", "predict_batch_end", "predict_end"]
help = """
On a terminal: a title and a bar for each epoch, redrawn at most twenty times per second, with the time left, then the time an epoch
took (validation included) and a batch took (training alone), and loss, metrics and learning rate as everybody else sees them, so that they
are those of the log. Validation, test and prediction have bars of their own; that of the validation makes room for the epoch's line at its end.
On a narrow terminal the learning rate goes first, then the time, half of the bar, then the last scalars (val_accuracy counts as standing after
accuracy); a line never wraps, and the width is asked for again each time. After a resume within an epoch the bar continues where it was,
and times are of the batches since. Elsewhere (a pipe, a file): one line per epoch, a test or a prediction, and one each minute within.
No colors, with or without NO_COLOR.
"""
)toml" TREINO_SHOW_TOML R"toml(
[parameters.width]
type = "int"
default = 20
min = 1
max = 1000
doc = "of the bar, in characters"

[parameters.every]
type = "int"
default = 1
min = 1
doc = "batches between two redraws, at least"
)toml")
