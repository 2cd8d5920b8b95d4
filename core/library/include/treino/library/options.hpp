// What a run and a loop are opened with, between C and C++.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <treino/library/result.hpp>
#include <vector>

namespace treino {

namespace library_detail {

inline Result result_of(const treino_run_result& result) {
  return {static_cast<Outcome>(result.outcome),
          result.epochs,
          result.reason,
          result.folder,
          pairs(result.scalars, result.scalar_count),
          result.resume_command,
          result.output_failure == nullptr ? "" : result.output_failure};
}

/// What a run and a loop are opened with.
struct Options {
  std::string manifest, folder;
  std::optional<std::string> text;  // in place of the file
  std::vector<std::string> settings, plugin_folders;
  bool quiet = false, trust = false, restart = false, dry = false;
  std::function<void(const char*)> log;

  /// Calls open(options), which throws nothing of its own: the pointers live as long as the call.
  template <class Function>
  void with_c(Function&& open) {
    const auto setting_texts = pointers(settings), folders = pointers(plugin_folders);
    treino_run_options options{};
    options.size = sizeof options;
    options.quiet = quiet;
    options.trust = trust;
    options.restart = restart;
    options.dry = dry;
    options.manifest = manifest.c_str();
    options.text = text ? text->c_str() : nullptr;
    options.folder = folder.empty() ? nullptr : folder.c_str();
    options.setting_count = static_cast<std::uint32_t>(setting_texts.size());
    options.settings = setting_texts.data();
    options.plugin_folder_count = static_cast<std::uint32_t>(folders.size());
    options.plugin_folders = folders.data();
    if (log) {
      options.log = [](void* context, const char* line) { static_cast<Options*>(context)->log(line); };
      options.log_context = this;
    }
    open(options);
  }
};

}  // namespace library_detail

}  // namespace treino
