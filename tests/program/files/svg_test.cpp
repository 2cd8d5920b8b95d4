// The geometry of charts, by hand: a chart is 300 high, with one row of legend its axes go from y = 42 + 18 to 300 - 46.
#include <treino/kit/svg.hpp>

#include "support/catch.hpp"

namespace {

std::string path_of(const std::string& body) {
  const std::size_t begin = body.find("<path d=\"") + 9;
  return body.substr(begin, body.find('"', begin) - begin);
}

std::size_t count(const std::string& text, char letter) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), letter));
}

}  // namespace

TEST_CASE("a line that leaves the picture ends at its border and comes back there") {
  treino::svg::LineChart chart;
  chart.lines = {{"loss", {0, 1, 2, 3, 4}, {1, 2, 1000, 2, 1}, false, ""}};
  chart.top = 3;
  const std::string path = path_of(chart.panel().body);
  // Two pieces of two points and a crossing each; without the border the middle point alone would be missing and both lines would
  // end at 2.
  CHECK(count(path, 'M') == 2);
  CHECK(count(path, 'L') == 4);
  // x goes from 66 to 740: 1 is at 234.5, 2 at 403. The border (5 % above 3 of the range 1 .. 3, that is 3.1) is crossed at
  // 1 + 1.1 / 998, less than a pixel behind 1.
  CHECK(path.substr(0, 3) == "M66");
  CHECK(path.find("L234.5 ") != std::string::npos);
  CHECK(path.find("L234.7 ") != std::string::npos);
  CHECK(path.find("M571.3 ") != std::string::npos);
  CHECK(path.find("L571.5 ") != std::string::npos);
}

TEST_CASE("without a top a line is as long as its points, and NaN is a gap") {
  treino::svg::LineChart chart;
  chart.lines = {{"loss", {0, 1, 2, 3, 4}, {1, 2, 1000, std::nan(""), 1}, false, ""}};
  const std::string path = path_of(chart.panel().body);
  CHECK(count(path, 'M') == 2);
  CHECK(count(path, 'L') == 2);
}
