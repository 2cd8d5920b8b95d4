// What most sources of core include, parsed once for all of them. No source relies on it: each names its own headers. Kept small: a
// compiler reads all of it for every source, so that nlohmann/json.hpp, which a fifth of them include, costs more than it saves.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
