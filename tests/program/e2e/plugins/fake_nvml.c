/* libnvidia-ml.so.1 of a machine with two GPUs. FAKE_NVML = "hang_at_start", "hang_later", "broken" or "": what is wrong with it.
   Built with FAKE_NVML_OLD it is of a driver that knew less. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

static int is(const char* what) {
  const char* fault = getenv("FAKE_NVML");
  return fault != NULL && strcmp(fault, what) == 0;
}

static void hang(void) {
  for (;;) pause();
}

PUBLIC int nvmlInit_v2(void) {
  if (is("hang_at_start")) hang();
  return is("broken") ? 9 : 0;
}

PUBLIC int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 2;
  return 0;
}

PUBLIC int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  static int devices[2] = {0, 1};
  *device = &devices[index];
  return 0;
}

PUBLIC int nvmlDeviceGetUtilizationRates(void* device, unsigned rates[2]) {
  if (is("hang_later")) hang();
  rates[0] = *(int*)device == 0 ? 42 : 7;
  rates[1] = 99; /* how busy the memory's bus is */
  return 0;
}

#ifndef FAKE_NVML_OLD
PUBLIC int nvmlDeviceGetMemoryInfo(void* device, unsigned long long bytes[3]) {
  (void)device;
  bytes[0] = 80ull << 30; /* in all, free, used */
  bytes[1] = 60ull << 30;
  bytes[2] = 20ull << 30;
  return 0;
}
#endif

/* The second GPU does not know its temperature. */
PUBLIC int nvmlDeviceGetTemperature(void* device, int sensor, unsigned* celsius) {
  *celsius = 55;
  return sensor == 0 && *(int*)device == 0 ? 0 : 3;
}
