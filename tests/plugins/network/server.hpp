// Real servers on loopback, scripts of this folder run by Python, and what it takes to look at what they got.
#pragma once
#include <nlohmann/json.hpp>

#include "program/e2e/workshop.hpp"

namespace treino::test {

/// A key and a certificate for `name`, signed by itself: made by openssl in `folder`.
struct Certificate {
  fs::path certificate, key;
  Certificate(const fs::path& folder, const std::string& subject_alternative_name);
};

class Server {
 public:
  /// `script` with the arguments behind its folder; returns when it listens. `mode`: what the script's opening says.
  Server(const std::string& script, const std::string& mode, std::vector<std::string> arguments = {},
         std::map<std::string, std::string> environment = {});

  std::string port() const;
  void set_mode(const std::string& mode) const;
  /// The lines of a file of its own, "requests", "mails" or "logins".
  std::vector<nlohmann::json> noted(const std::string& file) const;
  /// "requests" that were answered with success: their rows, in order.
  std::vector<nlohmann::json> rows() const;

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Process> process_;
};

/// A port that nobody listens on: it belonged to a server that has gone.
std::string closed_port();

}  // namespace treino::test
