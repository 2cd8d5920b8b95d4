// A mail server, and one mail handed over to it.
#pragma once
#include <chrono>
#include <string>
#include <treino/plugin.hpp>
#include <vector>

#include "letter.hpp"
#include "shared/network/delivery.hpp"
#include "shared/network/mail.hpp"

namespace email {

struct Server {
  std::string url, shown, user, password, authority;
  bool starttls = false;
  treino::MailAddress from;
  std::vector<treino::MailAddress> to;
};

/// Throws std::runtime_error where libcurl cannot be started. Before anything is sent.
void initialize();

/// Reads the server's parameters. Throws std::invalid_argument with the fix where they do not go together.
Server server_of(const treino::Setup& setup);

/// Sends one mail over a connection of its own, within `limit`. Never throws for what the server or the network does.
treino::Attempt send(const Server& server, const Mail& mail, const std::string& id, std::chrono::milliseconds limit);

}  // namespace email
