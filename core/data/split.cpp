// Rows are drawn by class, so that a small class is neither lost nor doubled by a stratified split.
#include "data/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "data/dataset.hpp"
#include "data/sample_class.hpp"

namespace treino::data {

namespace {

/// How many rows of each group go to the part split off: as near to `fraction` of each as whole rows allow, and in sum, where
/// that allows it, nearest to `fraction` of all (largest remainder). A group of two rows or more has one on each side; a single
/// row is kept.
std::vector<std::int64_t> share(const std::vector<std::int64_t>& sizes, double fraction, std::int64_t total) {
  std::vector<std::int64_t> shares(sizes.size());
  std::vector<double> remainders(sizes.size());
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double exact = fraction * static_cast<double>(sizes[i]);
    const std::int64_t whole = static_cast<std::int64_t>(std::floor(exact));
    shares[i] = sizes[i] < 2 ? 0 : std::clamp<std::int64_t>(whole, 1, sizes[i] - 1);
    remainders[i] = exact - static_cast<double>(shares[i]);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t left, std::size_t right) { return remainders[left] > remainders[right]; });
  std::int64_t left = total - std::accumulate(shares.begin(), shares.end(), std::int64_t{0});
  for (const std::size_t i : order) {
    if (left <= 0) break;
    if (shares[i] + 1 >= sizes[i] || remainders[i] < 1e-9) continue;  // no class gets a row more than its share rounded up
    ++shares[i];
    --left;
  }
  return shares;
}

/// Which group each row belongs to: its class, or one for all.
std::vector<std::int32_t> groups_of(const Dataset& dataset, bool stratified) {
  std::vector<std::int32_t> groups(static_cast<std::size_t>(dataset.count), 0);
  for (std::size_t row = 0; stratified && row < groups.size(); ++row) groups[row] = class_of(dataset, row);
  return groups;
}

}  // namespace

Split split(const Dataset& dataset, double fraction, bool stratified, std::uint64_t seed, std::uint64_t purpose_index) {
  if (!(fraction > 0 && fraction < 1))
    throw DataError(fmt::format("cannot split off {} of the rows; expected a fraction between 0 and 1", fraction));
  if (dataset.count < 2) throw DataError(fmt::format("cannot split {} rows in two", dataset.count));
  if (stratified) require_classes(dataset, "a stratified split");
  if (stratified && dataset.target_steps > 1)
    throw DataError(fmt::format("a stratified split needs one class for each sample, and the target has {}, one for each step",
                                dataset.target_steps));
  const std::vector<std::int32_t> groups = groups_of(dataset, stratified);
  std::vector<std::int64_t> sizes(stratified ? static_cast<std::size_t>(dataset.target_width) : 1, 0);
  for (const std::int32_t group : groups) ++sizes[static_cast<std::size_t>(group)];
  const std::int64_t total =
      std::clamp<std::int64_t>(std::llround(fraction * static_cast<double>(dataset.count)), 1, dataset.count - 1);
  std::vector<std::int64_t> wanted = share(sizes, fraction, total);

  std::vector<std::uint32_t> order(static_cast<std::size_t>(dataset.count));
  std::iota(order.begin(), order.end(), 0u);
  base::RandomStream(seed, base::Purpose::split, purpose_index).shuffle(order);
  Split result;
  for (const std::uint32_t row : order) {
    std::int64_t& left = wanted[static_cast<std::size_t>(groups[row])];
    (left > 0 ? result.split_off : result.kept).push_back(row);
    --left;
  }
  if (result.split_off.empty()) throw DataError("a stratified split needs a class of two rows or more");
  std::sort(result.kept.begin(), result.kept.end());
  std::sort(result.split_off.begin(), result.split_off.end());
  return result;
}

}  // namespace treino::data
