// Times as plugins show them.
#include "shared/drawing/duration_text.hpp"

#include "support/catch.hpp"

namespace {

TEST_CASE("a duration is written in its two greatest units") {
  CHECK(treino::duration_text(0) == "0.0 s");
  CHECK(treino::duration_text(4.24) == "4.2 s");
  CHECK(treino::duration_text(59.9) == "59.9 s");
  CHECK(treino::duration_text(187.9) == "3 min 07 s");
  CHECK(treino::duration_text(3599) == "59 min 59 s");
  CHECK(treino::duration_text(3720) == "1 h 02 min");
  CHECK(treino::duration_text(360000) == "100 h 00 min");
}

TEST_CASE("a clock counts hours without end, or days") {
  CHECK(treino::clock_text(3) == "0:00:03");
  CHECK(treino::clock_text(3605) == "1:00:05");
  CHECK(treino::clock_text(90000) == "25:00:00");
  CHECK(treino::clock_text_with_days(3605) == "1:00:05");
  CHECK(treino::clock_text_with_days(90005) == "1 day 1:00:05");
  CHECK(treino::clock_text_with_days(172800) == "2 days 0:00:00");
}

TEST_CASE("progress bars write times as those of Keras and tqdm do") {
  CHECK(treino::keras_duration(12.9) == "12s");
  CHECK(treino::keras_duration(62) == "1:02");
  CHECK(treino::keras_duration(3605) == "1:00:05");
  CHECK(treino::tqdm_duration(3.9) == "00:03");
  CHECK(treino::tqdm_duration(62) == "01:02");
  CHECK(treino::tqdm_duration(3605) == "1:00:05");
  CHECK(treino::tqdm_duration(1e300) == "277777:46:40");
  CHECK(treino::keras_duration(-1) == "0s");
}

}  // namespace
