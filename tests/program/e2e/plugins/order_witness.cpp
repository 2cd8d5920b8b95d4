// A callback that adds "<instance> <event>" to a file of the run's folder at each event that it receives; several instances may
// share the file. Built twice, as order_witness_a and order_witness_b.
#include <cstdio>
#include <treino/callback.hpp>

namespace {

using treino::Event;

class OrderWitness final : public treino::Callback {
 public:
  explicit OrderWitness(const treino::Setup& setup)
      : Callback(setup), file_(std::string(host().run().folder) + "/" + setup.get<std::string>("file")) {}

  void on_run_begin(const Event&) override { note("run_begin"); }
  void on_epoch_begin(const Event&) override { note("epoch_begin"); }
  void on_epoch_end(const Event&) override { note("epoch_end"); }
  void on_validation_end(const Event&) override { note("validation_end"); }
  void on_run_end(const Event&) override { note("run_end"); }

 private:
  void note(const char* event) const {
    std::FILE* file = std::fopen(file_.c_str(), "a");
    if (file == nullptr) throw std::runtime_error("cannot open " + file_);
    std::fprintf(file, "%s %s\n", host().run().instance, event);
    std::fclose(file);
  }
  std::string file_;
};

}  // namespace

TREINO_PLUGIN(OrderWitness,
              "kind = 'callback'\n"
              "id = '" WITNESS
              "'\n"
              "version = '1.0.0'\n"
              "summary = 'notes what it hears'\n"
              "phase = 'measure'\n"
              "events = ['run_begin', 'epoch_begin', 'epoch_end', 'validation_end', 'run_end']\n"
              "[parameters.file]\n"
              "type = 'string'\n"
              "required = true\n")
