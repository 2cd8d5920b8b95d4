// What the programs that compare.py talks to have in common: they read lines "<workload> <seconds>", train for about that long
// and answer "<median microseconds per step> <best>".
#pragma once
#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace bench {

using Step = std::function<void()>;

struct Times {
  double median, best;
};

/// Of chunks of at least 5 ms, or single steps.
inline Times measure(const Step& step, double seconds) {
  const auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  double start = now();
  step();
  const int chunk = static_cast<int>(std::max(1.0, 0.005 / (now() - start)));
  std::vector<double> times;
  for (const double end = now() + seconds; times.size() < 2 || now() < end;) {
    start = now();
    for (int i = 0; i < chunk; ++i) step();
    times.push_back((now() - start) / chunk * 1e6);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[0]};
}

/// make(workload) gives its step; the one before is gone by then.
inline void answer(const std::function<Step(char)>& make) {
  char workload = 0, wanted;
  double seconds;
  Step step;
  while (std::cin >> wanted >> seconds) {
    if (wanted != workload) {
      workload = wanted;
      step = nullptr;
      step = make(workload);
      for (int i = 0; i < 3; ++i) step();
    }
    const Times times = measure(step, seconds);
    std::cout << times.median << ' ' << times.best << std::endl;
  }
}

}  // namespace bench
