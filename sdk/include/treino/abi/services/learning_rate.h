/* Service: the learning rate. */
#ifndef TREINO_ABI_SERVICES_LEARNING_RATE_H
#define TREINO_ABI_SERVICES_LEARNING_RATE_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_LEARNING_RATE_SERVICE "treino.learning_rate/1"
typedef struct treino_learning_rate {
  uint32_t size;
  uint32_t reserved;
  /* rate = base -> schedulers in order -> all factors multiplied -> not below the largest floor */
  /* [step] The rate that the next step will use. */
  double (*current)(const treino_host* host);
  /* [step] The base that schedulers act on. */
  double (*base)(const treino_host* host);
  void (*set_base)(const treino_host* host, double rate);
  /* [step] This instance's factor (1 at first) and floor (0 at first). They are the plugin's to save and, on load, to set again. */
  void (*set_factor)(const treino_host* host, double factor, double floor);
  /* [step] The factors that are set, with the names of the instances that set them. Names stay valid until destroy. */
  uint32_t (*factor_count)(const treino_host* host);
  treino_status (*factor)(const treino_host* host, uint32_t index, const char** who, double* factor);
  /* [step] What the optimizer uses for the current step; NaN where it has none. */
  double (*momentum)(const treino_host* host);
  double (*weight_decay)(const treino_host* host);
} treino_learning_rate;

#ifdef __cplusplus
}
#endif

#endif
