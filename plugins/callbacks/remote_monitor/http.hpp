// Posts to a web server by libcurl, and the addresses and headers that it takes.
#pragma once
#include <curl/curl.h>

#include <cctype>
#include <chrono>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <treino/plugin.hpp>
#include <utility>
#include <vector>

#include "shared/network/delivery.hpp"

namespace remote_monitor {

using treino::Attempt;
using Milliseconds = std::chrono::milliseconds;

/// The part of a URL that is fit for a log: no name, password or query.
class Address {
 public:
  /// Throws std::invalid_argument where `text` is no address of a web server.
  explicit Address(const std::string& text) : url_(curl_url()) {
    const CURLUcode code = curl_url_set(url_, CURLUPART_URL, text.c_str(), 0);
    const std::string scheme = code == CURLUE_OK ? part(CURLUPART_SCHEME) : "";
    if (scheme == "http" || scheme == "https") return;
    curl_url_cleanup(url_);
    throw std::invalid_argument(
        "root must be the address of a web server, such as \"http://localhost:9000\" or \"https://example.org\"");
  }
  Address(const Address&) = delete;
  Address& operator=(const Address&) = delete;
  ~Address() { curl_url_cleanup(url_); }
  std::string whole() const { return part(CURLUPART_URL); }
  std::string shown() const {
    const std::string port = part(CURLUPART_PORT);
    return part(CURLUPART_SCHEME) + "://" + part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port) + part(CURLUPART_PATH);
  }

 private:
  std::string part(CURLUPart what) const {
    char* text = nullptr;
    if (curl_url_get(url_, what, &text, 0) != CURLUE_OK) return "";
    std::string copy = text;
    curl_free(text);
    return copy;
  }
  CURLU* url_;
};

/// One connection, kept open between posts; for one thread.
class Http {
 public:
  struct Options {
    std::string url, field, authority;  // field: "" for JSON; authority: a file of certificates, "" for the system's
    std::vector<std::string> headers;
  };
  explicit Http(Options options) : options_(std::move(options)), handle_(curl_easy_init()) {
    if (handle_ == nullptr) throw std::runtime_error("libcurl cannot be started");
  }
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;
  ~Http() { curl_easy_cleanup(handle_); }

  /// `key` is the same whenever the same row is sent, so that a server can tell one that it has had.
  Attempt post(const std::string& row, const std::string& key, Milliseconds limit) {
    const std::string body = options_.field.empty() ? row : form(row);
    curl_slist* headers = header_list(key);
    set(CURLOPT_URL, options_.url.c_str());
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_USERAGENT, "treino");
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name server that hangs is not waited for beyond the limit
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    set(CURLOPT_WRITEFUNCTION, &ignore);
    if (!options_.authority.empty()) set(CURLOPT_CAINFO, options_.authority.c_str());
    const CURLcode code = curl_easy_perform(handle_);
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_reset(handle_);  // which keeps the connection, and no pointer of ours
    curl_slist_free_all(headers);
    return judge(code, status);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_, option, value);
  }
  static std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

  static Attempt judge(CURLcode code, long status) {
    if (code != CURLE_OK) return {Attempt::unreachable, curl_easy_strerror(code)};
    if (status >= 200 && status < 300) return {Attempt::delivered, ""};
    const bool later = status >= 500 || status == 408 || status == 425 || status == 429;
    return {later ? Attempt::unreachable : Attempt::refused, "answered with status " + std::to_string(status)};
  }

  std::string form(const std::string& row) const { return escaped(options_.field) + "=" + escaped(row); }
  std::string escaped(const std::string& text) const {
    char* made = curl_easy_escape(handle_, text.c_str(), static_cast<int>(text.size()));
    if (made == nullptr) throw std::bad_alloc();
    std::string copy = made;
    curl_free(made);
    return copy;
  }

  /// A later header of the same name wins nothing in curl: those of the manifest come instead of ours.
  curl_slist* header_list(const std::string& key) const {
    curl_slist* list = nullptr;
    const auto add = [&](const std::string& header) { list = curl_slist_append(list, header.c_str()); };
    if (options_.field.empty() && !given("content-type")) add("Content-Type: application/json");
    if (!given("idempotency-key")) add("Idempotency-Key: " + key);
    if (!given("expect")) add("Expect:");
    for (const std::string& header : options_.headers) add(header);
    return list;
  }
  bool given(const std::string& name) const {
    for (const std::string& header : options_.headers) {
      std::string own = header.substr(0, header.find_first_of(":;"));
      for (char& letter : own) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
      if (own == name) return true;
    }
    return false;
  }

  const Options options_;
  CURL* handle_;
};

/// "Name: value", as curl takes them. What is wrong with one is said without its value, which may be a secret.
inline std::vector<std::string> header_lines(const treino::Setup& setup) {
  std::vector<std::string> lines;
  if (!setup.has("headers")) return lines;
  const treino_value& table = setup.value("headers");
  for (std::uint32_t i = 0; i < table.count; ++i) {
    const treino_parameter& header = table.as.table[i];
    const std::string name = header.name;
    if (name.empty() ||
        name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") != name.npos)
      throw std::invalid_argument("headers: '" + name + "' is not the name of an HTTP header");
    if (header.value.type != TREINO_TEXT) throw std::invalid_argument("headers: the value of " + name + " must be a string");
    const std::string value(header.value.as.text, header.value.count);
    if (value.find_first_of(std::string("\r\n\0", 3)) != value.npos)
      throw std::invalid_argument("headers: the value of " + name + " holds the end of a line, which no header can");
    lines.push_back(value.empty() ? name + ";" : name + ": " + value);
  }
  return lines;
}

}  // namespace remote_monitor
