// The files that a callback has the host write: those asked for, those that are there. With it a run that was killed between the
// two asks again, and a callback removes only files it has made itself.
#pragma once
#include <algorithm>
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/monitor.hpp>

namespace treino {
inline namespace sdk0 {

class OwnFiles {
 public:
  struct File {
    std::string path;
    std::optional<double> value;  // of the metric that decides which files stay
    std::uint8_t purpose = 0;     // the callback's own distinction
  };
  using Place = std::vector<File>::const_iterator;

  explicit OwnFiles(const Host& host) : host_(host) {}

  /// Oldest first.
  const std::vector<File>& asked() const { return asked_; }
  const std::vector<File>& there() const { return there_; }

  /// Before the request itself.
  void ask(File file) { asked_.push_back(std::move(file)); }

  /// In on_checkpoint_saved: what the answer is to; empty where nothing was asked. Throws where it could not be written.
  std::optional<File> answered(const Event& event) {
    if (asked_.empty()) return std::nullopt;
    File file = std::move(asked_.front());  // answers come in the order of the requests
    asked_.erase(asked_.begin());
    if (outcome_of(event) != Outcome::done) throw std::runtime_error(file.path + " is not saved: " + event.text);
    return file;
  }
  /// Takes it among the own files, in the place of one that it has overwritten.
  void keep(File file) {
    forget(file.path);
    there_.push_back(std::move(file));
  }
  void forget(const std::string& path) {
    there_.erase(std::remove_if(there_.begin(), there_.end(), [&](const File& each) { return each.path == path; }), there_.end());
  }
  /// From the disk; one that somebody else has removed is no fault. Returns the place of the next.
  Place remove(Place file) {
    std::error_code error;
    std::filesystem::remove(file->path, error);
    if (error) host_.warn(file->path + " cannot be removed: " + error.message());
    return there_.erase(file);
  }
  /// Whether a file of this name is there, or will be.
  bool has(const std::string& path) const {
    const auto named = [&](const File& file) { return file.path == path; };
    return std::any_of(there_.begin(), there_.end(), named) || std::any_of(asked_.begin(), asked_.end(), named);
  }
  /// For who has no use for them: the list would grow with the run, and stand in each file.
  void forget_all() { there_.clear(); }
  /// What the values are of has changed.
  void forget_values() {
    for (File& file : there_) file.value.reset();
  }

  void save(Writer& writer) const {
    for (const auto* files : {&there_, &asked_}) {
      writer.write(std::uint64_t{files->size()});
      for (const File& file : *files) {
        writer.write(relative(file.path));
        write_optional(writer, file.value);
        writer.write(file.purpose);
      }
    }
  }
  /// Gives what save() wrote; it is taken by assignment when all of a state has been read.
  static OwnFiles load(const Host& host, Reader& reader) {
    OwnFiles loaded(host);
    for (auto* files : {&loaded.there_, &loaded.asked_})
      for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
        File& file = files->emplace_back();
        file.path = (host.run().folder / std::filesystem::path(reader.get<std::string>())).lexically_normal().string();
        file.value = read_optional(reader);
        reader.read(file.purpose);
      }
    return loaded;
  }

 private:
  // Inside the run's folder paths are kept relative to it: it may be moved or copied, and what the other one holds is not ours.
  std::string relative(const std::string& path) const {
    const auto relative = std::filesystem::path(path).lexically_relative(host_.run().folder);
    return relative.empty() || *relative.begin() == ".." ? path : relative.string();
  }

  Host host_;
  std::vector<File> there_, asked_;
};

}  // namespace sdk0
}  // namespace treino
