// Event files for TensorBoard: the run's numbers by epoch and, if wanted, by step, the learning rate, histograms and pictures of
// weights and gradients, and the graph of the layers. Name and parameters are Keras'. Look at them with: tensorboard --logdir
// <run folder>
#define TREINO_NEEDED_MINOR 2u
#include <png.h>
#include <tensorboard.pb.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <treino/callback.hpp>
#include <treino/recorder.hpp>
#include <treino/selection.hpp>
#include <treino/tensor.hpp>
#include <treino/tensorboard.hpp>

namespace {

using treino::Moment;
using treino::events::Event;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t memory = std::uint64_t{64} << 20;  // bytes of weights that may wait for the worker
constexpr std::size_t largest_side = 2048;  // of an image, in pixels; of a larger array every n-th element is shown

Event event_at(std::uint64_t step) {
  Event event;
  event.set_wall_time(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  event.set_step(static_cast<std::int64_t>(step));
  return event;
}

void add(Event& event, const std::string& tag, double value) {
  auto* added = event.mutable_summary()->add_value();
  added->set_tag(tag);
  added->set_simple_value(static_cast<float>(value));
}

// ---- The graph

void set_shape(treino::events::NodeDef& node, const std::int64_t* shape, std::uint64_t rank, bool batch) {
  auto* dims = (*node.mutable_attr())["_output_shapes"].mutable_list()->add_shape();
  if (batch) dims->add_dim()->set_size(-1);  // unknown
  for (std::uint64_t i = 0; i < rank; ++i) dims->add_dim()->set_size(shape[i]);
}

/// The layers in a row, each with its arrays.
std::string graph_of(const treino::Host& host) {
  treino::events::GraphDef graph;
  auto* input = graph.add_node();
  input->set_name("input");
  input->set_op("Placeholder");
  std::string before = "input";
  const treino::ParametersByLayer parameters(host);
  for (std::uint32_t i = 0; i < host.layer_count(); ++i) {
    const treino_layer_facts layer = host.layer(i);
    const std::string scope = std::string(layer.name) + "/";
    treino::events::NodeDef node;
    node.set_name(layer.name);
    node.set_op(layer.type);
    node.add_input(before);
    set_shape(node, layer.output_shape, layer.output_rank, true);
    for (const std::uint32_t p : parameters.of(layer.name)) {
      const std::string name = host.parameter_name(p);
      const treino_tensor view = host.parameter(p);
      auto* array = graph.add_node();
      array->set_name(name);
      array->set_op("VariableV2");
      set_shape(*array, view.shape, view.rank, false);
      node.set_name(scope + layer.type);  // a name cannot be a node and a folder of nodes
      node.add_input(name);
    }
    before = node.name();
    *graph.add_node() = std::move(node);
  }
  return graph.SerializeAsString();
}

// ---- Weights

/// A copy that the worker makes histograms and images of.
struct Array {
  std::string name;  // "dense_1/weight", "dense_1/weight/gradient"
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  bool histogram = false, image = false;
};

void copy(const treino_tensor& view, Array& array) {
  const treino::Elements<const float> elements(view);
  array.shape.assign(view.shape, view.shape + view.rank);
  array.values.resize(static_cast<std::size_t>(elements.size()));
  for (std::int64_t i = 0; i < elements.size(); ++i) array.values[static_cast<std::size_t>(i)] = elements[i];
}

/// Blue below zero, white at zero, red above; grey where it is not finite.
void set_pixel(unsigned char* pixel, float value, float scale) {
  static const float blue[] = {0, 114, 178}, red[] = {213, 94, 0};
  if (!std::isfinite(value)) return static_cast<void>(std::memset(pixel, 128, 3));
  const float share = scale > 0 ? std::min(1.0f, std::abs(value) / scale) : 0;
  for (int i = 0; i < 3; ++i) pixel[i] = static_cast<unsigned char>(255 + share * ((value < 0 ? blue : red)[i] - 255) + 0.5f);
}

/// Matrices as they are; kernels (filters x channels x height x width) beside each other, a row for each filter; the rest as rows
/// of its first dimension.
class Picture {
 public:
  explicit Picture(const Array& array) : array_(array) {
    const auto& shape = array.shape;
    const auto side = [&](std::size_t i) { return static_cast<std::size_t>(shape[i]); };
    if (shape.size() == 4)
      rows_ = side(0), columns_ = side(1), tile_height_ = side(2), tile_width_ = side(3), gap_ = 1;
    else if (shape.size() > 1)
      tile_height_ = side(0), tile_width_ = array.values.size() / std::max<std::size_t>(1, side(0));
    else
      tile_width_ = array.values.size();
    full_height_ = rows_ * (tile_height_ + gap_) - gap_;
    full_width_ = columns_ * (tile_width_ + gap_) - gap_;
    every_ = std::max<std::size_t>(1, (std::max(full_height_, full_width_) + largest_side - 1) / largest_side);
    for (const float value : array.values)
      if (std::isfinite(value)) scale_ = std::max(scale_, std::abs(value));
  }

  void fill(treino::events::Summary::Image& image) const {
    const std::size_t height = (full_height_ + every_ - 1) / every_, width = (full_width_ + every_ - 1) / every_;
    std::vector<unsigned char> pixels(height * width * 3, 200);
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x)
        if (const float* value = at(y * every_, x * every_)) set_pixel(&pixels[(y * width + x) * 3], *value, scale_);
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.width = static_cast<png_uint_32>(width);
    png.height = static_cast<png_uint_32>(height);
    png.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
    std::string bytes(size, '\0');
    if (png_image_write_to_memory(&png, bytes.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
      throw std::runtime_error("the image of " + array_.name + " could not be made: " + png.message);
    bytes.resize(size);
    image.set_height(static_cast<std::int32_t>(height));
    image.set_width(static_cast<std::int32_t>(width));
    image.set_colorspace(3);
    image.set_encoded_image_string(bytes);
  }

 private:
  /// Null between tiles.
  const float* at(std::size_t y, std::size_t x) const {
    const std::size_t row = y / (tile_height_ + gap_), column = x / (tile_width_ + gap_);
    const std::size_t inner_y = y % (tile_height_ + gap_), inner_x = x % (tile_width_ + gap_);
    if (inner_y == tile_height_ || inner_x == tile_width_) return nullptr;
    return &array_.values[((row * columns_ + column) * tile_height_ + inner_y) * tile_width_ + inner_x];
  }

  const Array& array_;
  std::size_t rows_ = 1, columns_ = 1, tile_height_ = 1, tile_width_ = 1, gap_ = 0;
  std::size_t full_height_ = 1, full_width_ = 1, every_ = 1;
  float scale_ = 0;
};

/// An image of a table, with squares that can be seen.
Array picture_of(const treino_table& table, std::string tag) {
  constexpr std::uint64_t smallest_side = 256;
  const std::uint64_t side = std::max<std::uint64_t>(1, smallest_side / std::max<std::uint64_t>({1, table.rows, table.columns}));
  Array array{std::move(tag), {static_cast<std::int64_t>(table.rows * side), static_cast<std::int64_t>(table.columns * side)}, {}, false,
              true};
  for (std::uint64_t y = 0; y < table.rows * side; ++y)
    for (std::uint64_t x = 0; x < table.columns * side; ++x)
      array.values.push_back(static_cast<float>(table.values[y / side * table.columns + x / side]));
  return array;
}

/// What the worker gets.
struct Job {
  bool validation = false, weights = false;  // weights: the arrays are a copy of them
  Event event;
  std::vector<Array> arrays;  // to be added to the event
};

class TensorBoard final : public treino::Callback {
 public:
  explicit TensorBoard(const treino::Setup& setup)
      : Callback(setup),
        folder_(setup.get<std::string>("log_dir")),
        histogram_freq_(static_cast<std::uint64_t>(setup.get<std::int64_t>("histogram_freq"))),
        gradients_(setup.get<bool>("gradients")),
        write_graph_(setup.get<bool>("write_graph")),
        write_images_(setup.get<bool>("write_images")),
        write_steps_per_second_(setup.get<bool>("write_steps_per_second")),
        update_freq_(frequency(setup)),
        disk_(setup.get<std::string>("sync") == "every_epoch", [this] { sync(); }) {
    if (histogram_freq_ == 0 && (write_images_ || gradients_))
      throw std::invalid_argument(std::string(write_images_ ? "write_images" : "gradients") +
                                  " = true needs histogram_freq: after how many epochs?");
    for (const char* name : {"train", "validation"}) host().claim_output((std::filesystem::path(folder_) / name).string());
  }

  std::uint64_t wanted() const override { return ~(update_freq_ == 0 && !gradients_ ? std::uint64_t{1} << TREINO_STEP_END : 0); }

  /// Files that cannot be written are found here, before the first batch.
  void on_run_begin(const Moment& moment) override {
    begin_file(train_, "train", moment);
    if (host().run().validation_samples > 0) begin_file(validation_, "validation", moment);
    if (write_graph_ && moment.resumed == 0) {
      Event event = event_at(moment.step);
      event.set_graph_def(graph_of(host()));
      train_->write(event.SerializeAsString());
    }
    last_.assign(host().number_count(), std::nullopt);
    typename treino::Worker<Job>::Options options;
    options.capacity = treino::items_within_memory(sizeof(Job) + 64 * host().number_count());
    options.rest = treino::SyncPolicy::rest;
    options.linger = std::chrono::milliseconds(200);
    options.items = "records";
    worker_ = std::make_unique<treino::Worker<Job>>(host(), options, [this](Job* first, Job* last) { work(first, last); });
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      bytes += sizeof(float) * static_cast<std::uint64_t>(treino::size_of(host().parameter(i)));
    copies_allowed_ = treino::tensorboard::copies_within(memory, bytes * (gradients_ ? 2 : 1));
    begin_clock(moment);
  }

  void on_epoch_begin(const Moment& moment) override { begin_clock(moment); }

  void on_step_end(const Moment& moment) override {
    trained_ = true;
    if (!worker_ || update_freq_ == 0 || moment.step % update_freq_ != 0) return;
    check();
    Event event = event_at(moment.step);
    for (treino::Number number = 0; number < host().number_count(); ++number) {
      const std::string name = host().name(number);
      const std::optional<double> value =
          starts_with(name, "val_") || starts_with(name, "test_") ? std::nullopt : host().value(number);
      if (!value || (last_[number] && same(*last_[number], *value))) continue;  // not given anew since
      last_[number] = value;
      add(event, "batch_" + name, *value);
    }
    add(event, "learning_rate", moment.rate);
    if (write_steps_per_second_) {
      add(event, "batch_steps_per_second", steps_per_second(moment.step, batch_begun_, batch_step_));
      batch_begun_ = Clock::now();
      batch_step_ = moment.step;
    }
    hand_over(false, std::move(event));
  }

  void on_epoch_end(const Moment& moment) override {
    // An interrupted epoch is gone on with by `treino resume`, and has its numbers then.
    if (!worker_ || moment.outcome == TREINO_RUN_FAILED || moment.outcome == TREINO_INTERRUPTED) return;
    check();
    Event train = event_at(moment.epoch), validation = event_at(moment.epoch);
    for (treino::Number number = 0; number < host().number_count(); ++number) {
      const std::string name = host().name(number);
      const auto value = host().value(number);
      if (!value || starts_with(name, "test_")) continue;
      const bool is_validation = starts_with(name, "val_") && validation_;
      add(is_validation ? validation : train, "epoch_" + (is_validation ? name.substr(4) : name), *value);
    }
    if (write_steps_per_second_) add(train, "epoch_steps_per_second", steps_per_second(moment.step, epoch_begun_, epoch_step_));
    if (update_freq_ == 0) {
      Event rate = event_at(moment.step);
      add(rate, "learning_rate", moment.rate);
      hand_over(false, std::move(rate));
    }
    hand_over(false, std::move(train));
    if (validation_) hand_over(true, std::move(validation));
    for (std::uint32_t i = 0; i < host().table_count(); ++i)
      if (const auto table = host().table(i)) hand_over_table(*table, moment.epoch);
    if (histogram_freq_ > 0 && moment.epoch % histogram_freq_ == 0) hand_over_weights(moment.epoch);
  }

  void on_run_end(const Moment&) override {
    if (!worker_) return;
    worker_->close();
    const std::string failure = worker_->failure();
    worker_.reset();
    if (failure.empty()) disk_.sync();
    train_.reset();
    validation_.reset();
    if (!failure.empty()) throw std::runtime_error(failure);
  }

  /// What a checkpoint says to have happened is in the files.
  void save(treino::Writer&) const override {
    if (worker_) worker_->wait();
  }
  void load(treino::Reader&, std::uint32_t) override {}

 private:
  static bool starts_with(const std::string& text, const char* head) { return text.compare(0, std::strlen(head), head) == 0; }
  static bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }
  static std::uint64_t frequency(const treino::Setup& setup) {
    if (setup.is_integer("update_freq")) return setup.get<std::uint64_t>("update_freq");
    return setup.get<std::string>("update_freq") == "batch" ? 1 : 0;
  }

  void begin_file(std::optional<treino::tensorboard::EventFile>& file, const char* name, const Moment& moment) const {
    file.emplace(std::filesystem::path(folder_) / name);
    Event version = event_at(0);
    version.set_file_version("brain.Event:2");
    file->write(version.SerializeAsString());
    // The first of a folder is a beginning; every further one voids what is there from its step, the next to be written, on.
    Event start = event_at(moment.resumed == 0 ? 0 : moment.step + 1);
    start.mutable_session_log()->set_status(treino::events::SessionLog::START);
    file->write(start.SerializeAsString());
  }

  void begin_clock(const Moment& moment) {
    epoch_begun_ = batch_begun_ = Clock::now();
    epoch_step_ = batch_step_ = moment.step;
  }
  static double steps_per_second(std::uint64_t step, Clock::time_point begun, std::uint64_t from) {
    return static_cast<double>(step - from) / std::max(1e-9, std::chrono::duration<double>(Clock::now() - begun).count());
  }

  void hand_over(bool validation, Event&& event) {
    worker_->put([&](Job& job) {  // waits where the worker is too far behind: a record that is not written is lost
      job.validation = validation;
      job.weights = false;
      job.event = std::move(event);
      job.arrays.clear();
    });
  }

  void hand_over_table(const treino_table& table, std::uint64_t epoch) {
    const std::string name = table.name;
    const bool validation = starts_with(name, "val_") && validation_;
    if (table.rows * table.columns == 0 || starts_with(name, "test_")) return;
    worker_->offer([&](Job& job) {
      job.validation = validation;
      job.weights = false;
      job.event = event_at(epoch);
      job.arrays.assign(1, picture_of(table, "epoch_" + (validation ? name.substr(4) : name)));
    });
  }

  void hand_over_weights(std::uint64_t epoch) {
    if (copies_ >= copies_allowed_) worker_->wait();
    std::vector<Array> arrays;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) {
      arrays.push_back({host().parameter_name(i), {}, {}, true, write_images_});
      copy(host().parameter(i), arrays.back());
      // Right after a resume there is no gradient yet.
      const auto gradient = gradients_ && trained_ ? host().gradient(i) : std::nullopt;
      if (!gradient) continue;
      arrays.push_back({host().parameter_name(i) + "/gradient", {}, {}, true, false});
      copy(*gradient, arrays.back());
    }
    ++copies_;
    worker_->put([&](Job& job) {
      job.validation = false;
      job.weights = true;
      job.event = event_at(epoch);
      job.arrays = std::move(arrays);
    });
  }

  /// On the worker's thread.
  void work(Job* first, Job* last) {
    if (first == last) return disk_.sync();
    for (Job* job = first; job != last; ++job) {
      for (const Array& array : job->arrays) add_array(job->event, array);
      if (job->weights) --copies_;
      job->arrays = {};
      (job->validation ? *validation_ : *train_).write(job->event.SerializeAsString());
    }
    train_->expect_there();
    if (validation_) validation_->expect_there();
    disk_.wrote();
  }
  void sync() {
    train_->sync();
    if (validation_) validation_->sync();
  }

  void add_array(Event& event, const Array& array) const {
    if (array.histogram) add_histogram(event, array);
    if (!array.image || array.values.empty()) return;
    auto* value = event.mutable_summary()->add_value();
    value->set_tag(array.name + (array.histogram ? "/image" : ""));
    Picture(array).fill(*value->mutable_image());
  }
  void add_histogram(Event& event, const Array& array) const {
    treino::tensorboard::Histogram histogram;
    histogram.add(array.values.data(), array.values.size());
    if (histogram.not_finite() > 0)
      host().warn(std::to_string(histogram.not_finite()) + " values of " + array.name +
                  " are not finite and not in its histogram of epoch " + std::to_string(event.step()));
    auto* value = event.mutable_summary()->add_value();
    value->set_tag(array.name + "/histogram");
    histogram.fill(*value->mutable_histo());
  }

  void check() {
    const std::string failure = worker_->failure();
    if (!failure.empty()) throw std::runtime_error(failure);
  }

  std::string folder_;
  std::uint64_t histogram_freq_;
  bool gradients_, write_graph_, write_images_, write_steps_per_second_;
  std::uint64_t update_freq_;  // 0: by epoch

  bool trained_ = false;
  std::vector<std::optional<double>> last_;  // of each number, what was last written by step
  Clock::time_point epoch_begun_, batch_begun_;
  std::uint64_t epoch_step_ = 0, batch_step_ = 0;
  std::atomic<std::size_t> copies_{0};  // of the weights, on their way
  std::size_t copies_allowed_ = 2;
  std::optional<treino::tensorboard::EventFile> train_, validation_;  // the worker's while it is there
  treino::SyncPolicy disk_;
  std::unique_ptr<treino::Worker<Job>> worker_;
};

}  // namespace

TREINO_PLUGIN(TensorBoard, R"toml(
kind = "callback"
id = "tensorboard"
version = "1.1.0"
summary = "event files that TensorBoard opens: numbers, histograms, images, graph"
phase = "report"
events = ["run_begin", "epoch_begin", "step_end", "epoch_end", "run_end"]
help = """
Folders train and validation under log_dir. By epoch (from 0): epoch_<number>, those of validation without their val_;
<parameter>/histogram, <parameter>/gradient/histogram (of the epoch's last step), <parameter>/image (blue below zero, red above;
kernels beside each other, a row a filter); of the tables of metrics an image, epoch_<table>, with a row of squares for each row (the
deeper the red the larger the value). By step, counted over the whole run: learning_rate and, with update_freq,
batch_<number>, the running value that everybody sees; a value that has not changed is not repeated.
The files are written by a thread of their own, at most 0.2 s later; where it cannot write, the next event fails with the reason, and
what was written stays whole. No record is left out: where the thread is too far behind, the run waits. Checkpoints wait until all is
written, so that nothing is lost when the run is killed; the thread forces the files onto the disk once a second at most and when it has
nothing to write, so that a power cut takes at most what came since then; the end of the run waits for that. sync = "every_epoch" does so
each time something is written.
The step is the run's own and goes on across a resume; a checkpoint waits for what was handed to the thread before it. A resumed
run writes new files, and tells TensorBoard (SessionLog START) that steps of the old ones from there on are void. Rows by epoch
that a killed run wrote after its last checkpoint are there twice, with the same values. An interrupted epoch has its rows when
the run has gone on with it.
There is no profile_batch: TensorBoard's profile page reads TensorFlow's own traces only; see the callback `profiler`.
Format: TFRecord (length, masked CRC-32C) of Event messages; sdk/proto/tensorboard.proto.
"""

[parameters.log_dir]
type = "output"
folder = true
default = "logs"
doc = "the folder"

[parameters.histogram_freq]
type = "int"
default = 0
min = 0
doc = "epochs from one set of histograms to the next; 0: none"

[parameters.gradients]
type = "bool"
default = false
doc = "histograms of the gradients too"

[parameters.write_graph]
type = "bool"
default = true
doc = "the layers as a graph"

[parameters.write_images]
type = "bool"
default = false
doc = "the weights as images, as often as histograms"

[parameters.write_steps_per_second]
type = "bool"
default = false
doc = "epoch_steps_per_second and, with update_freq, batch_steps_per_second"

[parameters.sync]
type = "string"
default = "background"
choices = ["background", "every_epoch"]
doc = "when records are forced onto the disk: by and by, or each time"

[parameters.update_freq]
type = "string"
or = "int"
default = "epoch"
choices = ["epoch", "batch"]
min = 1
doc = "numbers by epoch only, after every step too, or after every so many steps"
)toml")
