// Losses in C++: value and gradient of a batch in one pass.
#pragma once
#include <treino/child.hpp>
#include <treino/detail/batch.hpp>
#include <treino/detail/component.hpp>
#include <treino/detail/matrix_view.hpp>
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

/// A loss over a batch is sum / weight; 0 where weight is 0.
using LossValue = treino_loss_value;

/// What a loss takes the model's outputs for.
enum class Takes {
  values,
  probabilities,
  logits,              // of one choice among the outputs (softmax)
  independent_logits,  // of a yes/no question an output (sigmoid)
  independent_probabilities,
  margins  // values of which those above 0 say yes to the question of their output; no probability belongs to them
};

class Loss : public Plugin {
 public:
  /// Before the first batch: checks that the loss fits data and model (throws with the fix in the text), allocates.
  virtual void prepare(const Problem&) {}
  virtual Takes takes() const { return Takes::values; }
  /// Whether a batch's loss is a plain sum, and the gradients of batches that make one step are added, not averaged. By itself:
  /// where the parameter `reduction` is "sum".
  virtual bool adds_up() const { return adds_up_; }
  /// prediction  batch x outputs
  /// target      as the description's `target` says
  /// gradient    batch x outputs; set to d(sum / weight)/d(prediction), never added to; false where it is not wanted
  /// All of them are held against prepare's problem before: shapes, kinds, finite weights from 0 up, indices that are classes.
  virtual LossValue evaluate(Matrix<const float> prediction, const Target& target, Weights weights, Matrix<float> gradient) = 0;
  /// Whether a sample of weight above 0 counts for nothing all the same: its class index may then be anything.
  virtual bool ignores(const Target&, std::int64_t /*sample*/) const { return false; }
  /// For the SDK, which calls it with what the loss was constructed from.
  void note_parameters(const Setup& setup) { adds_up_ = setup.has_text("reduction", "sum"); }

 private:
  template <class, class>
  friend struct detail::Kind;
  detail::Batch batch_;
  bool adds_up_ = false;
};

/// "logits of one choice", for messages.
inline const char* text_of(Takes takes) {
  if (takes == Takes::values) return "values";
  if (takes == Takes::margins) return "margins";
  if (takes == Takes::probabilities) return "probabilities of one choice";
  if (takes == Takes::logits) return "logits of one choice";
  return takes == Takes::independent_logits ? "independent logits" : "independent probabilities";
}

/// A loss inside a loss, out of one element of a parameter of type "loss", or of a list of them.
class LossChild {
 public:
  LossChild(const Host& host, const treino_value& table)
      : child_(host.child("loss", table)), table_(static_cast<const treino_loss*>(child_.functions)) {
    if (const char* id = text_in(table, "plugin")) id_ = id;
    if (const char* reduction = reduction_in(table)) reduction_ = reduction;
  }
  const std::string& id() const { return id_; }
  /// Its parameter of that name, or of a loss of losses that of the first of them; "mean", as usual, where there is none.
  const std::string& reduction() const { return reduction_; }

  void prepare(const Problem& problem) const {
    detail::ErrorText text;
    text.check(table_->prepare(child_.self, &problem.raw(), &text.error));
  }
  Takes takes() const {
    std::uint32_t independent = 0;
    const std::uint32_t kind = table_->takes(child_.self, &independent);
    if (kind == TREINO_PREDICTION_VALUES) return independent != 0 ? Takes::margins : Takes::values;
    if (kind == TREINO_PREDICTION_LOGITS) return independent != 0 ? Takes::independent_logits : Takes::logits;
    return independent != 0 ? Takes::independent_probabilities : Takes::probabilities;
  }
  /// As Loss::adds_up.
  bool adds_up() const {
    return detail::has(&treino_loss::adds_up, table_) ? table_->adds_up(child_.self) != 0 : reduction_ == "sum";
  }
  /// As Loss::evaluate.
  LossValue evaluate(const Matrix<const float>& prediction, const Target& target, const Weights& weights,
                     const Matrix<float>& gradient) const {
    const detail::MatrixView predictions(prediction.row(0), prediction.rows(), prediction.columns(), prediction.row_stride());
    const detail::MatrixView targets = target.is_index()
                                           ? detail::MatrixView(target.classes(), prediction.rows())
                                           : detail::MatrixView(target.values().row(0), target.values().rows(),
                                                                target.values().columns(), target.values().row_stride());
    const detail::MatrixView weight(weights.data(), prediction.rows());
    const detail::MatrixView slopes(gradient.row(0), gradient.rows(), gradient.columns(), gradient.row_stride());
    LossValue value{0, 0};
    detail::ErrorText text;
    text.check(table_->evaluate(child_.self, predictions.view(), targets.view(), weights ? weight.view() : nullptr,
                                gradient ? slopes.view() : nullptr, &value, &text.error));
    return value;
  }
  bool has_state() const { return child_.lifecycle->save != nullptr; }
  /// Its state as a part of its parent's.
  void save(Writer& writer) const {
    writer.write(child_.state_version);
    writer.write(state_of(child_));
  }
  void load(Reader& reader) const {
    const auto version = reader.get<std::uint32_t>();
    std::vector<unsigned char> bytes;
    reader.read(bytes);
    set_state(child_, std::move(bytes), version);
  }

 private:
  static const char* text_in(const treino_value& table, const char* name) {
    for (std::uint32_t i = 0; i < table.count; ++i)
      if (const treino_parameter& one = table.as.table[i]; one.value.type == TREINO_TEXT && std::strcmp(one.name, name) == 0)
        return one.value.as.text;
    return nullptr;
  }
  static const char* reduction_in(const treino_value& table) {
    if (const char* own = text_in(table, "reduction")) return own;
    for (std::uint32_t i = 0; i < table.count; ++i) {
      const treino_value& value = table.as.table[i].value;
      const treino_value* child = value.type == TREINO_LIST && value.count > 0 ? value.as.list : &value;
      if (child->type != TREINO_TABLE || text_in(*child, "plugin") == nullptr) continue;
      if (const char* reduction = reduction_in(*child)) return reduction;
    }
    return nullptr;
  }

  Child child_;
  const treino_loss* table_;
  std::string id_, reduction_ = "mean";
};

/// The losses of the list parameter `name`.
inline std::vector<LossChild> loss_children(const Setup& setup, const char* name) {
  const treino_value& list = setup.value(name);
  std::vector<LossChild> children;
  for (std::uint32_t i = 0; i < list.count; ++i) children.emplace_back(setup.host(), list.as.list[i]);
  return children;
}
/// Nothing is written for losses without state.
inline void save_children(Writer& writer, const std::vector<LossChild>& children) {
  for (const LossChild& child : children)
    if (child.has_state()) child.save(writer);
}
inline void load_children(Reader& reader, const std::vector<LossChild>& children) {
  for (const LossChild& child : children)
    if (child.has_state()) child.load(reader);
}

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Loss, T>>> {
  using Base = Loss;
  static constexpr const char* kind = "loss";
  static treino_status prepare(void* self, const treino_problem* problem, treino_error* error) {
    return guarded(error, [&] {
      Loss& loss = Lifecycle<T, Loss>::get(self);
      loss.batch_ = Batch();  // where prepare throws, nothing fits
      loss.prepare(Problem(*problem));
      loss.batch_.expect(*problem);
    });
  }
  static std::uint32_t takes(void* self, std::uint32_t* independent) {
    const Takes takes = Lifecycle<T, Loss>::get(self).takes();
    *independent = takes == Takes::independent_logits || takes == Takes::independent_probabilities || takes == Takes::margins;
    if (takes == Takes::values || takes == Takes::margins) return TREINO_PREDICTION_VALUES;
    return takes == Takes::logits || takes == Takes::independent_logits ? TREINO_PREDICTION_LOGITS
                                                                        : TREINO_PREDICTION_PROBABILITIES;
  }
  static treino_status evaluate(void* self, const treino_tensor* prediction, const treino_tensor* target,
                                const treino_tensor* weight, const treino_tensor* gradient, treino_loss_value* value,
                                treino_error* error) {
    return guarded(error, [&] {
      T& loss = Lifecycle<T, Loss>::get(self);
      Batch& batch = static_cast<Loss&>(loss).batch_;
      batch.bind(prediction, target, weight,
                 [&](std::int64_t sample) { return batch.weights[sample] == 0 || loss.ignores(batch.target, sample); });
      *value = loss.evaluate(batch.prediction, batch.target, batch.weights, batch.gradient(gradient));
    });
  }
  static std::uint32_t adds_up(void* self) { return Lifecycle<T, Loss>::get(self).adds_up() ? 1 : 0; }
  static constexpr treino_loss table() { return {sizeof(treino_loss), 0, prepare, takes, evaluate, adds_up}; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
