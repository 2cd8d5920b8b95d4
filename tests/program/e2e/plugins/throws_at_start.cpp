// A library whose start-up code throws, before the host can catch anything in a call of its own.
#include <stdexcept>
#include <treino/callback.hpp>

namespace {

struct Throws {
  Throws() {
#ifdef THROW_INT
    throw 1;
#else
    throw std::runtime_error("not today");
#endif
  }
};
const Throws at_start;

class Idle final : public treino::Callback {
 public:
  using Callback::Callback;
  void on_run_begin(const treino::Event&) override {}
};

}  // namespace

#ifdef THROW_INT
#define ID "throws_int_at_start"
#else
#define ID "throws_at_start"
#endif

TREINO_PLUGIN(Idle,
              "kind = \"callback\"\nid = \"" ID
              "\"\nversion = \"1.0.0\"\nsummary = \"throws when it is loaded\"\nphase = \"report\"\nevents = [\"run_begin\"]\n")
