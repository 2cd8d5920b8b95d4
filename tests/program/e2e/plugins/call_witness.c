/* A callback, a loss and a metric in plain C that write down which calls the host makes, and with what: see calls_test.cpp. What the same
   instance is asked again at once is written once. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <treino/abi.h>

#define PARAMETERS                                                                          \
  "[parameters.file]\ntype = \"output\"\nrequired = true\ndoc = \"where to\"\n"             \
  "[parameters.factor]\ntype = \"float\"\ndefault = 1.0\ndoc = \"a number\"\n"              \
  "[parameters.many]\ntype = \"list\"\nitems = \"int\"\nscalar = true\ndoc = \"numbers\"\n" \
  "[parameters.absent]\ntype = \"int\"\ndoc = \"never given\"\n"                            \
  "[parameters.how]\ntype = \"string\"\ndefault = \"well\"\ndoc = \"what goes wrong\"\n"

#define HEAD(kind) "kind = \"" kind "\"\nid = \"call_witness\"\nversion = \"1.0.0\"\nsummary = \"writes down calls\"\n"
#define CALLBACK_TEXT                                                                                           \
  HEAD("callback")                                                                                              \
  "phase = \"report\"\nevents = [\"run_begin\", \"run_end\", \"epoch_begin\", \"epoch_end\", \"batch_begin\", " \
  "\"batch_end\"]\n" PARAMETERS
#define LOSS_TEXT HEAD("loss") "target = [\"values\"]\n" PARAMETERS
#define METRIC_TEXT HEAD("metric") "target = [\"values\"]\n" PARAMETERS

TREINO_NOTE(callback_note, CALLBACK_TEXT);
TREINO_NOTE(loss_note, LOSS_TEXT);
TREINO_NOTE(metric_note, METRIC_TEXT);

typedef struct {
  char path[512], how[32], last[128], name[32];
  double sum, count;
} instance;

static void say(instance* self, const char* line) {
  FILE* file;
  if (strcmp(self->last, line) == 0) return;
  snprintf(self->last, sizeof self->last, "%s", line);
  file = fopen(self->path, "a");
  if (file == NULL) return;
  fprintf(file, "%s\n", line);
  fclose(file);
}

static treino_status failed(treino_error* error, const char* text) {
  if (error != NULL) snprintf(error->text, error->capacity, "%s", text);
  return TREINO_FAILED;
}

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  instance* made = calloc(1, sizeof *made);
  char line[256] = "create";
  uint32_t i;
  (void)host;
  for (i = 0; i < count; ++i) {
    const treino_value* value = &parameters[i].value;
    char part[64];
    if (strcmp(parameters[i].name, "file") == 0) snprintf(made->path, sizeof made->path, "%s", value->as.text);
    if (strcmp(parameters[i].name, "how") == 0) snprintf(made->how, sizeof made->how, "%s", value->as.text);
    if (value->type == TREINO_FLOAT)
      snprintf(part, sizeof part, " %s=float:%g", parameters[i].name, value->as.real);
    else if (value->type == TREINO_LIST)
      snprintf(part, sizeof part, " %s=list:%u:%d", parameters[i].name, value->count, (int)value->as.list[0].as.integer);
    else if (strcmp(parameters[i].name, "file") == 0)
      snprintf(part, sizeof part, " file=%s", value->as.text[0] == '/' ? "absolute" : "relative");
    else
      snprintf(part, sizeof part, " %s=text", parameters[i].name);
    strncat(line, part, sizeof line - strlen(line) - 1);
  }
  say(made, line);
  if (strcmp(made->how, "refuse") == 0) {
    free(made);
    return failed(error, "refused as asked");
  }
  if (strcmp(made->how, "missing create") == 0) {
    free(made);
    return TREINO_MISSING;
  }
  *self = made;
  return TREINO_OK;
}
static void destroy(void* self) {
  say(self, "destroy");
  free(self);
}
static treino_status save(void* self, const treino_sink* sink, treino_error* error) {
  (void)error;
  return sink->write(sink->context, &((instance*)self)->sum, sizeof(double));
}
static treino_status load(void* self, const treino_source* source, uint32_t version, treino_error* error) {
  (void)version, (void)error;
  say(self, "load");
  source->read(source->context, &((instance*)self)->sum, sizeof(double));
  return TREINO_OK;
}

static treino_status on(void* self, const treino_event_info* event, treino_error* error) {
  static const char* const names[] = {"run_begin", "run_end", "epoch_begin", "epoch_end", "batch_begin", "batch_end"};
  static const uint32_t events[] = {TREINO_RUN_BEGIN, TREINO_RUN_END,     TREINO_EPOCH_BEGIN,
                                    TREINO_EPOCH_END, TREINO_BATCH_BEGIN, TREINO_BATCH_END};
  instance* me = self;
  char line[64] = "";
  int i;
  for (i = 0; i < 6; ++i)
    if (events[i] == event->type) snprintf(line, sizeof line, "%s %d", names[i], (int)event->epoch);
  if (strcmp(me->how, "quiet") != 0) say(me, line);
  if (strcmp(me->how, "spoil") == 0) {
    ((treino_event_info*)event)->epoch = 99;
    ((treino_event_info*)event)->type = TREINO_RUN_END;
  }
  if (event->type == TREINO_BATCH_END && strcmp(me->how, "missing") == 0) return TREINO_MISSING;
  return event->type == TREINO_BATCH_END && strcmp(me->how, "fail") == 0 ? failed(error, "failed as asked") : TREINO_OK;
}

static treino_status prepare(void* self, const treino_problem* problem, treino_error* error) {
  char line[64];
  snprintf(line, sizeof line, "prepare prediction=%u independent=%u", problem->prediction, problem->independent);
  say(self, line);
  return strcmp(((instance*)self)->how, "refuse prepare") == 0 ? failed(error, "refused as asked") : TREINO_OK;
}
static uint32_t takes(void* self, uint32_t* independent) {
  say(self, "takes");
  *independent = 1;
  return TREINO_PREDICTION_LOGITS;
}
static float at(const treino_tensor* tensor, int64_t row) {
  const int64_t stride = tensor->strides[0];
  return *(const float*)((const char*)tensor->data + tensor->byte_offset + row * stride * (int64_t)sizeof(float));
}
static treino_status evaluate(void* self, const treino_tensor* prediction, const treino_tensor* target,
                              const treino_tensor* weight, const treino_tensor* gradient, treino_loss_value* value,
                              treino_error* error) {
  const int64_t rows = prediction->shape[0];
  int64_t i;
  (void)weight, (void)error;
  value->sum = 0;
  value->weight = (double)rows;
  if (gradient != NULL)
    say(self,
        gradient->strides[0] == gradient->shape[1] && gradient->strides[1] == 1 ? "gradient without gaps" : "gradient with gaps");
  for (i = 0; i < rows; ++i) {
    const float difference = at(prediction, i) - at(target, i);
    value->sum += (double)difference * (double)difference;
    if (gradient != NULL) ((float*)((char*)gradient->data + gradient->byte_offset))[i] = 2 * difference / (float)rows;
  }
  return TREINO_OK;
}

static uint32_t count(void* self) {
  say(self, "count");
  return 1;
}
/* Valid until the next call only: the next one overwrites it. */
static const char* name(void* self, uint32_t index) {
  (void)index;
  snprintf(((instance*)self)->name, sizeof((instance*)self)->name, "call_witness");
  return ((instance*)self)->name;
}
static uint32_t direction(void* self, uint32_t index) {
  (void)index;
  snprintf(((instance*)self)->name, sizeof((instance*)self)->name, "overwritten");
  return TREINO_LOWER_IS_BETTER;
}
static treino_status reset(void* self, treino_error* error) {
  (void)error;
  say(self, "reset");
  ((instance*)self)->sum = ((instance*)self)->count = 0;
  return TREINO_OK;
}
static treino_status update(void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                            treino_error* error) {
  (void)target, (void)weight, (void)error;
  say(self, "update");
  ((instance*)self)->sum += (double)prediction->shape[0];
  return TREINO_OK;
}
static treino_status merge(void* self, const treino_source* other, uint32_t version, treino_error* error) {
  (void)self, (void)other, (void)version, (void)error;
  return TREINO_OK;
}
static treino_status compute(void* self, double* values, treino_error* error) {
  (void)error;
  values[0] = ((instance*)self)->sum;
  return TREINO_OK;
}

static const treino_lifecycle plain = {sizeof(treino_lifecycle), 1, create, destroy, NULL, NULL, NULL};
static const treino_lifecycle with_state = {sizeof(treino_lifecycle), 1, create, destroy, save, load, NULL};
static const treino_callback callback = {sizeof(treino_callback), 0,
                                         1u << TREINO_RUN_BEGIN | 1u << TREINO_RUN_END | 1u << TREINO_EPOCH_BEGIN |
                                             1u << TREINO_EPOCH_END | 1u << TREINO_BATCH_BEGIN | 1u << TREINO_BATCH_END,
                                         on, NULL};
static const treino_loss loss = {sizeof(treino_loss), 0, prepare, takes, evaluate, NULL};
static const treino_metric metric = {sizeof(treino_metric), 0, prepare, count, name, direction, reset, update, merge, compute};
static const treino_component callback_component = {
    sizeof(treino_component), 0, "callback", CALLBACK_TEXT, &with_state, &callback};
static const treino_component loss_component = {sizeof(treino_component), 0, "loss", LOSS_TEXT, &plain, &loss};
static const treino_component metric_component = {sizeof(treino_component), 0, "metric", METRIC_TEXT, &with_state, &metric};
static const treino_component* const components[] = {&callback_component, &loss_component, &metric_component};

const treino_plugin treino_plugin_v0 = {sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, 1, 3, 0, components};
