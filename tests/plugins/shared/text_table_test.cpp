// Tables for the screen: cells are aligned by what a terminal shows, not by bytes.
#include "shared/drawing/text_table.hpp"

#include <treino/kit/text.hpp>

#include "support/catch.hpp"

namespace {

TEST_CASE("a table sets its cells right and counts characters, not bytes") {
  CHECK(treino::text_table({{"", "precision"}, {"ação", "1.000"}, {"x", "0.5"}}) ==
        "      precision\n"
        "ação      1.000\n"
        "   x        0.5\n");
}

TEST_CASE("columns that do not fit go below, with the first one again") {
  CHECK(treino::text_table({{"a", "11", "22", "33"}, {"b", "44", "55", "66"}}, 9) ==
        "a  11  22\n"
        "b  44  55\n"
        "\n"
        "a  33\n"
        "b  66\n");
  CHECK(treino::text_table({{"a", "123456"}}, 3) == "a  123456\n");
  CHECK(treino::text_table({}) == "");
}

TEST_CASE("numbers have their digits in every locale") {
  CHECK(treino::fixed_text(0.5, 3) == "0.500");
  CHECK(treino::fixed_text(1e300, 0).size() == 301);
  CHECK(treino::fixed_text(std::nan(""), 2) == "nan");
}

}  // namespace
