// The SDK's helpers that the pictures stand on.
#include <cmath>
#include <treino/kit/svg_axis.hpp>
#include <treino/kit/text.hpp>

#include "shared/files/history.hpp"
#include "shared/training/selection.hpp"
#include "shared/training/statistics.hpp"
#include "support/catch.hpp"

using treino::History;

namespace {

History filled(int from, int to, History history) {
  for (int i = from; i < to; ++i) {
    const double row[] = {2.0 * i, -1.0 * i};
    history.add(i, row);
  }
  return history;
}

History saved_and_loaded(const History& history, std::size_t limit) {
  treino::Writer writer;
  history.save(writer);
  treino::Reader reader(writer.bytes().data(), writer.bytes().size());
  return History::load(reader, limit);
}

}  // namespace

TEST_CASE("a history keeps at most its limit, evenly spaced from the first row on") {
  const History few = filled(0, 8, History(2, 8));
  CHECK(few.x() == std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(filled(0, 9, History(2, 8)).x() == std::vector<double>{0, 2, 4, 6, 8});
  const History many = filled(0, 1000, History(2, 8));
  CHECK(many.x() == std::vector<double>{0, 128, 256, 384, 512, 640, 768, 896});
  CHECK(many.column(1) == std::vector<double>{0, -128, -256, -384, -512, -640, -768, -896});
}

TEST_CASE("a history that was saved anywhere continues to the same rows") {
  const History whole = filled(0, 100, History(2, 8));
  for (int cut = 0; cut <= 100; ++cut) {
    const History resumed = filled(cut, 100, saved_and_loaded(filled(0, cut, History(2, 8)), 8));
    CHECK(resumed.x() == whole.x());
    CHECK(resumed.column(0) == whole.column(0));
  }
}

TEST_CASE("a saved history that holds fewer values than it says is refused") {
  treino::Writer writer;
  writer.write(std::uint64_t{2});
  writer.write(std::uint64_t{3});
  writer.write(std::uint64_t{1});
  writer.write(std::vector<double>{0, 1, 2});
  writer.write(std::vector<double>{0, 1, 2});
  treino::Reader reader(writer.bytes().data(), writer.bytes().size());
  CHECK_THROWS_WITH(History::load(reader, 8), "the saved state holds no whole history");
}

TEST_CASE("patterns: a star is any text, a question mark one character") {
  for (const auto& [pattern, text] : {std::pair("*", ""),
                                      {"*", "dense_1/weight"},
                                      {"dense_?", "dense_1"},
                                      {"*/bias", "a/b/bias"},
                                      {"d*1*t", "dense_1/weight"},
                                      {"**", "a"}})
    CHECK(treino::matches(pattern, text));
  for (const auto& [pattern, text] :
       {std::pair("", "a"), {"dense_?", "dense_10"}, {"?", ""}, {"*/bias", "bias"}, {"Dense_1", "dense_1"}})
    CHECK_FALSE(treino::matches(pattern, text));
  CHECK(treino::nearest_name("dens_1", {"relu_1", "dense_1", "dense_12"}) == "dense_1");
  CHECK(treino::nearest_name("x", {}) == "");
}

TEST_CASE("statistics of a row that fills registers and a rest are those by hand; NaN makes them NaN") {
  std::vector<float> values;  // -5 ... 5
  for (int i = -5; i <= 5; ++i) values.push_back(static_cast<float>(i));
  treino::Statistics statistics;
  statistics.add(values.data(), values.size());
  CHECK(statistics.count == 11);
  CHECK(statistics.mean() == 0);
  CHECK(statistics.norm() == Approx(std::sqrt(110.0)));
  CHECK(statistics.deviation() == Approx(std::sqrt(10.0)));
  CHECK(statistics.absmax == 5);
  CHECK(statistics.zeros == 1);
  for (const std::size_t place : {std::size_t{0}, std::size_t{3}, std::size_t{10}}) {
    std::vector<float> broken = values;
    broken[place] = std::nanf("");
    treino::Statistics of;
    of.add(broken.data(), broken.size());
    CHECK(std::isnan(of.norm()));
    CHECK(std::isnan(of.absmax));
    CHECK(std::isnan(of.deviation()));
  }
}

TEST_CASE("axes have round ticks, few but enough, also where all values are the same") {
  const auto texts = [](const treino::svg::Axis& axis, int wanted) {
    std::vector<std::string> found;
    for (const auto& tick : axis.ticks(wanted))
      if (!tick.text.empty()) found.push_back(tick.text);
    return found;
  };
  using treino::svg::Axis;
  CHECK(texts(Axis(0, 1, false, 0, 100), 3) == std::vector<std::string>{"0.0", "0.5", "1.0"});
  CHECK(texts(Axis(1, 3, false, 0, 100, true), 5) == std::vector<std::string>{"1", "2", "3"});
  CHECK(texts(Axis(0, 45000, false, 0, 100), 3) == std::vector<std::string>{"0", "20k", "40k"});
  CHECK(texts(Axis(1e-3, 1, true, 0, 100), 4) ==
        std::vector<std::string>{"10\u207B\u00B3", "10\u207B\u00B2", "10\u207B\u00B9", "10\u2070"});
  CHECK(texts(Axis(5, 5, false, 0, 100), 3).size() >= 3);
  CHECK(Axis(2, 4, false, 0, 100).place(3) == 50);
  CHECK(Axis(1, 100, true, 0, 100).place(10) == Approx(50));
  CHECK(treino::escaped("<a & \"b\">\n") == "&lt;a &amp; &quot;b&quot;&gt; ");
}

TEST_CASE("numbers for people have four digits, or groups of three where they are large") {
  using treino::svg::number;
  CHECK(number(0.123456) == "0.1235");
  CHECK(number(0) == "0");
  CHECK(number(1234.5678) == "1235");
  CHECK(number(362467.9) == "362,468");
  CHECK(number(0.0000123) == "1.23e-05");
  CHECK(number(-5) == "-5");
  CHECK(number(std::nan("")) == "NaN");
  CHECK(number(3.14159, 2) == "3.1");
}
