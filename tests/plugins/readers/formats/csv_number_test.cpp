// Numbers of CSV files, of every form and length, against strtof.
#include <cstdlib>
#include <random>

#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;
using Floats = std::vector<float>;

namespace {

/// A number as somebody could have written it: digits, perhaps a point among them, an exponent, a minus.
std::string any_number(std::mt19937& random) {
  std::string text = random() % 4 == 0 ? "-" : "";
  const unsigned whole = random() % 10, behind = random() % 3 == 0 ? 1 + random() % 10 : 0;
  for (unsigned i = 0; i < whole; ++i) text += static_cast<char>('0' + random() % 10);
  if (behind > 0 || whole == 0) text += '.';
  for (unsigned i = 0; i < behind || (whole == 0 && i == 0); ++i) text += static_cast<char>('0' + random() % 10);
  if (random() % 10 == 0) text += "e" + std::to_string(static_cast<int>(random() % 41) - 20);
  return text;
}

}  // namespace

// The reference is the C library, which rounds to the nearest float.
TEST_CASE("numbers of every form and length, wherever they stand in the buffer, become the nearest float") {
  std::mt19937 random(1);
  for (const char delimiter : {',', ';', '\t', '/', '|', ' ', ':'}) {
    std::string text;
    Floats expected;
    for (int row = 0; row < 300; ++row) {
      for (int column = 0; column < 37; ++column) {
        const std::string number = any_number(random);
        expected.push_back(std::strtof(number.c_str(), nullptr));
        text += (column == 0 ? "" : std::string(1, delimiter)) + number;
      }
      text += row % 3 == 0 ? "\r\n" : row % 3 == 1 ? "\n" : "\r";
    }
    TestFile file("a.csv", text);
    file.source.delimiter = delimiter;
    file.source.header = false;
    CAPTURE(delimiter);
    CHECK(file.read().features == expected);
  }
}

TEST_CASE("every number of up to three digits and every hundredth up to 100 is read as it is") {
  std::string text;
  Floats expected;
  for (int i = 0; i < 1000; ++i) {
    text += std::to_string(i) + ",";
    expected.push_back(static_cast<float>(i));
  }
  for (int i = 0; i < 10000; ++i) {
    const std::string hundredth = std::to_string(i / 100) + "." + std::to_string(i % 100 / 10) + std::to_string(i % 10);
    text += (i == 0 ? "" : ",") + hundredth;
    expected.push_back(std::strtof(hundredth.c_str(), nullptr));
  }
  CHECK(TestFile("a.csv", text + "\n").read().features == expected);
}

TEST_CASE("a point alone, a minus alone and signs among digits are not numbers, whatever column they stand in") {
  for (const std::string bad :
       {".", "-", "-.", "--1", "1-2", "1..2", "1.2.3", "1-", "12:3", "1/2", "3\xff", "1e", "0x1", "-e5"}) {
    for (int before = 0; before < 70; ++before) {
      std::string text = std::string("1");
      for (int column = 1; column < 100; ++column) text += ",1";
      text += "\n";
      for (int column = 0; column < before; ++column) text += column % 5 == 0 ? "12," : "7,";
      text += bad;
      for (int column = before + 1; column < 100; ++column) text += ",8";
      CHECK(TestFile("a.csv", text + "\n").fault() ==
            "a.csv:2:" + std::to_string(before + 1) + ": expected a number, found '" + bad + "'");
    }
  }
}

TEST_CASE("blanks, quotes and missing values among short numbers cost nothing but time") {
  TestFile file("a.csv", "");
  file.source.missing = Missing::zero;
  for (int before = 0; before < 70; ++before) {
    std::string numbers, text;
    Floats expected;
    for (int column = 0; column < before; ++column) {
      numbers += std::to_string(column) + ",";
      expected.push_back(static_cast<float>(column));
    }
    text = numbers + " 5 ,\"6\",,NA,-7\n";
    for (const float value : {5, 6, 0, 0, -7}) expected.push_back(value);
    treino::test::write_file(file.source.file, text + text + text);
    const Dataset data = file.read();
    CHECK(data.count == 3);
    for (int row = 0; row < 3; ++row)
      CHECK(std::equal(expected.begin(), expected.end(),
                       data.features.begin() + row * static_cast<std::ptrdiff_t>(expected.size())));
  }
}

TEST_CASE("rows whose lengths differ widely from each other are all there, however much room was made for them") {
  std::string text;
  Floats expected;
  for (int row = 0; row < 60000; ++row) {
    const bool wide = row < 2000;
    const std::string number = wide ? "1.00000000000000000000000000000000000" : "2";
    text += number + "," + number + "\n";
    for (int i = 0; i < 2; ++i) expected.push_back(wide ? 1.0f : 2.0f);
  }
  CHECK(TestFile("a.csv", text).read().features == expected);
  CHECK(TestFile("a.csv.gz", treino::test::deflated(text)).read().features == expected);
}
