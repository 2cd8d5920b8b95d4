// A callback that breaks one rule of the contract, chosen by a parameter, beneath the C++ layer.
#include <cstring>
#include <treino/detail/component.hpp>

namespace {

class Nameless final : public std::exception {
 public:
  const char* what() const noexcept override { return nullptr; }
};

struct Self {
  const treino_host* host;
  std::string what;
  std::uint32_t number = 0;
};

const treino_log& log_of(const treino_host* host) {
  return *static_cast<const treino_log*>(host->service(host, TREINO_LOG_SERVICE));
}

treino_status create(const treino_host* host, const treino_parameter* parameters, std::uint32_t count, void** self,
                     treino_error*) {
  const std::string what = treino::Setup(host, parameters, count).get<std::string>("what");
  if (what == "missing create") return TREINO_MISSING;
  if (what == "nameless create") throw Nameless();
  *self = new Self{host, what};
  return TREINO_OK;
}

treino_status on(void* instance, const treino_event_info* event, treino_error* error) {
  auto& self = *static_cast<Self*>(instance);
  const std::string& what = self.what;
  if (event->type == TREINO_RUN_END) return TREINO_OK;
  if (what == "nameless") throw Nameless();
  if (what == "no end") {
    std::memset(error->text, 'x', error->capacity);
    return TREINO_FAILED;
  }
  if (what == "another buffer") {
    static char elsewhere[] = "in a buffer of its own";
    error->text = elsewhere;
    error->capacity = 1u << 31;
    throw std::runtime_error("thrown with the error's buffer changed");
  }
  if (what == "writes") {
    auto* mine = const_cast<treino_event_info*>(event);
    mine->epoch = 99;
    mine->loss = -5;
    mine->outcome = TREINO_DIVERGED;
    mine->text = nullptr;
  }
  if (what == "reads" && event->type == TREINO_EPOCH_END) {
    const bool same = event->epoch < 99 && event->outcome == TREINO_RUNNING && event->text != nullptr;
    log_of(self.host).log(self.host, TREINO_LOG_INFO, same ? "untouched" : "touched");
  }
  if (what == "skips" && event->type == TREINO_EPOCH_END) {
    const auto* control = static_cast<const treino_control*>(self.host->service(self.host, TREINO_CONTROL_SERVICE));
    control->skip_step(self.host, "no reason");
  }
  return TREINO_OK;
}

constexpr char text[] = R"toml(
kind = "callback"
id = "misbehaver"
version = "1.0.0"
summary = "breaks a rule"
phase = "report"
events = ["epoch_end", "run_end"]
[parameters.what]
type = "string"
required = true
)toml";

__attribute__((section(".note.treino"), used, aligned(4))) constexpr treino::detail::Note<sizeof(text)> note{text};

constexpr treino_lifecycle lifecycle{
    sizeof(treino_lifecycle), 1, create, [](void* self) { delete static_cast<Self*>(self); }, nullptr, nullptr, nullptr};
constexpr treino_callback callback{sizeof(treino_callback), 0, 1u << TREINO_EPOCH_END | 1u << TREINO_RUN_END, on, nullptr};
constexpr treino_component component{sizeof(treino_component), 0, "callback", text, &lifecycle, &callback};

}  // namespace

TREINO_LIBRARY(&component)
