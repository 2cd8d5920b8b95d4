// An instance's life from create to destroy, and the state that it saves and loads.
#include "host/session/instance.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "host/library/component.hpp"
#include "host/session/services/services.hpp"
#include "host/session/session.hpp"
#include "manifest/scalar_names.hpp"

namespace treino::host {

Instance::Instance(Session& session, std::shared_ptr<const Component> component, std::string name, bool may_disable,
                   const manifest::Table& parameters, const Instance* parent)
    : handle_{{sizeof(treino_host), TREINO_ABI_MINOR,
               [](const treino_host*, const char* service) { return find_service(service); }},
              this},
      session_(session),
      component_(std::move(component)),
      name_(std::move(name)),
      parent_(parent),
      parameters_(parameters),
      may_disable_(may_disable) {
  for (std::string& emitted : manifest::emitted(component_->description, parameters))
    if (emitted.find('*') == std::string::npos)
      emits_.insert(std::move(emitted));
    else
      emits_patterns_.push_back(std::move(emitted));
  update_info();
  call("create", [&](void*, treino_error* error) {
    return component_->lifecycle.create(&handle_.host, parameters_.data(), parameters_.count(), &self_, error);
  });
  creating_ = false;
}

Instance::~Instance() {
  tables_.reset();
  if (self_ == nullptr) return;
  try {
    call("destroy", [&](void* self, treino_error*) {
      component_->lifecycle.destroy(self);
      return TREINO_OK;
    });
  } catch (const CallError& failure) {
    session_.log().message(Log::Level::warning, name_, failure.what());
  }
}

bool Instance::may_log(const std::string& name) const {
  return emits_.contains(name) || std::any_of(emits_patterns_.begin(), emits_patterns_.end(),
                                              [&](const std::string& pattern) { return manifest::fits(pattern, name); });
}

bool Instance::is_on_all_ranks() const {
  if (parent_ != nullptr) return parent_->is_on_all_ranks();
  return component_->kind != manifest::Kind::callback || component_->description.all_ranks;
}

void Instance::fail(const char* doing, const char* text) const { throw CallError(name_, failure_text(doing, text)); }

std::string Instance::failure_text(const char* doing, const char* text) const {
  // A plugin that names itself is not named twice.
  const std::string own = component_->description.id + ": ";
  if (std::strncmp(text, own.c_str(), own.size()) == 0) text += own.size();
  return name_ + ": " + (*text == '\0' ? "failed without saying why" : text) + " (in " + doing + ")";
}

void Instance::keep_mode(const FloatingPointMode& mode, const char* doing) {
  const FloatingPointMode now = floating_point_mode();
  if (now == mode) [[likely]]
    return;
  set_floating_point_mode(mode);
  if (std::exchange(mode_reported_, true)) return;
  session_.log().message(Log::Level::warning, name_,
                         std::string("left the floating-point mode changed in ") + doing + " (" + difference(mode, now) + "; " +
                             component_->path.string() + "); it was put back");
}

std::vector<unsigned char> Instance::save() {
  ByteSink sink;
  call("save", [&](void* self, treino_error* error) { return component_->lifecycle.save(self, sink.sink(), error); });
  return std::move(sink.bytes());
}

void Instance::load(std::span<const unsigned char> state, std::uint32_t version) {
  ByteSource source(state);
  call("load",
       [&](void* self, treino_error* error) { return component_->lifecycle.load(self, source.source(), version, error); });
}

const void* Instance::extension(const char* name) {
  if (component_->lifecycle.extension == nullptr) return nullptr;
  const void* table = nullptr;
  call("extension", [&](void* self, treino_error*) {
    table = component_->lifecycle.extension(self, name);
    return TREINO_OK;
  });
  return table;
}

Instance& Instance::add_child(std::shared_ptr<const Component> component, const manifest::Table& parameters) {
  const std::string name =
      name_ + "/" + manifest::default_name(component->description.id) + "_" + std::to_string(children_.size() + 1);
  children_.push_back(std::make_unique<Instance>(session_, std::move(component), name, false, parameters, this));
  return *children_.back();
}

const ChildTables& Instance::tables_for_parent() {
  if (!tables_) tables_ = std::make_unique<ChildTables>(*this);
  return *tables_;
}

void Instance::update_info() {
  info_ = session_.info();
  info_.size = sizeof info_;
  info_.instance = name_.c_str();
}

ByteSink::ByteSink()
    : sink_{sizeof(treino_sink), 0, this, [](void* context, const void* bytes, std::uint64_t count) -> treino_status {
              try {
                auto& to = static_cast<ByteSink*>(context)->bytes_;
                const auto* from = static_cast<const unsigned char*>(bytes);
                to.insert(to.end(), from, from + count);
                return TREINO_OK;
              } catch (...) {  // out of memory, or a length that cannot be
                return TREINO_FAILED;
              }
            }} {}

ByteSource::ByteSource(std::span<const unsigned char> bytes)
    : left_(bytes), source_{sizeof(treino_source), 0, this, &ByteSource::read, bytes.size()} {}

std::uint64_t ByteSource::read(void* context, void* bytes, std::uint64_t count) {
  auto& left = static_cast<ByteSource*>(context)->left_;
  const std::size_t given = std::min<std::size_t>(count, left.size());
  if (given > 0) std::memcpy(bytes, left.data(), given);
  left = left.subspan(given);
  return given;
}

}  // namespace treino::host
