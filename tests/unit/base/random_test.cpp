// Random numbers by address: what is drawn depends on nothing but seed, purpose, step and index.
#include "base/random.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "support/catch.hpp"

using treino::base::Purpose;
using treino::base::RandomStream;

TEST_CASE("the same address gives the same random value, and another purpose, step or seed another one") {
  const RandomStream stream(7, Purpose::shuffle, 3);
  CHECK(stream.bits(11) == RandomStream(7, Purpose::shuffle, 3).bits(11));
  CHECK(stream.bits(11) != RandomStream(7, Purpose::dropout, 3).bits(11));
  CHECK(stream.bits(11) != RandomStream(7, Purpose::shuffle, 4).bits(11));
  CHECK(stream.bits(11) != RandomStream(8, Purpose::shuffle, 3).bits(11));
  CHECK(stream.bits(11) != stream.bits(12));
}

TEST_CASE("uniform values lie in [0, 1) and normal ones have mean 0 and variance 1") {
  const RandomStream stream(1, Purpose::noise);
  double sum = 0, squares = 0;
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const float u = stream.uniform(i);
    REQUIRE((u >= 0.0f && u < 1.0f));
    const double n = stream.normal(i);
    sum += n;
    squares += n * n;
  }
  CHECK(std::abs(sum / 100000) < 0.015);  // five standard errors
  CHECK(std::abs(squares / 100000 - 1) < 0.025);
}

TEST_CASE("a shuffle is a permutation, every time the same") {
  std::vector<std::uint32_t> a(1000), b(1000);
  std::iota(a.begin(), a.end(), 0u);
  b = a;
  RandomStream(5, Purpose::shuffle, 2).shuffle(a);
  RandomStream(5, Purpose::shuffle, 2).shuffle(b);
  CHECK(a == b);
  CHECK_FALSE(std::is_sorted(a.begin(), a.end()));
  std::sort(a.begin(), a.end());
  for (std::uint32_t i = 0; i < 1000; ++i) REQUIRE(a[i] == i);
}

TEST_CASE("an empty and a single-element shuffle do nothing") {
  std::vector<std::uint32_t> none, one{9};
  RandomStream(5, Purpose::shuffle).shuffle(none);
  RandomStream(5, Purpose::shuffle).shuffle(one);
  CHECK(one[0] == 9);
}
