// Servers of a test run as processes of their own: a plugin must survive what happens to them.
#include "plugins/network/server.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace treino::test {

Certificate::Certificate(const fs::path& folder, const std::string& subject_alternative_name)
    : certificate(folder / (subject_alternative_name.substr(3) + ".pem")),
      key(folder / (subject_alternative_name.substr(3) + ".key")) {
  ProcessOptions options;
  options.arguments = {"openssl",  "req",
                       "-x509",    "-newkey",
                       "rsa:2048", "-nodes",
                       "-days",    "2",
                       "-keyout",  key,
                       "-out",     certificate,
                       "-subj",    "/CN=a server",
                       "-addext",  "subjectAltName=" + subject_alternative_name};
  const Finished finished = run_process(options);
  INFO(finished.error);
  REQUIRE(finished.exit_code == 0);
}

Server::Server(const std::string& script, const std::string& mode, std::vector<std::string> arguments,
               std::map<std::string, std::string> environment) {
  set_mode(mode);
  ProcessOptions options;
  options.arguments = {"/usr/bin/python3", SOURCE_FOLDER "/tests/plugins/network/" + script, folder_.path()};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  options.environment = std::move(environment);
  process_ = std::make_unique<Process>(options);
  while (!fs::exists(folder_ / "port")) {
    if (!process_->running()) throw std::runtime_error(script + " does not start: " + process_->wait().error);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string Server::port() const { return read_text(folder_ / "port"); }
void Server::set_mode(const std::string& mode) const {
  write_text(folder_ / "mode.new", mode);
  fs::rename(folder_ / "mode.new", folder_ / "mode");
}

std::vector<nlohmann::json> Server::noted(const std::string& file) const {
  std::string text = read_text(folder_ / file);
  text.resize(text.rfind('\n') + 1);  // the server may be writing a long line in pieces right now; npos + 1 is 0
  std::vector<nlohmann::json> found;
  for (const std::string& line : lines(text)) found.push_back(nlohmann::json::parse(line));
  return found;
}

std::vector<nlohmann::json> Server::rows() const {
  std::vector<nlohmann::json> rows;
  for (const nlohmann::json& request : noted("requests")) {
    if (request["mode"] != "fast") continue;
    const bool json = request["headers"].value("content-type", "") == "application/json";
    rows.push_back(nlohmann::json::parse((json ? request["body"] : request["form"]["data"]).get<std::string>()));
  }
  return rows;
}

std::string closed_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(descriptor);
  if (!bound) throw std::runtime_error("no port is free");
  return std::to_string(ntohs(address.sin_port));
}

}  // namespace treino::test
