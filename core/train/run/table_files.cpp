// One claim for each table that will be written.
#include "train/run/table_files.hpp"

#include "host/session/table_file.hpp"
#include "train/run/run.hpp"

namespace treino::train {

void claim_table_files(Run& run) {
  manifest::Faults faults;
  const auto claim = [&](const std::string& name, const PlannedPlugin& metric) {
    const std::string file = host::table_file_name(name);
    if (const auto other = run.session.outputs().claim(run.folder / file, "the table " + name + " of " + metric.name()))
      faults.add(metric.section.id.location, metric.name() + " writes its table to \"" + file +
                                                 "\" in the run's folder, but that is " + *other +
                                                 ": give one of them another name");
  };
  // Each pass has the metrics' tables in their order, training first.
  const std::vector<LossAndMetrics::Table>& kinds = run.measured->tables();
  for (std::uint32_t i = 0; i < run.session.tables().count(); ++i) {
    const std::string& name = run.session.tables().at(i).name;
    const PlannedPlugin& metric = run.plan.metrics[kinds[i % kinds.size()].metric];
    claim(name, metric);
    if (run.data.test.count > 0 && i < kinds.size()) claim("test_" + name, metric);
  }
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

}  // namespace treino::train
