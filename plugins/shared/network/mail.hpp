// What mails are made of: addresses, headers and dates as RFC 5322 and RFC 2047 write them.
#pragma once
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>

namespace treino {
inline namespace sdk0 {

inline std::string base64(const std::string& text) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) group = group << 8 | (j < text.size() ? static_cast<unsigned char>(text[j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) result += i + j > text.size() ? '=' : letters[group >> (18 - 6 * j) & 63];
  }
  return result;
}

/// For a header: as it is where it is plain ASCII, else as encoded words (RFC 2047), which hold 45 bytes each.
inline std::string mail_header(std::string text, bool plain_only = false) {
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < ' ' || letter == 127) letter = ' ';
  const auto plain = [&](char letter) {
    const auto code = static_cast<unsigned char>(letter);
    return code < 128 && (!plain_only || std::isalnum(code) != 0 || letter == ' ');
  };
  if (std::all_of(text.begin(), text.end(), plain) && text.find("=?") == std::string::npos) return text;
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + 45, text.size());
    while (end < text.size() && end > at + 1 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // between letters
    result += (result.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(text.substr(at, end - at)) + "?=";
    at = end;
  }
  return result;
}

/// "a@b.c" or "Name <a@b.c>".
struct MailAddress {
  std::string name, mailbox;
  MailAddress(const std::string& text, const char* parameter) : mailbox(text) {
    if (const std::size_t open = text.find('<'); open != std::string::npos && text.back() == '>') {
      mailbox = text.substr(open + 1, text.size() - open - 2);
      name = text.substr(0, text.find_last_not_of(' ', open == 0 ? 0 : open - 1) + 1);
      if (open == 0) name.clear();
    }
    const std::size_t at = mailbox.find('@');
    const bool letters = std::all_of(mailbox.begin(), mailbox.end(), [](char letter) {
      return letter > ' ' && letter < 127 && std::strchr("<>()[],;:\\\"", letter) == nullptr;
    });
    if (at == 0 || at == std::string::npos || at + 1 == mailbox.size() || mailbox.find('@', at + 1) != std::string::npos ||
        !letters)
      throw std::invalid_argument(std::string(parameter) + ": '" + text +
                                  "' is no mail address: write \"a@example.org\" or \"Name <a@example.org>\"");
  }
  std::string header() const { return name.empty() ? mailbox : mail_header(name, true) + " <" + mailbox + ">"; }
};

/// Now, as a mail has it: "Mon, 2 Jan 2006 15:04:05 +0000", in every locale.
inline std::string mail_date() {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char time[32];
  std::snprintf(time, sizeof time, "%04d %02d:%02d:%02d +0000", parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return std::string(days[parts.tm_wday]) + ", " + std::to_string(parts.tm_mday) + " " + months[parts.tm_mon] + " " + time;
}

}  // namespace sdk0
}  // namespace treino
