// What fails while a file is written is told as it was thrown, not as the exporter passes it on.
#include "train/export/exporter.hpp"

#include <exception>
#include <utility>

#include "host/session/services/services.hpp"
#include "manifest/settings.hpp"
#include "train/export/model_view.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/run/create_plugins.hpp"

namespace treino::train {

namespace {

/// The files as the contract passes them.
class Files {
 public:
  Files(const std::string& stem, const Exporter::Write& write)
      : write_(write), files_{sizeof(treino_export_files), 0, this, stem.c_str(), &Files::take} {}
  const treino_export_files* files() const { return &files_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static treino_status take(void* context, const char* extension, const void* bytes, std::uint64_t count, treino_error* error) {
    Files& self = *static_cast<Files*>(context);
    return host::services::guarded(error, [&]() -> treino_status {
      try {
        self.write_(extension, {static_cast<const char*>(bytes), count});
        return TREINO_OK;
      } catch (...) {
        self.failure_ = std::current_exception();
        throw;
      }
    });
  }

  const Exporter::Write& write_;
  treino_export_files files_;
  std::exception_ptr failure_;
};

}  // namespace

Exporter::Exporter(const Plan& plan, const std::string& id, const std::vector<std::string>& settings) {
  manifest::Faults faults;
  manifest::PluginSection section;
  section.kind = manifest::Kind::exporter;
  section.id = section.name = {id, {"--to", 0, 0}};
  manifest::apply_settings(section.parameters, settings, faults);
  auto planned = plan_plugin(plan, section, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  plugin_ = std::move(*planned);
}

void Exporter::write(Run& run, const std::string& stem, const Write& write) const {
  const ModelView view(run);
  const Files files(stem, write);
  in_manifest(plugin_, [&] {
    host::Instance& instance = create_plugin(run, plugin_);
    try {
      instance.call("write", [&](void* self, treino_error* error) {
        return instance.component().exporter.write(self, &view.model(), files.files(), error);
      });
    } catch (const host::CallError&) {
      files.rethrow();
      throw;
    }
  });
  files.rethrow();  // of an exporter that did not mind
}

}  // namespace treino::train
