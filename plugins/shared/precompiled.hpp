// What most plugins include, parsed once for all of them. No plugin relies on it: each names its own headers.
#pragma once

#include <treino/callback.hpp>
#include <treino/kit/elementwise_loss.hpp>
#include <treino/kit/mean_metric.hpp>
#include <treino/loss.hpp>
#include <treino/metric.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>
