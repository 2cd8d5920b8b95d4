// Everything that could make ranks part ways is compared before the run begins.
#include "train/ranks/processes.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/input_error.hpp"
#include "base/launcher.hpp"
#include "base/sha256.hpp"
#include "train/run/create_plugins.hpp"

namespace treino::train {

Processes::Processes(const Plan& plan, host::Log& log) {
  if (!plan.collective) {
    if (base::launched_count() > 1 && base::launched_rank() == 0)
      log.message(host::Log::Level::warning, "",
                  fmt::format("{} processes were started together, but the manifest has no [collective]: each trains by itself",
                              base::launched_count()));
    return;
  }
  const PlannedPlugin& plugin = *plan.collective;
  session_.emplace(log);
  const auto component = plan.catalogue->component(plugin.section.kind, plugin.section.id.value);
  in_manifest(plugin, [&] {
    host::Instance& instance = session_->create(component, plugin.name(), false, plugin.parameters);
    ranks_.open(instance, plan.manifest.collective_timeout);
  });
}

std::int64_t Processes::shards(const Plan& plan) const {
  const std::int64_t count = ranks_.count();
  const std::int64_t shards = plan.manifest.run.shards.value_or(count);
  const std::int64_t batch_size = plan.manifest.data.batch_size;
  if (shards % count == 0 && shards <= batch_size) return shards;
  const manifest::Value* run = manifest::find(plan.manifest.source, "run");
  const manifest::Value* given = run == nullptr ? nullptr : manifest::find(*run->as<manifest::Table>(), "shards");
  manifest::Faults faults;
  faults.add(given == nullptr ? plan.collective->section.id.location : given->location,
             shards % count != 0
                 ? fmt::format("shards = {} cannot be divided among {} processes: their number must divide that of the shards",
                               shards, count)
                 : fmt::format("a batch of {} samples cannot be cut into {} shards: there can be {} at most", batch_size, shards,
                               batch_size));
  throw manifest::ManifestError(faults);
}

nn::Sharding Processes::sharding(const Plan& plan) { return {static_cast<int>(shards(plan)), are_one() ? nullptr : &exchange_}; }

void Processes::compare(const std::string& what, const std::string& digest) {
  if (are_one()) return;
  const std::string mine = base::sha256(std::as_bytes(std::span(digest)));
  std::string all(mine.size() * ranks_.count(), ' ');
  ranks_.all_gather(mine.data(), all.data(), std::vector<std::uint64_t>(ranks_.count(), mine.size()));
  for (std::size_t rank = 1; rank < ranks_.count(); ++rank)
    if (all.compare(rank * mine.size(), mine.size(), all, 0, mine.size()) != 0)
      throw base::InputError(
          fmt::format("rank {} has another {} than rank 0: all processes have to be given the same", rank, what));
}

}  // namespace treino::train
