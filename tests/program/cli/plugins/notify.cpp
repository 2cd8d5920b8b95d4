// A callback with a namespace and a version; built a second time with another version.
#include <treino/callback.hpp>

namespace {

class Notify final : public treino::Callback {
 public:
  explicit Notify(const treino::Setup& setup) : Callback(setup) {}
  void on_run_end(const treino::Event&) override { host().info("told by " VERSION); }
};

}  // namespace

TREINO_PLUGIN(Notify, "kind = \"callback\"\nid = \"" ID "\"\nversion = \"" VERSION
                      "\"\nsummary = \"tells\"\nphase = \"report\"\n"
                      "events = [\"run_end\"]\n")
