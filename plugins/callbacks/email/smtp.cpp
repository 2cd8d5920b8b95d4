// SMTP by libcurl: one connection for each mail, so that nothing of one attempt is left for the next.
#include "smtp.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <stdexcept>
#include <treino/kit/durable_file.hpp>

namespace email {

namespace {

/// One mail over one connection.
class Smtp {
 public:
  explicit Smtp(const Server& server) : server_(server), handle_(curl_easy_init()) {
    if (handle_ == nullptr) throw std::runtime_error("libcurl cannot be started");
  }
  Smtp(const Smtp&) = delete;
  Smtp& operator=(const Smtp&) = delete;
  ~Smtp() {
    curl_easy_cleanup(handle_);
    curl_mime_free(message_);
    for (curl_slist* list : lists_) curl_slist_free_all(list);
  }

  treino::Attempt send(const Mail& mail, const std::string& id, std::chrono::milliseconds limit) {
    set(CURLOPT_URL, server_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name server that hangs is not waited for beyond the limit
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    if (server_.starttls) set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!server_.authority.empty()) set(CURLOPT_CAINFO, server_.authority.c_str());
    if (!server_.user.empty()) {
      set(CURLOPT_USERNAME, server_.user.c_str());
      set(CURLOPT_PASSWORD, server_.password.c_str());
    }
    set(CURLOPT_MAIL_FROM, ("<" + server_.from.mailbox + ">").c_str());
    std::vector<std::string> receivers;
    for (const treino::MailAddress& address : server_.to) receivers.push_back("<" + address.mailbox + ">");
    set(CURLOPT_MAIL_RCPT, list(receivers));
    set(CURLOPT_HTTPHEADER, list(headers(mail, id)));
    message_ = message(mail);
    set(CURLOPT_MIMEPOST, message_);
    // What bounds the wait for an answer to the goodbye, which the time limit does not.
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>((limit.count() + 999) / 1000));
    const CURLcode code = curl_easy_perform(handle_);
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) hang_up();
    return judge(code, status);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_, option, value);
  }
  curl_slist* list(const std::vector<std::string>& lines) {
    lists_.push_back(nullptr);
    for (const std::string& line : lines) lists_.back() = curl_slist_append(lists_.back(), line.c_str());
    return lists_.back();
  }

  /// A server that has not answered is not waited for once more, as curl would for its goodbye.
  void hang_up() const {
    curl_socket_t connection = CURL_SOCKET_BAD;
    curl_easy_getinfo(handle_, CURLINFO_ACTIVESOCKET, &connection);
    if (connection != CURL_SOCKET_BAD) ::shutdown(connection, SHUT_RDWR);
  }

  /// A login that is denied is not tried again at once: accounts are locked for that.
  static treino::Attempt judge(CURLcode code, long status) {
    if (code == CURLE_OK) return {treino::Attempt::delivered, "", true};
    const std::string answer = status >= 400 ? " (answered with " + std::to_string(status) + ")" : "";
    const std::string reason = curl_easy_strerror(code) + answer;
    if (code == CURLE_LOGIN_DENIED) return {treino::Attempt::unreachable, reason, false};
    return {status >= 550 && status < 560 ? treino::Attempt::refused : treino::Attempt::unreachable, reason, true};
  }

  std::vector<std::string> headers(const Mail& mail, const std::string& id) const {
    std::string to;
    for (const treino::MailAddress& address : server_.to) to += (to.empty() ? "" : ",\r\n ") + address.header();
    return {"Date: " + mail.date,
            "From: " + server_.from.header(),
            "To: " + to,
            "Message-ID: <" + id + "@" + server_.from.mailbox.substr(server_.from.mailbox.find('@') + 1) + ">",
            "Subject: " + treino::mail_header(mail.subject),
            "Auto-Submitted: auto-generated"};
  }

  /// mixed( alternative( text, related( html, pictures ) ), csv )
  curl_mime* message(const Mail& mail) {
    curl_mime* related = curl_mime_init(handle_);
    add(related, mail.html, "text/html; charset=utf-8", "quoted-printable");
    for (std::size_t i = 0; i < mail.pictures.size(); ++i) {
      curl_mimepart* picture = add(related, mail.pictures[i], "image/png", "base64");
      curl_slist* own = curl_slist_append(nullptr, ("Content-ID: <" + mail.names[i] + "@treino>").c_str());
      own = curl_slist_append(own, ("Content-Disposition: inline; filename=\"" + mail.names[i] + ".png\"").c_str());
      curl_mime_headers(picture, own, 1);
    }
    curl_mime* alternative = curl_mime_init(handle_);
    add(alternative, mail.text, "text/plain; charset=utf-8", "quoted-printable");
    add(alternative, related, "multipart/related");
    curl_mime* mixed = curl_mime_init(handle_);
    add(mixed, alternative, "multipart/alternative");
    if (!mail.csv.empty()) curl_mime_filename(add(mixed, mail.csv, "text/csv; charset=utf-8", "base64"), "history.csv");
    return mixed;
  }
  static curl_mimepart* add(curl_mime* to, const std::string& data, const char* type, const char* encoder) {
    curl_mimepart* part = curl_mime_addpart(to);
    curl_mime_data(part, data.data(), data.size());
    curl_mime_type(part, type);
    curl_mime_encoder(part, encoder);
    return part;
  }
  static void add(curl_mime* to, curl_mime* parts, const char* type) {
    curl_mimepart* part = curl_mime_addpart(to);
    curl_mime_subparts(part, parts);
    curl_mime_type(part, type);
    curl_slist* own = curl_slist_append(nullptr, "Content-Disposition: inline");
    curl_mime_headers(part, own, 1);
  }

  const Server& server_;
  CURL* handle_;
  curl_mime* message_ = nullptr;
  std::vector<curl_slist*> lists_;
};

}  // namespace

void initialize() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl cannot be started");
}

Server server_of(const treino::Setup& setup) {
  const auto host = setup.get<std::string>("host"), tls = setup.get<std::string>("tls");
  if (host.empty() || host.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:") != host.npos)
    throw std::invalid_argument("host must be the name or the number of a mail server, such as \"smtp.example.org\"");
  const auto port = setup.find<std::int64_t>("port").value_or(tls == "starttls" ? 587 : tls == "implicit" ? 465 : 25);
  Server server{"",
                "",
                setup.find<std::string>("user").value_or(""),
                "",
                setup.find<std::string>("ca_file").value_or(""),
                tls == "starttls",
                treino::MailAddress(setup.get<std::string>("from"), "from"),
                {}};
  server.shown = (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  server.url = (tls == "implicit" ? "smtps://" : "smtp://") + server.shown;
  for (const std::string& to : setup.get<std::vector<std::string>>("to")) server.to.emplace_back(to, "to");
  if (server.to.empty()) throw std::invalid_argument("to must name at least one receiver");
  if (!server.authority.empty()) treino::read_file(server.authority);
  if (server.user.empty() != !setup.has("password_env"))
    throw std::invalid_argument(
        "user and password_env go together: password_env is the name of the environment variable with the password");
  if (server.user.empty()) return server;
  if (tls == "none")
    throw std::invalid_argument("a password does not go over an open line: with user, tls must be \"starttls\" or \"implicit\"");
  // The name is not repeated: who has taken password_env for the password itself would find it in a log.
  const char* password = std::getenv(setup.get<std::string>("password_env").c_str());
  if (password == nullptr)
    throw std::invalid_argument("password_env must be the name of an environment variable that is set, and holds the password");
  server.password = password;
  return server;
}

treino::Attempt send(const Server& server, const Mail& mail, const std::string& id, std::chrono::milliseconds limit) {
  return Smtp(server).send(mail, id, limit);
}

}  // namespace email
