// Templates of file names.
#include "manifest/placeholders.hpp"

#include "manifest/description.hpp"
#include "support/catch.hpp"

using namespace treino::manifest;

static std::vector<std::string> faults_of_template(const std::string& text) {
  Faults faults;
  placeholders(text, {"t.toml", 3, 5}, faults);
  std::vector<std::string> lines;
  for (const Fault& fault : faults.sorted()) lines.push_back(to_text(fault));
  return lines;
}

TEST_CASE("the names in a template come in its order") {
  Faults faults;
  const auto names = placeholders("{epoch:03d}-{val_loss:.2f}-{step}.safetensors", {}, faults);
  CHECK(names == std::vector<std::string>{"epoch", "val_loss", "step"});
  CHECK(faults.empty());
  CHECK(placeholders("plain", {}, faults).empty());
  CHECK(faults.empty());
}

TEST_CASE("number formats are accepted") {
  for (const char* text :
       {"{val_loss:.2f}", "{val_loss:8.3e}", "{val_loss:g}", "{val_loss:06.2f}", "{epoch:d}", "{epoch:3}", "{number:04d}"})
    CHECK(faults_of_template(text).empty());
}

TEST_CASE("formats that fit no number, or not this one, are faults") {
  CHECK(faults_of_template("{epoch:.2f}") ==
        std::vector<std::string>{"t.toml:3:5: ':.2f' is not a format for 'epoch'; one is ':03d'"});
  CHECK(faults_of_template("{val_loss:03d}") ==
        std::vector<std::string>{"t.toml:3:5: ':03d' is not a format for 'val_loss'; one is ':.2f'"});
  for (const char* text : {"{a:}", "{a:.f}", "{a:0f}", "{a:x}", "{a:.2ff}", "{a:123f}", "{a:.123f}", "{a:>5}", "{a:{b}}"})
    CHECK_FALSE(faults_of_template(text).empty());
}

TEST_CASE("unbalanced braces and empty names are faults") {
  CHECK(faults_of_template("a{b") == std::vector<std::string>{"t.toml:3:5: '{' without its '}' in \"a{b\""});
  CHECK(faults_of_template("a}b") == std::vector<std::string>{"t.toml:3:5: '}' without its '{' in \"a}b\""});
  CHECK(faults_of_template("{}") == std::vector<std::string>{"t.toml:3:5: '{}' does not name a scalar"});
  CHECK(faults_of_template("{ epoch }").size() == 1);
  CHECK(faults_of_template("{{epoch}}").size() == 2);
}
