// Reserves the files that the metrics' tables are written to, so that no plugin's output is one of them.
#pragma once

namespace treino::train {

class Run;

/// What tables there are is known once the metrics are; their files are written when the run ends, those of the test after it.
/// Throws manifest::ManifestError where two have the same file.
void claim_table_files(Run& run);

}  // namespace treino::train
