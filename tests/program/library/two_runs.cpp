// A program that gives its process to Treino and trains twice at once, for longer than anybody waits; then it says how each run ended.
// Arguments: a manifest, and a folder for both.
#include <cstdio>
#include <string>
#include <thread>
#include <treino/treino.hpp>

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const treino::Process process;
  std::string ends[2];
  std::thread threads[2];
  for (int i = 0; i < 2; ++i)
    threads[i] = std::thread([&, i] {
      try {
        treino::Run run(arguments[1], {"run.epochs=1000000"});
        run.folder(std::string(arguments[2]) + "/" + std::to_string(i)).plugin_folder(PLUGINS).quiet();
        const treino::Result result = run.fit();
        ends[i] = (result.outcome == treino::Outcome::interrupted ? "interrupted: " : "otherwise: ") + result.reason;
      } catch (const treino::Error& error) {
        ends[i] = error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  std::printf("%s\n%s\n", ends[0].c_str(), ends[1].c_str());
  return 0;
}
