// Numbers are written as short as they can be read back exactly.
#include "text.hpp"

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace treino::exporters {

namespace {

bool is_one_of(char c, const char* characters) { return c != '\0' && std::strchr(characters, c) != nullptr; }
bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <class Number>
std::string digits_of(Number value) {
  if (std::isnan(value)) return "NAN";
  if (std::isinf(value)) return value > 0 ? "INFINITY" : "-INFINITY";
  char text[64];
  std::string digits(text, std::to_chars(text, text + sizeof text, value).ptr);
  if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
  return digits;
}

}  // namespace

std::string literal(float value) { return digits_of(value) + (std::isfinite(value) ? "f" : ""); }
std::string literal(double value) { return digits_of(value); }

std::string literal(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (is_letter_or_digit(c) || is_one_of(c, " _.,:;-+/()[]{}<>=!%&*'|#$^~`")) {
      result += c;
      continue;
    }
    // Three octal digits end by themselves, whatever follows; question marks would make trigraphs.
    const auto byte = static_cast<unsigned char>(c);
    result += '\\';
    for (const int shift : {6, 3, 0}) result += static_cast<char>('0' + (byte >> shift & 7));
  }
  return result + "\"";
}

std::string comment_text(const std::string& text) {
  std::string result = text;
  for (char& c : result)
    if (!is_letter_or_digit(c) && !is_one_of(c, " _.,:;-+()[]")) c = '_';
  return result;
}

std::string identifier(const std::string& text) {
  std::string result = text;
  for (char& c : result)
    if (!is_letter_or_digit(c)) c = '_';
  const bool free = !result.empty() && std::isalpha(static_cast<unsigned char>(result.front())) != 0;
  return free ? result : "model_" + result;
}

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

template <class Number>
std::string array(const std::string& name, const Number* values, std::int64_t count) {
  constexpr std::int64_t per_line = 8;
  std::string text = std::string("static const ") + (std::is_same_v<Number, float> ? "float " : "double ") + name + "[" +
                     std::to_string(count) + "] = {";
  for (std::int64_t i = 0; i < count; ++i) {
    text += i % per_line == 0 ? "\n    " : " ";
    text += literal(values[i]);
    text += ",";
  }
  return text + "\n};\n";
}

template std::string array(const std::string&, const float*, std::int64_t);
template std::string array(const std::string&, const double*, std::int64_t);

}  // namespace treino::exporters
