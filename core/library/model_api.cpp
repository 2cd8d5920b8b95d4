// treino_model_...: the C functions, each a line of Model's.
#include "library/guarded.hpp"
#include "library/model.hpp"

using treino::base::InputError;
using treino::library::guarded;

struct treino_model_handle {
  treino::library::Model model;
};

extern "C" {

treino_status treino_model_open(const char* path, const treino_model_options* options, treino_model_handle** model,
                                treino_error* error) {
  return guarded(error, [&] {
    if (model == nullptr) throw InputError("there is no place for the model's handle");
    *model = nullptr;
    treino::library::given(path, "the model's path");
    const treino_model_options known =
        options == nullptr ? treino_model_options{} : treino::library::known_part(options, "treino_model_options");
    if (known.capacity < 0 || known.threads > 4096) throw InputError("treino_model_options: capacity or threads cannot be that");
    *model = new treino_model_handle{treino::library::Model(path, known.capacity == 0 ? 64 : known.capacity,
                                                            known.threads == 0 ? 1 : static_cast<int>(known.threads))};
  });
}

void treino_model_close(treino_model_handle* model) { delete model; }

const int64_t* treino_model_shape(const treino_model_handle* model, uint32_t* rank) {
  if (rank != nullptr) *rank = model == nullptr ? 0 : static_cast<uint32_t>(model->model.shape().size());
  return model == nullptr ? nullptr : model->model.shape().data();
}

int64_t treino_model_inputs(const treino_model_handle* model) { return model == nullptr ? 0 : model->model.inputs(); }
int64_t treino_model_outputs(const treino_model_handle* model) { return model == nullptr ? 0 : model->model.outputs(); }
int64_t treino_model_steps(const treino_model_handle* model) { return model == nullptr ? 0 : model->model.steps(); }
int64_t treino_model_classes(const treino_model_handle* model) { return model == nullptr ? 0 : model->model.classes(); }

const char* treino_model_class_name(const treino_model_handle* model, int64_t index) {
  return model == nullptr ? nullptr : model->model.class_name(index);
}

treino_status treino_model_predict(treino_model_handle* model, const float* features, int64_t count, float* outputs,
                                   treino_error* error) {
  return guarded(error, [&] {
    if (model == nullptr) throw InputError("the model's handle is null");
    if (count < 0 || (count > 0 && (features == nullptr || outputs == nullptr)))
      throw InputError("features, outputs or their count cannot be that");
    model->model.predict(features, count, outputs);
  });
}

int64_t treino_model_class_of(const treino_model_handle* model, const float* outputs) {
  return model == nullptr || outputs == nullptr ? -1 : model->model.class_of(outputs);
}
}
