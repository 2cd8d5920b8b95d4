// The service that plugins announce files with which no parameter of theirs names.
#include "host/session/services/services_outputs.hpp"

#include "host/session/services/services.hpp"

namespace treino::host {

namespace {

using namespace services;

treino_status outputs_claim(const treino_host* host, const char* path, treino_error* error) {
  return guarded(error, [&] {
    Instance& instance = Instance::of(host);
    if (!instance.creating()) throw std::logic_error("files are claimed during create");
    const std::string text = text_or_empty(path);
    const auto other = instance.session().outputs().claim(text, "an output of " + instance.name());
    if (other) throw std::invalid_argument("expected a file of its own to write, but " + text + " is " + *other);
    return TREINO_OK;
  });
}

}  // namespace

namespace services {

const treino_outputs outputs_service{sizeof(treino_outputs), 0, outputs_claim};

}  // namespace services

}  // namespace treino::host
